"""The search for hyper-parameters: what it learns from, what it saves, what survives a kill."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
import searching
from searching import SETTINGS, SPACE, pictures, searched, small_space

from fclab.store.database import Store
from fclab.study.rows import HOLD_OUT
from fclab.tuning.confirm import confirm, fresh_seeds, winning_row
from fclab.tuning.rules import SearchSettings
from fclab.tuning.space import default_space, make_space, read_space
from fclab.tuning.storage import opened
from fclab.tuning.trials import FinishedTrial, Search
from fclab.values.dataset import Split
from fclab.values.errors import DataError, FclabError, UsageError
from fclab.values.recipe import CIFAR


def outcome(search: Search) -> list:
    """All that a search came to; equal for equal searches."""
    return [(t.number, dict(t.values), t.state, t.accuracies, t.losses) for t in search.tried]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, Search]:
    """A search that nothing disturbed, and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, searched(folder)


def runs_kept(folder: Path) -> int:
    try:
        with Store(folder / "store.db", create=False) as store:
            return len(store.listing())
    except DataError:  # there is no store yet
        return 0


def wait_for_runs(folder: Path, runs: int, running: subprocess.Popen) -> None:
    until = time.monotonic() + 300
    while runs_kept(folder) < runs:
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def test_candidates_are_measured_on_the_held_out_part(whole):
    folder, search = whole
    assert [trial.number for trial in search.tried] == list(range(1, 13))
    assert search.dataset.sizes == {"train": 144, "valid": 36, "test": 60}
    held = pictures().hold_out(HOLD_OUT)
    assert search.dataset.fingerprint == held.fingerprint
    with Store(folder / "store.db") as store:
        for trial in search.tried:
            kept = {
                run.seed: run
                for run in store.select()
                if run.recipe == trial.recipe and run.dataset.fingerprint == held.fingerprint
            }
            measured = [kept[seed].metrics["valid_accuracy"] for seed in sorted(kept)]
            assert list(trial.accuracies) == measured


def test_the_same_seed_tries_the_same_candidates(whole, tmp_path):
    _, search = whole
    assert outcome(searched(tmp_path)) == outcome(search)
    other = SETTINGS.model_copy(update={"seed": 1, "trials": 4})
    assert outcome(searched(tmp_path, other, where=tmp_path / "b.log")) != outcome(search)[:4]


def test_the_test_set_has_no_influence(whole, tmp_path):
    _, search = whole
    dataset = pictures()
    wrong = replace(dataset, test=Split(255 - dataset.test.x, (dataset.test.y + 1) % 3))
    few = SETTINGS.model_copy(update={"trials": 8})
    assert outcome(searched(tmp_path, few, dataset=wrong)) == outcome(search)[:8]


def test_after_the_first_seeds_the_best_third_goes_on(whole):
    folder, search = whole
    first = [trial.accuracies[0] for trial in search.tried]
    for start in range(0, 12, SETTINGS.batch):
        known = sorted(first[: start + SETTINGS.batch], reverse=True)
        least = known[-(-len(known) // 3) - 1]
        for trial in search.tried[start : start + SETTINGS.batch]:
            goes_on = trial.accuracies[0] >= least
            assert trial.state == ("finished" if goes_on else "pruned")
            assert len(trial.accuracies) == (3 if goes_on else 1)
    assert 0 < search.count("pruned") < 12
    assert runs_kept(folder) == search.runs == 12 + 2 * search.count("finished")


def test_without_pruning_every_candidate_has_all_seeds(tmp_path):
    search = searched(tmp_path, SearchSettings(trials=3, seeds=2, first=2))
    assert {trial.state for trial in search.tried} == {"finished"}
    assert search.runs == 6


def test_a_search_goes_on_where_it_stopped(whole, tmp_path):
    _, search = whole
    searched(tmp_path, SETTINGS.model_copy(update={"trials": 5}))
    assert outcome(searched(tmp_path))[:5] == outcome(search)[:5]
    told = []
    again = searched(tmp_path, progress=lambda *values: told.append(values))
    assert len(again.tried) == 12
    assert told == [(12, 12)]


def process(folder: Path, where: str | Path | None = None, *options: str) -> subprocess.Popen:
    """The search in a process of its own; the option: after how many runs it is killed."""
    command = [sys.executable, searching.__file__, str(folder), str(where or folder / "search.log")]
    return subprocess.Popen([*command, *options], stderr=subprocess.PIPE, encoding="utf-8")


def some_are_unfinished(journal: Path) -> bool:
    study = optuna.load_study(
        study_name="test",
        storage=optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(journal))
        ),
    )
    return any(not trial.state.is_finished() for trial in study.trials)


