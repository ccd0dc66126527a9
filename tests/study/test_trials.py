"""What is tried on a cloud that is not separated: trained once, kept, read again."""

from contextlib import nullcontext

import pytest
from sqlalchemy import text

from fclab.data.kept import Cloud
from fclab.labs.kept import keep_lab, kept_lab
from fclab.labs.lab1.lab import LAB, KeptLab1, Options1
from fclab.labs.lab1.trials import changes
from fclab.labs.values import Plan, Quiet
from fclab.store.database import Store
from fclab.study.trainer import work
from fclab.values.recipe import BINARY

QUICK = BINARY.replace(epochs=60)
SEEDS = (3, 4)
TRIED = Options1(seed=3, tries=2)


def lose(store: Store, recipe: str) -> None:
    """Without a run, as a store that was rescued: its seal is not in it either."""
    chosen = "SELECT key FROM runs WHERE recipe_key = :key AND seed = 4"
    with store._writer.begin() as connection:
        connection.execute(text(f"DELETE FROM seals WHERE key IN ({chosen})"), {"key": recipe})
        connection.execute(text(f"DELETE FROM runs WHERE key IN ({chosen})"), {"key": recipe})


@pytest.fixture
def plans():
    """A cloud that so short a training does not separate, and one that any does."""
    circles = Cloud(shape="circles", points=60, seed=3)
    corners = Cloud(shape="moons", points=60, seed=3)
    able = QUICK.replace(lr=0.05, init_scale=1.0, epochs=2000)
    return [Plan(circles, circles.make(), QUICK), Plan(corners, corners.make(), able)]


@pytest.fixture
def store(tmp_path, plans):
    """A lab with its trial."""
    with Store(tmp_path / "store.db") as store:
        show = Counted()
        keep_lab(store, "mine", LAB.train(store, plans, TRIED, show))
        # the run itself is kept already: its seed is the first
        expected = len(SEEDS) * work(changes(QUICK).values()) - work([QUICK])
        assert {total for _, total in show.told["do.trying"]} == {expected}
        assert show.told["do.trying"][-1] == (expected, expected)
        yield store


class Counted(Quiet):
    """Keeps what is told."""

    def __init__(self):
        self.told = {}

    def progress(self, key, *, things=False):
        told = self.told[key] = []
        return nullcontext(lambda *both: told.append(both))


def test_every_change_is_one_change():
    made = changes(BINARY)
    assert made["base"] == BINARY
    assert [set(recipe.changes_from(BINARY)) for recipe in made.values()] == [
        set(), {"lr"}, {"activation"}, {"activation"}, {"init_scale"}, {"layers"}, {"epochs"},
    ]  # fmt: skip
    assert made["lr"].lr == pytest.approx(0.01)
    assert made["wide"].layers == (64, 1)


def test_what_is_so_already_is_not_tried():
    assert "tanh" not in changes(BINARY.replace(activation="tanh"))
    assert "init" not in changes(BINARY.replace(init_scale=1.0))
    assert set(changes(BINARY.replace(layers=(1,)))) == {"base", "lr", "long"}
    assert "wide" not in changes(BINARY.replace(layers=(1000, 1)))


def test_only_what_is_not_separated_is_tried_and_it_is_read_again(store, plans, monkeypatch):
    monkeypatch.setattr("fclab.study.trainer.train", None)  # training would fail
    _, _, lab = kept_lab(store)
    results = LAB.results(store, lab)
    (trial,) = results.trials
    assert (trial.cloud, trial.seeds) == ("circles", 2)
    assert trial.base.recipe == QUICK
    assert [it.name for it in trial.tried] == ["lr", "tanh", "relu", "init", "wide", "long"]
    assert all([run.seed for run in it.runs] == [3, 4] for it in trial.tried)
    assert LAB.train(store, plans[:1], TRIED, Quiet()).trials == lab.trials


def test_a_change_whose_runs_are_gone_is_named(store):
    _, _, lab = kept_lab(store)
    gone = changes(QUICK)["relu"]
    lose(store, gone.key)
    results = LAB.results(store, lab)
    assert results.lost == ("circles (relu)",)
    assert "relu" not in [it.name for it in results.trials[0].tried]


def test_without_its_own_runs_a_trial_is_gone(store):
    _, _, lab = kept_lab(store)
    lose(store, QUICK.key)
    results = LAB.results(store, lab)
    assert results.trials == ()
    assert results.lost == ("circles (base)",)


def test_a_lab_kept_without_trials_is_read():
    old = KeptLab1().model_dump(mode="json")
    del old["trials"]
    assert KeptLab1.model_validate(old).trials == ()
