"""What holds of every figure: its language, the mark of stand-in data, no text over another."""

import itertools
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from fclab import figures
from fclab.figures import (
    Dose,
    ForestRow,
    LadderStep,
    Plane,
    RecallRow,
    RowLabel,
    SettingsMap,
    Stand,
    Tried,
    binary_data,
    class_samples,
    confusion_matrix,
    curves_over_seeds,
    decision_surface,
    effects,
    first_layer,
    forest_plot,
    ladder_chart,
    learning_curves,
    network_diagram,
    recall_map,
    regression_data,
    regression_fits,
    search_history,
    search_importances,
    settings_maps,
    standing_chart,
    surfaces,
    training_loss,
)
from fclab.statistics import Decision, Interval, compare, mean_over_seeds, verdicts


def label(lang: str) -> RowLabel:
    return RowLabel("рядок", "10 нейронов") if lang == "ru" else RowLabel("row", "10 neurons")


def forest(part, lang: str) -> Figure:
    """One row against another one that has learned nothing."""
    if part.run.diverged_at is not None:
        row = ForestRow(label(lang), None, diverged=1)
    else:
        right = np.tile(part.run.answers("test") == part.run.targets["test"], (4, 1))
        found = compare(right, ~right, resamples=99)
        row = ForestRow(label(lang), verdicts([found])[0])
    return forest_plot([row], lang, part.run.dataset)


def recalls(part, lang: str) -> Figure:
    matrix = part.run.confusion("test")
    shares = None if part.run.diverged_at else np.diag(matrix) / matrix.sum(axis=1)
    return recall_map([RecallRow(label(lang), shares)], lang, part.run.dataset)


def ladder(part, lang: str) -> Figure:
    if part.run.diverged_at is not None:
        step = LadderStep(label(lang), None, None)
    else:
        test = part.run.metrics["test_accuracy"]
        row = Interval(test, test - 0.02, test + 0.02)
        step = LadderStep(label(lang), row, row, Decision.BETTER, test + 0.03)
    return ladder_chart([step], lang, part.run.dataset)


def stands(part, lang: str) -> Figure:
    """A row of every kind."""
    test = Interval(0.7, 0.65, 0.75)
    rows = [Stand(label(lang), test, kind) for kind in ("network", "other", "outside")]
    return standing_chart(rows, lang, part.run.dataset)


TRIED = (
    Tried(0.01, 32, 0.7), Tried(0.01, 64, 0.8), Tried(0.001, 32, 0.9), Tried(0.001, None, 1.25),
)  # fmt: skip


def doses(part, lang: str) -> Figure:
    """Two hyper-parameters and every quantity of the lab; of one of their settings one of them is
    not known."""
    some = [mean_over_seeds([0.1 * n, 0.2 * n]) for n in (1, 2, 3)]
    known = {"epoch": mean_over_seeds([20, 30]), "spread": 0.01, "noise": 0.003}
    batch = [
        Dose("32", {"train_loss": some[0], "gap": some[0], **known}),
        Dose("128", {"train_loss": some[1], **known}, before=True),
        Dose("512", {"train_loss": some[2], "gap": mean_over_seeds([0.3]), **known}),
    ]
    return effects({"batch": batch, "rate": batch[:2]}, lang, part.dataset)


