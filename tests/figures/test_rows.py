"""The figures whose rows are those of a table: forest plot, map of classes, ladder."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_every_figure import assert_nothing_collides

from fclab.figures import (
    ForestRow,
    LadderStep,
    RecallRow,
    RowLabel,
    forest_plot,
    ladder_chart,
    recall_map,
)
from fclab.figures.rows import BETTER, WORSE, broken
from fclab.figures.style import MUTED, NORMAL, SMALL, TEST, TRAIN, text_width
from fclab.statistics import Decision, Interval, Verdict
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES

LONG = RowLabel(
    "строка-с-очень-длинным-именем-которое-в-одну-строчку-не-помещается",
    "1000, 500, 250, 100, 10 и 3 нейрона; скорость 0,00025; батч 128; эпох 6000",
)


def forest_row(title, difference, reach, word, detectable=0.015):
    low, high = difference - reach, difference + reach
    found = Verdict(difference, Decision(word), 0.1, 0.05 / 12, low, high, detectable, 12)
    return ForestRow(RowLabel(title), found)


ROWS = [
    forest_row("up", 0.03, 0.01, "better"),
    forest_row("down", -0.02, 0.01, "worse"),
    forest_row("same", 0.005, 0.01, "not distinguishable"),
]


def markers(ax, y=None):
    """Single points by their colour: (x, marker)."""
    return {
        line.get_color(): (float(line.get_xdata()[0]), line.get_marker())
        for line in ax.lines
        if len(line.get_xdata()) == 1 and line.get_marker() not in "<>"
    }


def test_each_verdict_has_a_look_of_its_own(images, kit):
    fig = forest_plot(ROWS, "en", images.dataset.info)
    ax = fig.axes[0]
    assert markers(ax) == {
        BETTER: (pytest.approx(3), "^"), WORSE: (pytest.approx(-2), "v"),
        MUTED: (pytest.approx(0.5), "o"),
    }  # fmt: skip
    intervals = [line.get_xdata() for line in ax.lines if line.get_color() in (BETTER, WORSE)]
    assert [2, 4] in [pytest.approx(list(ends)) for ends in intervals]
    said = kit.words(fig)
    for expected in ("+3.0 [+2.0; +4.0]", "−2.0 [−3.0; −1.0]", "better", "too small to be seen"):
        assert expected in said
    assert "лучше" in kit.words(forest_plot(ROWS, "ru", images.dataset.info))


def test_rows_stand_in_their_order(images):
    ax = forest_plot(ROWS, "en", images.dataset.info).axes[0]
    heights = {text.get_text(): ax.transData.transform((0, text.xy[1]))[1] for text in ax.texts}
    assert heights["up"] > heights["down"] > heights["same"]


def test_what_could_not_have_been_seen_is_grey(images):
    fig = forest_plot([forest_row("a", 0.03, 0.01, "better", detectable=0.012)], "en",
                      images.dataset.info)  # fmt: skip
    (bar,) = fig.axes[0].collections
    xs = bar.get_paths()[0].vertices[:, 0]
    assert (xs.min(), xs.max()) == (pytest.approx(-1.2), pytest.approx(1.2))


def test_one_seed_does_not_squeeze_the_others(images):
    usual = forest_plot(ROWS, "en", images.dataset.info).axes[0].get_xlim()
    row = forest_row("one seed", 0.01, 0.9, "not distinguishable", detectable=1.0)
    fig = forest_plot([*ROWS, row], "en", images.dataset.info)
    low, high = fig.axes[0].get_xlim()
    assert high < 1.5 * usual[1]
    ends = {line.get_marker(): line.get_xdata()[0] for line in fig.axes[0].lines}
    assert (ends["<"], ends[">"]) == (low, high)


def test_a_row_without_runs_says_so(images, kit):
    nothing = [ForestRow(RowLabel("a"), None, 32), ForestRow(RowLabel("b"), None)]
    fig = forest_plot([*nothing, *ROWS], "ru", images.dataset.info)
    assert "разошлось: 32" in kit.words(fig)
    assert "сравнивать не с чем" in kit.words(fig)
    assert len(markers(fig.axes[0])) == 3


def many(make, count=14):
    return [make(replace(LONG, title=LONG.title[: 10 + 4 * k]), k) for k in range(count)]


def test_many_rows_with_long_labels_collide_nowhere(images, kit):
    info = images.dataset.info.model_copy(update={"source": "synthetic"})
    rows = many(lambda label, k: replace(ROWS[k % 3], label=label, diverged=k % 2))
    steps = many(lambda label, k: replace(STEPS[k % 3], label=label))
    shares = many(lambda label, k: RecallRow(label, np.array([0.9, 0.05 * k, 1])))
    for fig in (
        forest_plot(rows, "ru", info),
        ladder_chart(steps, "ru", info),
        recall_map(shares, "ru", info),
    ):
        assert_nothing_collides(fig, kit.texts(fig))


def interval(mean, reach=0.005):
    return Interval(mean, mean - reach, mean + reach)


STEPS = [
    LadderStep(RowLabel("base"), interval(0.998, 0.001), interval(0.765)),
    LadderStep(RowLabel("stop"), interval(0.93), interval(0.772), Decision.BETTER),
    LadderStep(
        RowLabel("wide"), interval(0.95), interval(0.77), Decision.NOT_DISTINGUISHABLE, 0.79
    ),
]


def test_a_ladder_has_train_and_test_apart(images, kit):
    fig = ladder_chart(STEPS, "en", images.dataset.info)
    test, train = fig.axes
    for ax, part, colour in ((test, "test", TEST), (train, "train", TRAIN)):
        found = [getattr(step, part) for step in STEPS]
        drawn = [line.get_xdata() for line in ax.lines if line.get_color() == colour]
        means = sorted(float(xs[0]) for xs in drawn if len(xs) == 1)
        assert means == sorted(i.mean for i in found)
        assert sorted(tuple(xs) for xs in drawn if len(xs) == 2) == sorted(
            (i.low, i.high) for i in found
        )
    assert [line.get_xdata()[0] for line in test.lines if line.get_marker() == "D"] == [0.79]
    said = kit.words(fig)
    for expected in ("77.2%", "▲ better", "○ not distinguishable", "all seeds voting together"):
        assert expected.lower() in said.lower()
    assert "зёрна" not in kit.words(ladder_chart(STEPS[:2], "ru", images.dataset.info))


def test_rungs_with_nothing_and_with_hardly_anything(images, kit):
    nothing = LadderStep(RowLabel("broken"), None, None)
    one_seed = LadderStep(RowLabel("one"), interval(0.9), Interval(0.77, 0.0, 1.0), Decision.WORSE)
    fig = ladder_chart([*STEPS, nothing, one_seed], "en", images.dataset.info)
    low, high = fig.axes[0].get_xlim()
    assert high - low < 0.1
    assert "every run diverged" in kit.words(fig)
    assert_nothing_collides(fig, kit.texts(fig))
    only = ladder_chart([nothing], "ru", images.dataset.info)
    assert "все запуски разошлись" in kit.words(only)
    with pytest.raises(ValueError, match="go together"):
        LadderStep(RowLabel("a"), None, interval(0.7))


def test_cells_hold_the_recall_of_their_class(images, kit):
    rows = [
        RecallRow(RowLabel("a"), np.array([0.9, 0.723, 0.5])),
        RecallRow(RowLabel("b"), None),
        RecallRow(RowLabel("c"), np.array([1.0, 0.0, 0.4])),
    ]
    fig = recall_map(rows, "en", images.dataset.info)
    ax = fig.axes[0]
    cells = {text.get_text(): text.get_position()[0] for text in ax.texts if "%" in text.get_text()}
    assert cells == {
        "90.0%": 0.5, "72.3%": 1.5, "50.0%": 2.5, "100.0%": 0.5, "0.0%": 1.5, "40.0%": 2.5,
    }  # fmt: skip
    assert "every run diverged" in kit.words(fig).lower()
    shades = ax.collections[0].get_array()
    assert shades.mask.all(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize(("classes", "written"), [(12, True), (25, False), (100, False)])
def test_many_classes(classes, written, images, kit):
    info = images.dataset.info.model_copy(update={"class_names": tuple(CLASS_NAMES[:classes])})
    row = RecallRow(RowLabel("a", "10 нейронов; 60 эпох"), np.linspace(0.01, 0.99, classes))
    fig = recall_map([row] * 3, "ru", info)
    shown = kit.texts(fig)
    assert ("90,1" in kit.words(shown).split()) is written
    assert ("Аквариумная рыбка" in kit.words(shown)) is (classes < 100)
    title = "по классам, %" if written else "светлое – 1,0 %, тёмное – 99,0 %"
    assert title in kit.words(shown).replace("\xa0", " ")
    assert_nothing_collides(fig, shown)


def test_what_cannot_be_drawn(images, regression):
    info = images.dataset.info
    for draw in (forest_plot, ladder_chart, recall_map):
        with pytest.raises(UsageError, match="at least one"):
            draw([], "en", info)
    with pytest.raises(UsageError, match="does not have the 3 classes"):
        recall_map([RecallRow(RowLabel("a"), np.ones(2))], "en", info)
    with pytest.raises(UsageError, match="one class"):
        recall_map([RecallRow(RowLabel("a"), np.ones(0))], "en", regression.dataset.info)


@given(st.text(alphabet="abcW ил-", max_size=80), st.text(alphabet="abc W, ;", max_size=200))
def test_labels_are_broken_and_nothing_is_lost(title, detail):
    found = broken([RowLabel(title, detail)], widest=1.2)
    for is_title, words, size in ((True, title, NORMAL), (False, detail, SMALL)):
        lines = [line for line, of_title in found.lines[0] if of_title is is_title]
        assert "".join("".join(lines).split()) == "".join(words.split())
        assert all(text_width([line], size) <= 1.21 for line in lines)
