"""Task 2: when over-fitting sets in, and training that stops there."""

from collections.abc import Iterator

from fclab.labs.lab1.tasks.task import Paragraph, Start, Task, verdicts
from fclab.study.rows import Row
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
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

    def answer(self, table: FinalTable) -> Iterator[Paragraph]:
        """Whether and when it over-fits, and what stopping there gains."""
        study, spread = table.study, table.epochs
        found, epochs = study.overfitting, study.definition.settings.base.epochs
        if found is None or spread is None:
            yield (say("study_answers.no_runs"),)
            return
        values = {"epoch": found.of_mean, "split": split_of(study.definition.settings)}
        if found.of_mean == epochs:
            yield (say("tasks.stop.no_overfitting", **values),)
            return
        stops, (then, end) = table.of_kind(*self.kinds), found.losses
        yield (
            say("tasks.stop.overfits", epochs=epochs, loss_then=then, loss_end=end,
                spread=spread, n=spread.n_seeds, **values),
            *(say("tasks.stop.remedy", row=line.row) for line in stops),
        )  # fmt: skip
        yield from verdicts(stops)


TASK = StopTask()
