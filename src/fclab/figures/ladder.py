"""The ladder of accuracy: each rung is the one before with one thing more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fclab.figures.rows import (
    LOOKS,
    WORDS,
    RowLabel,
    broken,
    put_interval,
    put_labels,
    put_words,
    row_axis,
)
from fclab.figures.style import (
    ALARM,
    FAINT,
    INK,
    MUTED,
    SMALL,
    TEST,
    TRAIN,
    WIDTH,
    capital,
    new_figure,
    styled,
    text_width,
)
from fclab.figures.ticks import Ticks
from fclab.statistics import Decision, Interval
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import UsageError
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_TRAIN_SHARE = 0.3
"""Of the width of both panels together. What differs from rung to rung is the test accuracy."""
_ABOVE = 0.1  # inches
_GAP = 0.18  # inches between the panels
_ROW = 0.36  # inches: two lines of words to the right, and a gap to the next two
_EDGE = 0.25  # inches to the right of all, for half a tick label
_BELOW = 0.75  # inches below the rows: ticks, names of the axes, legend
_LEAST = 0.02  # of accuracy: no axis is shorter


@dataclass(frozen=True)
class LadderStep:
    """One rung.

    Attributes:
        label: what it adds, in the language of the figure.
        train, test: accuracy, 0 to 1, with its 95 % interval; both None where every run diverged.
        verdict: of the test accuracy against the rung before; None for the first rung.
        ensemble: test accuracy of all seeds voting together, 0 to 1.
    """

    label: RowLabel
    train: Interval | None
    test: Interval | None
    verdict: Decision | None = None
    ensemble: float | None = None

    def __post_init__(self):
        if (self.train is None) != (self.test is None):
            raise ValueError(f"{self.label.title}: train and test accuracy go together")


@styled()
def ladder_chart(steps: Sequence[LadderStep], lang: Lang, source: DatasetInfo) -> Figure:
    """Accuracy of every rung with its interval, from the first above to the last below: on the
    left on the test set, with the verdict against the rung before, on the right on train.

    Args:
        steps: the rungs in order.
        lang: of all texts.
        source: the data that the rungs were trained on.

    Raises:
        UsageError: there is no rung.
    """
    words = wording(lang)
    if not steps:
        raise UsageError("a ladder needs at least one rung")
    labels = broken([step.label for step in steps], least=_ROW)
    said = [_said(step, words) for step in steps]
    left = labels.width + 0.2
    middle = text_width([line for lines in said for line, _ in lines], SMALL) + 0.2
    height = labels.height + _ABOVE + _BELOW
    fig = new_figure(WIDTH, height, words, source)
    fig.set_layout_engine("none")
    wide, high = fig.get_size_inches()
    room = wide - left - middle - _GAP - _EDGE
    bottom = (height - labels.height - _ABOVE) / high

    def panel(start: float, width: float) -> Axes:
        ax = fig.add_axes((start / wide, bottom, width / wide, labels.height / high))
        row_axis(ax, labels)
        return ax

    test = panel(left, (1 - _TRAIN_SHARE) * room)
    train = panel(left + (1 - _TRAIN_SHARE) * room + middle + _GAP, _TRAIN_SHARE * room)
    put_labels(test, labels)
    for ax, part, colour in ((test, "test", TEST), (train, "train", TRAIN)):
        found = [getattr(step, part) for step in steps]
        extra = [s.ensemble for s in steps if s.ensemble is not None] if part == "test" else []
        _accuracy_axis(ax, found, extra, words)
        ticks = max(2, int(wide * ax.get_position().width / 0.62))
        ax.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))
        _points(ax, found, labels.places, colour)
        ax.set_xlabel(words.plain(f"figures.{part}_accuracy"))
    for step, lines, at in zip(steps, said, labels.places, strict=True):
        if step.ensemble is not None:
            test.plot(step.ensemble, at, "D", color=INK, markerfacecolor="white", zorder=5)
        put_words(test, float(at), lines)
    _legend(fig, steps, words)
    return fig


def _accuracy_axis(
    ax: Axes, found: Sequence[Interval | None], extra: Sequence[float], words: Wording
) -> None:
    """Around all means and extras; an interval that is far wider than the others is cut off."""
    there = [interval for interval in found if interval is not None]
    ends = [*extra]
    if there:
        usual = 3 * float(np.median([i.high - i.low for i in there]))
        ends += [max(i.low, i.mean - usual) for i in there]
        ends += [min(i.high, i.mean + usual) for i in there]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    middle, span = (low + high) / 2, max(1.1 * (high - low), _LEAST)
    ax.set_xlim(middle - span / 2, middle + span / 2)
    ax.xaxis.set_major_formatter(Ticks(words, shares=True))
    ax.grid(True, axis="x")


def _points(ax: Axes, found: Sequence[Interval | None], places: np.ndarray, colour: str) -> None:
    """Means with intervals, joined by a line."""
    kept = [(i, at) for i, at in zip(found, places, strict=True) if i is not None]
    ax.plot([i.mean for i, _ in kept], [at for _, at in kept], color=FAINT, zorder=1)
    for interval, at in kept:
        put_interval(ax, interval.low, interval.high, float(at), colour)
        ax.plot(interval.mean, at, "o", color=colour, markersize=6, clip_on=False, zorder=4)


def _said(step: LadderStep, words: Wording) -> list[tuple[str, str]]:
    """The words to the right of a rung with their colours."""
    if step.test is None:
        return [(words.plain("figures.all_diverged"), ALARM)]
    lines = [(words.pct(step.test.mean), INK)]
    if step.verdict is not None:
        sign = {"^": "▲", "v": "▼", "o": "○"}[LOOKS[step.verdict][0]]
        said = words.plain(f"verdict.{WORDS[step.verdict]}")
        lines.append((f"{sign} {said}", LOOKS[step.verdict][1]))
    return lines


def _legend(fig: Figure, steps: Sequence[LadderStep], words: Wording) -> None:
    handles = []
    if any(step.test for step in steps):
        label = capital(words.plain("figures.interval_of_mean"))
        handles.append(Line2D([], [], color=MUTED, marker="o", label=label))
    if any(step.ensemble is not None for step in steps):
        handles.append(
            Line2D(
                [], [], color=INK, marker="D", markerfacecolor="white", linestyle="",
                label=capital(words.plain("figures.ensemble")),
            )
        )  # fmt: skip
    if handles:
        fig.legend(handles=handles, loc="lower center", ncols=2, borderaxespad=0.2)
