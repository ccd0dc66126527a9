"""The ladder on tiny settings: rungs, order, resumption, figures, wording, command."""

import json
from dataclasses import replace

import numpy as np
import pytest

from fclab.cli import main
from fclab.data import synthetic
from fclab.labs.lab1.content.ladder import conclusions, label, word
from fclab.labs.lab1.content.ladder import section as ladder_section
from fclab.report.model import FigureBlock
from fclab.report.writer import Writer
from fclab.statistics import Decision, compare_over_images
from fclab.store.database import Store
from fclab.study.kept import newest_study
from fclab.study.trainer import get_or_train
from fclab.tuning import ladder as module
from fclab.tuning.causes import CAUSES, CHOSEN, Cause, add, is_aside, take_out
from fclab.tuning.ensemble import ensemble_correct, ensemble_outputs
from fclab.tuning.kept_ladder import keep_ladder, load_ladder
from fclab.tuning.ladder import Ladder, climb, order_of
from fclab.tuning.rungs import figures, ladder_table
from fclab.values.errors import DataError, UsageError
from fclab.values.recipe import BEST, CIFAR, Recipe
from fclab.words.spans import plain_text
from fclab.words.wording import wording

BASE = CIFAR.replace(layers=(4, 3), epochs=6, lr=0.02)
TINY = Recipe(
    layers=(8, 6, 3), activation="gelu", optimizer="adamw", lr=2e-3, weight_decay=0.05,
    schedule="one_cycle", epochs=3, flip=True, shift=4, norm="batch", dropout=0.1, mixup=1.0,
    tta="flip",
)  # fmt: skip
SHORT: tuple[Cause, ...] = (
    "stop", "lr", "width", "depth", "optimizer", "flip", "mixup", "contrast", "tta", "ensemble",
)  # fmt: skip


@pytest.fixture(scope="module")
def dataset():
    whole = synthetic((1, 2, 3))
    few = {"train": np.arange(0, 1500, 12), "test": np.arange(0, 300, 5)}
    return replace(whole, train=whole.train[few["train"]], test=whole.test[few["test"]])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("ladder") / "store.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def climbed(dataset, store) -> Ladder:
    return climb(dataset, store, seeds=3, causes=SHORT, base=BASE, best=TINY)


def test_every_rung_is_the_one_below_with_one_cause_more(climbed):
    rungs = climbed.rungs
    assert [rung.cause for rung in rungs] == [None, *SHORT]
    by_name = {rung.row.name: rung for rung in rungs}
    for rung in rungs[1:]:
        below = by_name[rung.row.parent]
        assert not below.aside
        if rung.cause in ("flip", "mixup", "contrast", "tta"):
            assert list(rung.row.recipe.changes_from(below.row.recipe)) == [rung.cause]
    top = [rung for rung in rungs if not rung.aside][-1]
    left_out = {"activation", "norm", "dropout", "shift"}
    assert set(top.row.recipe.changes_from(TINY)) == left_out
    assert by_name["contrast"].aside
    assert by_name["tta"].row.parent == "mixup"
    assert [rung.together for rung in rungs] == [False] * (len(rungs) - 1) + [True]
    assert by_name["ensemble"].row.recipe == by_name["tta"].row.recipe


def test_epochs_are_chosen_on_the_held_out_part_until_there_is_a_schedule(climbed, dataset, store):
    held = dataset.hold_out(0.2)
    by_name = {rung.row.name: rung.row.recipe for rung in climbed.rungs}
    for name in ("stop", "width", "depth"):
        longest = by_name[name].replace(epochs=BASE.epochs)
        runs = get_or_train(store, held, [longest], range(3))[longest]
        curve = np.mean([run.history["valid_loss"] for run in runs], axis=0)
        assert by_name[name].epochs == int(curve.argmin()) + 1
    assert by_name["optimizer"].epochs == by_name["mixup"].epochs == TINY.epochs


def test_the_ablation_takes_each_remaining_cause_out_once(climbed):
    whole, *without = climbed.ablation
    assert whole.row.recipe == climbed.rungs[-1].row.recipe
    assert [rung.cause for rung in without] == [
        "width", "depth", "optimizer", "flip", "mixup", "tta",
    ]  # fmt: skip
    recipes = {rung.cause: rung.row.recipe for rung in without}
    assert recipes["width"].layers == (4, 6, 3)
    assert recipes["depth"].layers == (8, 3)
    assert recipes["flip"] == whole.row.recipe.replace(flip=False)
    assert recipes["optimizer"].optimizer == "sgd"
    assert recipes["optimizer"].epochs == TINY.epochs
    assert all(rung.row.parent == "best" for rung in without)


