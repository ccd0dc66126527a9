"""Networks as one ONNX file: raw inputs in, logits and probabilities out.

What `fclab.values.model` does in NumPy is said in operators that every runtime has: opset 17, and
none that onnxruntime-web lacks. Images lie as (n, channels, height, width) inside, so the columns
of the first layer are put in that order.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from fclab.export import Layout, Pixels
from fclab.export.graph import Graph
from fclab.export.network import check_networks
from fclab.values.dataset import DatasetInfo, Preprocessing
from fclab.values.model import CONTRAST_EPSILON, NORM_EPSILON, VIEW_SHIFT, Model
from fclab.values.recipe import Activation, Recipe
from fclab.version import __version__

OPSET: Final = 17
_IR: Final = 8  # the version of the file that came with opset 17


def onnx_model(
    models: Sequence[Model], *, layout: Layout = "nchw", pixels: Pixels = "float32"
) -> onnx.ModelProto:
    """Networks as a graph, with preprocessing and averaging in it.

    Input: ``images``, by ``layout`` ``(n, channels, height, width)`` or ``(n, height, width,
    channels)``, values 0 to 255; or ``points``, float32 ``(n, d)``. Outputs: ``logits`` and
    ``probabilities``, float32 ``(n, classes)``, of a binary network ``(n, 1)``; of a regression
    ``values``, ``(n, 1)``. They are those of `Model.outputs` and `Model.probabilities`; several
    networks answer as `fclab.tuning.ensemble` has it, by the mean of their log-probabilities.

    Args:
        models: at least one; several are for the same inputs and classes.
        layout, pixels: of images; points are what they are.

    Returns:
        A checked model without external data. ``metadata_props``: see `metadata`.

    Raises:
        UsageError, FclabError: see `fclab.export.network.check_networks`.
    """
    check_networks(models)
    info, graph = models[0].dataset, Graph()
    given = _input(info, layout, pixels)
    seen = _Seen(graph, _as_numbers(graph, given, layout), info)
    outputs = [_outputs(graph, model, seen, f"{i}.") for i, model in enumerate(models)]
    results = _results(graph, info, outputs)
    made = helper.make_model(
        helper.make_graph(graph.nodes, "fclab", [given], results, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=_IR,
        producer_name="fclab",
        producer_version=__version__,
    )
    helper.set_model_props(made, metadata(models, given))
    onnx.checker.check_model(made, full_check=True)
    return made


def metadata(models: Sequence[Model], given: onnx.ValueInfoProto) -> dict[str, str]:
    """What the file says of itself: ``task``, ``dataset`` (its name), ``source``, ``input`` in
    words, and as JSON ``class_names`` (number, en, ru of each) and ``recipes`` (one per network).
    """
    info = models[0].dataset
    said: Mapping[str, Any] = {
        "class_names": [name._asdict() for name in info.class_names],
        "recipes": [model.recipe.model_dump(mode="json") for model in models],
    }
    return {
        "task": info.task,
        "dataset": info.name,
        "source": info.source,
        "fingerprint": info.fingerprint,
        "input": f"{given.name}: values 0 to 255" if given.name == "images" else given.name,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in said.items()},
    }


def _input(info: DatasetInfo, layout: Layout, pixels: Pixels) -> onnx.ValueInfoProto:
    if len(info.input_shape) == 1:
        return helper.make_tensor_value_info("points", TensorProto.FLOAT, ["n", *info.input_shape])
    height, width, channels = info.input_shape
    shape = (channels, height, width) if layout == "nchw" else info.input_shape
    kind = TensorProto.FLOAT if pixels == "float32" else TensorProto.UINT8
    return helper.make_tensor_value_info("images", kind, ["n", *shape])


def _as_numbers(graph: Graph, given: onnx.ValueInfoProto, layout: Layout) -> str:
    """The input as float32, images with channels first."""
    x = given.name
    if x == "images" and layout == "nhwc":
        x = graph.add("Transpose", x, perm=[0, 3, 1, 2])
    if given.type.tensor_type.elem_type != TensorProto.FLOAT:
        x = graph.add("Cast", x, to=TensorProto.FLOAT)
    return x


class _Seen:
    """What first layers see of the input. Networks that see the same share its nodes."""

    def __init__(self, graph: Graph, x: str, info: DatasetInfo):
        self.graph, self.x, self.shape = graph, x, info.input_shape
        self._made: dict[Any, str] = {}

    def by(self, model: Model) -> str:
        """The name of what a network's first layer sees: ``(views · n, D)``, view by view."""
        recipe, made = model.recipe, model.dataset.preprocessing
        key = (made, recipe.contrast, recipe.pool, recipe.tta)
        if key not in self._made:
            self._made[key] = self._views(recipe, self._prepared(recipe, made))
        return self._made[key]

    def _prepared(self, recipe: Recipe, made: Preprocessing) -> str:
        """See `Preprocessing` and `fclab.values.model.network_inputs`."""
        graph, images = self.graph, len(self.shape) == 3
        shape = (1, -1, 1, 1) if images else (1, -1)
        mean, std = (
            np.reshape(np.array(column, np.float32), shape) for column in (made.mean, made.std)
        )
        x = graph.add("Div", self.x, graph.number(made.scale))
        x = graph.add("Sub", x, graph.number(mean))
        x = graph.add("Div", x, graph.number(std))
        if not recipe.contrast:
            return x
        return _normalised(graph, x, [1, 2, 3] if images else [1], CONTRAST_EPSILON)

    def _views(self, recipe: Recipe, x: str) -> str:
        """See `fclab.values.model.views`."""
        graph, pool = self.graph, recipe.pool
        if len(self.shape) == 1:
            return x
        if recipe.tta == "none":
            if pool > 1:
                x = graph.add("AveragePool", x, kernel_shape=[pool] * 2, strides=[pool] * 2)
            return graph.add("Flatten", x)
        height, width, _ = self.shape
        s = VIEW_SHIFT if recipe.tta == "shift" else 0
        if s:
            x = graph.add("Pad", x, graph.whole(0, 0, s, s, 0, 0, s, s), mode="reflect")
        if pool > 1:
            x = graph.add("AveragePool", x, kernel_shape=[pool] * 2, strides=[1, 1])
        seen = []
        for down, right in [(s, s), (0, s), (2 * s, s), (s, 0), (s, 2 * s)][: 5 if s else 1]:
            view = graph.add(
                "Slice", x, graph.whole(down, right), graph.whole(down + height, right + width),
                graph.whole(2, 3), graph.whole(pool, pool),
            )  # fmt: skip
            before = graph.whole(-1), graph.whole(-(2**31)), graph.whole(3), graph.whole(-1)
            seen += [view, graph.add("Slice", view, *before)]  # from the last column to the first
        return graph.add("Flatten", graph.add("Concat", *seen, axis=0))


