"""`import fclab`: what it offers, what it leaves alone, and that its types are shipped."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fclab

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", fclab.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    thing = getattr(fclab, name)
    assert isinstance(thing, fclab.Recipe) or thing.__doc__
    assert name in dir(fclab)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fclab.nonsense


def test_type_checkers_see_the_same_names():
    tree = ast.parse((ROOT / "src" / "fclab" / "__init__.py").read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in block.body for alias in node.names}  # pyright: ignore
    assert seen == set(fclab.__all__)


def test_train_is_a_function():
    dataset = fclab.binary_points("xor", points=50)
    (run,) = fclab.train(dataset, [fclab.BINARY.replace(epochs=5)], seeds=[0])
    assert run.seed == 0
    assert run.epochs == 5


def test_errors_are_of_one_family():
    for kind in (fclab.UsageError, fclab.ArgumentError, fclab.RecipeError, fclab.DataError):
        assert issubclass(kind, fclab.FclabError)
    assert issubclass(fclab.ArgumentError, ValueError)


def test_import_changes_nothing_and_brings_nothing_heavy():
    code = (
        "import os, signal, sys, warnings\n"
        "state = lambda: (dict(os.environ), list(warnings.filters), sys.path[:], sys.excepthook,\n"
        "                 sys.displayhook, signal.getsignal(signal.SIGINT))\n"
        "before = state()\n"
        "import fclab\n"
        "assert state() == before\n"
        "heavy = {'numpy', 'torch', 'sklearn', 'matplotlib', 'numba', 'pydantic', 'IPython'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


def test_the_wheel_says_that_it_is_typed(tmp_path):
    for name in ("src", "notebooks", "pyproject.toml", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"],
        cwd=tmp_path, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        assert "fclab/py.typed" in files.namelist()
