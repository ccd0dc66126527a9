"""The compiled engines' first call on a fresh install, and whether Numba works at all.

Compiling takes from some seconds to a minute per engine, once: Numba keeps the result on disk.
Numba compiles on one core, so while the engine that is asked for first compiles, a process of its
own compiles another, and whoever runs the whole lab waits for one of them only. It is done on
small work before the first training starts, so no run's time holds it.
"""

import atexit
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from fclab.engines.job import Job, usable_cores
from fclab.engines.registry import engine_names, load_engine
from fclab.values.errors import FclabError
from fclab.values.run import EngineChoice, Reason

_beside: dict[str, subprocess.Popen[bytes]] = {}
_ready: set[str] = set()
_turn = Lock()


@cache
def numba_fails() -> Reason | None:
    """Why nothing can be compiled in this process, or None if it can be.

    Whatever can go wrong does so when the kernels' modules are imported (there is no Numba for
    this Python, or it refuses its NumPy; LLVM's library does not load; there is no folder for
    compiled code) or when one of them is compiled that is made of everything that can go wrong
    (its instructions are written for LLVM by hand), so both are done; the result is kept on disk.
    """
    try:
        from fclab.engines.compiled.probe import probe

        answer = probe(np.zeros(1, np.int64), np.ones(1, np.float32))
        assert abs(answer - 1.5) < 1e-6, f"1.5 is computed as {answer}"
    except Exception as error:
        lines = str(error).strip().splitlines()
        what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        return Reason(code="no_numba", values={"error": what})
    return None


@cache
def products_fail() -> Reason | None:
    """Why the compiled matrix products are of no use here: `numba_fails`, or a processor without
    fused multiply-adds, on which each of them would be a call of a function."""
    if reason := numba_fails():
        return reason
    from fclab.engines.compiled.vectormath import multiplies_and_adds_at_once

    return None if multiplies_and_adds_at_once() else Reason(code="no_fma")


def on_disk(kernel: Any) -> bool:
    """Whether a kernel that was compiled in some process is on disk, or can't be kept there."""
    module, name = kernel.py_func.__module__.split(".")[-1], kernel.py_func.__name__
    folder = kernel.stats.cache_path
    return folder is None or any(Path(folder).glob(f"{module}.{name}-*.nbi"))


def is_compiled(engine: str) -> bool:
    """Whether the engine's kernels are on disk, or can't be kept there; True of an engine that
    compiles nothing."""
    return load_engine(engine).is_compiled()


def compile_beside(engine: str) -> None:
    """Have other compiled engines compiled meanwhile, as many as there are cores for, if this one
    has to be compiled too; and wait for the process that compiles this one, if there is one."""
    if engine in _beside:
        _beside.pop(engine).wait()
        return
    if is_compiled(engine):
        return
    others = [name for name in engine_names() if name != engine and not is_compiled(name)]
    for other in others[: usable_cores() - 1]:
        command = [sys.executable, "-m", "fclab.engines.compiled.ahead", other]
        quiet = subprocess.DEVNULL
        _beside[other] = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        atexit.register(_beside[other].terminate)


def get_ready(engine: str) -> None:
    """See that the engine's kernels are compiled, or read from disk, before the clock of a
    training starts; once per process, nothing for an engine that compiles nothing.

    Raises:
        FclabError: they cannot be compiled here.
    """
    with _turn:  # threads that ask at the same time wait for the one that compiles
        if engine not in _ready and load_engine(engine).examples():
            compile_beside(engine)
            try:
                main(engine)
            except Exception as error:
                raise FclabError(
                    "the engine {engine} cannot be compiled here, take another: {reason}",
                    engine=engine,
                    reason=error,
                ) from error
        _ready.add(engine)


def main(engine: str) -> None:
    """Compile an engine's kernels by training with them."""
    chosen, choice = load_engine(engine), EngineChoice(name=engine)
    for dataset, recipe in chosen.examples():
        list(chosen.train([Job(dataset, recipe, 0, choice)], lambda epochs: None, workers=1))


if __name__ == "__main__":
    main(sys.argv[1])
