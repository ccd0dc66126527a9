"""What trainings of one row came to, epoch by epoch, as arrays: all that the judgement reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fclab.values.metrics import confusion
from fclab.values.run import Run

_HEALTHY = 8
"""Runs that must not diverge for a row to be judged by those that do not; or all of fewer."""


@dataclass(frozen=True, eq=False)
class Traces:
    """Accuracies of single runs of one recipe after every epoch, in percent.

    Attributes:
        test, train: float64 ``(seeds, epochs)``; of runs that did not diverge.
        loss: of the test images, the same shape.
        diverged: how many runs did.
        images: how many test and train images there are.
        classes: how many classes.
        confusion: of the test images at the end of the longest training from these settings, mean
            over its seeds, rows the true classes, float64 ``(k, k)``; None: not known.
    """

    test: np.ndarray
    train: np.ndarray
    loss: np.ndarray
    diverged: int
    images: tuple[int, int]
    classes: int
    confusion: np.ndarray | None = None

    @property
    def seeds(self) -> int:
        """Runs that did not diverge."""
        return len(self.test)

    @property
    def chance(self) -> float:
        """The accuracy of guessing, percent."""
        return 100 / self.classes

    @property
    def can_be_judged(self) -> bool:
        """Whether enough runs came to their end."""
        return self.seeds >= min(_HEALTHY, self.seeds + self.diverged) and self.seeds > 1

    def until(self, epochs: int) -> "Traces":
        """The same trainings stopped earlier: a shorter training from the same seed is the
        beginning of a longer one."""
        return Traces(
            self.test[:, :epochs], self.train[:, :epochs], self.loss[:, :epochs],
            self.diverged, self.images, self.classes, self.confusion,
        )  # fmt: skip


def traces_of(runs: Sequence[Run], epochs: int) -> Traces:
    """The traces of some runs of one recipe, up to an epoch; a run that diverges later counts."""
    info = runs[0].dataset
    healthy = [r for r in runs if r.diverged_at is None or r.diverged_at > epochs]
    columns = [
        np.array([run.history[name][:epochs] for run in healthy]).reshape(len(healthy), epochs)
        for name in ("test_accuracy", "train_accuracy", "test_loss")
    ]
    whole = [run for run in healthy if run.diverged_at is None]
    return Traces(
        test=100 * columns[0], train=100 * columns[1], loss=columns[2],
        diverged=len(runs) - len(healthy),
        images=(info.sizes["test"], info.sizes["train"]), classes=info.n_outputs,
        confusion=_mean_confusion(whole, info.n_outputs) if whole else None,
    )  # fmt: skip


def _mean_confusion(runs: Sequence[Run], classes: int) -> np.ndarray:
    """Of the test images; counted once for all runs, for each count takes milliseconds."""
    targets = np.concatenate([run.targets["test"] for run in runs])
    answers = np.concatenate([run.answers("test") for run in runs])
    return confusion(targets, answers, classes) / len(runs)
