"""What a change of a hyper-parameter did: one quantity a panel, one setting a point."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fclab.figures.style import (
    FAINT,
    INK,
    SMALL,
    TRAIN,
    WIDTH,
    capital,
    grid,
    new_figure,
    styled,
)
from fclab.figures.ticks import Ticks
from fclab.statistics import SeedMean
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

SHARES = ("gap", "spread")
"""Quantities that are written as percentages."""
_ROW = 1.75  # inches
_CROWDED = 12  # letters of the labels below a panel


@dataclass(frozen=True)
class Dose:
    """One setting of the hyper-parameter that was changed.

    Attributes:
        label: its value: "128", "0,005".
        values: of every quantity its mean over seeds, or a number that has no interval; a quantity
            that is missing is not drawn.
        before: it is the setting that the others are compared to.
    """

    label: str
    values: Mapping[str, SeedMean | float]
    before: bool = False


@styled()
def effects(
    groups: Mapping[str, Sequence[Dose]], lang: Lang, source: Dataset | DatasetInfo
) -> Figure:
    """Every quantity against every hyper-parameter: the mean over the seeds with its 95 % interval.
    The setting that the others are compared to is filled, and a faint line goes through it.

    Args:
        groups: of every hyper-parameter (``effect_<name>`` in the texts) its settings in order.
        lang: of all texts.
        source: the data.
    """
    words = wording(lang)
    names = list(dict.fromkeys(
        name for doses in groups.values() for dose in doses for name in dose.values
    ))  # fmt: skip
    fig = new_figure(WIDTH, _ROW * len(groups) + 0.1, words, source)
    rows = fig.subfigures(len(groups), 1, squeeze=False).ravel()
    for row, (parameter, doses) in zip(rows, groups.items(), strict=True):
        axes = row.subplots(1, len(names), squeeze=False).ravel()
        for ax, name in zip(axes, names, strict=True):
            _panel(ax, doses, name, words)
            if row is rows[0]:
                title = capital(words.plain(f"figures.effect_{name}"))
                ax.set_title(title, size=SMALL, weight="normal", color=INK)
        row.supxlabel(words.plain(f"figures.effect_{parameter}"), size=SMALL)
    return fig


def _panel(ax: Axes, doses: Sequence[Dose], name: str, words: Wording) -> None:
    for place, dose in enumerate(doses):
        value = dose.values.get(name)
        if value is None:
            continue
        mean = value.mean if isinstance(value, SeedMean) else value
        if isinstance(value, SeedMean) and math.isfinite(value.high - value.low):
            ax.plot([place, place], [value.low, value.high], color=TRAIN, linewidth=1.2)
        face = TRAIN if dose.before else "white"
        ax.plot(place, mean, "o", color=TRAIN, markerfacecolor=face, markersize=5, zorder=3)
        if dose.before:
            ax.axhline(mean, color=FAINT, linewidth=1, zorder=0)
    letters = sum(len(dose.label) for dose in doses)
    ax.set_xticks(range(len(doses)), [dose.label for dose in doses],
                  size=SMALL - 2 if letters > _CROWDED else SMALL - 1)  # fmt: skip
    ax.set_xlim(-0.5, len(doses) - 0.5)
    ax.margins(y=0.15)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_formatter(Ticks(words, shares=name in SHARES))
    ax.tick_params(axis="y", labelsize=SMALL - 1)
    grid(ax, "y")
