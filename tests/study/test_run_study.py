"""The rows of a study, where its choices come from, and what is trained."""

import numpy as np
import pytest
from small_study import BASE, pictures, settings, values

from fclab.labs.lab1.grid import grids
from fclab.labs.lab1.halving import rounds
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table, run_study
from fclab.labs.lab1.tasks import tasks
from fclab.labs.lab1.tasks.task import Start
from fclab.store.database import Store
from fclab.study.rows import HOLD_OUT, OwnRow
from fclab.study.study import extend_study
from fclab.values.errors import FclabError, UsageError
from fclab.values.metrics import best_epoch


def test_every_task_has_its_rows(done):
    rows = {row.name: row for row in done.study.rows}
    assert list(rows) == [
        "base", "stop", "batch-8", "batch-32", "past-32", "lr-0.025", "fc-3", "fc-4-4",
    ]  # fmt: skip
    assert {row.name: row.parent for row in rows.values()} == {
        "base": None, "stop": "base", "batch-8": "stop", "batch-32": "stop", "past-32": "base",
        "lr-0.025": "stop", "fc-3": "stop", "fc-4-4": "stop",
    }  # fmt: skip
    curve = np.mean([run.history["test_loss"] for run in done.study.runs["base"]], axis=0)
    stop = rows["stop"].recipe
    assert stop == BASE.replace(epochs=best_epoch(curve))
    assert rows["batch-32"].recipe.epochs == round(6 * stop.epochs / 3)  # ⌈90/16⌉, ⌈90/32⌉
    assert rows["past-32"].recipe == BASE.replace(batch_size=32, epochs=24)
    assert rows["lr-0.025"].recipe == stop.replace(lr=0.025, epochs=2 * stop.epochs)
    assert rows["fc-3"].candidates == 2
    for name, runs in done.study.runs.items():
        assert [run.seed for run in runs] == [0, 1, 2]
        assert {run.recipe for run in runs} == {rows[name].recipe}


def curves_of(store, dataset, hidden, seeds, split="test"):
    """Mean loss curves of the recipes of a model that have runs of exactly these seeds there."""
    kept = {}
    for run in store.select():
        if (run.dataset.fingerprint, run.recipe.layers[:-1]) == (dataset.fingerprint, hidden):
            kept.setdefault(run.recipe, {})[run.seed] = run.history[f"{split}_loss"]
    return {
        recipe: np.mean(list(curves.values()), axis=0)
        for recipe, curves in kept.items()
        if set(curves) == set(seeds)
    }


def test_every_setting_is_tried_without_the_held_out_part(done):
    held = done.data.hold_out(HOLD_OUT)
    stop = done.study.row("stop").recipe
    found = grids(settings(), stop.epochs, len(held.train))[(3,)]
    assert [(r.lr, r.batch_size) for r in found] == [(0.02, 16), (0.05, 16)]
    # As far as twice the stopped base row in lr × iterations, whatever the lr.
    far = [r.lr * r.iterations(72) for r in found]
    assert min(far) >= 2 * stop.lr * stop.iterations(72)
    with Store(done.path) as store:
        first = curves_of(store, held, (3,), (3, 4))
    assert set(first) >= set(found)
    choice = done.study.row("fc-3").choice
    stopped = [
        float(curve.min()) for recipe, curve in first.items() if curve.argmin() + 1 < len(curve)
    ]
    assert min(stopped) == pytest.approx(choice.losses[0])


def test_a_tuned_row_is_the_best_finalist_at_its_own_epoch(done):
    """Every finalist has as many seeds as a row, none of them one of a row."""
    for row, hidden in (("fc-3", (3,)), ("fc-4-4", (4, 4))):
        with Store(done.path) as store:
            last = curves_of(store, done.data, hidden, (3, 4, 5))
        best = min(last, key=lambda recipe: last[recipe].min())
        found = done.study.row(row)
        assert found.recipe == best.replace(epochs=best_epoch(last[best]))
        losses = sorted(float(curve.min()) for curve in last.values())
        finalists = found.choice.finalists
        assert [setting.loss for setting in finalists] == pytest.approx(losses[: len(finalists)])
        assert (finalists[0].lr, finalists[0].epochs) == (found.recipe.lr, found.recipe.epochs)
        assert found.choice.first_seed == 3
        assert [(r.settings, r.seeds) for r in found.choice.rounds] == [(2, 2), (2, 3)]
        assert 0 <= found.choice.certainty <= 1


