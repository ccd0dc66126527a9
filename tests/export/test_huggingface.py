"""`--to huggingface`: the Hub's own library reads the card, safetensors the weights."""

from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml import safe_load

import fclab
from fclab.export.huggingface import card, huggingface_files
from fclab.export.yaml import yaml
from fclab.store.folder import read_model
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic
from fclab.values.recipe import BINARY, CIFAR, REGRESSION

text = st.text(st.characters(exclude_categories=["Cs"]))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)


@settings(max_examples=50)
@given(st.dictionaries(text, values, max_size=4))
def test_yaml_is_read_back(value):
    assert safe_load(yaml(value)) == value


@pytest.fixture(scope="module")
def runs():
    dataset = fclab.synthetic((0, 55, 58))
    trained = fclab.train(dataset, [CIFAR.replace(layers=(4, 3), epochs=5)], [0, 1, 2])
    return sorted(trained, key=lambda run: run.seed)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_hub_reads_fields_and_figures(runs, lang, tmp_path):
    for name, content in huggingface_files(runs[0], runs, lang).items():
        write_atomic(tmp_path / name, content)
    found = ModelCard.load(tmp_path / "README.md")
    assert (found.data.license, found.data.pipeline_tag) == ("unknown", "image-classification")
    assert found.data.tags == ["fully-connected", "mlp", "image-classification"]
    (result,) = found.data.eval_results
    assert (result.task_type, result.metric_type) == ("image-classification", "accuracy")
    assert result.metric_value == pytest.approx(runs[0].metrics["test_accuracy"], abs=1e-6)
    assert (result.dataset_type, result.dataset_split) == ("synthetic", "test")
    mean = np.mean([run.metrics["test_accuracy"] for run in runs])
    assert fclab.words.wording.wording(lang).pct(mean) in found.text
    assert ("СИНТЕТИЧЕСК" if lang == "ru" else "SYNTHETIC") in found.text.upper()
    weights = safetensors.numpy.load_file(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(weights["fc1.weight"], runs[0].weights["fc1.weight"])
    x = fclab.synthetic((0, 55, 58)).test.x[:5]
    np.testing.assert_array_equal(read_model(tmp_path).outputs(x), runs[0].model.outputs(x))


def test_the_real_data_are_named_as_the_hub_calls_them(cifar_dir):
    dataset = fclab.cifar100((0, 55, 58), cifar_dir)
    (run,) = fclab.train(dataset, [CIFAR.replace(epochs=2)], [0])
    found = ModelCard(card(run, [run], "en"))
    assert found.data.datasets == ["uoft-cs/cifar100"]
    assert found.data.eval_results[0].dataset_type == "uoft-cs/cifar100"
    assert "| 58 | pickup truck | пикап |" in found.text


def test_of_a_run_out_of_a_folder_the_answers_are_not_known(runs):
    """The interval of one network follows from how many were right."""
    bare = replace(runs[0], outputs={}, targets={})
    assert card(bare, [bare], "en") == card(runs[0], runs[:1], "en")


@pytest.mark.parametrize("recipe", [BINARY, REGRESSION], ids=["binary", "regression"])
def test_networks_of_points(recipe):
    binary = recipe is BINARY
    dataset = fclab.binary_points("xor", points=40) if binary else fclab.regression_curve()
    (run,) = fclab.train(dataset, [recipe.replace(epochs=30)], [0])
    found = ModelCard(card(run, [run], "en"))
    assert found.data.pipeline_tag == f"tabular-{'classification' if binary else 'regression'}"
    (result,) = found.data.eval_results
    expected = run.metrics["test_accuracy" if binary else "test_loss"]
    assert result.metric_value == pytest.approx(expected, abs=1e-6)


def test_names_stay_names(runs):
    bad = "---\nlicense: mit | <script>alert(1)</script> [a](b)\x85"
    info = runs[0].dataset
    names = tuple(name._replace(en=bad, ru=bad) for name in info.class_names)
    run = replace(runs[0], dataset=info.model_copy(update={"name": bad, "class_names": names}))
    told = card(run, [run], "en")
    assert ModelCard(told).data.license == "unknown"
    assert "<script>" not in told.split("\n---\n", 1)[1]
    assert ModelCard(told).data.eval_results[0].dataset_name == bad


def test_a_network_that_diverged_has_no_card(runs):
    weights = {name: np.full_like(one, np.nan) for name, one in runs[0].weights.items()}
    with pytest.raises(FclabError, match="diverged"):
        huggingface_files(replace(runs[0], weights=weights), runs, "en")
