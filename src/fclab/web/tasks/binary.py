"""Part 2: two classes of points, told apart anew for every move of a slider.

Two tasks are of one wish: ``binary`` trains the first network and is quick; ``binary_seeds`` trains
the others, from further seeds on the same points, and gives way to whatever is quick.
"""

from collections.abc import Iterator, Sequence
from threading import Lock
from time import monotonic
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
from pydantic import Field

from fclab.analysis.surface import separated
from fclab.data.binary import DEFAULT_NOISE, BinaryShape
from fclab.data.kept import Cloud, OwnCloud
from fclab.engines import Glimpse, train
from fclab.engines.job import initial_weights
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.model import Weights
from fclab.values.recipe import BINARY, Recipe
from fclab.web.reproduction import Reproduction, options_of
from fclab.web.tasks.task import LOOKED_AT, Alive, Emit, Event, Task, Wish

MOST_POINTS: Final = 500
"""Of one's own."""

MOST_WORK: Final = 4e10
"""Of one network, by `work`: some seconds of one core."""

MOST_WORK_OF_SEEDS: Final = 2e11

_SNAPSHOTS: Final = 48
_BYTES_OF_SNAPSHOTS: Final = 6e6
_PAUSE: Final = 0.04
"""Seconds between two messages with snapshots."""

_WORK_BETWEEN: Final = 1e8
"""Work after which it is asked whether somebody still waits: about a hundredth of a second."""

_POINTS_FILE: Final = "points.csv"
_FIGURE: Final = """
import matplotlib.pyplot as plt

low, high = X.min(0).values - 0.2, X.max(0).values + 0.2
across, up = torch.meshgrid(
    torch.linspace(low[0], high[0], 200), torch.linspace(low[1], high[1], 200), indexing="xy"
)
with torch.no_grad():
    probability = torch.sigmoid(forward(torch.stack([across, up], dim=-1))[..., 0])
plt.contourf(across, up, probability, levels=20, cmap="coolwarm", vmin=0, vmax=1)
plt.contour(across, up, probability, levels=[0.5], colors="black")
plt.scatter(*X.T, c=y[:, 0], cmap="coolwarm", edgecolors="white", s=20)
plt.gca().set_aspect("equal")
plt.show()
"""

Place = Annotated[float, Field(ge=-10, le=10)]


class BinaryWish(Wish):
    """Data, network and training of part 2."""

    shape: Literal[*get_args(BinaryShape), "own"] = "xor"  # pyright: ignore[reportInvalidTypeForm]
    count: Annotated[int, Field(ge=20, le=1000)] = 1000
    """Points of a cloud that is made, in the train part and again in the test part."""
    noise: Annotated[float, Field(ge=0, le=0.5, json_schema_extra={"of": {**DEFAULT_NOISE}})] = (
        DEFAULT_NOISE["xor"]
    )
    points: Annotated[
        tuple[tuple[Place, Place, Literal[0, 1]], ...], Field(max_length=MOST_POINTS)
    ] = ()
    """Of one's own: x, y and class."""
    hidden: Annotated[int, Field(ge=1, le=64)] = BINARY.layers[0]
    layers: Annotated[int, Field(ge=1, le=3)] = 1
    """Hidden ones, of the same width."""
    activation: Literal["relu", "sigmoid", "tanh"] = "sigmoid"
    init_scale: Annotated[float, Field(ge=0.01, le=3)] = BINARY.init_scale
    lr: Annotated[float, Field(ge=1e-5, le=1)] = BINARY.lr
    epochs: Annotated[int, Field(ge=1, le=50_000)] = BINARY.epochs
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    seeds: Annotated[int, Field(ge=1, le=32)] = 1
    epoch: Annotated[int, Field(ge=-1, le=50_000, json_schema_extra=LOOKED_AT)] = -1
    """That is looked at; −1: the last one."""


def data_of(wish: BinaryWish) -> Cloud | OwnCloud:
    """The points.

    Raises:
        UsageError: one's own are not of both classes.
    """
    if wish.shape != "own":
        return Cloud(shape=wish.shape, points=wish.count, noise=wish.noise, seed=wish.seed)
    if len({label for _, _, label in wish.points}) < 2:
        raise UsageError("points of your own are of both classes: add some of each")
    return OwnCloud(points=wish.points)


def recipe_of(wish: BinaryWish) -> Recipe:
    """The network and its training."""
    return BINARY.replace(
        layers=(*[wish.hidden] * wish.layers, 1), activation=wish.activation,
        init_scale=wish.init_scale, lr=wish.lr, epochs=wish.epochs,
    )  # fmt: skip


def work(recipe: Recipe, examples: int) -> float:
    """About how many operations an epoch takes."""
    return examples * (3 * recipe.connections(2) + 20 * recipe.neurons())


def snapshots_of(wish: BinaryWish) -> np.ndarray:
    """Epochs after which the weights are shown, in about a geometric sequence; the last one is
    that of the whole training."""
    recipe = recipe_of(wish)
    fit_in = _BYTES_OF_SNAPSHOTS / (4 * recipe.parameters(2) * wish.seeds)
    count = int(np.clip(fit_in, 12, _SNAPSHOTS))
    return np.unique(np.geomspace(1, wish.epochs, count).round().astype(int))