def test_the_better_settings_are_tried_from_more_seeds(tmp_path):
    asked = settings(hidden=((3,),), search_seeds=1, seeds=6,
                     search_lr=(0.02, 0.05, 0.1), search_batch=(16, 45))  # fmt: skip
    assert [(r.settings, r.seeds) for r in rounds(asked)] == [(6, 1), (3, 2), (2, 6)]
    data = pictures()
    with Store(tmp_path / "store.db") as store:
        study = run_study(data, store, asked)
        held = data.hold_out(HOLD_OUT)
        first = {}  # by setting, the longest training: the curve of the search's first seed
        for run in store.select():
            if run.dataset.fingerprint == held.fingerprint and run.seed == 6:
                setting = run.recipe.lr, run.recipe.batch_size
                if setting not in first or run.recipe.epochs > first[setting].recipe.epochs:
                    first[setting] = run
        second = curves_of(store, held, (3,), (6, 7))
        last = curves_of(store, data, (3,), range(6, 12))
    better = sorted(first, key=lambda setting: first[setting].history["test_loss"].min())[:3]
    assert {(recipe.lr, recipe.batch_size) for recipe in second} == set(better)
    least = sorted(second, key=lambda recipe: second[recipe].min())[:2]
    assert {r.lr for r in last} == {r.lr for r in least}
    choice = study.row("fc-3").choice
    assert choice.chosen_by_few is not None
    assert [(r.settings, r.seeds) for r in choice.rounds] == [(6, 1), (3, 2), (2, 6)]


def test_what_choosing_on_the_test_set_gains_is_judged_by_other_seeds(done):
    """Of the networks of the first round, the two losses choose; those of the rows' seeds judge."""
    held, found = done.data.hold_out(HOLD_OUT), done.study.row("fc-3").choice.flattery
    with Store(done.path) as store:
        for split, setting, accuracy in (
            ("test", found.by_test, found.accuracy_by_test),
            ("valid", found.by_valid, found.accuracy_by_valid),
        ):
            curves = curves_of(store, held, (3,), (3, 4), split)
            least = min(curves, key=lambda recipe: curves[recipe].min())
            assert (setting.lr, setting.epochs) == (least.lr, best_epoch(curves[least]))
            judges = [
                run
                for run in store.select()
                if run.dataset.fingerprint == held.fingerprint
                and run.recipe.layers == (3, 3)
                and run.recipe.lr == setting.lr
                and run.seed < 3
            ]
            assert sorted(run.seed for run in judges) == [0, 1, 2]
            at = [run.history["test_accuracy"][setting.epochs - 1] for run in judges]
            assert accuracy == pytest.approx(np.mean(at))
    assert found.judges == 3
    assert found.difference == pytest.approx(found.accuracy_by_test - found.accuracy_by_valid)
    assert found.low <= found.difference <= found.high


def test_progress_ends_where_it_expects_to_end(done):
    assert done.told[-1][0] == done.told[-1][1] > 0
    amounts = [amount for amount, _ in done.told]
    assert amounts == sorted(amounts)
    assert all(amount <= expected * (1 + 1e-9) for amount, expected in done.told)


def test_the_validation_protocol_never_chooses_by_the_test_set(tmp_path):
    """With the test labels turned round every choice stays, in the lab's protocol it does not."""
    from dataclasses import replace

    from fclab.values.dataset import Split

    data = pictures()
    turned = replace(data, test=Split(data.test.x, (data.test.y + 1) % 3))
    chosen = {}
    for protocol in ("lab", "validation"):
        for name, images in (("as it is", data), ("turned", turned)):
            with Store(tmp_path / f"{protocol}-{name}.db") as store:
                study = run_study(images, store, settings(seeds=2, protocol=protocol))
            chosen[protocol, name] = [row.recipe for row in study.rows]
            valid = study.held_out[0].dataset.sizes
            assert valid == {"train": 72, "valid": 18, "test": 60}
            assert study.runs["stop"][0].dataset.sizes == {"train": 90, "test": 60}
            looked_at = {"lab": {"train", "test"}, "validation": {"train", "valid", "test"}}
            assert study.chosen_on[0].dataset.sizes.keys() == looked_at[protocol]
    assert chosen["validation", "as it is"] == chosen["validation", "turned"]
    assert chosen["lab", "as it is"] != chosen["lab", "turned"]


