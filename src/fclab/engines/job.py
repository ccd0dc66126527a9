"""What every engine starts from: a job, its first weights, and the machine."""

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

import numpy as np

from fclab.engines.memory import check_memory
from fclab.engines.tying import taps
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.model import Weights
from fclab.values.recipe import Recipe, format_layers
from fclab.values.rng import stream
from fclab.values.run import EngineChoice, History, Machine

Tick = Callable[[int], None]
"""A callback: told how many more epochs are done. Called from worker
threads; may raise to stop the work."""


@dataclass(frozen=True, eq=False)
class Glimpse:
    """One training as it stands.

    Attributes:
        recipe, seed: what is trained.
        epochs: done so far.
        history: of the epochs since the last glimpse, see `fclab.values.run.History`.
        weights: copies of the weights as they stand; to be called before `Watch` returns.
    """

    recipe: Recipe
    seed: int
    epochs: int
    history: History
    weights: Callable[[], Weights]


Watch = Callable[[Glimpse], None]
"""A callback: shown every training after each few epochs, and after each epoch of its snapshots.
Called from worker threads; may raise to stop the work."""


@dataclass(frozen=True, eq=False)
class Job:
    """One run to be trained, by whom, after which epochs its fit is to be kept, who watches, and
    whether what is heavy may stay where it was trained; which weights it starts from in place of
    those that are drawn, by name, and whether its course is taken."""

    dataset: Dataset
    recipe: Recipe
    seed: int
    choice: EngineChoice
    snapshots: tuple[int, ...] = ()
    watch: Watch | None = None
    light: bool = False
    initial: Weights = field(default_factory=dict)
    course: bool = True

    @property
    def evaluates(self) -> tuple[str, ...]:
        """Splits whose loss and accuracy are taken after every epoch: all of an image dataset,
        else only a validation part; of an image dataset none where no course is taken."""
        if self.dataset.task == "multiclass" and not self.course:
            return ()
        if self.dataset.task == "multiclass":
            return tuple(self.dataset.splits)
        return ("valid",) if self.dataset.valid is not None else ()


def check(dataset: Dataset, recipe: Recipe) -> None:
    """Whether the recipe can be trained on the dataset at all.

    Raises:
        UsageError: the last layer, the loss or the stopping rule does not fit the dataset, neurons
            whose weights are tied do not fill their places, or the training does not fit the
            memory of this machine.
    """
    wanted, last = dataset.n_outputs, recipe.layers[-1]
    if last != wanted:
        raise UsageError(
            "the last layer must be FC({wanted}) for {data}, not FC({last}): add or correct it",
            wanted=wanted,
            data=dataset.name,
            last=last,
        )
    if (recipe.loss == "cross_entropy") != (dataset.task == "multiclass"):
        raise UsageError(
            "the loss {loss} does not suit the {task} task", loss=recipe.loss, task=dataset.task
        )
    if recipe.loss == "log_loss" and dataset.task != "binary":
        raise UsageError(
            "the log loss needs two classes, {data} is a {task} task",
            data=dataset.name,
            task=dataset.task,
        )
    if recipe.patience is not None and dataset.valid is None:
        raise UsageError("early stopping needs a validation part: hold one out of train first")
    of_images = {"flip", "shift", "rotate", "zoom", "jitter", "pool", "locality", "tied",
                 "contrast"}  # fmt: skip
    asked = of_images & {*recipe.extras} or recipe.tta != "none"
    if asked and dataset.train.x.ndim != 4:
        raise UsageError(
            "flips, shifts, locality, tied weights and contrast normalisation need images"
        )
    if asked and any(length % recipe.pool for length in dataset.train.x.shape[1:3]):
        raise UsageError("squares of {pool} pixels do not fill the images", pool=recipe.pool)
    if recipe.tied_epochs:
        taps(recipe, dataset.info.input_shape)
    check_memory(dataset, recipe)


def check_initial(dataset: Dataset, recipe: Recipe, given: Weights) -> None:
    """Whether given weights are some of the recipe's on the dataset.

    Raises:
        UsageError: the recipe has no weights of such a name, they have another shape, or the
            recipe begins with tied ones.
    """
    if not given:
        return
    if recipe.tied_epochs:
        raise UsageError("given weights are not tied: take tied = 0")
    own = initial_weights(recipe, dataset.info.n_inputs, 0)
    for name, array in given.items():
        if name not in own or own[name].shape != array.shape:
            raise UsageError(
                "{layers} on {data} has no weights {name} of shape {shape}",
                layers=format_layers(recipe.layers),
                data=dataset.name,
                name=name,
                shape="x".join(map(str, array.shape)),
            )


def initial_weights(
    recipe: Recipe, n_inputs: int, seed: int, far: Mapping[int, np.ndarray] = MappingProxyType({})
) -> dict[str, np.ndarray]:
    """The weights that every engine starts from (stream "init"), float32.

    ``fan_in``: weights and biases U(−1/√inputs, 1/√inputs), the default of ``nn.Linear``;
    ``uniform``: weights U(−init_scale, init_scale), biases 0 (lab, parts 1 and 2).
    Normalisation layers start as the identity. Weights between far places are 0 and do not count
    as inputs, see `fclab.engines.locality.far_weights`.
    """
    rng = stream(seed, "init")
    weights: dict[str, np.ndarray] = {}
    for i, (n_out, n_in) in enumerate(recipe.shapes(n_inputs), start=1):
        if recipe.init == "fan_in":
            bound = (n_in - far[i].sum(axis=1, keepdims=True)) ** -0.5 if i in far else n_in**-0.5
            weights[f"fc{i}.weight"] = rng.uniform(-bound, bound, (n_out, n_in))
            weights[f"fc{i}.bias"] = rng.uniform(-bound, bound, (n_out, 1)).ravel()
        else:
            scale = recipe.init_scale
            weights[f"fc{i}.weight"] = rng.uniform(-scale, scale, (n_out, n_in))
            weights[f"fc{i}.bias"] = np.zeros(n_out)
        if i in far:
            weights[f"fc{i}.weight"][far[i]] = 0
        if recipe.norm != "none" and i < len(recipe.layers):
            weights[f"norm{i}.weight"] = np.ones(n_out)
            weights[f"norm{i}.bias"] = np.zeros(n_out)
            if recipe.norm == "batch":
                weights[f"norm{i}.mean"] = np.zeros(n_out)
                weights[f"norm{i}.var"] = np.ones(n_out)
    return {name: array.astype(np.float32) for name, array in weights.items()}


@cache
def this_machine() -> Machine:
    """System, processor, cores, Python and the versions that decide about numbers."""
    packages = ("fclab", "torch", "numpy", "numba", "scikit-learn")
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_described("model name") or platform.processor() or platform.machine(),
        cores=usable_cores(),
        python=platform.python_version(),
        packages={name: v for name in packages if (v := _version(name))},
        instructions=_instructions(),
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _instructions() -> str | None:
    """The widest vectors of the processor, by the names of its flags in Linux."""
    flags = set((_described("flags") or _described("Features") or "").split())
    known = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "sse2": "SSE2", "sve": "SVE",
             "asimd": "NEON"}  # fmt: skip
    return next((name for flag, name in known.items() if flag in flags), None)


def _described(what: str) -> str | None:
    """What Linux says of the first processor; None: nothing, or it is another system."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 (a kernel file)
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == what:
                    return value.strip()
    except OSError:
        pass
    return None
