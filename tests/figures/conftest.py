"""Tiny trained runs of the three parts, and ways to look at a figure."""

from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from fclab.data import binary_points, regression_curve
from fclab.engines import train
from fclab.figures import png_bytes
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe
from fclab.values.run import Run


def trained(dataset: Dataset, recipe: Recipe, **options) -> SimpleNamespace:
    """A dataset and a run on it."""
    run = next(iter(train(dataset, [recipe], [0], engine="reference", **options)))
    return SimpleNamespace(dataset=dataset, run=run)


def image_dataset(
    names: tuple[ClassName, ...] = tuple(CLASS_NAMES[i] for i in (0, 55, 58)),
    source: str = "cifar100",
    per_class: int = 12,
) -> Dataset:
    """Noise, a little brighter from class to class."""
    rng = np.random.default_rng(0)

    def split() -> Split:
        y = np.arange(len(names)).repeat(per_class)
        bright = (y * 120 // len(names))[:, None, None, None]
        return Split((rng.integers(136, size=(len(y), 32, 32, 3)) + bright).astype(np.uint8), y)

    return Dataset("images", "multiclass", source, split(), split(), names, CIFAR_PREPROCESSING)


def renamed(part: SimpleNamespace, source: str) -> SimpleNamespace:
    """The same data and run, said to be from another source."""
    dataset = replace(part.dataset, source=source)
    return SimpleNamespace(dataset=dataset, run=replace(part.run, dataset=dataset.info))


@pytest.fixture(scope="session")
def regression():
    dataset = regression_curve(points=20, repeats=3)
    return trained(dataset, REGRESSION.replace(epochs=1500, lr=1e-3), snapshots=(500, 1000, 1500))


@pytest.fixture(scope="session")
def binary():
    return trained(binary_points("moons", points=120), BINARY.replace(epochs=300, lr=1e-2))


@pytest.fixture(scope="session")
def images():
    return trained(image_dataset(), CIFAR.replace(epochs=20, batch_size=12))


def diverged(run: Run, at: int) -> Run:
    """The run as it would be had its loss blown up at an epoch."""
    history = {name: column[:at].astype(float) for name, column in run.history.items()}
    for name, column in history.items():
        if name.endswith("loss"):
            column[:] = 2.0 * 10.0 ** np.arange(at)
            column[-1] = np.inf if name.startswith("train") else np.nan
    nothing = {name: np.full_like(out, np.nan) for name, out in run.outputs.items()}
    weights = {name: np.full_like(array, np.nan) for name, array in run.weights.items()}
    metrics = dict.fromkeys(run.metrics, float("nan"))
    return replace(
        run, history=history, outputs=nothing, weights=weights, metrics=metrics,
        snapshots={epoch: out for epoch, out in run.snapshots.items() if epoch < at},
        diverged_at=at,
    )  # fmt: skip


def texts(fig: Figure) -> list[Text]:
    """Everything that is written in a figure, after layout."""
    fig.draw_without_rendering()
    found = [text for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = []  # matplotlib keeps labels of ticks that it does not draw
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                beyond = not low <= tick.get_loc() <= high
                hidden += [tick.label1, tick.label2] if beyond else []
    return [text for text in found if not any(text is other for other in hidden)]


def words(of: Figure | list[Text]) -> str:
    """All the texts of a figure as one."""
    shown = texts(of) if isinstance(of, Figure) else of
    return "\n".join(text.get_text() for text in shown)


def pixels(fig: Figure) -> np.ndarray:
    """The rendered figure, 0..1, ``(height, width, 3)``."""
    return imread(BytesIO(png_bytes(fig, dpi=60)))[..., :3]


@pytest.fixture(scope="session")
def kit():
    """The helpers above, for tests to call."""
    return SimpleNamespace(
        trained=trained, image_dataset=image_dataset, renamed=renamed, diverged=diverged,
        texts=texts, words=words, pixels=pixels,
    )  # fmt: skip
