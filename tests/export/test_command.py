"""`fclab export MODEL --to`: what a person types, and the files that come of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from drawn import points, untrained
from scipy.special import log_softmax, softmax
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import fclab
from fclab.cli import main
from fclab.labs.lab1.settings import Settings
from fclab.store.folder import read_model, write_model, write_run
from fclab.values.recipe import BINARY, CIFAR


def run(folder: Path, *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A real process of fclab in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "fclab", *map(str, words), "--lang", "en"], cwd=folder, check=False,
        capture_output=True, encoding="utf-8", env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def command(folder, monkeypatch, capsys):
    """The command in the folder, without a process of its own: what it says."""

    def call(*words: object) -> str:
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main([*map(str, words), "--lang", "en"])
        assert not ended.value.code
        return capsys.readouterr().err

    return call


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


@pytest.fixture(scope="module")
def data() -> fclab.Dataset:
    return fclab.synthetic((0, 55, 58))


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory) -> Path:
    """Results: a store with a study of two seeds, a network for images and two for points."""
    at = tmp_path_factory.mktemp("export")
    settings = Settings(
        base=CIFAR.replace(layers=(4, 3), epochs=3), seeds=2, hidden=(), batch_factors=(),
        lr_factors=(), search_seeds=1,
    )  # fmt: skip
    with fclab.Store(at / "results" / "store.db") as store:
        _, study = fclab.do_study(store, data, settings, name="small")
    runs = at / "results" / "runs"
    write_run(study.runs["base"][0], runs / "images")
    of_points = points("binary", 2)
    write_model(untrained(of_points, BINARY), runs / "moons")
    write_model(untrained(of_points, BINARY, 1), runs / "xor")
    return at


def given(x: np.ndarray) -> dict[str, np.ndarray]:
    return {"images": x.transpose(0, 3, 1, 2).astype(np.float32)}


def test_a_folder_of_results_has_one_network_for_images(folder, data):
    done = run(folder, "export", "results", "--to", "onnx")
    path = Path("results", "synthetic-0-55-58.onnx")
    assert str(path) in done.stderr
    assert "SYNTHETIC STAND-IN" in done.stderr
    x = data.test.x[:20]
    (found,) = session(folder / path).run(["probabilities"], given(x))
    model = read_model(folder / "results" / "runs" / "images")
    assert np.abs(found - model.probabilities(x)).max() <= 1e-5


def test_seeds_of_a_row_answer_together_though_weights_of_one_are_kept(folder, data):
    done = run(folder, "export", "small:base", "--to", "onnx", "--seeds", 0, 1, "--out", "two.onnx")
    assert "two.onnx: 2 networks that answer together" in done.stderr
    x = data.test.x[:20]
    (found,) = session(folder / "two.onnx").run(["probabilities"], given(x))
    recipe = CIFAR.replace(layers=(4, 3), epochs=3)
    outputs = [one.model.outputs(x) for one in fclab.train(data, [recipe], [0, 1])]
    expected = softmax(np.mean([log_softmax(each, axis=1) for each in outputs], axis=0), axis=1)
    assert np.abs(found - expected).max() <= 1e-5


def test_models_that_are_named_answer_together(command, folder):
    places = [f"results/runs/{name}" for name in ("moons", "xor")]
    command("export", *places, "--to", "onnx", "--out", "both.onnx")
    made = session(folder / "both.onnx")
    assert [one.name for one in made.get_inputs()] == ["points"]
    x = np.array([[40, 60], [55, 45]], np.float32)
    (found,) = made.run(["logits"], {"points": x})
    each = [read_model(folder / place).outputs(x) for place in places]
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-5)


def test_layout_type_and_a_folder_for_the_file(command, folder, data):
    (folder / "out").mkdir()
    options = ("--layout", "nhwc", "--pixels", "uint8", "--out", "out")
    command("export", "results/runs/images/model.json", "--to", "onnx", *options)
    made = session(folder / "out" / "synthetic-0-55-58.onnx")
    (one,) = made.get_inputs()
    assert (one.type, one.shape) == ("tensor(uint8)", ["n", 32, 32, 3])
    (found,) = made.run(["probabilities"], {"images": data.test.x[:5]})
    assert found.shape == (5, 3)


def test_torch_gets_a_folder(command, folder):
    command("export", "results", "--to", "torch")
    written = folder / "results" / "synthetic-0-55-58-torch"
    assert {path.name for path in written.iterdir()} == {"model.pt", "model.py"}
    state = torch.load(written / "model.pt", weights_only=True)
    assert state["3.weight"].shape == (3, 4)


def test_tensorboard_gets_every_seed_of_a_row(command, folder, tmp_path):
    done = command("export", "base", "--to", "tensorboard", "--out", tmp_path / "logs")
    assert "logs: runs, 2" in done
    for seed in (0, 1):
        found = EventAccumulator(str(tmp_path / "logs" / "synthetic-0-55-58" / f"seed-{seed}"))
        assert len(found.Reload().Tensors("accuracy/test")) == 3


def test_a_model_card_is_of_one_network_and_has_the_figures_of_all_seeds(command, folder, tmp_path):
    command("export", "small:base", "--to", "huggingface", "--out", tmp_path / "hub")
    assert {one.name for one in (tmp_path / "hub").iterdir()} == {
        "README.md", "model.json", "model.safetensors",
    }  # fmt: skip
    assert "| mean over 2 seeds on these images |" in (tmp_path / "hub" / "README.md").read_text(
        "utf-8"
    )


def test_mlflow_gets_model_and_trainings(command, folder, tmp_path):
    command("export", "small:base", "--to", "mlflow", "--out", tmp_path / "mlflow")
    told = json.loads((tmp_path / "mlflow" / "runs.json").read_text("utf-8"))
    assert [one["params"]["seed"] for one in told] == [0, 1]
    command("export", "results/runs/xor", "--to", "mlflow", "--out", tmp_path / "xor")
    assert not (tmp_path / "xor" / "log.py").exists()
    assert (tmp_path / "xor" / "MLmodel").exists()


ODD = {
    "no form": (["results"], "which form? fclab export results --to onnx"),
    "no model": (["--to", "onnx"], "--to is for a model: fclab export MODEL --to onnx"),
    "options of a model": (["--layout", "nhwc"], "--layout is for a model"),
    "a table beside": (["results", "--to", "onnx", "--histories", "h.csv"], "--histories is a tab"),
    "conditions": (["results", "--to", "onnx", "--lr", "0.1"], "--lr choose runs for a table"),
    "seeds of a folder": (["results", "--to", "onnx", "--seeds", "0"], "--seeds are of a row"),
    "a row and a folder": (["base", "results", "--to", "onnx"], "or one row of a study"),
    "two rows": (["base", "stop", "--to", "onnx"], "or one row of a study"),
    "no such row": (["bass", "--to", "onnx"], "there are the rows base, stop"),
    "no such seed": (["base", "--to", "onnx", "--seeds", "2"], "the seeds 0 to 1, not 2"),
    "layout of points": (["results/runs/xor", "--to", "onnx", "--layout", "nhwc"], "are of images"),
    "another form": (
        ["results", "--to", "torch", "--layout", "nhwc"], "are of --to onnx and mlflow, not"
    ),
    "no trainings": (["results/runs/xor", "--to", "tensorboard"], "is not told: run.json"),
    "card of two": (["base", "--to", "huggingface", "--seeds", "0", "1"], "is of one network"),
    "different": (["results/runs/xor", "results/runs/images", "--to", "onnx"], "differ"),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_meant_is_said_in_one_line(case, folder, capsys, monkeypatch):
    words, told = ODD[case]
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as ended:
        main(["export", *words, "--lang", "en"])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("place", ["nothing", "results/nothing"])
def test_a_model_that_is_not_there(place, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["export", place, "--to", "onnx", "--lang", "en"])
    assert ended.value.code == 1
    assert f"no model in {place}" in capsys.readouterr().err


def test_one_of_several_networks_for_points_must_be_named(folder, tmp_path, capsys):
    for name in ("xor", "moons"):
        write_model(read_model(folder / "results" / "runs" / name), tmp_path / name)
    with pytest.raises(SystemExit) as ended:
        main(["export", str(tmp_path), "--to", "onnx", "--lang", "en"])
    assert ended.value.code == 2
    assert "has 2 models: name one of" in capsys.readouterr().err
