"""Beside the tasks: how much choosing on the test set flatters."""

import math
from collections.abc import Iterator

from fclab.analysis.optimism import Optimism, optimism_of_epoch
from fclab.labs.lab1.tasks.task import Paragraph, Task
from fclab.study.rows import Row
from fclab.study.table import FinalTable
from fclab.values.dataset import Dataset
from fclab.words.wording import Say, say


class OptimismTask(Task):
    """What the epoch, and in task 5 the setting, gain by being chosen on the test set."""

    number, name = 7, "optimism"

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """Nothing: task 5 says it in a sentence."""
        yield from ()

    def details(self, table: FinalTable) -> Iterator[Paragraph]:
        """Of the base row's epoch, then of the settings of task 5; nothing where all diverged."""
        found = optimism_of_epoch(table.study.held_out)
        if found is None:
            return
        yield tuple(_of_epoch(found))
        of_rows = [sentences for line in table.lines if (sentences := tuple(_of_row(line.row)))]
        if of_rows:
            yield (say("tasks.optimism.tuned"),)
        yield from of_rows


def _of_epoch(found: Optimism) -> Iterator[Say]:
    change = found.difference
    yield say("tasks.optimism.epochs", found=found)
    if found.by_test == found.by_valid:
        yield say("tasks.optimism.same_epoch")
    elif not math.isfinite(change.low):
        yield say("tasks.optimism.one", change=change)
    else:
        yield say("tasks.optimism.size", change=change)


def _of_row(row: Row) -> Iterator[Say]:
    """What choosing the row's setting on the test set seems to gain over a held-out fifth."""
    found = row.choice.flattery if row.choice else None
    if found is None:
        return
    if (found.by_test.epochs, found.by_test.lr, found.by_test.batch_size) == (
        found.by_valid.epochs, found.by_valid.lr, found.by_valid.batch_size,
    ):  # fmt: skip
        yield say("tasks.optimism.same", row=row, found=found)
        return
    yield say("tasks.optimism.choices", row=row, found=found)
    yield say("tasks.optimism.gain", found=found)


TASK = OptimismTask()
