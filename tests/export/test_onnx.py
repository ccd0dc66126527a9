"""ONNX files answer as fclab does, in onnxruntime."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
from drawn import images, networks, points, untrained
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax

from fclab.data import cifar100
from fclab.export.onnx_file import OPSET, onnx_model
from fclab.values.errors import UsageError
from fclab.values.model import Model
from fclab.values.recipe import BEST, CIFAR

NEAR = 1e-5  # of probabilities


def answered(made: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    """What the runtime answers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x}), strict=True))


def together(models: list[Model], x: np.ndarray) -> np.ndarray:
    """Probabilities of networks by the mean of their log-probabilities; values of a regression."""
    if len(models) == 1:
        return models[0].probabilities(x)
    outputs = [model.outputs(x).astype(np.float64) for model in models]
    match models[0].dataset.task:
        case "multiclass":
            return softmax(np.mean([log_softmax(each, axis=1) for each in outputs], axis=0), axis=1)
        case "binary":
            return expit(np.mean(outputs, axis=0))
        case _:
            return np.mean(outputs, axis=0)


def as_input(x: np.ndarray, layout: str, pixels: str) -> np.ndarray:
    if x.ndim == 2:
        return x
    return (x.transpose(0, 3, 1, 2) if layout == "nchw" else x).astype(pixels)


@settings(max_examples=120)
@given(
    made=networks(),
    layout=st.sampled_from(["nchw", "nhwc"]),
    pixels=st.sampled_from(["float32", "uint8"]),
)
def test_every_recipe_answers_alike(made, layout, pixels):
    models, x = made
    found = answered(onnx_model(models, layout=layout, pixels=pixels), as_input(x, layout, pixels))
    expected = together(models, x)
    if models[0].dataset.task == "regression":
        np.testing.assert_allclose(found["values"], expected, rtol=1e-5, atol=1e-5)
    else:
        assert np.abs(found["probabilities"] - expected).max() <= NEAR
        assert found["logits"].shape == expected.shape


@settings(max_examples=10)
@given(
    recipe=st.sampled_from([
        CIFAR, CIFAR.replace(layers=(64, 32, 3), activation="gelu", norm="layer", contrast=True),
        BEST.replace(layers=(48, 24, 3)), CIFAR.replace(tta="flip", pool=4, norm="batch"),
    ]),
    start=st.integers(0, 280),
)  # fmt: skip
def test_real_images_are_answered_alike(cifar_dir, recipe, start):
    dataset = cifar100((0, 55, 58), cifar_dir)
    models = [untrained(dataset, recipe, seed) for seed in (0, 1)]
    x = dataset.test.x[start : start + 20]
    for chosen in (models[:1], models):
        made = onnx_model(chosen, layout="nhwc", pixels="uint8")
        assert np.abs(answered(made, x)["probabilities"] - together(chosen, x)).max() <= NEAR


def test_a_file_says_what_it_is_and_stands_alone():
    dataset = images((8, 8, 3))
    models = [untrained(dataset, CIFAR.replace(layers=(n, 3))) for n in (2, 4)]
    made = onnx_model(models)
    assert [(one.domain, one.version) for one in made.opset_import] == [("", OPSET)]
    assert not any(tensor.external_data for tensor in made.graph.initializer)
    (given_,) = made.graph.input
    sizes = [one.dim_param or one.dim_value for one in given_.type.tensor_type.shape.dim]
    assert (given_.name, sizes) == ("images", ["n", 3, 8, 8])
    assert [out.name for out in made.graph.output] == ["logits", "probabilities"]
    told = {one.key: one.value for one in made.metadata_props}
    assert [name["en"] for name in json.loads(told["class_names"])] == ["0", "1", "2"]
    assert [one["layers"] for one in json.loads(told["recipes"])] == [
        "FC(2), FC(3)",
        "FC(4), FC(3)",
    ]
    assert (told["task"], told["fingerprint"]) == ("multiclass", dataset.fingerprint)


def test_networks_for_different_things_do_not_answer_together():
    one, other = images((8, 8, 3)), images((4, 4, 3))
    with pytest.raises(UsageError, match="differ"):
        onnx_model([untrained(one, CIFAR), untrained(other, CIFAR)])
    of_points = points("multiclass", 192)
    with pytest.raises(UsageError, match="differ"):
        onnx_model([untrained(one, CIFAR), untrained(of_points, CIFAR)])
