"""Rows of a table as rows of a figure: their labels on the left, one below the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.axes import Axes

from fclab.figures.style import INK, MUTED, NORMAL, SMALL, text_width
from fclab.statistics import Decision

LINE = 0.155
"""Inches that a line of a label takes."""
_GAP = 0.08  # inches between the labels of two rows

BETTER, WORSE = "#1B7837", "#762A83"
"""The ends of ColorBrewer's PRGn (Harrower & Brewer 2003): apart for the colour-blind."""
LOOKS = {
    Decision.BETTER: ("^", BETTER, BETTER),
    Decision.WORSE: ("v", WORSE, WORSE),
    Decision.NOT_DISTINGUISHABLE: ("o", MUTED, "white"),
}
"""Marker, colour and filling of a verdict."""
WORDS = {
    Decision.BETTER: "better",
    Decision.WORSE: "worse",
    Decision.NOT_DISTINGUISHABLE: "not_distinguishable",
}
"""Keys of the texts of the verdicts (``verdict``)."""


@dataclass(frozen=True)
class RowLabel:
    """What a row is called, in the language of its figure.

    Attributes:
        title: its name: "batch-256".
        detail: its configuration, in smaller letters below: "FC(10), FC(3), η = 0.005".
    """

    title: str
    detail: str = ""


@dataclass(frozen=True)
class Labels:
    """Labels broken into lines that are no wider than a given width.

    Attributes:
        lines: of each label, (text, whether it belongs to the title).
        width: of the widest line, inches.
        heights: of each row with its gap, inches.
    """

    lines: tuple[tuple[tuple[str, bool], ...], ...]
    width: float
    heights: tuple[float, ...]

    @property
    def height(self) -> float:
        """Of all rows, inches."""
        return sum(self.heights)

    @property
    def places(self) -> np.ndarray:
        """The middles of the rows, inches from the top, float64 ``(rows,)``."""
        return np.cumsum(self.heights) - np.array(self.heights) / 2


def broken(labels: Sequence[RowLabel], widest: float = 2.4, least: float = 0.0) -> Labels:
    """Break labels into lines of at most ``widest`` inches, between words if possible; each row is
    at least ``least`` inches high."""
    lines = tuple(
        tuple((line, True) for line in _lines(label.title, NORMAL, widest))
        + tuple((line, False) for line in _lines(label.detail, SMALL, widest) if label.detail)
        for label in labels
    )
    widths = [_width(line, NORMAL if title else SMALL) for label in lines for line, title in label]
    return Labels(
        lines=lines,
        width=1.05 * max(widths, default=0.0),  # hinting draws letters a little wider
        heights=tuple(max(max(len(label), 1) * LINE + _GAP, least) for label in lines),
    )


def put_labels(ax: Axes, labels: Labels) -> None:
    """Write labels to the left of axes whose y-axis is in inches downwards (see `row_axis`)."""
    for place, lines in zip(labels.places, labels.lines, strict=True):
        for k, (line, is_title) in enumerate(lines):
            ax.annotate(
                line, (0, place + LINE * (k - (len(lines) - 1) / 2)),
                xycoords=("axes fraction", "data"), xytext=(-7, 0), textcoords="offset points",
                ha="right", va="center", annotation_clip=False, parse_math=False,
                size=NORMAL if is_title else SMALL, color=INK if is_title else MUTED,
            )  # fmt: skip


def row_axis(ax: Axes, labels: Labels) -> None:
    """A y-axis in inches downwards, without ticks, a faint line between every two rows."""
    ax.set_ylim(labels.height, 0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    for border in np.cumsum(labels.heights)[:-1]:
        ax.axhline(border, color="#EEEEEE", linewidth=0.6, zorder=0)


def put_words(ax: Axes, at: float, lines: Sequence[tuple[str, str]]) -> None:
    """Write lines (words and colour) to the right of axes, beside the row at ``at``."""
    for k, (line, colour) in enumerate(lines):
        ax.annotate(
            line, (1, at), xycoords=("axes fraction", "data"),
            xytext=(9, -11 * (k - (len(lines) - 1) / 2)), textcoords="offset points",
            va="center", size=SMALL, color=colour, annotation_clip=False,
        )  # fmt: skip


def put_interval(ax: Axes, low: float, high: float, at: float, colour: str) -> None:
    """A line from low to high on the row at ``at``; beyond the x-limits it ends in an arrow."""
    left, right = ax.get_xlim()
    ax.plot([max(low, left), min(high, right)], [at, at], color=colour, zorder=3)
    for border, beyond, arrow in ((left, low < left, "<"), (right, high > right, ">")):
        if beyond:
            ax.plot(border, at, arrow, color=colour, clip_on=False, markersize=5, zorder=3)


@cache
def _advance(letter: str) -> float:
    """Width of a letter, inches per point of its size; text_width takes a millisecond."""
    return text_width([letter], 100) / 100


def _width(words: str, size: float) -> float:
    """Width of a text without kerning, inches."""
    return size * sum(map(_advance, words))


def _lines(words: str, size: float, widest: float) -> list[str]:
    """Words on as few lines as they need within the width, all about equally long."""
    lines = _filled(words, size, widest)
    while len(lines) > 1 and widest > 0.5:
        widest -= 0.05
        closer = _filled(words, size, widest)
        if len(closer) > len(lines):
            break
        lines = closer
    return lines


def _filled(words: str, size: float, widest: float) -> list[str]:
    """Greedy: as many words on a line as there is room for; a word too long is cut."""
    lines: list[str] = []
    for word in words.split(" "):
        if lines and _width(f"{lines[-1]} {word}", size) <= widest:
            lines[-1] += f" {word}"
            continue
        while _width(word, size) > widest:
            fits = (n for n in range(len(word) - 1, 1, -1) if _width(word[:n], size) <= widest)
            cut = next(fits, 1)
            lines.append(word[:cut])
            word = word[cut:]
        lines.append(word)
    return lines
