"""Part 2 of the lab: the surface that divides two classes of points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fclab.figures.style import (
    ALARM,
    CLASSES,
    INK,
    NORMAL,
    SMALL,
    WIDTH,
    capital,
    grid,
    new_figure,
    styled,
)
from fclab.figures.ticks import Ticks
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.model import Model
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

# Paler than the points that lie on it.
_SHADES = LinearSegmentedColormap.from_list("classes", ["#B492BE", "white", "#8EBF97"])
_ROWS = 64  # of the grid, evaluated at a time
_MOST = 1000  # points on a side of the grid
_FEW = 4  # intervals on an axis of a small surface


def surface_grid(x: np.ndarray, step: float = 0.01) -> np.ndarray:
    """The coordinates of the surface's grid, one array for both axes (lab, part 2, "Проверка
    результатов обучения"): from the least to the greatest coordinate of all, widened by a tenth
    of their distance at both ends.

    Args:
        x: points ``(n, 2)``.
        step: the lab's; a coarser one is taken where the grid would have more than 1000 points
            on a side.
    """
    width = float(x.max()) - float(x.min())
    left, right = x.min() - 0.1 * width, x.max() + 0.1 * width
    return np.arange(left, right, max(step, (right - left) / _MOST))


@styled()
def binary_data(dataset: Dataset, lang: Lang) -> Figure:
    """The training points in the colours of their classes.

    Args:
        dataset: points in the plane with two classes, as `fclab.data.binary_points` makes it.
        lang: of all texts.

    Raises:
        UsageError: the data are not points in the plane with two classes.
    """
    words = wording(lang)
    if dataset.task != "binary" or dataset.train.x.shape[1:] != (2,):
        raise UsageError("points in the plane are drawn, and {data} has none", data=dataset.name)
    fig = new_figure(4.2, 4.2, words, dataset)
    side = surface_grid(dataset.train.x)
    ax = _plane(fig, side, words)
    grid(ax)
    _points(ax, dataset, words)
    ax.set_title(capital(words.data(dataset.name)))
    fig.legend(loc="outside lower center", ncols=2, handletextpad=0.2, markerscale=1.5)
    return fig


def _plane(
    fig: Figure,
    side: np.ndarray,
    words: Wording,
    place: tuple[int, int, int] = (1, 1, 1),
    ticks: int = 6,
) -> Axes:
    """Axes over the grid's square, at a place of the figure (rows, columns, number), with no more
    than so many intervals."""
    ax = fig.add_subplot(*place, xlim=(side[0], side[-1]), ylim=(side[0], side[-1]), aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(Ticks(words))
    ax.set_xlabel("x₁")
    ax.set_ylabel("x₂")
    return ax


def _points(ax: Axes, dataset: Dataset, words: Wording, size: float = 11) -> None:
    """The training points, each class in its colour."""
    x, y = dataset.train.x, dataset.train.y
    for label, colour in enumerate(CLASSES):
        ax.scatter(
            *x[y == label].T, s=size, color=colour, edgecolor="white", linewidth=0.3,
            label=words.called(dataset.class_names[label]), zorder=4,
        )  # fmt: skip


@styled()
def decision_surface(run: Run, dataset: Dataset, lang: Lang) -> Figure:
    """The probability of class 1 over the plane, the line where it is 1/2, and the training
    points in the colours of their true classes, wrong answers ringed.

    Args:
        run: of a binary classifier of points in the plane.
        dataset: what it was trained on.
        lang: of all texts.

    Raises:
        UsageError: the data are not points in the plane with two classes.
    """
    words = wording(lang)
    _check(run)
    fig = new_figure(5.6, 4.6, words, run.dataset)
    ax = _plane(fig, surface_grid(dataset.train.x), words)
    filled = _surface(ax, run, dataset, words)
    if filled is not None:
        _colour_bar(fig, filled, [ax], run, words)
    if run.diverged_at is not None:
        ax.set_title(capital(_outcome(run, words)), color=ALARM)
    else:
        ax.set_title(f"{capital(words.data(run.dataset.name))}: {_outcome(run, words)}")
    fig.legend(loc="outside lower center", ncols=3, handletextpad=0.2, markerscale=1.5)
    return fig


@dataclass(frozen=True, eq=False)
class Plane:
    """A network and its points, as one of several surfaces.

    Attributes:
        run: of a binary classifier.
        dataset: what it was trained on.
        title: over it, in the language of the figure.
    """

    run: Run
    dataset: Dataset
    title: str


@styled()
def surfaces(planes: Sequence[Plane], lang: Lang, *, width: float = WIDTH) -> Figure:
    """The surfaces of several networks in a row, as `decision_surface` draws one.

    Args:
        planes: from left to right.
        lang: of all other texts.
        width: inches.

    Raises:
        UsageError: the data are not points in the plane with two classes.
    """
    words, n = wording(lang), len(planes)
    for plane in planes:
        _check(plane.run)
    fig = new_figure(width, min(width / n * 0.95, 3.4) + 0.45, words,
                     *(plane.run.dataset for plane in planes))  # fmt: skip
    small = width / n < 3
    axes, handles, filled = [], {}, None
    for place, plane in enumerate(planes, start=1):
        side = surface_grid(plane.dataset.train.x)
        ax = _plane(fig, side, words, (1, n, place), ticks=_FEW if small else 6)
        axes.append(ax)
        filled = _surface(ax, plane.run, plane.dataset, words, small=small) or filled
        title = f"{capital(plane.title)}\n{_outcome(plane.run, words, small=small)}"
        ax.set_title(title, fontsize=SMALL if small else NORMAL)
        if place > 1:
            ax.set_ylabel("")
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    if filled is not None and not small:
        _colour_bar(fig, filled, axes, planes[0].run, words)
    fig.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, handletextpad=0.2,
        markerscale=1.5, columnspacing=1.2,
    )  # fmt: skip
    return fig


def _check(run: Run) -> None:
    if run.dataset.task != "binary" or run.dataset.input_shape != (2,):
        raise UsageError(
            "a decision surface needs points in the plane, not {name}", name=run.dataset.name
        )


def _outcome(run: Run, words: Wording, *, small: bool = False) -> str:
    if run.diverged_at is not None:
        return words.plain("figures.diverged", n=run.diverged_at)
    key = "correct_shortly" if small else "correct"
    return words.plain(f"figures.{key}", share=run.metrics["train_accuracy"])


def _surface(
    ax: Axes, run: Run, dataset: Dataset, words: Wording, *, small: bool = False
) -> ContourSet | None:
    """Probability, boundary, points and wrong answers; the shades, unless none is finite."""
    x, y = dataset.train.x, dataset.train.y
    side, filled = surface_grid(x), None
    surface = _probability(run.model, side)
    if np.isfinite(surface).all():
        levels = np.linspace(0, 1, 21)
        filled = ax.contourf(side, side, surface, levels, cmap=_SHADES)
        filled.set_rasterized(True)  # a tenth of the size in SVG, and no seams between bands
        if surface.min() < 0.5 < surface.max():
            ax.contour(side, side, surface, [0.5], colors=INK, linewidths=1.4)
    _points(ax, dataset, words, 4 if small else 11)
    wrong = run.answers("train") != y
    if wrong.any() and run.diverged_at is None:
        count = int(wrong.sum())
        label = words.plain("figures.wrong_ones" if small else "figures.wrong", n=count)
        ax.scatter(  # below the points, whose colours must stay in sight
            *x[wrong].T, s=10 if small else 26, facecolor="none", edgecolor=ALARM, linewidth=1,
            label=label, zorder=3,
        )  # fmt: skip
    return filled


def _colour_bar(
    fig: Figure, filled: ContourSet, axes: list[Axes], run: Run, words: Wording
) -> None:
    bar = fig.colorbar(
        filled,
        ax=axes,
        ticks=np.linspace(0, 1, 5),
        shrink=0.9 if len(axes) == 1 else 0.75,
        format=Ticks(words),
    )
    names = [words.called(name) for name in run.dataset.class_names]
    bar.set_label(words.plain("figures.probability", name=names[1]))
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]


def _probability(model: Model, side: np.ndarray) -> np.ndarray:
    """Of class 1 on the grid, ``(len(side), len(side))``, rows along the second coordinate."""
    rows = []
    for start in range(0, len(side), _ROWS):
        x1, x2 = np.meshgrid(side, side[start : start + _ROWS])
        points = np.stack([x1.ravel(), x2.ravel()], axis=1)
        with np.errstate(all="ignore"):  # the weights of a diverged run
            rows.append(model.probabilities(points)[:, 0].reshape(x1.shape))
    return np.concatenate(rows)