def test_asked_again_nothing_is_trained(climbed, dataset, store, monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("trained again")

    monkeypatch.setattr("fclab.study.trainer.train", refuse)
    told: list[tuple[float, float]] = []
    again = climb(
        dataset, store, seeds=3, causes=SHORT, base=BASE, best=TINY,
        progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert again.rungs == climbed.rungs
    assert again.ablation == climbed.ablation
    assert figures(ladder_table(again)) == figures(ladder_table(climbed))
    assert told == [(0, 0)]


def test_whoever_looks_on_sees_every_step(climbed, dataset, tmp_path):
    seen: list[Ladder] = []
    with Store(tmp_path / "store.db") as other:
        again = climb(dataset, other, seeds=3, causes=SHORT[:4], base=BASE, best=TINY,
                      ablation=False, stepped=seen.append)  # fmt: skip
    assert [len(one.rungs) for one in seen] == [1, 2, 3, 4, 5]
    assert again.rungs == seen[-1].rungs == climbed.rungs[:5]
    for line, same in zip(ladder_table(seen[-1]).rungs, ladder_table(climbed).rungs, strict=False):
        assert line.test == same.test


def test_a_kept_ladder_is_read_without_training(climbed, dataset, store, monkeypatch):
    monkeypatch.setattr("fclab.study.trainer.train", None)
    assert load_ladder(store, "another") is None
    keep_ladder(store, climbed)
    again = load_ladder(store, dataset.name)
    assert again is not None
    assert figures(ladder_table(again)) == figures(ladder_table(climbed))
    assert again.rungs == climbed.rungs
    assert again.ablation == climbed.ablation
    with pytest.raises(DataError, match="no study"):
        newest_study(store)  # a ladder is none


def test_a_ladder_without_all_its_runs_or_of_another_version_is_not_shown(climbed, tmp_path):
    with Store(tmp_path / "store.db") as empty:
        keep_ladder(empty, climbed)
        assert load_ladder(empty, climbed.dataset.name) is None
        empty.keep("ladder", "other", {"format": 2})
        with pytest.raises(DataError, match="fclab ladder"):
            load_ladder(empty, "other")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_ladder_is_a_section_of_the_report(climbed, lang):
    table = ladder_table(climbed)
    section = ladder_section(Writer(wording(lang)), table)
    drawn = [block for block in section.blocks if isinstance(block, FigureBlock)]
    assert [figure.name for figure in drawn] == ["ladder_rungs", "ladder_ablation"]
    for figure, lines in zip(drawn, (table.rungs, table.ablation), strict=True):
        axes = figure.draw().axes
        for line in lines:
            assert line.test is not None
            seen = np.concatenate([np.ravel(drawn.get_xdata()) for drawn in axes[0].lines])
            assert np.isclose(seen, line.test.mean).any()
    alone = ladder_section(Writer(wording(lang)), replace(table, ablation=()))
    assert len([block for block in alone.blocks if isinstance(block, FigureBlock)]) == 1


def test_a_ladder_that_was_stopped_goes_on_where_it_was(climbed, dataset, tmp_path):
    class Enough(Exception):
        pass

    def stop(done: float, expected: float) -> None:
        if done > expected / 2:
            raise Enough

    with Store(tmp_path / "s.db") as store:
        with pytest.raises(Enough):
            climb(dataset, store, seeds=3, causes=SHORT, base=BASE, best=TINY, progress=stop)
        assert store.listing()
        again = climb(dataset, store, seeds=3, causes=SHORT, base=BASE, best=TINY)
    for name, runs in climbed.runs.items():
        for one, two in zip(runs, again.runs[name], strict=True):
            assert np.array_equal(one.outputs["test"], two.outputs["test"])


def test_the_figures_follow_from_the_runs(climbed):
    table = ladder_table(climbed)
    for line in table.rungs:
        runs = climbed.runs[line.rung.row.name]
        accuracies = [run.metrics["test_accuracy"] for run in runs]
        together = np.mean([np.log(softmax(run.outputs["test"])) for run in runs], axis=0)
        share = float((together.argmax(axis=1) == runs[0].targets["test"]).mean())
        assert line.ensemble == share
        assert line.test is not None
        assert line.test.mean == pytest.approx(share if line.rung.together else np.mean(accuracies))
        assert line.test.low <= line.test.mean <= line.test.high
    assert table.rungs[0].comparison is None
    assert all(line.comparison and line.verdict for line in table.rungs[1:])
    last = table.rungs[-1]
    assert last.comparison is not None
    assert last.comparison.n_seeds == 1  # an ensemble is one predictor
    assert last.comparison.n_images == 60
    assert table.single.rung.cause == "tta"
    assert table.top.rung.cause == "ensemble"


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z.astype(float) - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_an_ensemble_of_one_is_that_network(climbed):
    (run, *_) = climbed.runs["base"]
    assert np.array_equal(
        ensemble_correct([run], "test"), run.answers("test") == run.targets["test"]
    )
    assert ensemble_outputs([run], "train").shape == run.outputs["train"].shape


def test_answers_of_two_predictors_are_compared_image_by_image():
    rng = np.random.default_rng(0)
    row, other = rng.random(300) < 0.9, rng.random(300) < 0.7
    found = compare_over_images(row, other)
    assert found.difference == pytest.approx(row.mean() - other.mean())
    assert found.low > 0
    assert found.p_value < 0.001
    back = compare_over_images(other, row)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))
    assert found.discordant == (row != other).mean()
    same = compare_over_images(row, row)
    assert (same.difference, same.p_value) == (0, 1)
    few = row.copy()
    few[np.flatnonzero(row)[:4]] = False
    assert compare_over_images(row, few).p_value >= 2**-3  # four images prove nothing
    assert compare_over_images(row, few).low <= 0
    with pytest.raises(UsageError, match="same images"):
        compare_over_images(row, other[:10])


