"""Part 3 of the lab: the course of training, with the moment of over-fitting."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from fclab.figures.style import (
    ALARM,
    MUTED,
    SMALL,
    SPLITS,
    WIDTH,
    end_labels,
    grid,
    new_figure,
    styled,
)
from fclab.figures.ticks import Ticks
from fclab.values.errors import UsageError
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording


@styled()
def learning_curves(run: Run, lang: Lang) -> Figure:
    """Loss and accuracy of every part of the data after each epoch, with their final values and
    the epoch of least test loss: the lab's moment of over-fitting.

    What came after a divergence is not drawn. The loss axis is logarithmic where the loss
    exceeds 1000.

    Args:
        run: with the loss and accuracy of its parts in the history.
        lang: of all texts.

    Raises:
        UsageError: the history has no test loss.
    """
    words = wording(lang)
    if "test_loss" not in run.history:
        raise UsageError("{name} was not evaluated after every epoch", name=run.dataset.name)
    fig = new_figure(WIDTH, 2.9, words, run.dataset)
    parts = [name for name in SPLITS if f"{name}_loss" in run.history]
    healthy = np.all([np.isfinite(run.history[f"{name}_loss"]) for name in parts], axis=0)
    for ax, kind in zip(fig.subplots(1, 2), ("loss", "accuracy"), strict=True):
        last = {p: _curve(ax, run.history[f"{p}_{kind}"], healthy, SPLITS[p]) for p in parts}
        ax.set_ylabel(words.plain(f"figures.{run.recipe.loss if kind == 'loss' else kind}"))
        epoch_axis(ax, run.epochs, words)
        value_axis(ax, kind, words)
        end_labels(ax, [(y, end_text(p, y, kind, words), SPLITS[p]) for p, y in last.items()])
        if healthy.any():
            moment(ax, run.overfitting_epoch, MUTED)
        if run.diverged_at is not None:
            moment(ax, run.diverged_at, ALARM)
    loss, accuracy = fig.axes
    if healthy.any():
        say_above(loss, "overfitting", run.overfitting_epoch, MUTED, words)
    if run.diverged_at is not None:
        say_above(accuracy, "diverged", run.diverged_at, ALARM, words)
    return fig


def _curve(ax: Axes, values: np.ndarray, healthy: np.ndarray, colour: str) -> float:
    """Draw one line over the epochs; its last value."""
    epochs = np.arange(1, len(values) + 1)[healthy]
    few = len(epochs) <= 15
    ax.plot(epochs, values[healthy], color=colour, marker="o" if few else "", markersize=4)
    return float(values[healthy][-1]) if healthy.any() else math.nan


def end_text(part: str, value: float, kind: str, words: Wording) -> str:
    """The name of a line, and its last value if it has one."""
    name = words.plain(f"part.{part}")
    if not math.isfinite(value):
        return name
    shown = words.pct(value) if kind == "accuracy" else words.sig(value)
    return f"{name}\n{shown}"


def epoch_axis(ax: Axes, epochs: int, words: Wording) -> None:
    """The x-axis from epoch 1 to the last one."""
    ax.set_xlabel(words.plain("figures.epoch"))
    first, last = (1, epochs) if epochs > 1 else (0.5, 1.5)
    ax.set_xlim(first - 0.02 * (last - first), last + 0.02 * (last - first))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    ax.xaxis.set_major_formatter(Ticks(words))
    grid(ax)


def value_axis(ax: Axes, kind: str, words: Wording) -> None:
    """Around all lines that are drawn: loss from 0, or logarithmic; accuracy never in a range
    under 10 points."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.lines])
    low, high = (drawn.min(), drawn.max()) if len(drawn) else (0.0, 1.0)
    if kind == "accuracy":
        middle, span = (low + high) / 2, max(1.1 * (high - low), 0.1)
        ax.set_ylim(middle - span / 2, middle + span / 2)
    elif high > 1000:  # on its way to a divergence
        ax.set_yscale("log")
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ax.set_ylim(0, 1.06 * high)
    each = ax.get_yscale() == "log"
    ax.yaxis.set_major_formatter(Ticks(words, shares=kind == "accuracy", each=each))


def moment(ax: Axes, epoch: int, colour: str) -> None:
    """An upright line at an epoch."""
    ax.axvline(epoch, color=colour, linewidth=1, linestyle=(0, (4, 2)), zorder=1)


def say_above(ax: Axes, what: str, epoch: int, colour: str, words: Wording) -> None:
    """Words above the axes, where they meet no curve."""
    left, right = ax.get_xlim()
    place = (epoch - left) / (right - left)
    ax.annotate(
        words.plain(f"figures.{what}", n=epoch), (epoch, 1),
        xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
        ha="left" if place < 0.35 else "right" if place > 0.65 else "center", va="bottom",
        color=colour, size=SMALL,
    )  # fmt: skip
