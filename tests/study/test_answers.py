"""Answers as values: expectations, where the network errs, optimism, and why."""

from dataclasses import replace

import numpy as np
import pytest
from small_study import pictures

from fclab.analysis.classes import classes_of_row
from fclab.analysis.optimism import optimism_of_epoch
from fclab.labs.lab1.moves import batch_arithmetic
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table
from fclab.labs.lab1.tasks.best import helpful
from fclab.statistics import holm
from fclab.study.expectations import Answer
from fclab.study.rows import Definition, Row
from fclab.study.study import Study
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

DATA = pictures(90, 60)
HELD = DATA.hold_out(0.2)
SEEDS = range(6)


def run(seed: int, recipe: Recipe, right: float, loss: float, *, data=DATA, train=0.9) -> Run:
    """A run with this share of right answers on test; the wrong ones say the next class."""
    rng = np.random.default_rng(seed)
    outputs = {}
    for name, split in data.splits.items():
        share = right if name == "test" else train
        wrong = rng.permutation(len(split)) >= round(share * len(split))
        outputs[name] = 4 * np.eye(3, dtype=np.float32)[(split.y + wrong) % 3]
    epochs = np.arange(recipe.epochs)
    curve = loss + 0.01 * np.abs(epochs - 4) + 0.001 * rng.random(recipe.epochs)
    history = {"running_loss": curve}
    for name in data.splits:
        history[f"{name}_loss"] = curve if name == "test" else curve - 0.02 * epochs
        history[f"{name}_accuracy"] = np.linspace(0.4, right, recipe.epochs)
    metrics = {f"{n}_accuracy": float((o.argmax(1) == data.splits[n].y).mean())
               for n, o in outputs.items()}  # fmt: skip
    noise = 0.001 * np.random.default_rng([seed, round(1e6 * loss)]).random()
    metrics |= {"test_loss": loss + noise, "train_loss": loss / 2 + noise}
    return Run(
        dataset=data.info, recipe=recipe, seed=seed, engine=EngineChoice(name="reference"),
        weights={}, history=history, outputs=outputs,
        targets={name: split.y for name, split in data.splits.items()}, metrics=metrics,
    )  # fmt: skip


def study_of(*made: tuple[str, str | None, str, float | None, float, float, float]) -> Study:
    """A study of rows (name, parent, kind, factor, test accuracy, loss, train accuracy)."""
    rows, runs = [], {}
    for k, (name, parent, kind, factor, right, loss, train) in enumerate(made):
        recipe = Recipe(layers=(4, 3), epochs=10, batch_size=16 + 16 * (kind in ("batch", "past")),
                        weight_decay=k * 1e-9)  # fmt: skip
        rows.append(Row(name=name, recipe=recipe, parent=parent, kind=kind, factor=factor))
        runs[name] = [run(seed, recipe, right, loss, train=train) for seed in SEEDS]
    held = [run(seed, rows[0].recipe, 0.5, 0.5, data=HELD) for seed in SEEDS]
    definition = Definition(
        classes=(0, 55, 58), source="synthetic", fingerprint=DATA.fingerprint,
        held_out=HELD.fingerprint, settings=Settings(seeds=len(SEEDS), base=rows[0].recipe),
        rows=tuple(rows), engines={row.name: "reference" for row in rows},
    )  # fmt: skip
    return Study(definition, DATA.info, runs, runs[rows[0].name], held)


BASE = ("base", None, "base", None, 0.50, 0.50, 0.90)
STOP = ("stop", "base", "stop", None, 0.60, 0.40, 0.80)


@pytest.mark.parametrize(
    ("right", "loss", "on_accuracy", "on_loss"),
    [
        (0.85, 0.30, Answer.CONFIRMED, Answer.CONFIRMED),
        (0.35, 0.50, Answer.REFUTED, Answer.REFUTED),
        (0.60, 0.40, Answer.NOT_RESOLVED, Answer.NOT_RESOLVED),
        (0.85, 0.50, Answer.CONFIRMED, Answer.REFUTED),
    ],
)
def test_a_larger_batch_helps(right, loss, on_accuracy, on_loss):
    """Smaller batches take no part in the answer."""
    study = study_of(
        BASE, STOP,
        ("batch-8", "stop", "batch", 0.5, 0.1, 2.0, 0.9),
        ("batch-32", "stop", "batch", 2, right, loss, 0.9),
        ("batch-64", "stop", "batch", 4, right, loss, 0.9),
    )  # fmt: skip
    found = final_table(study).expected("batch")
    assert [line.row.name for line in found.lines] == ["batch-32", "batch-64"]
    assert found.parent.row.name == "stop"
    assert found.accuracy.answer is on_accuracy
    assert found.loss.answer is on_loss
    assert found.accuracy.change.difference == pytest.approx(right - 0.60, abs=0.02)
    assert found.loss.change.difference == pytest.approx(loss - 0.40, abs=1e-3)


