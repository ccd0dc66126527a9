"""Networks as a model of MLflow: the folder that ``mlflow.pyfunc.load_model`` and
``mlflow.onnx.load_model`` open, written without MLflow.

Beside it stand the trainings (``runs.json``: parameters, metrics, histories) and ``log.py``, which
logs them to the tracking server of ``MLFLOW_TRACKING_URI`` with the model.
"""

import json
import math
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

import onnx
from onnx import TensorProto, ValueInfoProto

from fclab.export import Layout, Pixels
from fclab.export.onnx_file import onnx_model
from fclab.export.yaml import yaml
from fclab.values.model import Model
from fclab.values.run import Run

_MLFLOW: Final = "2.10.0"
"""The version whose form of files this is; later ones read it."""
_TYPES: Final[Mapping[int, str]] = {TensorProto.FLOAT: "float32", TensorProto.UINT8: "uint8"}


def mlflow_files(
    models: Sequence[Model], runs: Sequence[Run], *, layout: Layout, pixels: Pixels
) -> dict[str, bytes | str]:
    """The files by their names.

    Args:
        models: see `fclab.export.onnx_file.onnx_model`; so are ``layout`` and ``pixels``.
        runs: trainings that are known of them; none: there is no ``log.py``.

    Raises:
        UsageError, FclabError: see `onnx_model`.
    """
    made = onnx_model(models, layout=layout, pixels=pixels)
    content = made.SerializeToString()
    packages = [f"mlflow>={_MLFLOW}", f"onnx=={version('onnx')}", "onnxruntime", "pandas"]
    told = {
        "MLmodel": yaml(_description(models, made, content)),
        "model.onnx": content,
        "requirements.txt": "".join(f"{package}\n" for package in packages),
        "python_env.yaml": yaml({
            "python": platform.python_version(), "build_dependencies": ["pip"],
            "dependencies": ["-r requirements.txt"],
        }),
        "conda.yaml": yaml({
            "name": "mlflow-env", "channels": ["conda-forge"],
            "dependencies": [f"python={platform.python_version()}", "pip", {"pip": packages}],
        }),
    }  # fmt: skip
    if not runs:
        return told
    return {
        **told,
        "runs.json": json.dumps([_run(run) for run in runs], ensure_ascii=False, allow_nan=False),
        "log.py": (files("fclab.export") / "templates" / "log.py").read_text("utf-8"),
    }


def _description(models: Sequence[Model], made: onnx.ModelProto, content: bytes) -> dict[str, Any]:
    """What MLflow reads first."""
    told = {one.key: one.value for one in made.metadata_props}
    return {
        "flavors": {
            "onnx": {
                "code": None, "data": "model.onnx", "onnx_session_options": None,
                "onnx_version": version("onnx"), "providers": ["CPUExecutionProvider"],
            },
            "python_function": {
                "data": "model.onnx", "loader_module": "mlflow.onnx",
                "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
                "python_version": platform.python_version(),
            },
        },
        "metadata": told,
        "mlflow_version": _MLFLOW,
        "model_size_bytes": len(content),
        "model_uuid": sha256(content).hexdigest()[:32],
        "signature": {
            "inputs": json.dumps([_tensor(one) for one in made.graph.input]),
            "outputs": json.dumps([_tensor(one) for one in made.graph.output]),
            "params": None,
        },
        "utc_time_created": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}",
    }  # fmt: skip


def _tensor(one: ValueInfoProto) -> dict[str, Any]:
    kind = one.type.tensor_type
    shape = [size.dim_value or -1 for size in kind.shape.dim]  # -1: any number of examples
    return {
        "name": one.name, "type": "tensor",
        "tensor-spec": {"dtype": _TYPES[kind.elem_type], "shape": shape},
    }  # fmt: skip


def _run(run: Run) -> dict[str, Any]:
    """A training as MLflow has it; numbers that are not finite are left out."""
    parameters = run.recipe.model_dump(mode="json")
    return {
        "name": f"{run.dataset.name}, seed {run.seed}",
        "params": {**parameters, "seed": run.seed, "engine": run.engine.name,
                   "dataset": run.dataset.name, "fingerprint": run.dataset.fingerprint},
        "metrics": {name: value for name, value in run.metrics.items() if math.isfinite(value)},
        "histories": {
            name: [value if math.isfinite(value) else None for value in column.tolist()]
            for name, column in run.history.items()
        },
    }  # fmt: skip