@pytest.mark.slow
def test_a_killed_search_is_resumed_as_if_nothing_had_happened(whole, tmp_path):
    _, search = whole
    with process(tmp_path, None, "6") as running:
        running.communicate()
    assert running.returncode != 0
    assert some_are_unfinished(tmp_path / "search.log")
    assert runs_kept(tmp_path) == 6
    resumed = searched(tmp_path)
    assert outcome(resumed) == outcome(search)
    assert resumed.running == 0
    assert runs_kept(tmp_path) == search.runs  # none was trained twice, none is missing
    locks = {path.name for path in tmp_path.glob("search.log.*")}
    assert locks <= {"search.log.lock"}


@pytest.mark.parametrize("drawn", [(), ("lr",)])
def test_what_was_being_drawn_when_its_process_was_killed_is_drawn_anew(whole, tmp_path, drawn):
    _, search = whole
    searched(tmp_path, SETTINGS.model_copy(update={"trials": 5}))
    with opened(tmp_path / "search.log") as killed:
        study = optuna.load_study(study_name="test", storage=killed.storage)
        study.ask({name: small_space().searched[name] for name in drawn})  # never signed
    resumed = searched(tmp_path, SETTINGS.model_copy(update={"trials": 8}))
    assert outcome(resumed)[:5] == outcome(search)[:5]
    assert len(resumed.tried) == 8
    assert resumed.running == 0


@pytest.mark.slow
def test_two_processes_search_together(tmp_path):
    with process(tmp_path) as one, process(tmp_path) as other:
        for running in (one, other):
            _, told = running.communicate(timeout=300)
            assert running.returncode == 0, told
    search = searched(tmp_path)
    assert [trial.number for trial in search.tried] == list(range(1, 13))
    assert search.running == 0
    assert search.count("finished") >= 3


def test_what_another_process_is_training_is_left_to_it(tmp_path):
    searched(tmp_path, SETTINGS.model_copy(update={"trials": 4}))
    with opened(tmp_path / "search.log") as alive:
        study = optuna.load_study(study_name="test", storage=alive.storage)
        trial = study.ask(dict(small_space().searched))
        trial.set_user_attr("worker", alive.worker)
        waiting = searched(tmp_path, SETTINGS.model_copy(update={"trials": 5}))
        assert waiting.running == 1
        assert len(waiting.tried) == 4
    done = searched(tmp_path, SETTINGS.model_copy(update={"trials": 5}))
    assert done.running == 0
    assert done.tried[4].values == small_space().values(trial.params)


def test_a_torn_last_line_does_not_spoil_the_journal(whole, tmp_path):
    _, search = whole
    searched(tmp_path, SETTINGS.model_copy(update={"trials": 4}))
    with (tmp_path / "search.log").open("a", encoding="utf-8") as journal:
        journal.write('{"op_code": 4, "worker')
    goes_on = searched(tmp_path, SETTINGS.model_copy(update={"trials": 8}))
    assert outcome(goes_on) == outcome(search)[:8]


def test_candidates_that_diverge_do_not_stop_the_search(tmp_path):
    space = small_space(lr={"choices": [0.01, 1e6]}, batch_size=16)
    search = searched(tmp_path, SearchSettings(trials=8, seeds=2, first=1), space=space)
    failed = [trial for trial in search.tried if trial.state == "failed"]
    assert failed
    assert len(failed) < 8
    for trial in failed:
        assert trial.values["lr"] == 1e6
        assert trial.diverged is not None
        assert trial.diverged[0] == 0
        assert np.isnan(trial.accuracy)
    assert search.best is not None
    assert search.best.values["lr"] == 0.01


def test_values_that_do_not_agree_fail_with_the_reason(tmp_path):
    space = small_space(optimizer={"choices": ["sgd", "adam"]}, momentum=0.9)
    search = searched(tmp_path, SearchSettings(trials=6, seeds=1, first=1), space=space)
    for trial in search.tried:
        assert (trial.state == "failed") == (trial.values["optimizer"] == "adam")
        assert ("momentum belongs to sgd" in trial.conflict) == (trial.state == "failed")
    assert 0 < search.count("failed") < 6


def made(number: int, accuracies, losses, state="finished", **values) -> FinishedTrial:
    drawn = {"layers": "FC(4), FC(3)", "lr": 0.1, "batch_size": 16, "shift": 0} | values
    return FinishedTrial(number, drawn, CIFAR, state, tuple(accuracies), tuple(losses))


def search_of(*tried: FinishedTrial) -> Search:
    info = pictures().hold_out(HOLD_OUT).info
    return Search("made", small_space(), info, seeds=2, first=1, tried=tried, running=0)


def test_of_equal_accuracies_the_smaller_loss_is_better():
    search = search_of(
        made(1, [0.8, 0.9], [0.5, 0.5]),
        made(2, [0.9, 0.8], [0.4, 0.5]),
        made(3, [0.99], [0.1], "pruned"),
        made(4, [0.7, 0.7], [0.1, 0.1]),
    )
    assert [trial.number for trial in search.ranking] == [2, 1, 4]


