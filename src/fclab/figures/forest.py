"""The verdicts of a study: each row's difference to its parent, with what could have been seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
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
    PAD,
    SMALL,
    WIDTH,
    new_figure,
    styled,
    text_width,
)
from fclab.figures.ticks import Ticks
from fclab.statistics import Decision, Verdict
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import UsageError
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_BELOW = 0.75  # inches below the rows: ticks, name of the axis, legend


@dataclass(frozen=True)
class ForestRow:
    """A row of a study and how it compares to its parent.

    Attributes:
        label: in the language of the figure.
        verdict: on its test answers against the parent's, one of the study's family; None where
            nothing could be compared.
        diverged: how many of its runs diverged.
    """

    label: RowLabel
    verdict: Verdict | None
    diverged: int = 0


@styled()
def forest_plot(rows: Sequence[ForestRow], lang: Lang, source: DatasetInfo) -> Figure:
    """Per row the difference of test accuracy to its parent, marked by its verdict, with the
    interval at the level of the verdict (it leaves 0 out exactly where the row is better or
    worse); the grey bar is what was too small to be seen, ± the detectable difference.

    An interval that would squeeze all others (a row of one seed) ends in an arrow at the border.

    Args:
        rows: from top to bottom; the base row has no parent and is none of them.
        lang: of all texts.
        source: the data that the rows were trained on.

    Raises:
        UsageError: there is no row.
    """
    words = wording(lang)
    if not rows:
        raise UsageError("a forest plot needs at least one row that has a parent")
    labels = broken([row.label for row in rows])
    said = [_said(row, words) for row in rows]
    right = text_width([line for lines in said for line, _ in lines], SMALL) + 0.2
    left = labels.width + 0.2
    height = labels.height + PAD + _BELOW
    fig = new_figure(WIDTH, height, words, source)
    ax = _placed(fig, left, right, height, labels.height)
    row_axis(ax, labels)
    put_labels(ax, labels)
    reach = _reach([row.verdict for row in rows if row.verdict])
    ax.set_xlim(-reach, reach)
    for row, lines, at in zip(rows, said, labels.places, strict=True):
        if row.verdict:
            _draw(ax, row.verdict, float(at), reach)
        put_words(ax, float(at), lines)
    ax.axvline(0, color=INK, linewidth=0.9, zorder=2)
    ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(Ticks(words))
    ax.grid(True, axis="x")
    ax.set_xlabel(words.plain("figures.difference_axis"))
    _legend(fig, [row.verdict.decision for row in rows if row.verdict], words)
    return fig


def _placed(fig: Figure, left: float, right: float, height: float, inner: float) -> Axes:
    """Axes at a place in inches: the rows have a height of their own, which a layout would change.

    A mark at the top has made the figure higher already.
    """
    fig.set_layout_engine("none")
    across, up = fig.get_size_inches()
    bottom = height - inner - PAD
    return fig.add_axes((left / across, bottom / up, (across - left - right) / across, inner / up))


def _reach(verdicts: Sequence[Verdict]) -> float:
    """Half the width of the axis, points: all differences are on it, and all intervals that are
    not far wider than the others."""
    if not verdicts:
        return 1.0
    wide = np.array([(v.high - v.low) / 2 for v in verdicts])
    ends = np.abs([(v.low, v.high) for v in verdicts]).max(axis=1)
    usual = 3 * np.median(wide)
    kept = [min(end, abs(v.difference) + usual) for end, v in zip(ends, verdicts, strict=True)]
    return 100 * max(1.08 * max(kept), 0.005)


def _draw(ax: Axes, found: Verdict, at: float, reach: float) -> None:
    marker, colour, filling = LOOKS[found.decision]
    seen = min(100 * found.detectable, reach)
    ax.fill_between(
        [-seen, seen], at - 0.11, at + 0.11, color=FAINT, alpha=0.75, linewidth=0, zorder=1
    )
    put_interval(ax, 100 * found.low, 100 * found.high, at, colour)
    ax.plot(
        100 * found.difference, at, marker, color=colour, markerfacecolor=filling,
        markersize=7, markeredgewidth=1.4, clip_on=False, zorder=4,
    )  # fmt: skip


def _said(row: ForestRow, words: Wording) -> list[tuple[str, str]]:
    """The words to the right of a row with their colours."""
    lines = []
    if (found := row.verdict) is not None:
        ends = "; ".join(words.signed(end) for end in (found.low, found.high))
        lines = [(f"{words.signed(found.difference)} [{ends}]", LOOKS[found.decision][1])]
    elif not row.diverged:
        lines = [(words.plain("figures.not_compared"), MUTED)]
    if row.diverged:
        lines.append((words.plain("figures.diverged_runs", n=row.diverged), ALARM))
    return lines


def _legend(fig: Figure, found: Sequence[Decision], words: Wording) -> None:
    """The verdicts that occur, and the grey bar."""
    handles = []
    for word, (marker, colour, filling) in LOOKS.items():
        if word in found:
            handles.append(
                Line2D(
                    [], [], color=colour, marker=marker, markerfacecolor=filling,
                    label=words.plain(f"verdict.{WORDS[word]}"),
                )
            )  # fmt: skip
    if found:
        handles.append(Patch(color=FAINT, label=words.plain("figures.undetectable")))
        fig.legend(
            handles=handles, loc="lower center", ncols=len(handles), bbox_to_anchor=(0.5, 0.0),
            handletextpad=0.6, columnspacing=1.6, borderaxespad=0.2,
        )  # fmt: skip
