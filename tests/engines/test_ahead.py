"""A fresh install: the engine that is asked for second is compiled beside the first."""

import os
import subprocess
import sys

import pytest

from fclab.engines.job import usable_cores

LAB = """
import sys, time
from fclab.engines import train
from fclab.engines.compiled import ahead
from fclab.engines.registry import load_engine
for engine in sys.argv[1:]:
    dataset, recipe = load_engine(engine).examples()[0]
    run = next(iter(train(dataset, [recipe], [0], engine=engine)))
    ready = map(ahead.is_compiled, ('fused', 'gram'))
    print(engine, run.engine.name, *sorted(ahead._beside), *ready)
"""


def lab(cache, *engines: str) -> list[list[str]]:
    """What a new process says after training with each engine."""
    done = subprocess.run(
        [sys.executable, "-c", LAB, *engines], capture_output=True, encoding="utf-8", check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
    )  # fmt: skip
    assert done.stderr == ""
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.skipif(usable_cores() < 2, reason="needs two cores")
def test_the_other_engine_is_compiled_meanwhile_and_once(tmp_path):
    first, second = lab(tmp_path, "fused", "gram")
    assert first[:3] == ["fused", "fused", "gram"]
    assert second == ["gram", "gram", "True", "True"]
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")}
    assert kept
    assert lab(tmp_path, "gram", "fused") == [
        ["gram", "gram", "True", "True"], ["fused", "fused", "True", "True"]
    ]  # fmt: skip
    assert kept == {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")}


def test_the_reference_engine_compiles_nothing(tmp_path):
    code = LAB.replace("load_engine(engine)", 'load_engine("fused")')
    subprocess.run(
        [sys.executable, "-c", code, "reference"], check=True, capture_output=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert not list(tmp_path.rglob("*.nbi"))


CLOCK = """
import sys
from importlib import import_module
from fclab.engines import finish, train
from fclab.engines.registry import load_engine
engine = sys.argv[1]
loop = import_module(f"fclab.engines.{engine}.loop")
compiled = []
finish.perf_counter = lambda: compiled.append(len(loop.train_epochs.signatures)) or 0.0
for dataset, recipe in load_engine(engine).examples():
    next(iter(train(dataset, [recipe.replace(momentum=0.9)], [0], engine=engine)))
    print(*compiled[-2:])
"""


@pytest.mark.parametrize("engine", ["fused", "gram"])
def test_the_time_of_a_run_holds_no_compilation(engine):
    done = subprocess.run(
        [sys.executable, "-c", CLOCK, engine], capture_output=True, encoding="utf-8", check=True
    )
    for line in done.stdout.splitlines():
        started, ended = map(int, line.split())
        assert started == ended > 0
    assert done.stdout
