"""Where Numba is missing or does not work, everything is trained all the same."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fclab.data import binary_points, regression_curve, synthetic
from fclab.engines import train
from fclab.values.recipe import BINARY, CIFAR, REGRESSION

TRAINED = """
import sys
import numpy as np
import fclab
from fclab.data import binary_points, regression_curve, synthetic
from fclab.values.recipe import BINARY, CIFAR, REGRESSION
images = synthetic((0, 55, 58))
for data, recipe in (
    (regression_curve(), REGRESSION.replace(epochs=9)),
    (binary_points(points=60), BINARY.replace(epochs=9)),
    (images, CIFAR.replace(epochs=2)),
    (images, CIFAR.replace(epochs=2, rotate=5.0)),
):
    (run,) = fclab.train(data, [recipe], [1])
    missing = {reason.engine for reason in run.engine.reasons if reason.code == "no_numba"}
    print(run.engine.name, run.history["running_loss"][-1], *missing)
from fclab.engines import choose
from fclab.values.errors import UsageError
try:
    choose(images, CIFAR, "gram")
except UsageError as error:
    print(error)
"""
BROKEN = {
    "missing": "raise ImportError('Numba needs NumPy 2.4 or less')",
    "of another make": "config = None",
}


def trained(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TRAINED], env={**os.environ, **environment},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("how", [*BROKEN, "switched off"])
def test_everything_is_trained_without_numba(how, tmp_path: Path):
    if how in BROKEN:
        (tmp_path / "numba").mkdir()
        (tmp_path / "numba" / "__init__.py").write_text(BROKEN[how], "utf-8")
        curve, points, images, turned, refused = trained(PYTHONPATH=str(tmp_path))
    else:  # Python instead of compiled code, of which LLVM's own instructions are no part
        curve, points, images, turned, refused = trained(NUMBA_DISABLE_JIT="1")
    for line, engine, missing in (
        (curve, "torch", "fused"), (points, "torch", "fused"), (images, "gram_numpy", "gram"),
    ):  # fmt: skip
        assert line.split()[0] == engine
        assert line.split()[2:] == [missing]
    assert turned.split()[0] == "torch"
    assert refused.startswith(
        "the engine gram cannot train this recipe: Numba, which would compile"
    )
    # The numbers are those of the compiled engines.
    for line, data, recipe in (
        (curve, regression_curve(), REGRESSION.replace(epochs=9)),
        (points, binary_points(points=60), BINARY.replace(epochs=9)),
        (images, synthetic((0, 55, 58)), CIFAR.replace(epochs=2)),
        (turned, synthetic((0, 55, 58)), CIFAR.replace(epochs=2, rotate=5.0)),
    ):
        (run,) = train(data, [recipe], [1])
        assert run.engine.name != line.split()[0] or line == turned
        np.testing.assert_allclose(float(line.split()[1]), run.history["running_loss"][-1], 1e-4)


def test_the_settings_of_numba_are_left_alone():
    code = """
import numba
before = {name: getattr(numba.config, name) for name in dir(numba.config) if name.isupper()}
threads = numba.get_num_threads()
import fclab, fclab.engines.gram.training, fclab.engines.fused.training, fclab.engines.torch.group
after = {name: getattr(numba.config, name) for name in dir(numba.config) if name.isupper()}
assert before == after, {name for name in after if before.get(name) != after[name]}
assert threads == numba.get_num_threads()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_old_processor_multiplies_matrices_by_numpy():
    """One without fused multiply-adds, on which each of them would be a call of a function."""
    code = """
from fclab.data import regression_curve, synthetic
from fclab.engines import choose, train
from fclab.values.recipe import CIFAR, REGRESSION
print(choose(regression_curve(), REGRESSION).name)
(run,) = train(synthetic((0, 55, 58)), [CIFAR.replace(epochs=2)], [1])
print(run.engine.name, run.engine.reasons[-1].engine, run.engine.reasons[-1].code)
print(run.history["running_loss"][-1])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "NUMBA_CPU_NAME": "generic"},
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    small, images, loss = done.stdout.splitlines()
    assert small == "fused"
    assert images == "gram_numpy gram no_fma"
    (run,) = train(synthetic((0, 55, 58)), [CIFAR.replace(epochs=2)], [1])
    np.testing.assert_allclose(float(loss), run.history["running_loss"][-1], 1e-4)


def test_a_command_says_once_that_it_is_slow(tmp_path: Path):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text(BROKEN["missing"], "utf-8")
    command = ("binary", "--shapes", "xor", "moons", "--epochs", "2", "--tries", "0")
    done = subprocess.run(
        [sys.executable, "-m", "fclab", *command, "--lang", "en", "--out", str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, encoding="utf-8",
        check=True,
    )  # fmt: skip
    assert done.stderr.count("Training is slower here: Numba, which would compile it, does") == 1
    assert "torch" in done.stdout
