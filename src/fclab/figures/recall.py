"""Rows × classes: what each row of a study gets right of each class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from fclab.figures.rows import LINE, RowLabel, broken, put_labels, row_axis
from fclab.figures.style import (
    ALARM,
    NORMAL,
    PAD,
    SMALL,
    TEST,
    WIDTH,
    capital,
    class_labels,
    new_figure,
    readable_on,
    styled,
    text_width,
    tint,
)
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import UsageError
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_MOST_NAMES = 40  # ... for a slanting name
_WIDEST = 1.3  # inches of a cell


@dataclass(frozen=True, eq=False)
class RecallRow:
    """A row of a study and the share of each class's test images that it answers right.

    Attributes:
        label: in the language of the figure.
        recall: mean over the seeds, 0 to 1, ``(classes,)``; None where every run diverged.
    """

    label: RowLabel
    recall: np.ndarray | None


@styled()
def recall_map(rows: Sequence[RecallRow], lang: Lang, source: DatasetInfo) -> Figure:
    """Share of right answers per row and class: the more, the darker, from the least of all cells
    to the greatest.

    Cells hold percentages, or only a shade where there is no room; above 40 classes these go by
    their numbers.

    Args:
        rows: from top to bottom.
        lang: of all texts.
        source: the data that the rows were trained on; its classes are the columns.

    Raises:
        UsageError: there is no row, no class, or a row has other classes.
    """
    words = wording(lang)
    k = len(source.class_names)
    if not rows or not k:
        raise UsageError("a map of classes needs at least one row and one class")
    if any(row.recall is not None and row.recall.shape != (k,) for row in rows):
        raise UsageError("a row does not have the {k} classes of {name}", k=k, name=source.name)
    table = np.array([np.full(k, np.nan) if r.recall is None else r.recall for r in rows], float)
    labels = broken([row.label for row in rows])
    names = class_labels(words, source.class_names, NORMAL)
    numbered = k > _MOST_NAMES
    left = labels.width + 0.2
    cell = min(_WIDEST, (WIDTH - left - PAD) / k)
    size = NORMAL if cell > 0.5 else SMALL
    slanting = not numbered and text_width(names, size) > 0.92 * cell
    above = 0.35 + (0.72 * text_width(names, size) if slanting else LINE)
    beyond = 0.75 * text_width(names[-1:], size) if slanting else 0.0
    cell = min(cell, (WIDTH - left - max(PAD, beyond - 0.3 * cell)) / k)
    digits, sign = _room(cell, words)
    title = _title(table, words, digits, sign)
    across = max(left + k * cell + max(PAD, beyond), text_width([title], NORMAL + 2) + 0.3)
    fig = new_figure(across, labels.height + above + PAD, words, source)
    fig.set_layout_engine("none")
    wide, high = fig.get_size_inches()
    ax = fig.add_axes((left / wide, PAD / high, k * cell / wide, labels.height / high))
    row_axis(ax, labels)
    put_labels(ax, labels)
    ax.set_xlim(0, k)
    ax.spines[:].set_visible(False)
    _cells(ax, table, labels.heights, words, digits, sign)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    places = np.arange(0, k, 5 if numbered else 1) + 0.5
    shown = [str(name.number) for name in source.class_names[::5]] if numbered else names
    turned = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"} if slanting else {}
    ax.set_xticks(places, shown, size=size, **turned)
    fig.text(
        PAD / wide, (labels.height + above) / high, capital(title), weight="bold", va="top",
        size=NORMAL + 1,
    )  # fmt: skip
    return fig


def _room(cell: float, words: Wording) -> tuple[int, bool]:
    """Digits after the point for which a cell has room, −1 for none at all, and whether there is
    room for the percent sign too."""
    for digits, sign in ((1, True), (1, False), (0, False)):
        if text_width([_written(1.0, words, digits, sign)], SMALL) < 0.9 * cell:
            return digits, sign
    return -1, False


def _title(table: np.ndarray, words: Wording, digits: int, sign: bool) -> str:
    """What is shown, in which unit; without numbers in the cells, what the shades stand for."""
    if digits >= 0 or not np.isfinite(table).any():
        return words.plain("figures.recall" if sign else "figures.recall_percent")
    ends = {"least": float(np.nanmin(table)), "greatest": float(np.nanmax(table))}
    return words.plain("figures.recall_shades", **ends)


def _written(share: float, words: Wording, digits: int, sign: bool) -> str:
    return words.pct(float(share), digits) if sign else words.fixed(100 * share, digits)


def _cells(
    ax: Axes, table: np.ndarray, heights: Sequence[float], words: Wording, digits: int, sign: bool
) -> None:
    seen = table[np.isfinite(table)]
    least, greatest = (seen.min(), seen.max()) if len(seen) else (0.0, 1.0)
    # Up to two thirds of the colour, so that numbers stay readable; a lone value in the middle.
    margin = max(0.2 * (greatest - least), 0.01)
    shades, norm = tint(TEST), Normalize(least - margin, greatest + 2 * margin)
    borders = np.concatenate([[0.0], np.cumsum(heights)])
    ax.pcolormesh(
        np.arange(table.shape[1] + 1), borders, np.ma.masked_invalid(table),
        cmap=shades, norm=norm, edgecolors="white", linewidth=0.8 if digits >= 0 else 0.2,
    )  # fmt: skip
    for (i, j), share in np.ndenumerate(table):
        if digits >= 0 and np.isfinite(share):
            ax.text(
                j + 0.5, borders[i] + heights[i] / 2, _written(share, words, digits, sign),
                ha="center", va="center_baseline", size=SMALL,
                color=readable_on(shades(norm(share))),
            )  # fmt: skip
    for i, row in enumerate(table):
        if not np.isfinite(row).any():
            ax.text(
                0.1, borders[i] + heights[i] / 2, capital(words.plain("figures.all_diverged")),
                va="center_baseline", size=SMALL, color=ALARM,
            )  # fmt: skip
