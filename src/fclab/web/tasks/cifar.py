"""Part 3: a network for some classes of images, trained from many seeds while the page looks on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from threading import Lock
from time import perf_counter
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import Field, field_validator
from scipy.special import softmax

from fclab.analysis.findings import GREW
from fclab.data.cifar100.release import PARTS
from fclab.data.kept import Images
from fclab.engines import Glimpse, train
from fclab.engines.compiled.ahead import products_fail
from fclab.engines.job import initial_weights
from fclab.statistics import accuracy_over_images, accuracy_over_seeds
from fclab.study.choices import overfitting_epoch
from fclab.study.speed import speeds
from fclab.study.trainer import work
from fclab.values.dataset import STAND_IN, Dataset
from fclab.values.model import Weights, network_inputs, percentile_scaled
from fclab.values.names import distinct_classes
from fclab.values.recipe import CIFAR, Recipe
from fclab.values.run import Run
from fclab.web.bounds import Deadline, check_seconds
from fclab.web.images import dataset_of, source
from fclab.web.reproduction import Reproduction, options_of
from fclab.web.tasks.task import LOOKED_AT, Alive, Emit, Event, Task, Wish

MOST_SECONDS: Final = 60.0
"""Of work on this machine that one wish may ask for, by its own estimate."""
_PATIENCE: Final = 3 * MOST_SECONDS
"""Seconds after which a training that was estimated wrongly is ended."""
_PAUSE: Final = 0.1
"""Seconds between two events of the course."""
SHOWN: Final = 24
"""The weights of the first layer are shown after so many epochs, close together at first."""
MOST_NEURONS: Final = 32
"""Of a wide first layer so many are shown."""
_EXCITING: Final = 8
"""Training images that excite a neuron most, and least."""
SAMPLES: Final = 8
"""Training images of each class."""
_OF_A_CLASS: Final = 500, 100
"""Images in train and test."""
_LAB_IMAGES: Final = 1500
"""Training images to which the estimate of time belongs."""
_FIGURE: Final = """
import matplotlib.pyplot as plt

plt.plot(range(1, len(losses) + 1), losses)
plt.xlabel("epoch")
plt.ylabel("loss")
plt.show()

