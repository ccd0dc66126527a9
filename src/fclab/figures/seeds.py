"""The course of training over many seeds: mean, band, and when each of them over-fits."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fclab.figures.learning import end_text, epoch_axis, moment, say_above, value_axis
from fclab.figures.style import ALARM, MUTED, SMALL, SPLITS, WIDTH, end_labels, new_figure, styled
from fclab.figures.ticks import Ticks
from fclab.values.errors import UsageError
from fclab.values.metrics import best_epoch
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

BAND = (10, 90)
"""Percentiles of the seeds between which the band lies."""


@styled()
def curves_over_seeds(runs: Sequence[Run], lang: Lang, split: str = "test") -> Figure:
    """Loss and accuracy of every part of the data after each epoch: the mean over the seeds and
    the band that holds 80 % of them; below, how many seeds have their least loss in which epochs.

    The upright line is the epoch at which the mean loss of ``split`` is least. Runs that diverged
    are counted and not drawn, nor are epochs that not all others have reached (early stopping).

    Args:
        runs: of one recipe, with loss and accuracy in the history.
        lang: of all texts.
        split: the part whose least loss marks over-fitting, "test" or "valid".

    Raises:
        UsageError: there is no run, or the history lacks the split's loss.
    """
    words = wording(lang)
    if not runs:
        raise UsageError("curves over seeds need at least one run")
    if f"{split}_loss" not in runs[0].history:
        raise UsageError(
            "{name} has no {split} loss after every epoch", name=runs[0].dataset.name, split=split
        )
    healthy = [run for run in runs if run.diverged_at is None]
    fig = new_figure(WIDTH, 3.1, words, *(run.dataset for run in runs))
    axes = fig.subplot_mosaic([["loss", "accuracy"], ["epochs", "accuracy"]],
                              height_ratios=[3, 1])  # fmt: skip
    parts = [name for name in SPLITS if f"{name}_loss" in runs[0].history]
    epochs = min((run.epochs for run in healthy), default=max(run.epochs for run in runs))
    for kind in ("loss", "accuracy"):
        ax = axes[kind]
        last = {p: _band(ax, _table(healthy, f"{p}_{kind}", epochs), SPLITS[p]) for p in parts}
        ax.set_ylabel(words.plain(f"figures.{runs[0].recipe.loss if kind == 'loss' else kind}"))
        epoch_axis(ax, epochs, words)
        value_axis(ax, kind, words)
        if healthy:
            ends = [(y, end_text(p, y, kind, words), SPLITS[p]) for p, y in last.items()]
            end_labels(ax, ends, share=0.5 if kind == "loss" else 0.75)
    axes["loss"].set_xlabel("")
    _title(axes["accuracy"], runs, words)
    _overfitting(axes, _table(healthy, f"{split}_loss", epochs), epochs, SPLITS[split], words)
    return fig


def _table(runs: Sequence[Run], name: str, epochs: int) -> np.ndarray:
    """One column of all histories, float64 ``(runs, epochs)``."""
    return np.array([run.history[name][:epochs] for run in runs]).reshape(-1, epochs)


def _band(ax: Axes, table: np.ndarray, colour: str) -> float:
    """Draw mean and band; the last mean."""
    if not len(table):
        ax.plot([], [], color=colour)
        return math.nan
    epochs = np.arange(1, table.shape[1] + 1)
    mean = table.mean(axis=0)
    if len(table) > 1:
        low, high = np.percentile(table, BAND, axis=0)
        ax.fill_between(epochs, low, high, color=colour, alpha=0.18, linewidth=0)
        for edge in (low, high):
            ax.plot(epochs, edge, color=colour, linewidth=0.5, alpha=0.5)
    ax.plot(epochs, mean, color=colour, marker="o" if len(epochs) <= 15 else "", markersize=4)
    return float(mean[-1])


def _title(ax: Axes, runs: Sequence[Run], words: Wording) -> None:
    """How many runs are drawn, and what became of the others."""
    failed = [run.diverged_at for run in runs if run.diverged_at is not None]
    healthy = [run for run in runs if run.diverged_at is None]
    lines = []
    if healthy:
        several = words.plain("figures.runs_band", n=len(healthy))
        alone = words.plain("figures.seed", n=healthy[0].seed)
        lines.append((several if len(healthy) > 1 else alone, MUTED))
    if len(runs) == 1 and failed:
        lines.append((words.plain("figures.diverged", n=failed[0]), ALARM))
    elif failed:
        values = {"n": len(failed), "total": len(runs), "first": min(failed), "last": max(failed)}
        key = "diverged_of" if min(failed) < max(failed) else "diverged_of_at_once"
        lines.append((words.plain(f"figures.{key}", **values), ALARM))
    for k, (line, colour) in enumerate(reversed(lines)):
        ax.annotate(
            line, (0, 1), xycoords="axes fraction", xytext=(0, 3 + 11 * k),
            textcoords="offset points", va="bottom", color=colour, size=SMALL,
        )  # fmt: skip


def _overfitting(
    axes: Mapping[str, Axes], losses: np.ndarray, epochs: int, colour: str, words: Wording
) -> None:
    """The epoch of least mean loss in all panels, and below the loss those of the single seeds."""
    ax = axes["epochs"]
    epoch_axis(ax, epochs, words)
    ax.set_xlim(axes["loss"].get_xlim())
    ax.set_ylabel(words.plain("figures.seeds_count"))
    ax.yaxis.set_major_locator(MaxNLocator(2, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_formatter(Ticks(words))
    ax.grid(False)
    if not len(losses):
        ax.set_ylim(0, 1)
        return
    chosen = best_epoch(losses.mean(axis=0))
    each = [best_epoch(curve) for curve in losses]
    width = max(1, round(epochs / 50))
    edges = np.arange(0.5, epochs + width, width)
    ax.hist(each, bins=edges.tolist(), color=colour, alpha=0.75)
    ax.set_ylim(0, max(1, 1.15 * ax.get_ylim()[1]))
    ax.set_title(
        words.plain("figures.least_of_each"), size=SMALL, weight="normal", color=colour, pad=3
    )
    for panel in axes.values():
        moment(panel, chosen, MUTED)
    say_above(axes["loss"], "least_of_mean", chosen, colour, words)
