"""Part 1: a curve, fitted anew and whole for every move of a slider."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from fclab.data import regression_curve
from fclab.data.regression import Target
from fclab.engines import Glimpse, train
from fclab.values.recipe import REGRESSION
from fclab.web.tasks.task import Alive, Emit, Event, Task, Wish

FRAMES = 5
"""The fit is shown so many times: at the lab's 50 000 steps after every 10 000."""


class RegressionWish(Wish):
    """Data, network and training of part 1."""

    target: Target = "sigmoid"
    noise: Annotated[float, Field(ge=0, le=1)] = 0.05
    hidden: Annotated[int, Field(ge=1, le=256)] = 64
    activation: Literal["relu", "sigmoid", "tanh"] = "relu"
    lr: Annotated[float, Field(gt=0, le=1)] = REGRESSION.lr
    steps: Annotated[int, Field(ge=1, le=200_000)] = REGRESSION.epochs
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


def fit(wish: RegressionWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Data first, then the weights as they are learnt, then the errors."""
    dataset = regression_curve(wish.target, noise=wish.noise, seed=wish.seed)
    recipe = REGRESSION.replace(
        layers=(wish.hidden, 1), activation=wish.activation, lr=wish.lr, epochs=wish.steps
    )
    yield {"kind": "data", "x": dataset.train.x[:, 0], "y": dataset.train.y,
           "grid": dataset.test.x[:, 0], "curve": dataset.test.y}  # fmt: skip
    stops = {max(1, wish.steps * k // FRAMES) for k in range(1, FRAMES + 1)}

    def watch(glimpse: Glimpse) -> None:
        alive()
        if glimpse.epochs in stops:
            emit({"kind": "frame", "step": glimpse.epochs, "weights": glimpse.weights(),
                  "loss": float(glimpse.history["running_loss"][-1])})  # fmt: skip

    for run in train(dataset, [recipe], [wish.seed], snapshots=stops, watch=watch):
        loss = run.history["running_loss"]
        shown = np.unique(np.geomspace(1, len(loss), 200).astype(int))
        yield {"kind": "done", "steps": shown, "losses": loss[shown - 1], "metrics": run.metrics,
               "diverged_at": run.diverged_at}  # fmt: skip


REGRESSION_TASK = Task(RegressionWish, fit)
