"""Recipes: notation, validation, identity, and the arithmetic of the lab's questions."""

import json
import math
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fclab.labs.lab1.settings import Settings
from fclab.values.errors import FclabError, RecipeError
from fclab.values.recipe import BINARY, CIFAR, FREE, REGRESSION, Recipe, format_layers

widths = st.lists(st.integers(1, 200), min_size=1, max_size=5).map(tuple)


@given(widths)
def test_layers_are_read_as_they_are_written(layers):
    assert Recipe(layers=format_layers(layers)).layers == layers


@pytest.mark.parametrize("text", ["FC(8),FC(3)", " fc( 8 ) , 3 ", "8, 3"])
def test_spellings_of_layers(text):
    assert Recipe(layers=text).layers == (8, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FC()",
        "FC(8.5)",
        "8, 3.5",
        "FC(1,5)",
        "103FC(3)",
        "conv(8)",
        "FC(0), FC(3)",
        "FC(-1)",
        "8,,3",
    ],
)
def test_bad_layers_are_refused(text):
    with pytest.raises(RecipeError):
        Recipe(layers=text)


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 0}, {"lr": -1}, {"lr": math.inf}, {"lr": math.nan}, {"epochs": 0},
        {"batch_size": 0}, {"momentum": 1}, {"nesterov": True}, {"weight_decay": -1},
        {"optimizer": "adam", "momentum": 0.9}, {"loss": "log_loss"}, {"dropout": 1},
        {"loss": "squared_error", "mixup": 0.2}, {"activation": "swish"}, {"colour": 1},
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused(change):
    with pytest.raises(RecipeError):
        CIFAR.replace(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"optimizer": "adam"},
        {"optimizer": "adamw", "weight_decay": 0.1}, {"label_smoothing": 0.1}, {"mixup": 0.2},
        {"tta": "flip"}, {"loss": "squared_error"}, {"loss": "log_loss", "layers": (8, 4, 1)},
    ],
)  # fmt: skip
def test_fields_that_agree(change):
    recipe = CIFAR.replace(**change)
    assert {name: getattr(recipe, name) for name in change} == change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"momentum": 0, "nesterov": True}, "nesterov needs momentum above 0"),
        ({"optimizer": "adamw", "momentum": 0.9}, "momentum belongs to sgd, not to adamw"),
        ({"loss": "squared_error", "label_smoothing": 0.1}, "need the cross-entropy loss"),
        ({"loss": "log_loss", "layers": (8, 1), "mixup": 0.1}, "need the cross-entropy loss"),
        ({"loss": "squared_error", "tta": "flip"}, "several views"),
        ({"loss": "log_loss", "layers": (1, 2)}, "must be FC(1)"),
        ({"loss": "log_loss", "layers": (1, 1, 2)}, "must be FC(1)"),
    ],
)
def test_fields_that_contradict_each_other(change, told):
    with pytest.raises(RecipeError, match=re.escape(told)):
        CIFAR.replace(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": True}, {"epochs": 1.5}, {"epochs": "3"}, {"epochs": 10**9}, {"lr": True},
        {"lr": "0.1"}, {"lr": float("nan")}, {"lr": float("inf")}, {"batch_size": 2.5},
        {"layers": (True, 3)}, {"layers": (10**7, 3)}, {"shift": True}, {"patience": False},
    ],
)  # fmt: skip
def test_nothing_is_quietly_made_a_number(change):
    with pytest.raises(RecipeError):
        CIFAR.replace(**change)


@pytest.mark.parametrize(
    "text", ["FC(8) FC(3)", "FC(8)FC(3)", "FС(8), FС(3)", "фс(8), ФК(3)", "8 3", "8; 3"]
)
def test_layers_as_people_type_them(text):
    assert CIFAR.replace(layers=text).layers == (8, 3)


def test_the_last_layer_follows_the_classes():
    assert CIFAR.for_outputs(2).layers == (10, 2)
    assert CIFAR.for_outputs(3) == CIFAR
    assert CIFAR.replace(layers=(9, 8, 7, 3)).for_outputs(5).layers == (9, 8, 7, 5)


@given(widths, st.floats(1e-6, 10), st.integers(1, 1000), st.integers(1, 500))
def test_json_round_trip_keeps_recipe_and_key(layers, lr, epochs, batch):
    recipe = Recipe(layers=layers, lr=lr, epochs=epochs, batch_size=batch)
    again = Recipe.model_validate_json(recipe.model_dump_json())
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert again.key == recipe.key