def first(wish: BinaryWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The points, then the network of the wish's own seed.

    Raises:
        UsageError: points of one class, or more work than a page may ask for.
    """
    dataset, recipe = data_of(wish).make(), recipe_of(wish)
    each = work(recipe, len(dataset.train))
    if each * recipe.epochs > MOST_WORK:
        raise UsageError(
            "this takes too long for a page: with this network and these points it trains "
            "{epochs} epochs at the most", epochs=int(MOST_WORK / each),
        )  # fmt: skip
    yield {"kind": "data", "x": dataset.train.x, "y": dataset.train.y.astype(np.uint8),
           "test_x": dataset.test.x, "test_y": dataset.test.y.astype(np.uint8)}  # fmt: skip
    yield from _trained(wish, dataset, recipe, [wish.seed], emit, alive)


def others(wish: BinaryWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The networks of the seeds that follow, on the same points.

    Raises:
        UsageError: points of one class, or more work than a page may ask for.
    """
    dataset, recipe = data_of(wish).make(), recipe_of(wish)
    each = work(recipe, len(dataset.train)) * recipe.epochs
    if each * wish.seeds > MOST_WORK_OF_SEEDS:
        raise UsageError(
            "this takes too long for a page: of this training it does {seeds} seeds at the most",
            seeds=max(1, int(MOST_WORK_OF_SEEDS / each)),
        )
    seeds = range(wish.seed + 1, wish.seed + wish.seeds)
    yield from _trained(wish, dataset, recipe, seeds, emit, alive)


def _trained(
    wish: BinaryWish, dataset: Dataset, recipe: Recipe, seeds: Sequence[int],
    emit: Emit, alive: Alive,
) -> Iterator[Event]:  # fmt: skip
    frames = _Frames(snapshots_of(wish), emit, alive)
    for seed in seeds:
        frames.start(seed, initial_weights(recipe, 2, seed))
    between = max(1, int(_WORK_BETWEEN / work(recipe, len(dataset.train))))
    stops = {*frames.stops, *range(between, recipe.epochs, between)}
    for run in train(dataset, [recipe], seeds, snapshots=stops, watch=frames.watch):
        frames.flush()
        loss = run.history["running_loss"]
        shown = np.unique(np.geomspace(1, recipe.epochs, 200).round().astype(int))
        shown = shown[shown <= len(loss)]  # of all seeds the same, as far as they went
        yield {"kind": "course", "seed": run.seed, "steps": shown, "losses": loss[shown - 1],
               "metrics": run.metrics, "diverged_at": run.diverged_at,
               "separated": separated(run)}  # fmt: skip
    yield {"kind": "done"}


class _Frames:
    """Snapshots on their way: those of all seeds, some at a time.

    Attributes:
        stops: epochs after which there is one.
    """

    def __init__(self, stops: np.ndarray, emit: Emit, alive: Alive):
        self.stops = {*stops.tolist()}
        self._emit, self._alive = emit, alive
        self._lock, self._last = Lock(), 0.0
        self._rows: list[tuple[int, int, float, np.ndarray]] = []

    def start(self, seed: int, weights: Weights) -> None:
        """Weights before the first epoch."""
        self._rows.append((seed, 0, float("nan"), _flat(weights)))

    def watch(self, glimpse: Glimpse) -> None:
        """A training as it stands."""
        self._alive()
        loss = float(glimpse.history["running_loss"][-1])
        if glimpse.epochs not in self.stops or not np.isfinite(loss):
            return
        weights = _flat(glimpse.weights())
        with self._lock:
            self._rows.append((glimpse.seed, glimpse.epochs, loss, weights))
        if monotonic() - self._last > _PAUSE:
            self.flush()

    def flush(self) -> None:
        """Send what there is."""
        with self._lock:
            rows, self._rows, self._last = self._rows, [], monotonic()
        if rows:
            seeds, steps, losses, weights = zip(*rows, strict=True)
            self._emit({"kind": "frames", "seeds": [*seeds], "steps": [*steps],
                        "losses": [*losses], "weights": np.stack(weights)})  # fmt: skip


def _flat(weights: Weights) -> np.ndarray:
    """All weights in a row: of layer after layer the matrix (outputs, inputs), then the biases."""
    count = len(weights) // 2
    named: list[Any] = [weights[f"fc{i}.{part}"].ravel()
                        for i in range(1, count + 1) for part in ("weight", "bias")]  # fmt: skip
    return np.concatenate(named).astype(np.float32)


def reproduction(wish: BinaryWish) -> Reproduction:
    """``fclab binary`` once for each seed, with the options that differ from its own; the program
    is of the first one. Further seeds are of the networks: the points stay those of the first."""
    data, recipe = data_of(wish), recipe_of(wish)
    files: dict[str, str] = {}
    if isinstance(data, Cloud):
        options = ["--shapes", data.shape]
        if data.points != Cloud(shape="xor").points:
            options += ["--points", str(data.points)]
        if data.noise != DEFAULT_NOISE[data.shape]:
            options += ["--noise", str(data.noise)]
    else:
        options = ["--xy", _POINTS_FILE]
        files[_POINTS_FILE] = "".join(f"{x},{y},{label}\n" for x, y, label in data.points)
    options += ["--tries", "0", *options_of(recipe, BINARY)]
    commands: list[tuple[str, ...]] = []
    for seed in range(wish.seed, wish.seed + wish.seeds):
        own = ["--seed", str(seed)] if seed else []
        if isinstance(data, Cloud) and seed != data.seed:
            own += ["--points-seed", str(data.seed)]
        if wish.seeds > 1:
            own += ["--out", f"results/seed-{seed}"]
        commands.append(("binary", *options, *own))
    return Reproduction(
        commands=commands, data=data, recipe=recipe, seed=wish.seed, files=files, figure=_FIGURE
    )


BINARY_TASK = Task(BinaryWish, first, reproduces=reproduction)
BINARY_SEEDS_TASK = Task(BinaryWish, others, pool="long")
