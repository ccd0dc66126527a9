"""Part 1 of the lab: the curve in its noise, the fits on the way to it, and the falling loss."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from fclab.figures.style import (
    ALARM,
    INK,
    MUTED,
    SERIES,
    SMALL,
    TEST,
    TITLE,
    TRAIN,
    WIDTH,
    capital,
    end_labels,
    grid,
    new_figure,
    styled,
)
from fclab.figures.ticks import Ticks
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording


@styled()
def regression_data(dataset: Dataset, lang: Lang) -> Figure:
    """The noisy training points and, dashed, the true curve (the test part holds it); of one's own
    data the test points.

    Args:
        dataset: as `fclab.data.regression_curve` makes it, or one's own with one input.
        lang: of all texts.

    Raises:
        UsageError: the examples have several inputs.
    """
    words = wording(lang)
    fig = new_figure(WIDTH, 3.4, words, dataset)
    ax = _curve_axes(fig, dataset, words, size=14, alpha=0.35)
    ax.legend(loc="best")
    return fig


@styled()
def regression_fits(run: Run, dataset: Dataset, lang: Lang, *, width: float = WIDTH) -> Figure:
    """The network's curve after chosen steps, from pale to dark, over the points.

    A curve with values that are not finite is named in the legend but not drawn.

    Args:
        run: its snapshots are drawn, and its outputs at the end.
        dataset: what it was trained on.
        lang: of all texts.
        width: inches.

    Raises:
        UsageError: the examples have several inputs.
    """
    words, narrow = wording(lang), width < WIDTH
    fig = new_figure(width, 2.7 if narrow else 3.8, words, run.dataset)
    ax = _curve_axes(fig, dataset, words, size=8, alpha=0.18)
    x, first = np.unique(dataset.train.x[:, 0], return_index=True)
    fits = dict(sorted({**run.snapshots, run.epochs: run.outputs["train"]}.items()))
    per_epoch, (bottom, top) = _per_epoch(run), ax.get_ylim()
    # The pale end of the map would vanish on white, the dark one beside the last fit.
    shades = colormaps["viridis_r"](np.linspace(0.08, 0.55, max(1, len(fits) - 1)))
    for i, (epoch, outputs) in enumerate(fits.items()):
        y = outputs[first, 0]
        label = words.plain("figures.fit_after", n=epoch * per_epoch)
        if not np.isfinite(y).all():
            y, label = np.full(len(y), np.nan), f"{label}:\n{words.plain('figures.not_finite')}"
        elif not ((bottom < y) & (y < top)).any():
            label = f"{label}:\n{words.plain('figures.off_the_picture')}"
        if epoch == run.epochs:
            ax.plot(x, y, label=label, color=TRAIN, linewidth=2.8, zorder=4)
        else:
            ax.plot(x, y, label=label, color=shades[i], zorder=3)
    if narrow:
        ax.legend(loc="best", fontsize=SMALL - 1.5, labelspacing=0.2, handlelength=1.2)
    else:
        fig.legend(loc="outside right upper")
    loss = words.plain(f"figures.{run.recipe.loss}")
    title = f"{loss}: {words.sig(run.metrics['train_loss'])}"
    if run.diverged_at is not None:
        title = words.plain("figures.diverged", n=run.diverged_at)
    ax.set_title(
        capital(title),
        color=INK if run.diverged_at is None else ALARM,
        size=SMALL if narrow else TITLE,
    )
    return fig


def _curve_axes(
    fig: Figure, dataset: Dataset, words: Wording, *, size: float, alpha: float
) -> Axes:
    """Axes with the points and the true curve, scaled to the points: a fit may lie far off."""
    if dataset.info.input_shape != (1,):
        raise UsageError(
            "a curve has one input, and {data} has {n_inputs}",
            data=dataset.name,
            n_inputs=dataset.info.n_inputs,
        )
    ax = fig.add_subplot(xlabel="x", ylabel="y")
    train, order = dataset.train, np.argsort(dataset.test.x[:, 0])
    noisy = words.plain("figures.noisy_points", n=len(train))
    ax.scatter(train.x[:, 0], train.y, s=size, color=TRAIN, alpha=alpha, linewidth=0, label=noisy)
    x, y = dataset.test.x[order, 0], dataset.test.y[order]
    if dataset.is_curve:
        dashes, label = (0, (4, 2)), words.plain("figures.true_curve")
        ax.plot(x, y, linestyle=dashes, color=INK, zorder=5, label=label)
    else:
        ax.scatter(x, y, s=size, color=TEST, linewidth=0, label=words.plain("part.test"))
    ax.margins(0.03, 0.06)
    ax.autoscale_view()
    ax.set_autoscale_on(False)
    ax.xaxis.set_major_formatter(Ticks(words))
    ax.yaxis.set_major_formatter(Ticks(words))
    grid(ax)
    return ax


@styled()
def training_loss(
    runs: Sequence[Run],
    lang: Lang,
    *,
    labels: Sequence[str] | None = None,
    dataset: Dataset | None = None,
    width: float = WIDTH,
) -> Figure:
    """Training loss against gradient descent steps, both axes logarithmic.

    From tiny random weights the loss first stays on a plateau; where it leaves it is marked (see
    `fall_begins`).

    Args:
        runs: of one loss; one line each.
        lang: of all texts.
        labels: one per run; default: the data's names, or the seeds where those are all equal.
        dataset: of a regression: the variance of its noise, which no fit goes far below, is
            drawn.
        width: inches.
    """
    words = wording(lang)
    height = 2.7 if width < WIDTH else 3.4
    fig = new_figure(width, height, words, *(run.dataset for run in runs))
    kinds = {run.recipe.loss for run in runs}
    ax = fig.add_subplot(
        xlabel=words.plain("figures.steps"),
        ylabel=words.plain(f"figures.{kinds.pop() if len(kinds) == 1 else 'loss'}"),
    )
    ends = []
    for i, (run, label) in enumerate(zip(runs, labels or _labels(runs, words), strict=True)):
        colour = SERIES[i % len(SERIES)]
        last = _loss_line(ax, run, colour, words)
        if run.diverged_at is None:
            value = words.sig(last)
            ends.append((last, f"{label}\n{value}" if len(runs) > 1 else value, colour))
    if dataset is not None and dataset.is_curve:
        order = np.argsort(dataset.test.x[:, 0])
        curve = np.interp(dataset.train.x[:, 0], dataset.test.x[order, 0], dataset.test.y[order])
        noise = dataset.train.y - curve
        floor = float((noise.astype(np.float64) ** 2).mean())
        if floor > 0:
            ax.axhline(floor, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
            ax.annotate(
                words.plain("figures.noise_floor", value=floor), (0, floor),
                xycoords=("axes fraction", "data"), xytext=(5, 3), textcoords="offset points",
                color=MUTED, size=SMALL,
            )  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1, max(2, *(run.iterations for run in runs)))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(Ticks(words, each=True))
        axis.set_minor_formatter(NullFormatter())
    low, high = ax.get_ylim()
    if high / low < 1000:  # decades alone would leave the axis almost without numbers
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    grid(ax)
    end_labels(ax, ends)
    return fig


def fall_begins(loss: np.ndarray) -> int | None:
    """The step (from 1) whose loss is the first below 95 % of that of step 1: the end of the
    plateau that training from tiny random weights begins with.

    None if there is no such step, or no plateau: it comes before step 10.
    """
    fallen = np.flatnonzero(loss < 0.95 * loss[0])
    return int(fallen[0]) + 1 if len(fallen) and fallen[0] >= 9 else None


def _loss_line(ax: Axes, run: Run, colour: str, words: Wording) -> float:
    """Draw one loss with the end of its plateau; its last finite value."""
    loss = run.history["running_loss"]
    steps = np.arange(1, len(loss) + 1) * _per_epoch(run)
    finite = np.isfinite(loss)
    ax.plot(steps[finite], loss[finite], color=colour)
    if (begin := fall_begins(loss)) is not None:
        at = steps[begin - 1], loss[begin - 1]
        ax.plot(*at, "o", color=colour, markersize=5, markeredgecolor="white")
        ax.annotate(
            words.plain("figures.falls_at", n=at[0]), at,
            xytext=(-5, -5), textcoords="offset points", ha="right", va="top",
            color=colour, size=SMALL,
        )  # fmt: skip
    if run.diverged_at is not None and finite.any():
        at = steps[finite][-1], loss[finite][-1]
        ax.plot(*at, "X", color=ALARM, markersize=8, zorder=5)
        ax.annotate(
            words.plain("figures.diverged", n=run.diverged_at), at,
            xytext=(9, 0), textcoords="offset points", va="center", color=ALARM, size=SMALL,
        )  # fmt: skip
    return float(loss[finite][-1]) if finite.any() else float("nan")


def _per_epoch(run: Run) -> int:
    return run.recipe.iterations_per_epoch(run.dataset.sizes["train"])


def _labels(runs: Sequence[Run], words: Wording) -> list[str]:
    names = [words.data(run.dataset.name) for run in runs]
    if len(runs) > 1 and len(set(names)) == 1:
        return [words.plain("figures.seed", n=run.seed) for run in runs]
    return names
