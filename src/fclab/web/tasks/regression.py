"""Part 1: a curve, fitted anew and whole for every move of a slider."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
from pydantic import Field

from fclab.analysis.gradient_check import Checked, check_at
from fclab.data.kept import Curve, KeptData, OwnCurve
from fclab.data.regression import Target
from fclab.engines import Glimpse, train
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.recipe import REGRESSION, Recipe
from fclab.values.run import Run
from fclab.web.reproduction import Reproduction, options_of
from fclab.web.tasks.task import LOOKED_AT, Alive, Emit, Event, Task, Wish

FRAMES: Final = 5
"""The fit is shown so many times: at the lab's 50 000 steps after every 10 000."""

CHECKED: Final = 16
"""Entries of each array whose gradient is checked."""

Place = Annotated[float, Field(ge=-10, le=10)]

Number = Annotated[float, Field(ge=-1e30, le=1e30)]

_CURVE_FILE: Final = "curve.csv"
_FIGURE: Final = """
import matplotlib.pyplot as plt

plt.plot(X, y, ".", color="0.7")
plt.plot(test_X, test_y, "--", color="black")
plt.plot(test_X, forward(test_X), linewidth=3)
plt.show()
"""


class RegressionWish(Wish):
    """Data, network and training of part 1."""

    target: Literal[*get_args(Target), "own"] = "sigmoid"  # pyright: ignore[reportInvalidTypeForm]
    points: Annotated[tuple[tuple[Place, Place], ...], Field(max_length=500)] = ()
    """Of a curve of one's own, x and y: in the lab's ranges, [−0.5, 0.5] and about [0, 1]."""
    box: Annotated[tuple[Number, ...], Field(max_length=4)] = ()
    """Least and greatest x and y in the numbers of who brought the points: the page writes them at
    its axes; they stand for −0.5, 0.5, 0 and 1."""
    noise: Annotated[float, Field(ge=0, le=1)] = 0.05
    hidden: Annotated[int, Field(ge=1, le=256)] = 64
    activation: Literal["relu", "sigmoid", "tanh"] = "relu"
    lr: Annotated[float, Field(gt=0, le=1)] = REGRESSION.lr
    steps: Annotated[int, Field(ge=1, le=200_000)] = REGRESSION.epochs
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    unit: Annotated[int, Field(ge=1, le=256, json_schema_extra=LOOKED_AT)] = 1
    """The hidden neuron whose formulas are shown."""


def data_of(wish: RegressionWish) -> KeptData:
    """The curve and its noise.

    Raises:
        UsageError: a curve of one's own has fewer than two points.
    """
    if wish.target != "own":
        return Curve(target=wish.target, noise=wish.noise, seed=wish.seed)
    if len(wish.points) < 2:
        raise UsageError("a curve of your own has at least two points: draw it or paste them")
    return OwnCurve(points=wish.points, noise=wish.noise, seed=wish.seed)


def recipe_of(wish: RegressionWish) -> Recipe:
    """The network and its training."""
    return REGRESSION.replace(
        layers=(wish.hidden, 1), activation=wish.activation, lr=wish.lr, epochs=wish.steps
    )


def fit(wish: RegressionWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Data first, then the weights as they are learnt, then the losses and the gradients."""
    dataset, recipe = data_of(wish).make(), recipe_of(wish)
    assert dataset is not None
    yield {"kind": "data", "x": dataset.train.x[:, 0], "y": dataset.train.y,
           "grid": dataset.test.x[:, 0], "curve": dataset.test.y}  # fmt: skip
    stops = {max(1, wish.steps * k // FRAMES) for k in range(1, FRAMES + 1)}

    def watch(glimpse: Glimpse) -> None:
        alive()
        loss = float(glimpse.history["running_loss"][-1])
        if glimpse.epochs in stops and np.isfinite(loss):
            emit({"kind": "frame", "step": glimpse.epochs, "weights": glimpse.weights(),
                  "loss": loss})  # fmt: skip

    for run in train(dataset, [recipe], [wish.seed], snapshots=stops, watch=watch):
        loss = run.history["running_loss"]
        shown = np.unique(np.geomspace(1, len(loss), 200).astype(int))
        yield {"kind": "course", "steps": shown, "losses": loss[shown - 1],
               "metrics": run.metrics, "diverged_at": run.diverged_at}  # fmt: skip
        yield {"kind": "done", "gradients": _gradients(dataset, run)}


def _gradients(dataset: Dataset, run: Run) -> list[dict[str, Any]]:
    if run.diverged_at is not None:
        return []
    return [_told(one) for one in check_at(dataset, run.recipe, run.weights, entries=CHECKED)]


def _told(one: Checked) -> dict[str, Any]:
    return {
        "name": one.name, "size": one.size, "where": one.where, "formula": one.by_formula,
        "differences": one.by_differences, "smooth": one.smooth, "difference": one.difference,
    }  # fmt: skip


def reproduction(wish: RegressionWish) -> Reproduction:
    """``fclab regression`` with the options that differ from its own."""
    data, recipe = data_of(wish), recipe_of(wish)
    options: list[str] = []
    if isinstance(data, OwnCurve):
        options += ["--xy", _CURVE_FILE]
    elif wish.target != Curve().target:
        options += ["--target", wish.target]
    if wish.noise != Curve().noise:
        options += ["--noise", str(wish.noise)]
    options += options_of(recipe, REGRESSION)
    if wish.seed:
        options += ["--seed", str(wish.seed)]
    files = {}
    if isinstance(data, OwnCurve):
        files[_CURVE_FILE] = "".join(f"{x},{y}\n" for x, y in data.points)
    return Reproduction(
        commands=[("regression", *options)], data=data, recipe=recipe, seed=wish.seed,
        files=files, figure=_FIGURE,
    )  # fmt: skip


REGRESSION_TASK = Task(RegressionWish, fit, reproduces=reproduction)
