"""Part 3 of the lab: the images of each class, and the first layer's weights as images."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fclab.figures.style import (
    ALARM,
    MUTED,
    PAD,
    SMALL,
    WIDTH,
    capital,
    class_labels,
    new_figure,
    styled,
    text_width,
)
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.model import percentile_scaled
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import wording

_GAP = 2  # white pixels between images of 32
_NUMBER = 8  # pixels above an image for its number
_MOST_ROWS = 20  # of samples in one column
_MOST_NEURONS = 32


@styled()
def class_samples(dataset: Dataset, lang: Lang, per_class: int = 10) -> Figure:
    """The first training images of every class, one row per class; many classes stand in two
    columns.

    Args:
        dataset: of images.
        lang: of all texts.
        per_class: images of each class; fewer are drawn where a class has fewer.

    Raises:
        UsageError: the dataset has no images.
    """
    words = wording(lang)
    x, y = dataset.train.x, dataset.train.y
    if x.ndim != 4:
        raise UsageError("samples are drawn of images, and {data} has none", data=dataset.name)
    names = dataset.class_names
    columns = 1 if len(names) <= _MOST_ROWS else 2
    rows = math.ceil(len(names) / columns)
    size = SMALL + 1 if columns == 1 else SMALL - 1
    labels = class_labels(words, names, size)
    blank = np.ones(x.shape[1:])
    canvases = []
    for start in range(0, len(names), rows):
        shown = range(start, min(start + rows, len(names)))
        members = [[*x[np.flatnonzero(y == label)[:per_class]] / 255] for label in shown]
        canvases.append(mosaic([[*row, *[blank] * (per_class - len(row))] for row in members]))
    beside = [text_width(labels[i : i + rows], size) + 3 * PAD
              for i in range(0, len(names), rows)]  # fmt: skip
    width = min((WIDTH - PAD - sum(beside)) / columns, 0.75 * per_class)
    height = width * canvases[0].shape[0] / canvases[0].shape[1]
    fig = new_figure(columns * width + sum(beside) + PAD, height + 2 * PAD, words, dataset)
    left, pitch = 0.0, x.shape[1] + _GAP
    for column, canvas in enumerate(canvases):
        left += beside[column]
        ax = _bare(fig, (left, PAD, width, height), canvas)
        left += width
        shown = labels[column * rows : (column + 1) * rows]
        middles = np.arange(len(shown)) * pitch + (x.shape[1] - 1) / 2
        ax.set_yticks(middles, shown, size=size)
    return fig


def mosaic(rows: Sequence[Sequence[np.ndarray]], above: int = _GAP) -> np.ndarray:
    """Many images as one, white between them; much quicker to draw than axes for each.

    Args:
        rows: of images ``(height, width, channels)``, 0..1, all of one size, in colour or grey; a
            row that is shorter than the first one is filled up with white.
        above: pixels between rows.
    """
    height, width, _ = rows[0][0].shape
    pitch = np.array([height + above, width + _GAP])
    canvas = np.ones((*(pitch * (len(rows), len(rows[0])) - (above, _GAP)), 3))  # grey images too
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            top, left = pitch * (i, j)
            canvas[top : top + height, left : left + width] = image
    return canvas


def _bare(fig: Figure, place: tuple[float, float, float, float], canvas: np.ndarray) -> Axes:
    """Axes with nothing but an image, at a place in inches: left, bottom, width, height.

    The constrained layout measures names beside images of a fixed aspect wrongly, and cuts them.
    """
    fig.set_layout_engine("none")
    across, up = fig.get_size_inches()
    left, bottom, width, height = place
    ax = fig.add_axes((left / across, bottom / up, width / across, height / up), anchor="NW")
    ax.imshow(canvas)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


@styled()
def first_layer(run: Run, lang: Lang, *, width: float = WIDTH) -> Figure:
    """What each neuron of the first layer looks for: its weights as an image (see
    `percentile_scaled`), numbered from 1; of wide layers the first 32 neurons.

    Args:
        run: of a network for images.
        lang: of all texts.
        width: inches, at most.

    Raises:
        UsageError: the inputs are not images.
    """
    words = wording(lang)
    if len(run.dataset.input_shape) != 3:
        raise UsageError("the first layer of {name} does not see images", name=run.dataset.name)
    weights = run.model.first_layer_images
    images = percentile_scaled(weights[:_MOST_NEURONS])
    most = 4 if width < WIDTH else 6 if len(images) <= 12 else 8  # columns
    rows = math.ceil(len(images) / most)
    columns = math.ceil(len(images) / rows)
    canvas = mosaic([[*images[i : i + columns]] for i in range(0, len(images), columns)], _NUMBER)
    width = min(width, 1.6 * columns) - 2 * PAD
    height = width * canvas.shape[0] / canvas.shape[1]
    below = 0.3 if len(weights) > len(images) else PAD
    above = 0.22 if run.diverged_at is None else 0.5
    fig = new_figure(width + 2 * PAD, below + height + above, words, run.dataset)
    ax = _bare(fig, (PAD, below, width, height), canvas)
    for i in range(len(images)):
        row, column = divmod(i, columns)
        corner = column * (images.shape[2] + _GAP), row * (images.shape[1] + _NUMBER) - 0.5
        ax.annotate(str(i + 1), corner, xytext=(0, 2), textcoords="offset points",
                    size=SMALL, color=MUTED)  # fmt: skip
    if run.diverged_at is not None:
        said = words.plain("figures.diverged", n=run.diverged_at)
        ax.set_title(capital(said), color=ALARM, pad=18)
    if len(weights) > len(images):
        said = words.plain("figures.first_of", n=len(images), total=len(weights))
        ax.set_xlabel(capital(said))
    return fig
