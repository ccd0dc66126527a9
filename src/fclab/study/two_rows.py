"""Any two rows, of one study or of two on the same images."""

from dataclasses import dataclass

import numpy as np

from fclab.statistics import (
    Comparison,
    SeedDifference,
    Verdict,
    compare,
    compare_over_seeds,
    verdicts,
)
from fclab.study.study import Study, check_same_images, correct_answers
from fclab.values.dataset import ClassName, Substitute
from fclab.values.errors import FclabError
from fclab.values.recipe import Recipe
from fclab.values.run import Run


@dataclass(frozen=True)
class OfClass:
    """The comparison on the test images of one class; recalls are means over seeds.

    The verdict is corrected for the number of classes: they are a family of their own.
    """

    name: ClassName
    first: float
    second: float
    change: Comparison
    verdict: Verdict


@dataclass(frozen=True)
class TwoRows:
    """Two rows compared; runs that diverged are left out.

    Attributes:
        names: of the rows.
        recipes: of the rows.
        accuracies: on test, means over all seeds of each row.
        change: first less second.
        verdict: on this one comparison, so without a correction.
        loss: the change of the test loss.
        classes: the same for the images of each class.
        substitute: what stands in place of CIFAR-100, if anything.
    """

    names: tuple[str, str]
    recipes: tuple[Recipe, Recipe]
    accuracies: tuple[float, float]
    change: Comparison
    verdict: Verdict
    loss: SeedDifference
    classes: tuple[OfClass, ...]
    substitute: Substitute


def compare_rows(study: Study, row: str, other_study: Study, other: str) -> TwoRows:
    """A row of a study against a row of the same or of another one.

    Raises:
        UsageError: no such row, or the studies are of different images.
        FclabError: a row has only diverged runs.
    """
    check_same_images(study, other_study)
    sides = []
    for of, name in ((study, row), (other_study, other)):
        of.row(name)
        runs = [run for run in of.runs[name] if run.diverged_at is None]
        if not runs:
            raise FclabError(
                "all runs of the row {name!r} diverged: there is nothing to compare", name=name
            )
        sides.append(runs)
    first, second = sides
    seeds = {"seeds": _seeds(first), "parent_seeds": _seeds(second)}
    answers = [correct_answers(runs) for runs in sides]
    change = compare(*answers, **seeds)
    labels, names = first[0].targets["test"], study.dataset.class_names
    of_classes = [[table[:, labels == label] for table in answers] for label in range(len(names))]
    changes = [compare(*tables, **seeds) for tables in of_classes]
    classes = [
        OfClass(name, float(one.mean()), float(two.mean()), found, verdict)
        for name, (one, two), found, verdict in zip(
            names, of_classes, changes, verdicts(changes), strict=True
        )
    ]
    titles = (row, other) if row != other else (f"{row} (1)", f"{other} (2)")
    return TwoRows(
        names=titles,
        recipes=(study.row(row).recipe, other_study.row(other).recipe),
        accuracies=(float(np.mean(answers[0])), float(np.mean(answers[1]))),
        change=change,
        verdict=verdicts([change])[0],
        loss=compare_over_seeds(
            *([run.metrics["test_loss"] for run in runs] for runs in sides), **seeds
        ),
        classes=tuple(classes),
        substitute=study.dataset.substitute,
    )


def _seeds(runs: list[Run]) -> list[int]:
    return [run.seed for run in runs]
