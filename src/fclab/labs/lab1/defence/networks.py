"""The networks that a defence is about: those that were trained, and the lab's own for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from fclab.data import binary_points, regression_curve
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, DatasetInfo, Task
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe

PartNumber = Literal[1, 2, 3]
PARTS: Mapping[Task, PartNumber] = {"regression": 1, "binary": 2, "multiclass": 3}

_EXAMPLE = (0, 55, 58)  # the classes of the lab's own example
_PER_CLASS = {"train": 500, "test": 100}  # images of a class of CIFAR-100 (Krizhevsky 2009)


class Trained(Protocol):
    """What is told of a training: a `Run`, or a kept one without its arrays."""

    @property
    def dataset(self) -> DatasetInfo:
        """What it was trained on."""
        ...

    @property
    def recipe(self) -> Recipe:
        """How."""
        ...

    @property
    def seed(self) -> int:
        """From which seed."""
        ...

    @property
    def metrics(self) -> Mapping[str, float]:
        """Losses and accuracies at the end."""
        ...

    @property
    def epochs(self) -> int:
        """Epochs that were made."""
        ...

    @property
    def diverged_at(self) -> int | None:
        """The epoch whose loss was not finite, or None."""
        ...


@dataclass(frozen=True)
class Network:
    """A network of the lab with the trainings that it went through.

    Attributes:
        dataset, recipe: of the first training, or the lab's.
        trained: trainings of this recipe on data of the same shape; empty if the part was not
            done, and the recipe is that of the lab.
    """

    dataset: DatasetInfo
    recipe: Recipe
    trained: tuple[Trained, ...] = ()

    @property
    def part(self) -> PartNumber:
        """The part of the lab that it belongs to."""
        return PARTS[self.dataset.task]

    @property
    def n_train(self) -> int:
        """Training examples."""
        return self.dataset.sizes["train"]

    @property
    def n_inputs(self) -> int:
        """Inputs of the first layer."""
        return self.dataset.n_inputs


def networks(trained: Sequence[Trained], classes: Sequence[ClassName] = ()) -> tuple[Network, ...]:
    """The networks of all three parts, in the order of the lab.

    Trainings of one recipe on data of one shape are one network (the clouds of part 2). For a
    part without any training the lab's own network stands in, with ``trained`` empty.

    Args:
        trained: in the order in which they are told.
        classes: of part 3 if it was not trained; default: those of the lab's example.
    """
    found: dict[tuple[object, ...], list[Trained]] = {}
    for run in sorted(trained, key=lambda run: PARTS[run.dataset.task]):
        data = run.dataset
        same = (data.task, run.recipe.key, data.input_shape, data.sizes["train"])
        found.setdefault(same, []).append(run)
    made = [Network(runs[0].dataset, runs[0].recipe, tuple(runs)) for runs in found.values()]
    there = {network.part for network in made}
    made += [own for own in lab_networks(classes) if own.part not in there]
    return tuple(sorted(made, key=lambda network: network.part))


def newest(kept: Sequence[Trained], classes: Sequence[int] = ()) -> list[Trained]:
    """What a person trained last: of part 1 and part 3 a training each, of part 2 the last one
    and those of its recipe on the other clouds. Real images go before the stand-in.

    Args:
        kept: oldest first.
        classes: numbers of the classes of part 3; default: whichever were trained last.
    """
    chosen: list[Trained] = []
    for task in PARTS:
        there = [run for run in kept if run.dataset.task == task and _of(run, classes)]
        real = [run for run in there if not run.dataset.substitute] or there
        if not real:
            continue
        last = real[-1]
        if task == "binary":
            alike = [run for run in real if run.recipe == last.recipe]
            chosen += {run.dataset.name: run for run in alike}.values()
        else:
            chosen.append(last)
    return chosen


def _of(run: Trained, classes: Sequence[int]) -> bool:
    numbers = [name.number for name in run.dataset.class_names]
    if run.dataset.task != "multiclass" or not classes:
        return True
    return run.dataset.pictures is None and numbers == sorted(classes)


def lab_networks(classes: Sequence[ClassName] = ()) -> tuple[Network, ...]:
    """The three networks as the lab trains them, on data of the sizes that it has there."""
    names = tuple(classes) or tuple(CLASS_NAMES[number] for number in _EXAMPLE)
    images = DatasetInfo(
        name="cifar100-" + "-".join(str(name.number) for name in names),
        task="multiclass",
        source="cifar100",
        fingerprint="",
        input_shape=(32, 32, 3),
        n_outputs=len(names),
        sizes={part: n * len(names) for part, n in _PER_CLASS.items()},
        class_names=names,
        preprocessing=CIFAR_PREPROCESSING,
    )
    return (
        Network(regression_curve().info, REGRESSION),
        Network(binary_points().info, BINARY),
        Network(images, CIFAR.for_outputs(len(names))),
    )
