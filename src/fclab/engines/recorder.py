"""What is kept of a training, epoch by epoch: the one account that every engine gives."""

from collections.abc import Callable
from math import isfinite

import numpy as np

from fclab.engines.job import Glimpse, Job, Tick
from fclab.values.metrics import accuracy, losses
from fclab.values.model import Weights
from fclab.values.run import History


class Recorder:
    """Keeps the course of one training, its snapshots and the weights that it ends with, and says
    when it is over.

    It is over after the recipe's epochs, after one whose loss is not finite, or when the
    validation loss has not improved for the recipe's patience: then the weights are those of the
    epoch where it was least.

    Args:
        job: what is trained.
        tick: told after every epoch, or after several that were recorded at once.
        outputs: the raw outputs ``(n, outputs)`` of the network, as it stands, for all inputs of
            a split.
        weights: copies of the network's weights as they stand, or of what they follow from,
            where that is cheaper.
        whole: the weights that follow from what ``weights`` gave.

    Attributes:
        done: epochs so far.
        best_at: with patience, the epoch of the least validation loss so far.
        over: whether this was the last one.
        snapshots: outputs on the training inputs after the epochs that the job asks for.
        diverged_at, stopped_at: as in `fclab.values.run.Run`.
        weights: those that the run ends with, when it is over. An engine that records several
            epochs at once replaces them by those of epoch `best_at` where the run `goes_back`.
    """

    weights: Weights

    def __init__(
        self,
        job: Job,
        tick: Tick,
        outputs: Callable[[str], np.ndarray],
        weights: Callable[[], Weights],
        whole: Callable[[Weights], Weights] = lambda kept: kept,
    ):
        self.done, self.over = 0, False
        self.snapshots: dict[int, np.ndarray] = {}
        self.diverged_at: int | None = None
        self.stopped_at: int | None = None
        self._job, self._tick, self._outputs = job, tick, outputs
        self._weights, self._whole = weights, whole
        self.best_at, self._least = 0, np.inf
        self._best: Weights = {}
        self._columns = ["running_loss"]
        for split in job.evaluates:
            self._columns += [f"{split}_loss", f"{split}_accuracy"]
        counted = job.dataset.task != "regression"  # else there is nothing to be right or wrong
        self._kept = [i for i, name in enumerate(self._columns)
                      if counted or not name.endswith("_accuracy")]  # fmt: skip
        self._rows: list[np.ndarray] = []

    @property
    def history(self) -> History:
        """The columns of the epochs so far, see `fclab.values.run.History`."""
        return self._named(np.concatenate(self._rows))

    def _named(self, rows: np.ndarray) -> History:
        return {self._columns[i]: rows[:, i].copy() for i in self._kept}

    def ahead(self, most: int) -> int:
        """How many epochs, at the most so many, can be trained before something is to be done."""
        recipe = self._job.recipe
        stops = [*self._job.snapshots, recipe.epochs]
        if recipe.patience is not None:  # it does not run out before, whatever the losses will be
            stops.append(self.best_at + recipe.patience)
        return min(most, min(stop for stop in stops if stop > self.done) - self.done)

    @property
    def goes_back(self) -> bool:
        """Whether the run ends with the weights of an epoch before the last one."""
        patient = self._job.recipe.patience is not None and self.diverged_at is None
        return patient and self.best_at < self.done

    def epoch(self, running_loss: float) -> None:
        """Record an epoch: evaluate the splits that the job wants evaluated, and go on as `epochs`.

        Args:
            running_loss: mean loss of the training examples as their batches were seen.
        """
        row, dataset = [running_loss], self._job.dataset
        with np.errstate(all="ignore"):  # a diverging network
            for split in self._job.evaluates:
                outputs, y = self._outputs(split), dataset.splits[split].y
                row.append(losses(self._job.recipe.loss, outputs, y).mean())
                counted = dataset.task != "regression"
                row.append(accuracy(dataset.task, outputs, y) if counted else np.nan)
        self.epochs(np.array([row], np.float64))

    def epochs(self, rows: np.ndarray) -> None:
        """Record epochs that are evaluated already, as many as `ahead` said or fewer, the last one
        perhaps not finite.

        Args:
            rows: float64 ``(epochs, 1 + 2 · splits)``: running loss, then loss and accuracy of
                each split of `Job.evaluates`.
        """
        self._rows.append(rows)
        self.done += len(rows)
        if self.done in self._job.snapshots:
            with np.errstate(all="ignore"):
                self.snapshots[self.done] = np.array(self._outputs("train"))
        job = self._job
        if job.watch is not None:

            def now() -> Weights:
                return self._whole(self._weights())

            job.watch(Glimpse(job.recipe, job.seed, self.done, self._named(rows), now))
        self._tick(len(rows))
        patience, last = self._job.recipe.patience, rows[-1]
        if not all(isfinite(last[i]) for i in self._kept):
            self.diverged_at = self.done
        elif patience is not None:
            valid_losses = rows[:, self._columns.index("valid_loss")]
            if (least := valid_losses.min()) < self._least:
                self.best_at = self.done - len(rows) + int(valid_losses.argmin()) + 1
                self._least, self._best = least, self._weights()
            if self.done - self.best_at >= patience:
                self.stopped_at = self.done
        if self.diverged_at or self.stopped_at or self.done == self._job.recipe.epochs:
            self.over = True
            self.weights = self._whole(self._best if self.goes_back else self._weights())
