"""Steps on memory that never moves: what a CUDA graph would repeat is what the step does.

`Tape` is a graph for a CPU: it records the kernels that a step calls, with the tensors that they
were called with, and calls the same kernels on the same memory again, without the step. So it
repeats what a CUDA graph repeats, and like it keeps every number that was not in memory.
"""

from dataclasses import replace
from functools import partial
from itertools import chain, repeat

import numpy as np
import pytest
import torch
from test_torch_engine import (
    ENGINE,
    FULL,
    IMAGES,
    QUICK,
    TORCH,
    assert_close,
    assert_same,
    by_reference,
    points,
    train,
)
from torch.utils._python_dispatch import TorchDispatchMode

from fclab.engines.job import Job
from fclab.engines.torch.replay import AsItIs
from fclab.engines.torch.room import bytes_of_model, fitting, models_at_once
from fclab.values.errors import UsageError
from fclab.values.recipe import BEST, BINARY, CIFAR, REGRESSION
from fclab.values.run import Run
from fclab.words.reasons import reasons_text
from fclab.words.wording import wording

NOT_IN_A_GRAPH = ("aten::_local_scalar_dense", "aten::lift_fresh", "aten::nonzero")
"""What reads a number off the device, or brings one there."""


class Tape(TorchDispatchMode):
    """A graph for a CPU; ``recorded`` counts kernels, ``replayed`` steps."""

    recorded = replayed = 0

    def __init__(self, device: torch.device):
        super().__init__()
        assert device.type == "cpu"
        self._calls: list = []

    def warm(self, step):
        step()

    def record(self, step):
        self._calls = calls = []
        with self:
            step()
        Tape.recorded += len(calls)
        # A CUDA graph is not carried out while it is recorded; this was, so not the first time.
        return _but_first(partial(_play, calls))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func._schema.name not in NOT_IN_A_GRAPH, func
        made = func(*args, **(kwargs or {}))
        self._calls.append((func, args, kwargs or {}, made))
        return made


def _but_first(play):
    plays = chain([lambda: None], repeat(play))
    return lambda: next(plays)()


@torch.no_grad()
def _play(calls) -> None:
    Tape.replayed += 1
    for func, args, kwargs, made in calls:
        aliases = [result.alias_info for result in func._schema.returns]
        if any(alias is not None and not alias.is_write for alias in aliases):
            continue  # a view of memory that is there
        new = func(*args, **kwargs)
        if not any(aliases):
            pairs = zip(made, new, strict=True) if isinstance(made, tuple) else [(made, new)]
            for kept, fresh in pairs:
                if kept is not None:  # what layer_norm's gradient leaves out
                    kept.copy_(fresh)


@pytest.fixture(autouse=True)
def _as_on_cuda(monkeypatch):
    """Turned images are sampled by PyTorch, as on a CUDA device."""
    monkeypatch.setattr("fclab.engines.torch.augment.numba_fails", lambda: "not on a device")
    Tape.recorded = Tape.replayed = 0


def assert_trained_alike(a: Run, b: Run) -> None:
    """Equal to the bit, but for what is measured on the device: that to rounding of float64."""
    for name, column in b.history.items():
        np.testing.assert_allclose(a.history[name], column, 1e-9, err_msg=name)
    history = {**b.history, "running_loss": a.history["running_loss"]}
    np.testing.assert_array_equal(a.history["running_loss"], b.history["running_loss"])
    assert_same(replace(a, history=history), b)


ALL = FULL.replace(layers=(24, 20, 3), epochs=6, locality=5.0, pool=2)
CASES = {
    "plain": (IMAGES, QUICK),
    "full batch": (IMAGES, QUICK.replace(batch_size=None, schedule="one_cycle")),
    "nesterov": (IMAGES, QUICK.replace(momentum=0.9, nesterov=True, schedule="step")),
    "adam": (IMAGES, QUICK.replace(optimizer="adam", weight_decay=0.1, schedule="cosine")),
    "all": (IMAGES, ALL),
    "layer norm": (IMAGES, QUICK.replace(norm="layer", jitter=0.3, ema=0.9)),
    "regression": (points("regression"), REGRESSION.replace(layers=(8, 1), schedule="cosine")),
    "binary": (points("binary"), BINARY.replace(layers=(8, 1), lr=0.01, momentum=0.5)),
}


@pytest.mark.parametrize("recording", [lambda device: AsItIs(), Tape], ids=["as it is", "tape"])
@pytest.mark.parametrize("case", CASES)
def test_a_repeated_step_is_the_step_to_the_bit(case, recording):
    """Every model with its own lr: it changes from step to step and must not be left behind."""
    dataset, recipe = CASES[case]
    recipe = recipe.replace(epochs=6)
    recipes = [recipe.replace(lr=recipe.lr * factor) for factor in (1, 0.5, 2)]
    plain = train(dataset, recipes, [3], (2, 6), workers=1, models=3)
    repeated = train(dataset, recipes, [3], (2, 6), workers=1, models=3, recording=recording)
    for a, b in zip(repeated, plain, strict=True):
        assert_trained_alike(a, b)
    if recording is Tape:
        assert Tape.recorded > 20
        assert Tape.replayed >= 2


def test_side_by_side_or_alone():
    """Filled up with copies or not, in whatever place: the same to rounding, as the reference."""
    recipes = [QUICK.replace(lr=lr, epochs=6) for lr in (0.05, 0.02, 0.03, 0.01, 0.04)]
    together = train(IMAGES, recipes, [1], workers=1, models=4, recording=Tape)
    reverse = train(IMAGES, recipes[::-1], [1], workers=1, models=8, recording=Tape)[::-1]
    alone = [train(IMAGES, r, [1], workers=1, models=1, recording=Tape)[0] for r in recipes]
    for a, b, c in zip(together, reverse, alone, strict=True):
        assert_close(a, b)
        assert_close(a, c)
        assert_close(a, by_reference(IMAGES, a.recipe, 1))