def test_importance_belongs_to_the_field_that_matters():
    rng = np.random.default_rng(0)
    lr = 10 ** rng.uniform(-3, 0, 60)
    tried = [
        made(k, [0.5 + 0.1 * np.log10(x)], [1.0], "pruned" if k % 2 else "finished",
             lr=float(x), batch_size=int(rng.choice([16, 64])), shift=int(rng.integers(2)))
        for k, x in enumerate(lr)
    ]  # fmt: skip
    found = search_of(*tried).importances
    assert next(iter(found)) == "lr"
    assert found["lr"] > 0.9
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == {"lr", "batch_size", "shift"}  # the layers never varied


def test_no_importance_where_nothing_differs():
    assert search_of(*[made(k, [0.5], [1.0], lr=k / 10 + 0.1) for k in range(9)]).importances == {}
    assert (
        search_of(*[made(k, [k / 9], [1.0], lr=k / 10 + 0.1) for k in range(3)]).importances == {}
    )


def test_the_winner_is_confirmed_on_seeds_and_images_that_the_search_did_not_have(whole, tmp_path):
    _, search = whole
    dataset = pictures()
    best = search.best
    assert best is not None
    assert best.recipe is not None
    base = CIFAR.replace(layers=(4, 3), epochs=2, flip=True, mixup=0.1)
    seeds = fresh_seeds(search.seeds, 3)
    assert list(seeds) == [3, 4, 5]
    with Store(tmp_path / "store.db") as store:
        done = confirm(dataset, store, best.recipe, base, seeds)
        runs = list(store.select())
    assert {run.seed for run in runs} == {3, 4, 5}
    assert {run.dataset.fingerprint for run in runs} == {dataset.fingerprint}
    mine = [run.metrics["test_accuracy"] for run in runs if run.recipe == best.recipe]
    others = [run.metrics["test_accuracy"] for run in runs if run.recipe == base]
    assert done.winner.test is not None
    assert done.winner.test.mean == pytest.approx(np.mean(mine))
    assert done.comparison is not None
    assert done.comparison.difference == pytest.approx(np.mean(mine) - np.mean(others))
    assert done.comparison.paired
    assert done.verdict is not None
    row = winning_row("a name/with things", best.recipe, 12)
    assert (row.name, row.kind, row.parent, row.candidates) == (
        "a-name-with-things", "own", "base", 12,
    )  # fmt: skip


def test_a_winner_that_diverges_on_every_fresh_seed_is_said(tmp_path):
    wild = CIFAR.replace(layers=(4, 3), epochs=2, lr=1e6, flip=True, mixup=0.1)
    calm = wild.replace(lr=0.01)
    with Store(tmp_path / "store.db") as store:
        done = confirm(pictures(), store, wild, calm, range(2, 4))
    assert done.winner.diverged == 2
    assert done.winner.test is None
    assert done.comparison is None
    assert done.base.diverged == 0


@pytest.mark.parametrize(
    ("changes", "name", "what"),
    [({"lr": 0.1}, "test", "space"), ({"epochs": 3}, "test", "space")],
)
def test_another_search_of_the_same_name_is_refused(whole, changes, name, what):
    folder, _ = whole
    with pytest.raises(UsageError, match=f"other {what}: choose another name"):
        searched(folder, space=small_space(**changes))


def test_other_data_or_seeds_under_the_same_name_are_refused(whole):
    folder, _ = whole
    dataset = pictures()
    turned = replace(dataset, train=dataset.train[np.arange(179, -1, -1)])
    with pytest.raises(UsageError, match="other data"):
        searched(folder, dataset=turned)
    with pytest.raises(UsageError, match="other seeds"):
        searched(folder, SETTINGS.model_copy(update={"seeds": 4}))


