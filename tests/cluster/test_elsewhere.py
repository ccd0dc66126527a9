"""Training elsewhere: the same runs, side by side, and told how far it is."""

import threading
from collections.abc import Generator, Sequence

import pytest

from fclab.data import binary_points
from fclab.engines import train
from fclab.engines.elsewhere import backend, side_by_side, trained_by
from fclab.engines.job import Job, Tick
from fclab.store.database import Store
from fclab.study.trainer import Trainer, work
from fclab.values.recipe import BINARY
from fclab.values.run import Run

DATA = binary_points("xor")
RECIPES = [BINARY.replace(epochs=epochs) for epochs in (20, 30, 40)]


class Here:
    """Trains elsewhere, which is here."""

    def __init__(self, width: int = 3):
        self.width, self.calls, self.heard = width, [], []

    def told(self, done: float, whole: float) -> None:
        self.heard.append((done, whole))

    def has_kept(self, run: Run, store: object) -> bool:
        return False

    def train(self, jobs: Sequence[Job], tick: Tick) -> Generator[Run]:
        self.calls.append(threading.current_thread().name)
        for job in jobs:
            with trained_by(None):
                (run,) = train(job.dataset, [job.recipe], [job.seed])
            tick(job.recipe.epochs)
            yield run


def test_what_is_asked_for_inside_is_trained_elsewhere_and_the_same():
    wanted = {(r.recipe, r.seed): r.metrics for r in train(DATA, RECIPES, range(2))}
    there = Here()
    with trained_by(there):
        found = {(r.recipe, r.seed): r.metrics for r in train(DATA, RECIPES, range(2))}
    assert found == wanted
    assert len(there.calls) == 1
    assert backend() is None


def test_many_calls_go_out_at_once_and_come_back_in_order(tmp_path):
    there, told = Here(), []
    with Store(tmp_path / "store.db") as store, trained_by(there):
        trainer = Trainer(store, progress=lambda done, whole: told.append((done, whole)))
        later = [2 * work([recipe]) for recipe in RECIPES]
        order = list(side_by_side(
            lambda place: trainer.get_or_train(
                DATA, [RECIPES[place]], range(2), later=sum(later[place + 1 :])
            ), range(3),
        ))  # fmt: skip
    assert [next(iter(found)) for found in order] == RECIPES
    assert {name.partition("_")[0] for name in there.calls} == {"side"}
    assert trainer.trained == 6
    assert max(whole for _, whole in told) == sum(later)  # less, until all three have begun
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (sum(later), sum(later))
    assert there.heard == told


def test_what_one_of_them_raises_is_raised_in_its_turn():
    def fail(number: int) -> int:
        if number == 1:
            raise ValueError("the second")
        return number

    with trained_by(Here()):
        found = side_by_side(fail, range(9))
        assert next(found) == 0
        with pytest.raises(ValueError, match="the second"):
            next(found)
