"""How much choosing the epoch on the test set flatters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fclab.statistics import SeedDifference, optimism
from fclab.study.choices import overfitting_epoch
from fclab.values.run import Run


@dataclass(frozen=True)
class Optimism:
    """How much choosing the epoch on the test set flatters, from the same runs.

    The base recipe, trained without the held-out part; the epoch is chosen once by the mean test
    loss and once by the mean validation loss.

    Attributes:
        by_test, by_valid: the chosen epochs.
        accuracy_by_test, accuracy_by_valid: mean test accuracy there.
        difference: of the two, paired by seed.
    """

    by_test: int
    by_valid: int
    accuracy_by_test: float
    accuracy_by_valid: float
    difference: SeedDifference


def optimism_of_epoch(runs: Sequence[Run]) -> Optimism | None:
    """What choosing the epoch on the test set seems to gain; None where all runs diverged.

    Args:
        runs: of one recipe, trained without the held-out part, which is their split "valid".
    """
    by_test, by_valid = (overfitting_epoch(runs, split) for split in ("test", "valid"))
    if by_test is None or by_valid is None:
        return None
    healthy = [run for run in runs if run.diverged_at is None]
    flattered, fair = (
        np.array([run.history["test_accuracy"][found.of_mean - 1] for run in healthy])
        for found in (by_test, by_valid)
    )
    return Optimism(
        by_test=by_test.of_mean,
        by_valid=by_valid.of_mean,
        accuracy_by_test=float(flattered.mean()),
        accuracy_by_valid=float(fair.mean()),
        difference=optimism(flattered, fair),
    )