def test_layers_that_do_not_fit_the_classes(tmp_path):
    space = small_space(layers={"choices": ["FC(4), FC(3)", "FC(4), FC(2)"]})
    with pytest.raises(UsageError, match=r"space\.toml: layers: FC\(4\), FC\(2\) end with 2"):
        searched(tmp_path, space=space)
    assert not (tmp_path / "search.log").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr = ", "is not TOML"),
        ("lrr = {low = 1, high = 2}", "lrr: no such field of a recipe; did you mean lr?"),
        ("quux = 1", "quux: no such field of a recipe; there are layers,"),
        ("lr = {low = 0.001}", "lr: a range has both low and high"),
        ("lr = {low = 2, high = 1}", "lr: low 2 is not below high 1"),
        ("lr = {low = -1, high = 1}", "lr: -1: it should be greater than 0"),
        ("lr = {low = 0.1, high = 1, hi = 2}", "lr: unknown key 'hi'"),
        ("lr = {low = 0.1, high = 1, choices = [1]}", "lr: choices stand alone"),
        ("lr = {low = 0.1, high = 1, log = 1}", "lr: log is true or false"),
        ("lr = {low = 0.1, high = 1, log = true, step = 0.1}", "lr: step and log exclude"),
        ("weight_decay = {low = 0.0, high = 1.0, log = true}", "begins above 0, not at 0.0"),
        ("dropout = {low = 0.0, high = 0.5, step = 1.0}", "dropout: step 1.0 does not fit"),
        ("dropout = {low = 0.0, high = 1.0}", "dropout: 1.0: it should be less than 1"),
        ("shift = {low = 0, high = 4, step = 1.5}", "shift: it is a whole number"),
        ("shift = {low = 0.5, high = 4}", "shift: 0.5"),
        ("flip = {low = 0, high = 1}", "flip: it is not a number"),
        ("layers = {low = 1, high = 4}", "layers: it is not a number"),
        ('layers = {choices = ["conv(3)"]}', "layers: 'conv(3)': layers are written as FC(10)"),
        ('layers = {choices = ["10, 3", "FC(10), FC(3)"]}', "layers: a choice occurs twice"),
        ("norm = {choices = []}", "norm: choices are a list"),
        ('norm = {choices = ["group"]}', "norm: 'group'"),
        ('norm = "group"', "norm: 'group'"),
        ("lr = 0.1", "nothing to search"),
        ("lr = {choices = [0.1]}", "nothing to search"),
        ("lr = {low = nan, high = 1}", "lr: nan"),
    ],
)
def test_what_is_wrong_with_a_space_is_said_in_one_line(text, words, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as raised:
        read_space(path)
    said = str(raised.value)
    assert said.startswith(str(path))
    assert words in said
    assert "\n" not in said


def test_a_space_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.toml: No such file"):
        read_space(tmp_path / "absent.toml")


def test_the_default_space_fits_any_number_of_classes():
    for classes in (2, 3, 10):
        space = default_space(classes)
        for layers in space.searched["layers"].choices:
            values = {"layers": layers, "lr": 0.0123456, "weight_decay": 0.001, "dropout": 0.1}
            recipe = space.recipe(values)
            assert recipe.layers[-1] == classes
            assert recipe.lr == 0.0123  # what a table shows is what was trained
            assert recipe.flip


def test_equal_spaces_are_one_however_they_are_written():
    one = make_space({"lr": {"low": 0.1, "high": 1}, "layers": "10, 3"}, "a")
    other = make_space({"layers": "FC(10), FC(3)", "lr": {"high": 1.0, "low": 0.1}}, "b")
    assert one.identity == other.identity
    assert one.identity != make_space({"lr": {"low": 0.1, "high": 1}}, "c").identity


@pytest.mark.parametrize(
    "where", ["sqlite:///x.db", "mysql://u:secret@h/b", "postgresql://u:secret@h:port/b"]
)
def test_no_other_kinds_of_storage(where, tmp_path):
    with pytest.raises(UsageError, match=r"journal file or|is neither") as raised:
        searched(tmp_path, where=where)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_journal(tmp_path):
    (tmp_path / "a.log").write_text("this is\nnot a journal\n", "utf-8")
    (tmp_path / "b.log").write_text(json.dumps({"op_code": 0}) + "\n", "utf-8")
    for name in ("a.log", "b.log"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(DataError, match=name):
            searched(tmp_path, where=tmp_path / name)
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(DataError, match="is a folder"):
        searched(tmp_path, where=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(FclabError, match="file"):
        searched(tmp_path, where=tmp_path / "file" / "x.log")


def test_the_study_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "search.log"
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    storage = optuna.storages.JournalStorage(backend)
    study = optuna.create_study(study_name="test", storage=storage, direction="maximize")
    study.add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(UsageError, match="another program"):
        searched(tmp_path)


def test_a_search_in_postgresql_is_the_same_search(whole, tmp_path, database):
    _, search = whole
    searched(tmp_path, SETTINGS.model_copy(update={"trials": 6}), where=database)
    assert outcome(searched(tmp_path, where=database))[:4] == outcome(search)[:4]


@pytest.mark.slow
def test_three_processes_search_together_in_postgresql_and_one_is_killed(tmp_path, database):
    with ExitStack() as ending:
        killed, *others = [ending.enter_context(process(tmp_path, database)) for _ in range(3)]
        wait_for_runs(tmp_path, 2, killed)
        killed.kill()
        for running in others:
            _, told = running.communicate(timeout=300)
            assert running.returncode == 0, told
    search = searched(tmp_path, where=database)
    assert [trial.number for trial in search.tried] == list(range(1, 13))
    assert search.running == 0


def test_space_of_the_tests_is_what_it_says():
    assert set(small_space().searched) == {k for k, v in SPACE.items() if isinstance(v, dict)}