def test_order_and_what_is_left_out():
    assert order_of() == CAUSES
    assert order_of(["flip", "stop"])[:3] == ("flip", "stop", "lr")
    assert sorted(order_of(["flip", "stop"])) == sorted(CAUSES)
    assert "mixup" not in order_of(without=["mixup"])
    for order, without, complaint in (
        (["flip", "flip"], [], "twice"),
        (["flip"], ["flip"], "left out"),
        (["speed"], [], "no cause 'speed'"),
    ):
        with pytest.raises(UsageError, match=complaint):
            order_of(order, without)  # pyright: ignore[reportArgumentType]


def test_another_order_and_rungs_left_out(dataset, store):
    causes = order_of(["depth", "ensemble", "tta"], [c for c in CAUSES if c not in
                                                      ("depth", "ensemble", "tta")])  # fmt: skip
    climbed = climb(dataset, store, seeds=2, causes=causes, base=BASE, best=TINY)
    assert [rung.together for rung in climbed.rungs] == [False, False, True, True]
    assert climbed.rungs[1].row.recipe == BASE.replace(layers=(4, 6, 3))  # no stop: epochs stay
    table = ladder_table(climbed)
    assert table.single.rung.cause == "depth"
    assert conclusions(wording("en"), table)


def test_weights_are_tied_where_layers_fill_their_places(dataset, store):
    """Without its width, or in full resolution, the best recipe has no places for its filters."""
    best = TINY.replace(layers=(64, 16, 3), pool=2, tied=0.5, dropout=0.0, mixup=0.0)
    causes: tuple[Cause, ...] = ("pool", "optimizer", "width", "depth", "norm", "tied")
    found = climb(dataset, store, seeds=1, causes=causes, base=BASE, best=best)
    tied = {rung.row.name: rung.row.recipe.tied for rung in (*found.rungs, *found.ablation)}
    assert tied["tied"] == tied["best"] == tied["no-norm"] == tied["no-optimizer"] == 0.5
    assert tied["no-width"] == tied["no-pool"] == tied["no-tied"] == tied["norm"] == 0.0
    first = climb(dataset, store, seeds=1, causes=causes[::-1], base=BASE, best=best)
    assert {rung.row.recipe.tied for rung in first.rungs} == {0.0}


def test_causes_reach_the_best_recipe_in_any_order():
    for causes in (CAUSES, CAUSES[::-1]):
        recipe = CIFAR
        for cause in causes:
            if not is_aside(cause):
                recipe = add(cause, recipe)
        assert recipe == BEST


def test_a_cause_is_taken_out_to_what_was_below():
    below = CIFAR.replace(lr=0.02)
    for cause in CAUSES:
        if cause in CHOSEN or is_aside(cause) or cause == "ensemble":
            continue
        recipe = take_out(cause, BEST, below)
        assert recipe != BEST
        assert recipe.epochs == BEST.epochs
    assert take_out("optimizer", BEST, below).lr == 0.02


