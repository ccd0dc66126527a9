"""The diagram of a network: what is drawn, what is counted, and that nothing collides."""

import itertools

import pytest
from matplotlib.collections import LineCollection, PathCollection
from test_every_figure import assert_nothing_collides

from fclab.figures import network_diagram
from fclab.values.recipe import BINARY, CIFAR, REGRESSION

ODD = [(3,), (1, 1), (10, 3), (512, 256, 3), (64, 32, 16, 16, 8, 3), (9,) * 6 + (3,),
       (64,) * 11 + (3,), (65536,) * 6]  # fmt: skip


def drawn(fig) -> list[int]:
    """How many neurons (or inputs) are drawn in each column."""
    return [len(dots.get_offsets()) for dots in fig.axes[0].collections
            if isinstance(dots, PathCollection) and len(dots.get_offsets())]  # fmt: skip


def connected(fig) -> list[int]:
    """How many connections are drawn between neighbouring columns."""
    return [len(lines.get_segments()) for lines in fig.axes[0].collections
            if isinstance(lines, LineCollection)]  # fmt: skip


def written(fig, kit) -> list[str]:
    return [text.get_text() for text in kit.texts(fig)]


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("layers", ODD, ids=str)
def test_any_network_fits_its_figure(layers, lang, images, kit):
    recipe = CIFAR.replace(layers=layers, activation="sigmoid")  # the longest name
    fig = network_diagram(images.run.dataset, recipe, lang)
    assert_nothing_collides(fig, kit.texts(fig))
    assert fig.get_figwidth() == 7


def test_every_number_of_the_lab_s_network_is_there(images, kit):
    fig = network_diagram(images.run.dataset, CIFAR, "en")
    said = written(fig, kit)
    assert {"32 × 32 × 3", "FC(10)", "FC(3)"} <= {
        line for text in said for line in text.split("\n")
    }
    assert {"30,720", "30", "30,750", "10", "3", "13", "30,730", "33", "30,763"} <= set(said)
    assert {"ReLU", "softmax", "+ 3,064", "+ 2"} <= set(said)
    assert drawn(fig) == [8, 8, 3]
    assert connected(fig) == [64, 24]


def test_narrow_layers_are_drawn_in_full(binary, kit):
    fig = network_diagram(binary.run.dataset, BINARY.replace(layers=(9, 4, 1)), "en")
    assert drawn(fig) == [2, 9, 4, 1]
    assert connected(fig) == [18, 36, 4]
    assert not [text for text in written(fig, kit) if text.startswith("+")]


def test_the_answer_of_each_loss_is_named(regression, binary, images, kit):
    for part, recipe, name in (
        (regression, REGRESSION, "none"), (binary, BINARY.replace(activation="tanh"), "sigmoid"),
        (images, CIFAR, "softmax"),
    ):  # fmt: skip
        assert name in written(network_diagram(part.run.dataset, recipe, "en"), kit)


def test_layers_without_room_are_added_up(images, kit):
    recipe = CIFAR.replace(layers=(64,) * 11 + (3,))
    fig = network_diagram(images.run.dataset, recipe, "en")
    said = written(fig, kit)
    assert "layers\n4–10" in said
    assert "· · ·" in said
    assert f"{7 * 64 * 64:,}" in said
    assert f"{recipe.parameters(3072):,}" in said
    assert drawn(fig) == [8, 8, 8, 8, 8, 3]


def test_neurons_of_a_column_stand_apart_and_about_the_middle(images):
    fig = network_diagram(images.run.dataset, CIFAR, "en")
    columns = [dots.get_offsets() for dots in fig.axes[0].collections
               if isinstance(dots, PathCollection) and len(dots.get_offsets())]  # fmt: skip
    middles = {round(float(column[:, 1].mean()), 6) for column in columns}
    assert len(middles) == 1
    for column in columns:
        heights = sorted(column[:, 1].tolist())
        assert min(b - a for a, b in itertools.pairwise(heights)) > 0.2