DRAW = {
    "regression_data": lambda r, b, i, lang: regression_data(r.dataset, lang),
    "regression_fits": lambda r, b, i, lang: regression_fits(r.run, r.dataset, lang),
    "training_loss": lambda r, b, i, lang: training_loss([r.run], lang, dataset=r.dataset),
    "binary_data": lambda r, b, i, lang: binary_data(b.dataset, lang),
    "decision_surface": lambda r, b, i, lang: decision_surface(b.run, b.dataset, lang),
    "surfaces": lambda r, b, i, lang: surfaces(
        [Plane(b.run, b.dataset, "как есть" if lang == "ru" else "as it is")] * 3, lang
    ),
    "effects": lambda r, b, i, lang: doses(i, lang),
    "settings_maps": lambda r, b, i, lang: settings_maps(
        [
            SettingsMap("FC(5), FC(3)", TRIED[:3], (1, 1)),
            *[SettingsMap("FC(10), FC(10), FC(3)", TRIED, (0.01, 32))] * 2,
            SettingsMap("FC(1024), FC(512), FC(256), FC(100)", TRIED, (0.01, 32)),
        ],
        lang,
        i.dataset,
    ),
    "class_samples": lambda r, b, i, lang: class_samples(i.dataset, lang),
    "learning_curves": lambda r, b, i, lang: learning_curves(i.run, lang),
    "confusion_matrix": lambda r, b, i, lang: confusion_matrix(i.run, "test", lang),
    "network_diagram": lambda r, b, i, lang: network_diagram(i.run.dataset, i.run.recipe, lang),
    "search_history": lambda r, b, i, lang: search_history(
        [0.7, 0.8, float("nan"), 0.1], [True, False, False, False], lang, i.dataset
    ),
    "search_importances": lambda r, b, i, lang: search_importances(
        {"lr": 0.7, "label_smoothing": 0.29, "optimizer": 0.01}, lang, i.dataset
    ),
    "first_layer": lambda r, b, i, lang: first_layer(i.run, lang),
    "curves_over_seeds": lambda r, b, i, lang: curves_over_seeds([i.run], lang),
    "forest_plot": lambda r, b, i, lang: forest(i, lang),
    "recall_map": lambda r, b, i, lang: recalls(i, lang),
    "ladder_chart": lambda r, b, i, lang: ladder(i, lang),
    "standing_chart": lambda r, b, i, lang: stands(i, lang),
}
HELPERS = {"HALF", "mark_substitute", "png_bytes", "save", "svg_text"}
VALUES = {
    "Dose", "ForestRow", "LadderStep", "Plane", "RecallRow", "RowLabel", "SettingsMap", "Stand",
    "Tried",
}  # fmt: skip
SHOW_NO_RUN = {
    "standing_chart",
    "effects", "settings_maps",
    "regression_data", "binary_data", "class_samples", "network_diagram", "search_history",
    "search_importances",
}  # fmt: skip
OF_MANY_RUNS = {
    "forest_plot": "diverged: 1",
    "recall_map": "every run diverged",
    "ladder_chart": "every run diverged",
}
"""What these figures say of a row whose runs diverged."""
NOTATION = {"FC", "ReLU", "softmax"}  # written so in every language
every_figure = pytest.mark.parametrize("name", DRAW)


def test_every_public_figure_is_tried_here():
    assert set(DRAW) | HELPERS | VALUES == set(figures.__all__)


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
    assert set(re.findall(foreign, said)) <= NOTATION
    assert re.search(r"\d\.\d" if lang == "ru" else r"\d,\d(?!\d\d)", said) is None


@pytest.mark.parametrize(
    ("source", "stamp"),
    [
        ("synthetic", "СИНТЕТИЧЕСКАЯ ЗАМЕНА, не CIFAR-100"),
        ("other", "КОПИЯ, КОТОРАЯ ОТЛИЧАЕТСЯ ОТ CIFAR-100"),
    ],
)
@every_figure
def test_a_figure_of_what_is_not_cifar100_says_so(
    name, source, stamp, regression, binary, images, kit
):
    parts = [kit.renamed(part, source) for part in (regression, binary, images)]
    fig = DRAW[name](*parts, "ru")
    shown = kit.texts(fig)
    assert stamp in kit.words(shown)
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
    if name not in SHOW_NO_RUN:
        expected = OF_MANY_RUNS.get(name, "diverged at epoch 7")
        assert expected in kit.words(shown).lower()


def assert_nothing_collides(fig: Figure, shown: list[Text]) -> None:
    upright = [text for text in shown if text.get_rotation() in (0, 90)]  # others fill no box
    boxes = [text.get_window_extent().expanded(0.98, 0.85) for text in upright]
    for (a, one), (b, other) in itertools.combinations(zip(upright, boxes, strict=True), 2):
        assert not one.overlaps(other), f"{a.get_text()!r} meets {b.get_text()!r}"
    for text, box in zip(upright, boxes, strict=True):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= fig.bbox.x1 and box.y1 <= fig.bbox.y1
        assert inside, f"{text.get_text()!r} leaves the figure"
