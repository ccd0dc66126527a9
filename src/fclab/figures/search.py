"""A search for hyper-parameters: how it went, and which of them mattered."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fclab.figures.style import (
    ALARM,
    INK,
    MUTED,
    SMALL,
    VALID,
    WIDTH,
    capital,
    grid,
    new_figure,
    styled,
    text_width,
)
from fclab.figures.ticks import Ticks
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import UsageError
from fclab.words.languages import Lang
from fclab.words.wording import wording

_LEAST = 0.02  # of accuracy: the axis is not shorter
_BAR = 0.27  # inches from bar to bar


@styled()
def search_history(
    accuracies: Sequence[float], pruned: Sequence[bool], lang: Lang, source: Dataset | DatasetInfo
) -> Figure:
    """Mean validation accuracy of every candidate, in the order in which they were tried, and the
    best so far of those that were trained from all seeds.

    Far below the others a point would leave no room for them: the axis begins at the lowest
    decile, and what lies below is a triangle on its edge.

    Args:
        accuracies: of the candidates, 0 to 1; NaN where training failed, ``(candidates,)``.
        pruned: which of them were given up after the first seeds.
        lang: of all texts.
        source: the data.

    Raises:
        UsageError: there is no candidate.
    """
    words = wording(lang)
    values, given_up = np.asarray(accuracies, float), np.asarray(pruned, bool)
    if not len(values):
        raise UsageError("the history of a search needs at least one candidate")
    fig = new_figure(WIDTH, 3.2, words, source)
    ax = fig.subplots()
    numbers = np.arange(1, len(values) + 1)
    failed = ~np.isfinite(values)
    finished = ~failed & ~given_up
    low, high = _limits(values[~failed])
    ax.set_ylim(low, high)
    ax.set_xlim(0.5 - 0.01 * len(values), len(values) + 0.5 + 0.01 * len(values))
    shown = np.fmax(values, low)
    kinds: tuple[tuple[str, np.ndarray, str, dict[str, Any]], ...] = (
        ("search_pruned", given_up & ~failed, "o", {"color": MUTED, "markerfacecolor": "white"}),
        ("search_finished", finished, "o", {"color": VALID}),
        ("search_failed", failed, "X", {"color": ALARM}),
    )
    for key, chosen, marker, look in kinds:
        inside = chosen & ~(values < low)
        for some, sign, label in (
            (inside, marker, words.plain(f"figures.{key}")),
            (chosen & ~inside, "v", None),
        ):
            if some.any():
                ax.plot(
                    numbers[some], shown[some], linestyle="", marker=sign, markersize=5,
                    clip_on=False, zorder=3, label=label, **look,
                )  # fmt: skip
    if finished.any():
        best = np.fmax.accumulate(np.where(finished, values, np.nan))
        since = int(np.flatnonzero(finished)[0])
        ax.step(
            numbers[since:], np.maximum(best[since:], low), where="post", color=INK, zorder=2,
            linewidth=1.2, label=words.plain("figures.search_best", share=best[-1]),
        )  # fmt: skip
    ax.set_xlabel(words.plain("figures.candidate"))
    ax.set_ylabel(words.plain("figures.search_accuracy"))
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(Ticks(words))
    ax.yaxis.set_major_formatter(Ticks(words, shares=True))
    grid(ax, "y")
    fig.legend(loc="outside lower center", ncols=2, markerscale=1)
    return fig


def _limits(values: np.ndarray) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = float(np.quantile(values, 0.1)), float(values.max())
    low = min(low, high - _LEAST)
    room = 0.08 * (high - low)
    return max(low - room, 0.0), min(high + room, 1.0)


_LABEL: Final = 0.25  # inches between the names and the bars, and after the bars


@styled()
def search_importances(
    shares: Mapping[str, float], lang: Lang, source: Dataset | DatasetInfo
) -> Figure:
    """How much of the differences between candidates each hyper-parameter explains.

    Args:
        shares: 0 to 1 by the name of the field, as they are to stand from above to below.
        lang: of all texts.
        source: the data.

    Raises:
        UsageError: there is none.
    """
    words = wording(lang)
    if not shares:
        raise UsageError("no hyper-parameter has an importance")
    names = [field_name(field, lang) for field in shares]
    fig = new_figure(WIDTH, 0.75 + _BAR * len(shares), words, source)
    ax = fig.subplots()
    values = np.array(list(shares.values()))
    places = np.arange(len(shares))[::-1]
    ax.barh(places, values, height=0.62, color=VALID)
    said = [words.pct(value, 0 if value >= 0.0995 else 1) for value in values]
    beside = text_width(said, SMALL) + _LABEL
    room = WIDTH - text_width(names, SMALL) - beside - _LABEL
    for place, value, share in zip(places, values, said, strict=True):
        ax.annotate(
            share, (value, place), xytext=(4, 0), textcoords="offset points",
            va="center_baseline", size=SMALL,
        )  # fmt: skip
    ax.set_xlim(0, max(float(values.max()), 1e-6) * (1 + beside / room))
    ax.set_ylim(-0.6, len(shares) - 0.4)
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel(words.plain("figures.search_share"))
    return fig


def field_name(field: str, lang: Lang) -> str:
    """A field of the recipe in words; one without a translation stays as it is."""
    words, key = wording(lang), f"field.{field}"
    return capital(words.plain(key)) if words.has(key) else field