# The first layer: each neuron's weights as an image, every channel from 0 to 1.
weights = next(layer for layer in model if isinstance(layer, nn.Linear)).weight.detach()
images = weights.reshape(-1, 32, 32, 3).numpy()[:32]
low, high = np.percentile(images, [1, 99], axis=(1, 2), keepdims=True)
images = ((images - low) / (high - low)).clip(0, 1)
_, axes = plt.subplots((len(images) + 7) // 8, 8, squeeze=False)
for axis in axes.flat:
    axis.axis("off")
for axis, image in zip(axes.flat, images):
    axis.imshow(image)
plt.show()
"""
COLUMNS: Final = tuple(f"{part}_{kind}" for part in PARTS for kind in ("loss", "accuracy"))
"""Of the course, in the order of its rows."""


class NetworkWish(Wish):
    """Classes, network and training."""

    classes: Annotated[
        tuple[Annotated[int, Field(ge=0, le=99)], ...], Field(min_length=2, max_length=5)
    ] = (0, 55, 58)
    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=512)], ...], Field(max_length=4)] = (10,)
    activation: Literal["relu", "sigmoid", "tanh"] = "relu"
    lr: Annotated[float, Field(gt=0, le=1)] = CIFAR.lr
    momentum: Annotated[float, Field(ge=0, le=0.99)] = CIFAR.momentum
    weight_decay: Annotated[float, Field(ge=0, le=0.1)] = CIFAR.weight_decay
    batch_size: Annotated[int, Field(ge=8, le=2500)] = 128
    epochs: Annotated[int, Field(ge=1, le=3000)] = CIFAR.epochs
    seeds: Annotated[int, Field(ge=1, le=32)] = 5

    @field_validator("classes")
    @classmethod
    def _ascending(cls, classes: tuple[int, ...]) -> tuple[int, ...]:
        return distinct_classes(classes)

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        return CIFAR.replace(
            layers=(*self.hidden, len(self.classes)), activation=self.activation, lr=self.lr,
            momentum=self.momentum, weight_decay=self.weight_decay, batch_size=self.batch_size,
            epochs=self.epochs,
        )  # fmt: skip


class CifarWish(NetworkWish):
    """Part 3, and what of it is looked at."""

    epoch: Annotated[int, Field(ge=-1, le=3000, json_schema_extra=LOOKED_AT)] = -1
    """At which the first layer is looked at; −1: the last one."""
    neuron: Annotated[int, Field(ge=1, le=MOST_NEURONS, json_schema_extra=LOOKED_AT)] = 1
    """Of the first layer, that is looked at."""
    cell: Annotated[
        tuple[Annotated[int, Field(ge=0, le=4)], ...],
        Field(max_length=2, json_schema_extra=LOOKED_AT),
    ] = ()
    """Of the confusion matrix, whose images are looked at: class and answer, from 0; empty: all."""


def train_images(wish: CifarWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The data, the course of all seeds side by side with what the first layer of the first one
    looks like, and what came of it.

    Raises:
        UsageError: it would take too long on this machine. DataError: the images are damaged.
    """
    check_time(wish)
    dataset, recipe, seeds = dataset_of(wish.classes, alive), wish.recipe, range(wish.seeds)
    yield {
        "kind": "data",
        "source": dataset.source,
        "names": dataset.class_names,
        "samples": np.stack([dataset.train.x[dataset.train.y == label][:SAMPLES]
                             for label in range(dataset.n_outputs)]),
        "sizes": dataset.info.sizes,
        "parameters": recipe.parameters(dataset.info.n_inputs),
        "columns": COLUMNS,
    }  # fmt: skip
    first = initial_weights(recipe, dataset.info.n_inputs, seeds[0])
    yield {"kind": "layer", "epoch": 0, "images": _layer_images(dataset, first)}
    stops = {int(epoch) for epoch in np.geomspace(1, wish.epochs, SHOWN).round()}
    course, runs = _Course(dataset, stops, emit, alive), {}
    # As many threads as seeds: all of them are seen to learn at once.
    for run in train(
        dataset, [recipe], seeds, snapshots=stops, watch=course.watch, workers=wish.seeds
    ):
        runs[run.seed] = run
    course.tell()
    yield {"kind": "done", **_outcome(dataset, [runs[seed] for seed in seeds])}


def check_time(wish: NetworkWish) -> None:
    """Whether the trainings take no longer than a page may ask for.

    Raises:
        UsageError: they do.
    """
    slow, fast = speeds("gram_numpy" if products_fail() else "gram")
    n_train, n_test = (len(wish.classes) * each for each in _OF_A_CLASS)
    layers = wish.recipe.layers
    # The estimate is of the lab's images and of a first layer. A step of that one is a product
    # with all images, of the others with the layer before: forward, and twice backward.
    others = 3 * sum(n_in * n_out for n_in, n_out in pairwise(layers)) / (n_train + n_test)
    share = (n_train / _LAB_IMAGES) ** 2 * (1 + others / layers[0])
    check_seconds(wish.seeds * work([wish.recipe]) * share / ((slow + fast) / 2), MOST_SECONDS)


class _Course:
    """What the trainings are doing, told a few times in a second."""

    def __init__(self, dataset: Dataset, stops: set[int], emit: Emit, alive: Alive):
        self._dataset, self._stops, self._emit, self._alive = dataset, stops, emit, alive
        self._news: dict[int, list[np.ndarray]] = defaultdict(list)
        self._lock, self._told, self._deadline = Lock(), 0.0, Deadline(_PATIENCE)

    def watch(self, glimpse: Glimpse) -> None:
        """Look at one of them, in its thread."""
        self._alive()
        self._deadline.check()
        with self._lock:
            self._news[glimpse.seed].append(
                np.stack([glimpse.history[name] for name in COLUMNS], axis=1)
            )
            is_due = perf_counter() - self._told > _PAUSE
        if is_due:
            self.tell()
        if glimpse.seed == 0 and glimpse.epochs in self._stops:
            images = _layer_images(self._dataset, glimpse.weights())
            self._emit({"kind": "layer", "epoch": glimpse.epochs, "images": images})

    def tell(self) -> None:
        """Of every seed the epochs since the last time."""
        with self._lock:
            news, self._news, self._told = self._news, defaultdict(list), perf_counter()
            if news:  # still locked: what is told first must arrive first
                rows = [[seed, np.concatenate(parts)] for seed, parts in sorted(news.items())]
                self._emit({"kind": "frame", "rows": rows})


def _layer_images(dataset: Dataset, weights: Weights) -> np.ndarray:
    """What the first neurons of the first layer look for, uint8 ``(neurons, 32, 32, 3)``."""
    shown = weights["fc1.weight"][:MOST_NEURONS].reshape(-1, *dataset.train.x.shape[1:])
    return (255 * percentile_scaled(shown)).round().astype(np.uint8)


def _outcome(dataset: Dataset, runs: Sequence[Run]) -> Event:
    """What came of the trainings; of those that diverged only that they did."""
    healthy = [run for run in runs if run.diverged_at is None]
    told: dict[str, object] = {
        "diverged": [[run.seed, run.diverged_at] for run in runs if run.diverged_at is not None],
        "seconds": sum(run.seconds for run in runs),
        "metrics": [run.metrics for run in runs],
    }
    if not healthy:
        return told
    right = np.stack([run.answers("test") == run.targets["test"] for run in healthy])
    over_seeds = accuracy_over_seeds(right.mean(axis=1), right.shape[1])
    over_images, least = accuracy_over_images(right), overfitting_epoch(healthy, "test")
    assert least is not None
    then = np.mean([run.history["test_accuracy"][least.of_mean - 1] for run in healthy])
    return told | {
        "accuracy": {
            "mean": over_seeds.mean, "low": over_seeds.low, "high": over_seeds.high,
            "sd": over_seeds.sd, "new_low": over_images.low, "new_high": over_images.high,
            "train": np.mean([run.metrics["train_accuracy"] for run in healthy]),
        },
        "overfitting": {
            "epoch": least.of_mean, "each": least.per_seed, "loss": least.losses[0],
            "end": least.losses[1], "accuracy": then,
            "grows": least.losses[1] >= (1 + GREW) * least.losses[0],
        },
        "confusions": np.stack([run.confusion("test") for run in healthy]),
        "shown": healthy[0].seed,
        "wrong": _wrong(dataset, healthy[0]),
        # The first layer was shown of the first run.
        "neurons": _excitement(dataset, runs[0]) if healthy[0] is runs[0] else None,
    }  # fmt: skip


def _wrong(dataset: Dataset, run: Run) -> Event:
    """The test images answered wrong, those first that the network was surest of."""
    chances, y = softmax(run.outputs["test"].astype(np.float64), axis=1), dataset.test.y
    answers = run.answers("test")
    places = np.flatnonzero(answers != y)
    places = places[np.argsort(-chances[places, answers[places]], kind="stable")]
    return {
        "places": places, "images": dataset.test.x[places], "true": y[places],
        "answers": answers[places], "chances": chances[places].astype(np.float32),
    }  # fmt: skip


def _excitement(dataset: Dataset, run: Run) -> Event:
    """For each neuron of the first layer that is shown: the training images on which its sum is
    greatest and least, and its sums there."""
    x = network_inputs(run.recipe, dataset.inputs["train"])
    weight, bias = run.weights["fc1.weight"][:MOST_NEURONS], run.weights["fc1.bias"][:MOST_NEURONS]
    sums = (x @ weight.T + bias).T
    order = np.argsort(-sums, axis=1, kind="stable")
    chosen = np.concatenate([order[:, :_EXCITING], order[:, : -_EXCITING - 1 : -1]], axis=1)
    places, picked = np.unique(chosen, return_inverse=True)
    return {
        "images": dataset.train.x[places], "labels": dataset.train.y[places],
        "chosen": picked.reshape(chosen.shape), "each": _EXCITING,
        "sums": np.take_along_axis(sums, chosen, axis=1).astype(np.float32),
    }  # fmt: skip


def reproduction(wish: CifarWish) -> Reproduction:
    """``fclab cifar`` once for each seed with the options that differ from its own; the program is
    of seed 0, whose first layer and answers are shown. There is none of the stand-in."""
    there = source() is not None
    recipe, base = wish.recipe, CIFAR.for_outputs(len(wish.classes))
    options = ["--classes", *map(str, wish.classes), *([] if there else ["--data", STAND_IN])]
    options += options_of(recipe, base)
    return Reproduction(
        commands=[
            ("cifar", *options, "--seed", str(seed), "--out", f"results/seed-{seed}")
            if wish.seeds > 1
            else ("cifar", *options)
            for seed in range(wish.seeds)
        ],
        data=Images(classes=wish.classes, source="cifar100") if there else None,
        recipe=recipe, figure=_FIGURE,
    )  # fmt: skip


CIFAR_TASK = Task(CifarWish, train_images, pool="long", reproduces=reproduction)
