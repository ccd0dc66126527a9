"""Task 2: when over-fitting sets in, and training that stops there."""

from collections.abc import Iterator

import numpy as np

from fclab import figures
from fclab.analysis.optimism import optimism_of_epoch
from fclab.labs.lab1.tasks.task import Paragraph, Picture, Start, Task, outcome
from fclab.study.rows import Row
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.words.wording import Say, say


class StopTask(Task):
    """The base recipe up to the over-fitting epoch."""

    number, name, kinds = 2, "stop", ("stop",)

    def planned(self, start: Start) -> list[Row]:
        """The stopped row."""
        return [Row(name="stop", recipe=start.stopped, parent="base", kind="stop")]

    def say(self, table: FinalTable, line: Line) -> Iterator[Say]:
        """Where it stops, and where single seeds would."""
        study, spread = table.study, table.epochs
        found, epochs = study.overfitting, study.definition.settings.base.epochs
        if found is None or spread is None:
            return
        split = split_of(study.definition.settings)
        if found.of_mean == epochs:
            yield say("rows.stop.not_overfitted", epoch=epochs, split=split)
            return
        yield say(
            "rows.stop.comment",
            epoch=found.of_mean,
            epochs=epochs,
            split=split,
            loss_then=found.losses[0],
            loss_end=found.losses[1],
            n=spread.n_seeds,
            least=spread.least,
            greatest=spread.greatest,
            median=spread.median,
        )

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """Whether and when it over-fits, and what stopping there gains."""
        study, spread, base = table.study, table.epochs, table.lines[0]
        found, epochs = study.overfitting, study.definition.settings.base.epochs
        if found is None or spread is None or not base.runs:
            yield (say("study_answers.no_runs"),)
            return
        values = {"epoch": found.of_mean, "split": split_of(study.definition.settings)}
        if found.of_mean == epochs:
            yield (say("tasks.stop.no_overfitting", **values),)
            return
        stops, (then, end) = table.of_kind(*self.kinds), found.losses
        memory = [np.mean([run.history["train_loss"][at - 1] for run in base.runs])
                  for at in (found.of_mean, epochs)]  # fmt: skip
        yield (
            say("tasks.stop.overfits", epochs=epochs, loss_then=then, loss_end=end,
                spread=spread, n=spread.n_seeds, **values),
            *([say("tasks.stop.memorises", then=memory[0], end=memory[1])]
              if memory[1] < memory[0] else []),
        )  # fmt: skip
        for line in stops:
            if line.test_loss and base.test_loss:
                yield (
                    say("tasks.stop.remedy", row=line.row, loss=line.test_loss.mean,
                        before=base.test_loss.mean),
                    *outcome([line]),
                    *_flattery(table),
                )  # fmt: skip

    def pictures(self, table: FinalTable, images: Dataset | None) -> Iterator[Picture]:
        """Loss and accuracy of the base row over the seeds, with the moment."""
        if table.epochs is None:
            return
        runs, split = table.study.chosen_on, split_of(table.study.definition.settings)
        yield (
            say("study_section.study_curves", n=len(runs)),
            lambda language: figures.curves_over_seeds(runs, language, split),
        )


def _flattery(table: FinalTable) -> Iterator[Say]:
    """What choosing the epoch on the test set seems to gain, where that chose it."""
    found = optimism_of_epoch(table.study.held_out)
    if found is not None and table.study.definition.settings.protocol == "lab":
        yield say("tasks.stop.flatters", change=found.difference)


TASK = StopTask()