def test_factors_that_change_nothing_make_no_row(tmp_path):
    """Of 1, twice the same, or a batch that is all images already."""
    with Store(tmp_path / "store.db") as store:
        study = run_study(
            pictures(),
            store,
            settings(seeds=1, batch_factors=(1, 8, 16), lr_factors=(1, 2, 2), hidden=()),
        )
    assert [row.name for row in study.rows] == ["base", "stop", "batch-90", "past-90", "lr-0.025"]


def test_a_study_that_grows_trains_the_new_row_only(tmp_path):
    data, path = pictures(), tmp_path / "store.db"
    mine = OwnRow(name="mine", parent="batch-32", changes={"lr": 0.1})
    with Store(path) as store:
        before = run_study(data, store, settings())
        kept = {entry.key for entry in store.listing()}
        grown = extend_study(before, data, store, [mine])
        new = [entry for entry in store.listing() if entry.key not in kept]
        assert sorted(entry.seed for entry in new) == [0, 1, 2]
        parent = before.row("batch-32").recipe
        assert {entry.recipe for entry in new} == {parent.replace(lr=0.1)}
        # Asked for as a whole, nothing is trained at all, and it is the same study.
        again = run_study(data, store, settings(), own=[mine])
        assert len(store.listing()) == len(kept) + 3
    assert values(again) == values(grown)
    lines = final_table(grown).lines
    assert lines[-1].parent.row.name == "batch-32"


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (OwnRow(name="base", changes={"lr": 1}), "called 'base' already"),
        (OwnRow(name="x", parent="nobody", changes={"lr": 1}), "no row 'nobody'.*base, stop"),
        (OwnRow(name="x", changes={"lr": -1}), "row 'x': lr = -1: it should be greater than 0"),
        (OwnRow(name="x", changes={"speed": 1}), "no field 'speed'; it has layers"),
        (OwnRow(name="x", changes={"layers": "FC(4), FC(2)"}), "FC\\(3\\)"),
        (OwnRow(name="x", changes={"patience": 3}), "validation"),
    ],
)
def test_an_impossible_row_is_refused_before_anything_is_trained(tmp_path, own, words):
    with Store(tmp_path / "store.db") as store:
        with pytest.raises(UsageError, match=words):
            run_study(pictures(), store, settings(), own=[own])
        assert not store.listing()


def test_rows_of_ones_own_may_start_from_each_other(tmp_path):
    own = [
        OwnRow(name="a", changes={"momentum": 0.5}),
        OwnRow(name="b", parent="a", changes={"nesterov": True}),
    ]
    with Store(tmp_path / "store.db") as store:
        study = run_study(pictures(), store, settings(seeds=1, hidden=()), own=own)
    assert study.row("b").recipe == study.row("stop").recipe.replace(momentum=0.5, nesterov=True)


def test_a_base_recipe_that_diverges_is_said(tmp_path):
    wild = settings(base=BASE.replace(lr=1e30), seeds=1)
    with Store(tmp_path / "store.db") as store, pytest.raises(FclabError, match="lower lr"):
        run_study(pictures(), store, wild)


def test_other_images_are_refused(done, tmp_path):
    with Store(done.path) as store, pytest.raises(UsageError, match="other images"):
        extend_study(done.study, pictures(seed=6), store, [OwnRow(name="x", changes={"lr": 1})])


def test_the_default_study_has_the_rows_that_are_promised():
    rows = [row for task in tasks() for row in task.planned(Start(Settings(), 60, 1500))]
    assert len(rows) >= 12
    assert Settings().seeds == 32
    assert len({row.name for row in rows}) == len(rows)


def test_rows_of_nearly_equal_learning_rates_have_names_of_their_own(tmp_path):
    images = pictures()
    with Store(tmp_path / "store.db") as store:
        study = run_study(images, store, settings(lr_factors=(2, 2.00001), hidden=()))
    names = [row.name for row in study.rows]
    assert len(set(names)) == len(names)
