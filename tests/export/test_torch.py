"""`--to torch`: the program runs without fclab and answers alike."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import images, networks, untrained
from hypothesis import HealthCheck, given, settings
from PIL import Image
from test_onnx import together

from fclab.export.torch_file import torch_files
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.recipe import BINARY, CIFAR, FREE


def written(models, folder: Path, lang="en") -> Path:
    for name, content in torch_files(models, lang).items():
        write_atomic(folder / name, content)
    return folder / "model.py"


def module_of(program: Path):
    spec = importlib.util.spec_from_file_location("model", program)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=networks())
def test_every_recipe_answers_alike(made, tmp_path):
    models, x = made
    program = module_of(written(models, tmp_path))
    model, x_torch = program.load(), torch.from_numpy(x.copy())
    expected = together(models, x)
    if models[0].dataset.task == "regression":
        found = program.outputs(model, x_torch)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    else:
        found = program.probabilities(model, x_torch)
        assert np.abs(found.numpy() - expected).max() <= 1e-5


ISOLATED = """
import runpy, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "fclab":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(program: Path, *words: str) -> str:
    """What a Python process without fclab prints."""
    return subprocess.run(
        [sys.executable, "-c", ISOLATED, str(program), *words], check=True, capture_output=True,
        encoding="utf-8", env={**os.environ, "OMP_NUM_THREADS": "1"},
    ).stdout  # fmt: skip


def test_the_program_answers_for_a_picture(tmp_path):
    recipe = FREE.replace(layers=(12, 3), contrast=True)
    dataset = images((32, 32, 3))
    model = untrained(dataset, recipe)
    x = dataset.train.x[:1]
    Image.fromarray(x[0]).save(tmp_path / "x.png")
    path, *shares = run(written([model], tmp_path, "ru"), str(tmp_path / "x.png")).split("\t")
    assert path.endswith("x.png")
    told = {share.split()[0]: float(share.split()[1]) for share in shares}
    found = [told[str(i)] for i in range(3)]
    np.testing.assert_allclose(found, model.probabilities(x)[0], atol=1e-4)


def test_the_program_answers_for_a_point(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(8, 2)), np.arange(8) % 2 == 0
    model = untrained(Dataset.from_arrays(x, y, x, y), BINARY)
    program = written([model], tmp_path)
    expected = model.probabilities(np.array([[0.5, -1]], np.float32)).item()
    assert float(run(program, "0.5", "-1")) == pytest.approx(expected, abs=1e-5)
    assert isinstance(module_of(program).load(), torch.nn.Sequential)


def test_names_stay_text(tmp_path):
    """Names of classes and data come from a file that a stranger may have made."""
    bad = '"""\nraise SystemExit("run")\n"""\\'
    dataset = images((4, 4, 3), 2)
    made = untrained(dataset, CIFAR.replace(layers=(2, 2)))
    info = made.dataset.model_copy(update={
        "name": bad, "class_names": tuple(name._replace(en=bad, ru=bad) for name in
                                          made.dataset.class_names),
    })  # fmt: skip
    program = module_of(written([type(made)(info, made.recipe, made.weights)], tmp_path))
    assert [program.DATA, *program.CLASSES] == [bad] * 3
