"""`--to mlflow`: MLflow opens the model, and `log.py` logs the trainings."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from drawn import images, points, untrained
from mlflow.models import Model
from yaml import safe_load

import fclab
from fclab.export.mlflow import mlflow_files
from fclab.values.files import write_atomic
from fclab.values.recipe import BINARY, CIFAR

READ = """
import json, sys
import mlflow, numpy as np
x = np.load(sys.argv[2])
model = mlflow.pyfunc.load_model(sys.argv[1])
(name,) = model.metadata.signature.inputs.input_names()
found = model.predict(x)
print(json.dumps({
    "name": name, "probabilities": found["probabilities"].tolist(),
    "task": model.metadata.metadata["task"], "opset": mlflow.onnx.load_model(sys.argv[1])
    .opset_import[0].version,
}))
"""


def python(*words: str, **env: str) -> str:
    """What a process of Python prints; MLflow tells nobody."""
    done = subprocess.run(
        [sys.executable, *words], check=False, capture_output=True, encoding="utf-8",
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", **env},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder and the run that is in it."""
    dataset = fclab.synthetic((0, 55, 58))
    (run,) = fclab.train(dataset, [CIFAR.replace(layers=(4, 3), epochs=5)], [0])
    folder = tmp_path_factory.mktemp("mlflow")
    files = mlflow_files([run.model], [run], layout="nhwc", pixels="uint8")
    for name, content in files.items():
        write_atomic(folder / name, content)
    return folder, run, dataset


@pytest.mark.slow
def test_mlflow_opens_the_model(written, tmp_path):
    folder, run, dataset = written
    np.save(tmp_path / "x.npy", dataset.test.x[:4])
    told = json.loads(python("-c", READ, str(folder), str(tmp_path / "x.npy")).splitlines()[-1])
    expected = run.model.probabilities(dataset.test.x[:4])
    assert np.abs(np.array(told["probabilities"]) - expected).max() <= 1e-5
    assert (told["name"], told["task"], told["opset"]) == ("images", "multiclass", 17)


@pytest.mark.slow
def test_the_trainings_are_logged_and_read_back(written, tmp_path):
    folder, run, _ = written
    place = (tmp_path / "mlruns").as_uri()
    python(str(folder / "log.py"), MLFLOW_TRACKING_URI=place, MLFLOW_ALLOW_FILE_STORE="true")
    code = """
import json, mlflow
(one,) = mlflow.MlflowClient().search_runs(["0"])
epochs = mlflow.MlflowClient().get_metric_history(one.info.run_id, "epoch_test_accuracy")
files = [file.path for file in mlflow.MlflowClient().list_artifacts(one.info.run_id, "model")]
print(json.dumps([one.data.params, one.data.metrics, [m.value for m in epochs], files]))
"""
    said = python("-c", code, MLFLOW_TRACKING_URI=place, MLFLOW_ALLOW_FILE_STORE="true")
    params, metrics, epochs, files = json.loads(said.splitlines()[-1])
    assert (params["layers"], params["seed"]) == ("FC(4), FC(3)", "0")
    assert metrics["test_accuracy"] == run.metrics["test_accuracy"]
    assert epochs == run.history["test_accuracy"].tolist()
    assert "model/MLmodel" in files


def test_every_kind_of_network_has_a_description():
    for models in ([untrained(images((4, 4, 3)), CIFAR)], [untrained(points("binary", 2), BINARY)]):
        files = mlflow_files(models, [], layout="nchw", pixels="float32")
        assert set(files) == {
            "MLmodel", "model.onnx", "requirements.txt", "python_env.yaml", "conda.yaml",
        }  # fmt: skip
        made = Model.from_dict(safe_load(files["MLmodel"]))
        assert made.signature.inputs.is_tensor_spec()
        assert made.metadata["task"] == models[0].dataset.task