def test_key_tells_recipes_apart_and_ignores_fields_at_their_default():
    assert CIFAR.key == Recipe(lr=0.005).key
    assert len({r.key for r in (CIFAR, REGRESSION, BINARY, CIFAR.replace(lr=0.004))}) == 4


def test_released_keys_stay_the_same():
    """Runs are found by these keys: a changed default or field name would lose them."""
    assert CIFAR.key.startswith("44136fa3")
    assert REGRESSION.key.startswith("e13da01b")
    assert BINARY.key.startswith("c922e673")
    assert FREE.key.startswith("c32afb65")
    fields = json.loads(REGRESSION.model_dump_json(exclude_defaults=True))
    assert fields == {
        "layers": "FC(64), FC(1)", "loss": "squared_error", "reduction": "sum",
        "init": "uniform", "lr": 0.0001, "batch_size": None, "epochs": 50000,
    }  # fmt: skip


@given(st.integers(1, 5000), st.integers(1, 6000), st.integers(1, 300))
def test_iterations_cover_every_example_once_an_epoch(n, batch, epochs):
    recipe = Recipe(batch_size=batch, epochs=epochs)
    per_epoch = recipe.iterations_per_epoch(n)
    size = recipe.batch(n)
    assert (per_epoch - 1) * size < n <= per_epoch * size
    assert recipe.iterations(n) == epochs * per_epoch
    assert len(recipe.learning_rates(n)) == recipe.iterations(n)


def test_the_labs_arithmetic():
    assert CIFAR.iterations_per_epoch(1500) == 12  # 11 full batches and one of 92
    assert CIFAR.iterations(1500) == 3000
    assert REGRESSION.iterations(500) == 50_000
    assert CIFAR.parameters(3072) == 3072 * 10 + 10 + 10 * 3 + 3
    assert CIFAR.connections(3072) == 30_750
    assert CIFAR.neurons() == 13
    assert REGRESSION.parameters(1) == 64 + 64 + 64 + 1
    assert BINARY.parameters(2) == 32 + 16 + 16 + 1


@given(widths, st.integers(1, 3072))
def test_parameters_are_what_the_shapes_hold(layers, n_inputs):
    recipe = Recipe(layers=layers)
    held = sum(n_out * n_in + n_out for n_out, n_in in recipe.shapes(n_inputs))
    assert recipe.parameters(n_inputs) == held


def test_the_first_layer_of_a_pooled_image_is_smaller():
    shapes = CIFAR.replace(layers=(10, 5, 3), pool=2).shapes(3072)
    assert shapes == ((10, 768), (5, 10), (3, 5))
    assert {type(n) for shape in shapes for n in shape} == {int}
    assert CIFAR.replace(pool=4).shapes(3072)[0] == (10, 192)


def test_what_the_labs_network_does_not_have_is_an_extra():
    for plain in (
        CIFAR,
        REGRESSION,
        BINARY,
        CIFAR.replace(optimizer="adam", patience=5, tta="flip"),
    ):
        assert plain.extras == ()
    assert CIFAR.replace(mixup=0.2, flip=True, norm="batch").extras == ("flip", "mixup", "norm")


def test_views_of_an_image_change_no_training():
    assert CIFAR.training is CIFAR
    assert CIFAR.replace(tta="shift", lr=0.1).training == CIFAR.replace(lr=0.1)


def test_changes_from_names_both_values():
    assert CIFAR.replace(lr=0.001).changes_from(CIFAR) == {"lr": (0.005, 0.001)}


def test_a_wrong_field_is_an_error_of_fclab_and_a_value_error():
    with pytest.raises(FclabError, match="lr = -1: it should be greater than 0") as found:
        Recipe(lr=-1)
    assert isinstance(found.value, ValueError)
    assert (found.value.field, found.value.value) == ("lr", -1)
    assert str(found.value.reason) == "it should be greater than 0"
    again = pickle.loads(pickle.dumps(found.value))  # out of another process
    assert (type(again), again.field, str(again)) == (RecipeError, "lr", str(found.value))
    with pytest.raises(RecipeError, match="no field 'colour'; it has layers"):
        Recipe(colour=1)
    with pytest.raises(RecipeError, match="nesterov needs momentum") as found:
        CIFAR.replace(nesterov=True)
    assert found.value.field == ""


def test_what_pydantic_reads_it_refuses_itself():
    for read in (Recipe.model_validate, TypeAdapter(Recipe).validate_python):
        with pytest.raises(ValidationError) as found:
            read({"lr": -1})
        assert found.value.errors()[0]["loc"] == ("lr",)
    with pytest.raises(ValidationError) as found:
        Settings(base={"lr": -1})
    assert found.value.errors()[0]["loc"] == ("base", "lr")
