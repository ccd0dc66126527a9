import numpy as np
import pytest

from fclab.figures import search_history, search_importances
from fclab.figures.search import field_name
from fclab.figures.style import ALARM, INK, MUTED, VALID
from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe

ACCURACIES = [0.80, 0.86, np.nan, 0.84, 0.91, 0.92, 0.89, 0.90, 0.88, 0.87, 0.2]
PRUNED = [True, False, False, True, False, True, False, False, False, True, False]


def drawn(ax) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Points and lines by colour and marker."""
    return {
        (line.get_color(), line.get_marker()): list(zip(*line.get_data(), strict=True))
        for line in ax.lines
    }


def test_every_candidate_is_a_point_in_its_place(images, kit):
    fig = search_history(ACCURACIES, PRUNED, "ru", images.dataset)
    (ax,) = fig.axes
    shown = drawn(ax)
    assert shown[MUTED, "o"] == [(1, 0.80), (4, 0.84), (6, 0.92), (10, 0.87)]
    assert [x for x, _ in shown[VALID, "o"]] == [2, 5, 7, 8, 9]
    assert shown[ALARM, "X"] == [(3, ax.get_ylim()[0])]
    assert shown[VALID, "v"] == [(11, ax.get_ylim()[0])]  # far below: on the edge
    assert shown[INK, "None"] == [
        (2, 0.86),
        (3, 0.86),
        (4, 0.86),
        *((k, 0.91) for k in range(5, 12)),
    ]
    assert "лучший на всех зёрнах: 91,0" in kit.words(fig) + " ".join(
        text.get_text() for text in fig.legends[0].get_texts()
    )


@pytest.mark.parametrize(
    ("accuracies", "pruned"),
    [
        ([0.5], [False]),
        ([0.5], [True]),
        ([np.nan, np.nan], [False, False]),
        ([1.0] * 3, [False] * 3),
    ],
)
def test_histories_with_little_in_them(accuracies, pruned, images):
    search_history(accuracies, pruned, "en", images.dataset).draw_without_rendering()


def test_importances_stand_in_their_order_with_their_shares(images, kit):
    shares = {"lr": 0.62, "layers": 0.33, "some_new_field": 0.05}
    fig = search_importances(shares, "en", images.dataset)
    (ax,) = fig.axes
    bars = sorted(ax.patches, key=lambda bar: -bar.get_y())
    assert [bar.get_width() for bar in bars] == [0.62, 0.33, 0.05]
    said = kit.words(fig)
    for expected in ("Learning rate", "Layers", "some_new_field", "62%", "33%", "5.0%"):
        assert expected in said


def test_nothing_to_draw(images):
    with pytest.raises(UsageError, match="candidate"):
        search_history([], [], "ru", images.dataset)
    with pytest.raises(UsageError, match="importance"):
        search_importances({}, "ru", images.dataset)


def test_every_field_of_a_recipe_that_is_searched_has_a_name():
    unnamed = {name for name in Recipe.model_fields if field_name(name, "ru") == name}
    assert unnamed == {"reduction"}
