"""Where networks stand among other methods."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fclab.figures.rows import RowLabel, broken, put_interval, put_labels, put_words, row_axis
from fclab.figures.style import (
    INK,
    MUTED,
    PAD,
    SMALL,
    TEST,
    WIDTH,
    new_figure,
    styled,
    text_width,
)
from fclab.figures.ticks import Ticks
from fclab.statistics import Interval
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import UsageError
from fclab.words.languages import Lang
from fclab.words.wording import wording

_BELOW = 0.72  # inches below the rows: ticks, name of the axis, legend
_LOOKS = {"network": ("o", TEST, TEST), "other": ("s", MUTED, "white"), "outside": ("D", INK, INK),
          "pretrained": ("^", INK, "white")}  # fmt: skip
"""Marker, colour and filling; the names are keys of ``figures.standing_…``."""


@dataclass(frozen=True)
class Stand:
    """One method.

    Attributes:
        label: what it is called, in the language of the figure.
        test: accuracy on test, 0 to 1, with its 95 % interval for new images.
        kind: "network": one of those that are asked about; "other"; "outside": a network that is
            not fully connected; "pretrained": one that knows more than the images of the task.
    """

    label: RowLabel
    test: Interval
    kind: str = "other"


@styled()
def standing_chart(rows: Sequence[Stand], lang: Lang, source: DatasetInfo) -> Figure:
    """Test accuracy of every row with its interval for new images, and in figures.

    Args:
        rows: from top to bottom.
        lang: of all texts.
        source: the data that all were measured on.

    Raises:
        UsageError: there is no row.
    """
    words = wording(lang)
    if not rows:
        raise UsageError("a picture of where networks stand needs at least one row")
    labels = broken([row.label for row in rows])
    said = [
        f"{words.pct(row.test.mean)} [{words.fixed(100 * row.test.low, 1)}; "
        f"{words.fixed(100 * row.test.high, 1)}]"
        for row in rows
    ]
    left, right = labels.width + 0.2, text_width(said, SMALL) + 0.2
    height = labels.height + PAD + _BELOW
    fig = new_figure(WIDTH, height, words, source)
    fig.set_layout_engine("none")
    across, up = fig.get_size_inches()
    ax = fig.add_axes((left / across, (height - labels.height - PAD) / up,
                       (across - left - right) / across, labels.height / up))  # fmt: skip
    row_axis(ax, labels)
    put_labels(ax, labels)
    ends = np.array([(row.test.low, row.test.high) for row in rows])
    room = 0.04 * max(ends.max() - ends.min(), 0.02)
    ax.set_xlim(max(ends.min() - room, 0 - room), min(ends.max() + room, 1 + room))
    for row, text, at in zip(rows, said, labels.places, strict=True):
        marker, colour, filling = _LOOKS[row.kind]
        put_interval(ax, row.test.low, row.test.high, float(at), colour)
        ax.plot(row.test.mean, at, marker, color=colour, markerfacecolor=filling,
                markersize=6, markeredgewidth=1.4, clip_on=False, zorder=4)  # fmt: skip
        put_words(ax, float(at), [(text, colour)])
    ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(Ticks(words, shares=True))
    ax.grid(True, axis="x")
    ax.set_xlabel(words.plain("figures.standing_axis"))
    there = [kind for kind in _LOOKS if any(row.kind == kind for row in rows)]
    fig.legend(
        handles=[
            Line2D([], [], color=_LOOKS[kind][1], marker=_LOOKS[kind][0],
                   markerfacecolor=_LOOKS[kind][2], label=words.plain(f"figures.standing_{kind}"))
            for kind in there
        ],
        loc="lower center", ncols=len(there), bbox_to_anchor=(0.5, 0.0), handletextpad=0.6,
        columnspacing=1.6, borderaxespad=0.2,
    )  # fmt: skip
    return fig