def test_a_rung_that_diverges_is_named(dataset, store):
    wild = Recipe(layers=(4, 3), lr=1e30, epochs=2)
    with pytest.raises(Exception, match="--without stop"):
        climb(dataset, store, seeds=2, causes=("stop",), base=wild, best=TINY)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_what_is_said_of_a_ladder(climbed, lang):
    words, table = wording(lang), ladder_table(climbed)
    said = [plain_text(words.text(sentence)) for sentence in conclusions(words, table)]
    base, top = table.rungs[0].test, table.single.test
    assert base is not None
    assert top is not None
    assert words.pct(top.mean) in said[0]
    labels = [label(words, line) for line in (*table.rungs, *table.ablation)]
    assert len(set(labels)) == len(labels)
    assert all(not line.startswith("ladder.") for line in (*said, *labels))
    assert word(words, table.rungs[1].verdict)
    assert word(words, None) == ""
    proved = {line.verdict.decision for line in table.rungs[1:] if line.verdict}
    assert proved <= set(Decision)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_cause_has_a_name(lang):
    words = wording(lang)
    for cause in CAUSES:
        assert words.has(f"ladder.causes.{cause}")
        if cause not in (*CHOSEN, "ensemble"):
            assert words.has(f"ladder.no.{cause}")


def test_the_command(monkeypatch, tmp_path, capsys, dataset):
    monkeypatch.setattr("fclab.data.images.synthetic", lambda classes: dataset)
    real = module.climb
    monkeypatch.setattr(
        module, "climb", lambda *args, **more: real(*args, **{**more, "base": BASE, "best": TINY})
    )
    common = ["ladder", "--classes", "1", "2", "3", "--data", "synthetic", "--seeds", "2",
              "--store", str(tmp_path / "s.db"), "--without", "stop", "lr", "batch", "shift",
              "norm", "dropout", "label_smoothing", "ema", "contrast"]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main([*common, "--lang", "en"])
    out = capsys.readouterr().out
    assert ended.value.code == 0, out
    assert "the lab's network" in out
    assert "without flips" in out
    assert "held out" in out
    with pytest.raises(SystemExit):
        main([*common, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["rungs"][0]["name"] == "base"
    assert found["rungs"][-1]["together"]
    assert found["classes"] == [1, 2, 3]


def test_the_best_recipe_is_one_flag_of_the_third_part(monkeypatch, tmp_path):
    plans = []
    monkeypatch.setattr(
        "fclab.cli.lab.train_and_write", lambda lab, given, *_, **__: plans.extend(given)
    )
    with pytest.raises(SystemExit):
        main(["cifar", "--best", "--classes", "1", "2", "3", "4", "--data", "synthetic"])
    assert plans[0].recipe == BEST.replace(layers=(*BEST.layers[:-1], 4))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ladder"], "which classes"),
        (["ladder", "--classes", "0", "55", "58", "--seeds", "0"], "--seeds"),
        (["ladder", "--classes", "0", "55", "58", "--without", "magic"], "magic"),
        (["ladder", "--classes", "1", "2", "--order", "flip", "--without", "flip"], "left out"),
        (["ladder", "--classes", "0", "55", "58", "--group", "25"], "not both"),
        (["ladder", "--classes", "0", "0", "58", "--data", "synthetic"], "named twice"),
        (["cifar", "--best", "--lr", "0.1"], "leave out --lr"),
        (["cifar", "--contrast", "--engine", "gram", "--data", "synthetic"], "contrast"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(arguments, complaint, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert complaint in said
    assert "Traceback" not in said


def test_runs_that_were_kept_without_their_answers_on_train_get_them(
    dataset, tmp_path, monkeypatch
):
    """An ensemble has answers on train too, of every seed; a study keeps those of seed 0 alone."""
    monkeypatch.setattr("fclab.store.pack.HEAVY", 0)
    causes = order_of(["ensemble"], [cause for cause in CAUSES if cause != "ensemble"])
    with Store(tmp_path / "store.db") as store:
        (first, second) = get_or_train(store, dataset, [BASE], range(2))[BASE]
        assert [list(run.outputs) for run in (first, second)] == [["train", "test"], ["test"]]
        climbed = climb(
            dataset, store, seeds=2, causes=causes, base=BASE, best=TINY, ablation=False
        )
        keep_ladder(store, climbed)
        kept = load_ladder(store, dataset.name)
    assert kept is not None
    assert ladder_table(kept).rungs[-1].rung.together
    assert [bool(run.weights) for run in kept.runs["base"]] == [True, False]
