"""What holds of every figure: its language, the mark of stand-in data, no text over another."""

import itertools
import re

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from fclab import figures
from fclab.figures import (
    binary_data,
    class_samples,
    confusion_matrix,
    decision_surface,
    first_layer,
    learning_curves,
    regression_data,
    regression_fits,
    training_loss,
)

DRAW = {
    "regression_data": lambda r, b, i, lang: regression_data(r.dataset, lang),
    "regression_fits": lambda r, b, i, lang: regression_fits(r.run, r.dataset, lang),
    "training_loss": lambda r, b, i, lang: training_loss([r.run], lang, dataset=r.dataset),
    "binary_data": lambda r, b, i, lang: binary_data(b.dataset, lang),
    "decision_surface": lambda r, b, i, lang: decision_surface(b.run, b.dataset, lang),
    "class_samples": lambda r, b, i, lang: class_samples(i.dataset, lang),
    "learning_curves": lambda r, b, i, lang: learning_curves(i.run, lang),
    "confusion_matrix": lambda r, b, i, lang: confusion_matrix(i.run, "test", lang),
    "first_layer": lambda r, b, i, lang: first_layer(i.run, lang),
}
HELPERS = {"mark_stand_in", "png_bytes", "save", "svg_text"}
every_figure = pytest.mark.parametrize("name", DRAW)


def test_every_public_figure_is_tried_here():
    assert set(DRAW) | HELPERS == set(figures.__all__)


@every_figure
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_figure_speaks_one_language_and_is_not_stamped(
    name, lang, regression, binary, images, kit
):
    fig = DRAW[name](regression, binary, images, lang)
    assert isinstance(fig, Figure)
    shown = kit.texts(fig)
    assert_nothing_collides(fig, shown)
    said = kit.words(shown)
    foreign = "[A-Za-z]{2,}" if lang == "ru" else "[А-Яа-яЁё]"
    assert re.findall(foreign, said) == []
    assert re.search(r"\d\.\d" if lang == "ru" else r"\d,\d(?!\d\d)", said) is None


@every_figure
def test_a_figure_of_stand_in_data_says_so(name, regression, binary, images, kit):
    parts = [kit.renamed(part, "synthetic") for part in (regression, binary, images)]
    fig = DRAW[name](*parts, "ru")
    shown = kit.texts(fig)
    assert "СИНТЕТИЧЕСКАЯ ЗАМЕНА, не CIFAR-100" in kit.words(shown)
    assert_nothing_collides(fig, shown)


@every_figure
def test_a_diverged_run_is_drawn_and_named(name, regression, binary, images, kit):
    parts = [
        type(part)(dataset=part.dataset, run=kit.diverged(part.run, 7))
        for part in (regression, binary, images)
    ]
    fig = DRAW[name](*parts, "en")
    shown = kit.texts(fig)
    assert_nothing_collides(fig, shown)
    if name not in {"regression_data", "binary_data", "class_samples"}:  # these show no run
        assert "diverged at epoch 7" in kit.words(shown).lower()


def assert_nothing_collides(fig: Figure, shown: list[Text]) -> None:
    upright = [text for text in shown if text.get_rotation() in (0, 90)]  # others fill no box
    boxes = [text.get_window_extent().expanded(0.98, 0.85) for text in upright]
    for (a, one), (b, other) in itertools.combinations(zip(upright, boxes, strict=True), 2):
        assert not one.overlaps(other), f"{a.get_text()!r} meets {b.get_text()!r}"
    for text, box in zip(upright, boxes, strict=True):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= fig.bbox.x1 and box.y1 <= fig.bbox.y1
        assert inside, f"{text.get_text()!r} leaves the figure"