def _outputs(graph: Graph, model: Model, seen: _Seen, called: str) -> str:
    """The outputs of one network: see `fclab.values.model.answers`."""
    recipe, x = model.recipe, seen.by(model)
    last = len(recipe.layers)
    for i in range(1, last + 1):
        weight = model.weights[f"fc{i}.weight"]
        if i == 1 and len(model.dataset.input_shape) == 3:
            weight = _channels_first(weight, recipe, model.dataset)
        names = (graph.number(weight, f"{called}fc{i}.weight"),
                 graph.number(model.weights[f"fc{i}.bias"], f"{called}fc{i}.bias"))  # fmt: skip
        x = graph.add("Gemm", x, *names, transB=1)
        if i < last:
            x = _active(graph, recipe.activation, _norm(graph, model, i, x, called))
    if recipe.tta == "none":
        return x
    x = graph.add("LogSoftmax", x, axis=1)
    count = {"flip": 2, "shift": 10}[recipe.tta]  # of views
    x = graph.add("Reshape", x, graph.whole(count, -1, recipe.layers[-1]))
    return graph.add("ReduceMean", x, axes=[0], keepdims=0)


def _channels_first(weight: np.ndarray, recipe: Recipe, info: DatasetInfo) -> np.ndarray:
    height, width, channels = info.input_shape
    shape = (-1, height // recipe.pool, width // recipe.pool, channels)
    return weight.reshape(shape).transpose(0, 3, 1, 2).reshape(len(weight), -1)


def _norm(graph: Graph, model: Model, i: int, x: str, called: str) -> str:
    kind = model.recipe.norm
    if kind == "none":
        return x
    parts = ("weight", "bias") + ("mean", "var") * (kind == "batch")
    weight, bias, *moments = (
        graph.number(model.weights[f"norm{i}.{part}"], f"{called}norm{i}.{part}") for part in parts
    )
    if kind == "batch":
        return graph.add("BatchNormalization", x, weight, bias, *moments, epsilon=NORM_EPSILON)
    # Not LayerNormalization: runtimes take the variance as a difference of two means there, which
    # loses the digits of outputs that lie close together.
    x = _normalised(graph, x, [1], NORM_EPSILON)
    return graph.add("Add", graph.add("Mul", x, weight), bias)


def _normalised(graph: Graph, x: str, axes: list[int], epsilon: float) -> str:
    """Brought to mean 0 and standard deviation 1 over the axes."""
    centred = graph.add("Sub", x, graph.add("ReduceMean", x, axes=axes))
    squares = graph.add("Mul", centred, centred)
    variance = graph.add("ReduceMean", squares, axes=axes)
    scale = graph.add("Sqrt", graph.add("Add", variance, graph.number(epsilon)))
    return graph.add("Div", centred, scale)


def _active(graph: Graph, name: Activation, z: str) -> str:
    """See `fclab.values.model.activate`; opset 17 has no GELU."""
    if name != "gelu":
        return graph.add({"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}[name], z)
    inside = graph.add("Erf", graph.add("Div", z, graph.number(np.sqrt(2))))
    doubled = graph.add("Mul", z, graph.add("Add", inside, graph.number(1)))
    return graph.add("Div", doubled, graph.number(2))


def _results(graph: Graph, info: DatasetInfo, outputs: list[str]) -> list[onnx.ValueInfoProto]:
    """The named results of all networks together."""
    if info.task == "multiclass" and len(outputs) > 1:
        outputs = [graph.add("LogSoftmax", each, axis=1) for each in outputs]
    if info.task == "regression":
        names = ["values"]
        graph.add("Mean", *outputs, out="values")
    else:
        names = ["logits", "probabilities"]
        graph.add("Mean", *outputs, out="logits")
        if info.task == "binary":
            graph.add("Sigmoid", "logits", out="probabilities")
        else:
            graph.add("Softmax", "logits", out="probabilities", axis=1)
    shape = ["n", info.n_outputs]
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names]
