"""The compiled engines' first call on a fresh install.

Compiling takes from some seconds to a minute per engine, once: Numba keeps the result on disk.
Numba compiles on one core, so while the engine that is asked for first compiles, a process of its
own compiles the other, and whoever runs the whole lab waits for one of them only. It is done on
small work before the first training starts, so no run's time holds it.
"""

import atexit
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from fclab.data.binary import binary_points
from fclab.data.regression import regression_curve
from fclab.engines.job import Job, usable_cores
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe
from fclab.values.run import EngineChoice

Example = tuple[Dataset, Recipe]

EXAMPLES: Final[Mapping[str, Callable[[], tuple[Example, ...]]]] = {
    "fused": lambda: (
        (regression_curve(), REGRESSION.but(epochs=5)),
        (binary_points(), BINARY.but(epochs=5)),
    ),
    "gram": lambda: ((_images(), CIFAR.but(epochs=2)),),
}
"""Small work that needs every kernel of an engine."""

_beside: dict[str, subprocess.Popen[bytes]] = {}
_ready: set[str] = set()
_turn = Lock()


def _images() -> Dataset:
    """A few small images of noise."""
    x = np.random.default_rng(0).integers(0, 256, (90, 8, 8, 3), np.uint8)
    y = np.arange(90) % 3
    names = tuple(ClassName(i, str(i), str(i)) for i in range(3))
    train, test = Split(x[:60], y[:60]), Split(x[60:], y[60:])
    return Dataset("noise", "multiclass", "synthetic", train, test, names, CIFAR_PREPROCESSING)


def is_compiled(engine: str) -> bool:
    """Whether the engine's kernels are on disk, or can't be kept there; True of an engine that
    compiles nothing."""
    if engine not in EXAMPLES:
        return True
    if engine == "fused":
        from fclab.engines.fused.loop import train_epochs
    else:
        from fclab.engines.gram.kernels import train_epochs
    module, name = train_epochs.py_func.__module__.split(".")[-1], train_epochs.py_func.__name__
    folder = train_epochs.stats.cache_path
    return folder is None or any(Path(folder).glob(f"{module}.{name}-*.nbi"))


def compile_beside(engine: str) -> None:
    """Have the other compiled engine compiled meanwhile, if this one has to be compiled too; and
    wait for the process that compiles this one, if there is one."""
    if engine not in EXAMPLES:
        return
    if engine in _beside:
        _beside.pop(engine).wait()
        return
    (other,) = EXAMPLES.keys() - {engine}
    if usable_cores() > 1 and not is_compiled(engine) and not is_compiled(other):
        command = [sys.executable, "-m", "fclab.engines.compiled.ahead", other]
        quiet = subprocess.DEVNULL
        _beside[other] = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        atexit.register(_beside[other].terminate)


def get_ready(engine: str) -> None:
    """See that the engine's kernels are compiled, or read from disk, before the clock of a
    training starts; once per process, nothing for an engine that compiles nothing."""
    if engine not in EXAMPLES:
        return
    with _turn:  # threads that ask at the same time wait for the one that compiles
        if engine not in _ready:
            compile_beside(engine)
            main(engine)
            _ready.add(engine)


def main(engine: str) -> None:
    """Compile an engine's kernels by training with them."""
    from fclab.engines.fused import engine as fused
    from fclab.engines.gram import engine as gram

    module = {"fused": fused, "gram": gram}[engine]
    choice = EngineChoice(name=engine, device="cpu", reason="asked for")
    for dataset, recipe in EXAMPLES[engine]():
        module.train_one(Job(dataset, recipe, 0), lambda epochs: None, choice)


if __name__ == "__main__":
    main(sys.argv[1])