@pytest.mark.parametrize(
    ("right", "loss", "on_accuracy", "on_loss"),
    [
        (0.25, 0.70, Answer.CONFIRMED, Answer.CONFIRMED),
        (0.75, 0.30, Answer.REFUTED, Answer.REFUTED),
        (0.50, 0.70, Answer.NOT_RESOLVED, Answer.CONFIRMED),
    ],
)
def test_past_the_epoch_of_overfitting_worse_is_what_is_expected(right, loss, on_accuracy, on_loss):
    study = study_of(BASE, STOP, ("past-32", "base", "past", 2, right, loss, 0.95))
    found = final_table(study).expected("past")
    assert (found.accuracy.answer, found.loss.answer) == (on_accuracy, on_loss)
    assert found.train_loss.difference == pytest.approx((loss - 0.5) / 2, abs=1e-3)


def test_rows_and_expectations_are_one_family():
    """Two rows of the larger batch: their mean is a question of its own. The only row past the
    epoch is one question, asked twice."""
    study = study_of(
        BASE, STOP,
        ("batch-32", "stop", "batch", 2, 0.64, 0.4, 0.9),
        ("batch-64", "stop", "batch", 4, 0.66, 0.4, 0.9),
        ("past-32", "base", "past", 2, 0.5, 0.5, 0.9),
    )  # fmt: skip
    table = final_table(study)
    larger, past = table.expected("batch"), table.expected("past")
    assert table.family == 4 + 3  # four rows; the mean of two, and two losses
    assert past.accuracy.verdict == table.line("past-32").verdict
    changes = [line.comparison for line in table.lines if line.comparison]
    changes += [larger.accuracy.change, larger.loss.change, past.loss.change]
    found = [line.verdict for line in table.lines if line.verdict]
    found += [larger.accuracy.verdict, larger.loss.verdict, past.loss.verdict]
    expected = holm([change.p_value for change in changes])
    assert [verdict.p_adjusted for verdict in found] == pytest.approx(expected)
    for verdict in found:
        assert (verdict.low > 0 or verdict.high < 0) == (verdict.p_adjusted < 0.05)


def test_without_such_rows_nothing_is_answered():
    assert final_table(study_of(BASE, STOP)).expectations == ()


def test_what_helped_is_verified_and_best_first():
    study = study_of(
        BASE, STOP,
        ("good", "stop", "own", None, 0.80, 0.4, 0.9),
        ("best", "stop", "own", None, 0.90, 0.4, 0.9),
        ("bad", "stop", "own", None, 0.30, 0.4, 0.9),
        ("same", "stop", "own", None, 0.60, 0.4, 0.9),
    )  # fmt: skip
    names = [line.row.name for line in helpful(final_table(study))]
    assert names[:2] == ["best", "good"]
    assert not {"bad", "same"} & set(names)


def test_classes_and_what_they_are_taken_for():
    """All wrong answers name the next class; class 2 is made the hardest."""
    study = study_of(BASE, STOP)
    for k, one in enumerate(study.runs["base"]):
        test = one.outputs["test"].copy()
        y = DATA.test.y
        test[y == 2] = (
            4 * np.eye(3, dtype=np.float32)[np.where(np.arange((y == 2).sum()) < 15, 0, 2)]
        )
        study.runs["base"][k] = replace(one, outputs=one.outputs | {"test": test})
    found = classes_of_row(final_table(study).lines[0])
    assert found.extremes.hardest == (2,)
    assert [m.answer for m in found.taken_for] == [0]
    assert found.hardest_in == len(SEEDS)
    assert found.share == pytest.approx(15 / 20)
    assert found.pair == (0, 2)


def test_optimism_is_of_the_same_runs():
    """Test loss is least at epoch 5, validation loss at the last of 10; accuracy grows evenly."""
    found = optimism_of_epoch(study_of(BASE, STOP).held_out)
    assert (found.by_test, found.by_valid) == (5, 10)
    curve = np.linspace(0.4, 0.5, 10)
    assert found.accuracy_by_test == pytest.approx(curve[4])
    assert found.accuracy_by_valid == pytest.approx(curve[9])
    assert found.difference.difference == pytest.approx(curve[4] - curve[9])


def test_arithmetic_with_the_partial_batch(done):
    table = final_table(done.study)
    line = table.line("batch-32")
    sums = batch_arithmetic(line.parent.recipe, line.recipe.batch(90), 90)
    assert (sums.batch, sums.per_epoch, sums.last) == (16, 6, 10)
    assert (sums.new_batch, sums.new_per_epoch, sums.new_last) == (32, 3, 26)
    assert sums.new_epochs == table.line("batch-32").recipe.epochs
