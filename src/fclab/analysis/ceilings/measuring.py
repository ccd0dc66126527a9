"""All methods measured on a dataset. Settings are chosen on held-out parts of train only."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

import numpy as np

from fclab.analysis.ceilings.methods import SOLVED, Answers, Examples, Settings, examples_of
from fclab.analysis.ceilings.values import Ceiling, Ceilings, Method
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import CIFAR, Recipe
from fclab.version import __version__

FOLDS: Final = 5
"""Train is cut into so many parts, each of which is held out once."""
EPOCHS: Final = 30
"""Of the convolutional network."""
LEAST: Final = 8
"""Pixels of a side that three halvings need."""


def measure_ceilings(
    dataset: Dataset,
    recipe: Recipe = CIFAR,
    *,
    seeds: int = 3,
    progress: Progress = no_progress,
) -> Ceilings:
    """What the methods reach on the test images of a dataset.

    Args:
        dataset: images of several classes; train and test are used, a validation part is not.
        recipe: the network whose depth the infinitely wide ones have.
        seeds: convolutional networks; 0: none.
        progress: told how many steps are done and expected.

    Raises:
        UsageError: these are no images, or too small ones or too few.
    """
    if dataset.task != "multiclass" or len(dataset.info.input_shape) != 3:
        raise UsageError("the ceilings are for images of several classes, not for {data}",
                         data=dataset.name)  # fmt: skip
    if min(dataset.info.input_shape[:2]) < LEAST or np.bincount(dataset.train.y).min() < FOLDS:
        raise UsageError(
            "the ceilings need pictures of {side} pixels a side and {n} training images of each "
            "class at least",
            side=LEAST,
            n=FOLDS,
        )
    hidden = len(recipe.layers) - 1
    expected = len(SOLVED) + 1 + seeds * EPOCHS
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, expected)

    progress(0, expected)
    examples, lines = examples_of(dataset, hidden), []
    step()
    for method, (answers, tried) in SOLVED.items():
        lines.append(solved(method, examples, answers, tried))
        step()
    if seeds:
        lines.append(_convolution(dataset, seeds, step))
    return Ceilings(
        fingerprint=dataset.fingerprint,
        hidden=hidden,
        targets=tuple(dataset.test.y.tolist()),
        lines=tuple(lines),
        version=__version__,
    )


def solved(
    method: Method, examples: Examples, answers: Answers, tried: tuple[Settings, ...]
) -> Ceiling:
    """Choose a method's settings on held-out parts of train, then ask it about test, once.

    Of settings that do equally well the first is taken.
    """
    from sklearn.model_selection import StratifiedKFold

    started = perf_counter()
    train, test = np.split(np.arange(len(examples.y)), [examples.n_train])
    right = np.zeros(len(tried))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for known, held_out in folds.split(train, examples.y[train]):
        given = answers(examples, tried, known, held_out)
        right += [(answer == examples.y[held_out]).sum() for answer in given]
    best = int(right.argmax())
    (answer,) = answers(examples, [tried[best]], train, test)
    return Ceiling(
        method=method,
        settings=dict(tried[best]),
        held_out=float(right[best]) / len(train),
        answers=(tuple(answer.tolist()),),
        seconds=perf_counter() - started,
    )


def _convolution(dataset: Dataset, seeds: int, step: Callable[[], None]) -> Ceiling:
    from fclab.analysis.ceilings.convolution import SETTINGS, answers_of_convolutions

    started = perf_counter()
    given = answers_of_convolutions(dataset, range(seeds), EPOCHS, step)
    return Ceiling(
        method="convolution",
        settings={"epochs": float(EPOCHS), **SETTINGS},
        answers=tuple(tuple(answers.tolist()) for answers in given),
        seconds=perf_counter() - started,
    )
