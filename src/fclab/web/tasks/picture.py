"""One's own picture: a network for some classes, and how well it bears test images that moved."""

from collections.abc import Iterator
from time import perf_counter
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from fclab.engines import Glimpse, train
from fclab.values.dataset import Dataset
from fclab.values.metrics import predicted
from fclab.values.model import Model, answers, network_inputs
from fclab.values.recipe import Recipe
from fclab.web.bounds import Deadline
from fclab.web.images import dataset_of
from fclab.web.page import described
from fclab.web.tasks.cifar import NetworkWish, check_time
from fclab.web.tasks.task import LOOKED_AT, Alive, Emit, Event, Task

FARTHEST: Final = 8
"""Pixels by which test images are moved, in every direction."""
SAMPLES: Final = 6
"""Test images of each class that may be looked at."""
_PATIENCE: Final = 120.0
"""Seconds after which a training is ended."""
_PAUSE: Final = 0.2
"""Seconds between two events of the course."""


class PictureWish(NetworkWish):
    """As in part 3, one seed; training images may be moved and mirrored. And how the picture is
    moved that is looked at."""

    seeds: Annotated[int, Field(ge=1, le=1)] = 1
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    shift: Annotated[int, Field(ge=0, le=FARTHEST)] = 0
    flip: bool = False
    sample: Annotated[int, Field(ge=0, le=5 * SAMPLES, json_schema_extra=LOOKED_AT)] = 1
    """Of the test images, from 1; 0: a picture of one's own, which is in no address."""
    x: Annotated[float, Field(ge=-16, le=16, json_schema_extra=LOOKED_AT)] = 0
    y: Annotated[float, Field(ge=-16, le=16, json_schema_extra=LOOKED_AT)] = 0
    """Pixels to the right and down."""
    zoom: Annotated[float, Field(ge=0.5, le=8, json_schema_extra=LOOKED_AT)] = 1
    turn: Annotated[float, Field(ge=-180, le=180, json_schema_extra=LOOKED_AT)] = 0
    """Degrees, clockwise."""

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        return super().recipe.replace(shift=self.shift, flip=self.flip)


def show_network(wish: PictureWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Test images to look at, how far the training is, the network as the page computes it, and
    its accuracy on moved test images.

    Raises:
        UsageError: it would take or takes too long. DataError: the images are damaged.
    """
    check_time(wish)
    dataset = dataset_of(wish.classes, alive)
    yield {
        "kind": "data",
        "source": dataset.source,
        "names": dataset.class_names,
        "samples": np.stack([dataset.test.x[dataset.test.y == label][:SAMPLES]
                             for label in range(dataset.n_outputs)]),
    }  # fmt: skip
    deadline, told = Deadline(_PATIENCE), perf_counter()

    def watch(glimpse: Glimpse) -> None:
        nonlocal told
        alive()
        deadline.check()
        if (now := perf_counter()) - told > _PAUSE:
            told = now
            emit({"kind": "frame", "epoch": glimpse.epochs})

    (run,) = train(dataset, [wish.recipe], [wish.seed], watch=watch)
    model = described([run.model], lambda array: array)
    yield {"kind": "network", "model": model, "accuracy": run.metrics["test_accuracy"]}
    yield {"kind": "done", "map": accuracy_over_shifts(run.model, dataset, alive)}


def accuracy_over_shifts(model: Model, dataset: Dataset, alive: Alive) -> np.ndarray:
    """Accuracy on the test images moved by −8 to 8 pixels, edges reflected; float32 ``(17, 17)``,
    rows from up to down, columns from left to right.

    Args:
        model: of classes.
        dataset: with test images.
        alive: called between two rows.
    """
    height, width, _ = shape = dataset.train.x.shape[1:]
    border = ((0, 0), (FARTHEST, FARTHEST), (FARTHEST, FARTHEST), (0, 0))
    padded = np.pad(dataset.inputs["test"].reshape(-1, *shape), border, mode="reflect")
    steps = range(2 * FARTHEST, -1, -1)  # what lies above comes into view when images move down
    found = np.empty((len(steps), len(steps)), np.float32)
    for i, top in enumerate(steps):
        alive()
        for j, left in enumerate(steps):
            moved = padded[:, top : top + height, left : left + width].reshape(len(padded), -1)
            inputs = network_inputs(model.recipe, moved)
            given = predicted("multiclass", answers(model.recipe, model.weights, inputs, shape))
            found[i, j] = (given == dataset.test.y).mean()
    return found


PICTURE_TASK = Task(PictureWish, show_network, pool="long")
