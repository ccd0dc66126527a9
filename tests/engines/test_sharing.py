"""Threads that share the steps of a run: what they compute, and when one goes on alone."""

import threading
from time import sleep

import numpy as np
import pytest
from numba import njit

from fclab.data.binary import binary_points
from fclab.engines.compiled import sharing
from fclab.engines.fused import training
from fclab.engines.fused.training import constants, threads_for
from fclab.engines.fused.weighted import each_once
from fclab.engines.job import Job
from fclab.engines.registry import load_engine
from fclab.values.recipe import BINARY
from fclab.values.run import EngineChoice

FUSED = EngineChoice(name="fused")


def job_of(recipe) -> Job:
    return Job(binary_points(), recipe, 0, FUSED)


def trained(job: Job, workers: int):
    (run,) = load_engine("fused").train([job], lambda epochs: None, workers)
    return run


@pytest.mark.parametrize("changes", [
    {}, {"activation": "tanh", "momentum": 0.9}, {"layers": "FC(5), FC(1)"}, {"lr": 1e9},
])  # fmt: skip
def test_threads_that_share_a_full_batch_change_no_bit_of_the_run(changes, monkeypatch):
    monkeypatch.setattr(training, "threads_for", lambda fixed, available: available)
    monkeypatch.setattr(training, "_TILE", 128)
    job = job_of(BINARY.replace(epochs=300, **changes))
    alone = trained(job, 1)
    for workers in (2, 5):  # more than there are cores: the system puts some of them to sleep
        shared = trained(job, workers)
        assert shared.diverged_at == alone.diverged_at
        assert {*shared.weights} == {*alone.weights}
        for name, weight in alone.weights.items():
            assert weight.tobytes() == shared.weights[name].tobytes()
        np.testing.assert_array_equal(shared.history["running_loss"], alone.history["running_loss"])


def test_as_many_threads_share_a_run_as_its_size_is_worth():
    data = binary_points()
    examples = each_once(data.inputs["train"], data.train.y)

    def threads(recipe, available):
        fixed = constants(job_of(recipe), examples, recipe.batch(len(examples)))
        return threads_for(fixed, available)

    assert threads(BINARY, 1) == 1
    assert threads(BINARY, 2) == threads(BINARY, 64) == 2
    assert threads(BINARY.replace(batch_size=100), 2) == 1  # nothing to share in a small batch
    assert threads(BINARY.replace(layers="FC(2), FC(1)"), 2) == 1  # nor of a step this short


@njit
def claimed(counters, me, steps, total):
    return sharing.claim(counters, me, steps, total, 1)


@njit
def begun(counters):
    sharing.begin(counters)
    return sharing.begun(counters)


@njit(nogil=True)
def waited(counters, steps, total):
    sharing.wait_for_all(counters, steps, total)
    return sharing.together(counters)


@njit(nogil=True)
def done(counters, tiles):
    sharing.finished(counters, tiles)


def test_every_tile_of_a_step_is_claimed_once_by_whoever_asks_first():
    counters = sharing.counters_for(3)
    for _ in range(4):
        steps, tiles = begun(counters), []
        for turn in range(8):
            first, last, _ = claimed(counters, turn % 3, steps, 7)
            tiles += range(first, last)
        assert sorted(tiles) == [*range(7)]
        assert claimed(counters, 0, steps, 7)[:2] == (0, 0)


def test_who_waits_long_for_a_helper_goes_on_alone_until_called_again():
    counters = sharing.counters_for(2)
    steps = begun(counters)
    done(counters, 1)

    def finish_late():
        sleep(0.3)
        done(counters, 1)

    assert waited(counters, steps, 1)  # all is done: no wait
    helper = threading.Thread(target=finish_late)
    helper.start()
    assert not waited(counters, steps, 2)
    helper.join()
    njit(sharing.share_again.py_func)(counters)
    assert waited(counters, steps, 2)