def test_a_diverging_neighbour_touches_nobody():
    fine = [QUICK.replace(lr=lr, epochs=6) for lr in (0.05, 0.02)]
    wild, tame = (QUICK.replace(lr=lr, epochs=6) for lr in (1e20, 0.03))
    beside = partial(train, IMAGES, workers=1, models=3, recording=Tape)
    *runs, broken = beside([*fine, wild])
    assert broken.diverged_at == by_reference(IMAGES, wild).diverged_at
    assert np.isnan(broken.metrics["test_loss"])
    for run, undisturbed in zip(runs, beside([*fine, tame])[:2], strict=True):
        assert run.diverged_at is None
        assert_same(run, undisturbed)


def test_patience_and_a_validation_part_of_points():
    dataset = points("binary", n=60).hold_out(0.3)
    recipe = BINARY.replace(layers=(8, 1), epochs=60, lr=0.5, patience=2)
    one, two = (
        train(dataset, recipe, [1, 2, 4], workers=1, models=3, recording=recording)
        for recording in (None, Tape)
    )
    assert {run.stopped_at for run in one} != {None}
    for a, b in zip(two, one, strict=True):
        assert_trained_alike(a, b)


class Refusing(AsItIs):
    """No step can be recorded."""

    def record(self, step):
        raise RuntimeError("operation not permitted when stream is capturing\nsee the manual")


def test_where_nothing_can_be_recorded_steps_are_made_one_by_one_and_the_run_says_so():
    (plain,) = train(IMAGES, QUICK, models=1, recording=lambda device: AsItIs())
    (run,) = train(IMAGES, QUICK, models=1, recording=lambda device: Refusing())
    assert_same(run, plain)
    said = [reasons_text(wording(lang), run.engine.reasons[-1:]) for lang in ("en", "ru")]
    assert said[0] == (
        "steps made one by one on cpu, 1 networks side by side: no CUDA graph of them "
        "(operation not permitted when stream is capturing)"
    )
    assert "записать граф CUDA не удалось (operation not permitted" in said[1]
    assert "steps replayed as CUDA graphs on cpu" in reasons_text(
        wording("en"), plain.engine.reasons
    )


def test_on_a_cpu_nothing_is_repeated_unless_asked():
    (run,) = train(IMAGES, QUICK)
    assert [reason.code for reason in run.engine.reasons] == ["said"]


def test_how_many_fit_follows_from_the_memory_and_the_shape_of_the_work():
    gib = 2**30
    assert models_at_once(torch.device("cpu"), IMAGES, QUICK) == 1
    assert fitting(80 * gib, IMAGES, QUICK) == 4096
    assert fitting(80 * gib, IMAGES, QUICK.replace(lr=0.3)) == 4096
    most = [fitting(memory, IMAGES, QUICK) for memory in (2**20, gib // 8, gib, 4 * gib)]
    assert most == sorted(most)
    assert most[0] < most[1] < most[2]
    for memory, models in zip((gib // 8, gib), most[1:], strict=False):
        assert models & (models - 1) == 0
        assert models * bytes_of_model(IMAGES, QUICK) <= memory / 2
    assert fitting(1000, IMAGES, QUICK) == 1


def test_wide_networks_are_few_and_a_stack_of_the_lab_s_is_large():
    from fclab.data import synthetic

    dataset, memory = synthetic((0, 55, 58)), 80 * 2**30
    found = [fitting(memory, dataset, CIFAR.replace(layers=(h, 3))) for h in (10, 64, 512)]
    assert found == sorted(found, reverse=True)
    assert found[0] >= 128
    assert 1 <= fitting(memory, dataset, BEST) <= 8


def test_the_memory_that_a_model_is_thought_to_add_is_not_less_than_it_adds(monkeypatch):
    """Counted: all the numbers that the kernels of a step make."""
    made = []

    class Counting(Tape):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            result = super().__torch_dispatch__(func, types, args, kwargs)
            tensors = result if isinstance(result, tuple) else (result,)
            if not any(r.alias_info for r in func._schema.returns):
                made.append(sum(t.nbytes for t in tensors if isinstance(t, torch.Tensor)))
            return result

    for recipe in (ALL, QUICK):
        made.clear()
        train(IMAGES, recipe.replace(batch_size=70), [0], workers=1, models=8, recording=Counting)
        assert sum(made) / 8 <= 3 * bytes_of_model(IMAGES, recipe)  # not all live at a time


def test_a_full_device_is_told_in_a_line():
    def tick(epochs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with pytest.raises(UsageError, match="the memory of the CUDA device is full: end what"):
        list(ENGINE.train([Job(IMAGES, QUICK, 0, TORCH)], tick, 1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
@pytest.mark.parametrize("recipe", [QUICK.replace(epochs=6), ALL], ids=["plain", "all"])
def test_on_a_cuda_device(recipe):
    on_cuda = TORCH.model_copy(update={"device": "cuda"})
    jobs = [Job(IMAGES, recipe, seed, on_cuda) for seed in range(5)]
    alone = next(ENGINE.train(jobs[:1], lambda epochs: None, 1))
    among = {run.seed: run for run in ENGINE.train(jobs, lambda epochs: None, 1)}
    assert_same(alone, among[0])
    assert [reason.code for reason in alone.engine.reasons] == ["graphs"]
    assert_close(alone, train(IMAGES, recipe)[0], rtol=2e-3)
