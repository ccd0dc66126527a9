"""Task 6: what helped, and why."""

from collections.abc import Iterator, Sequence

from fclab import figures
from fclab.analysis.effects import mean
from fclab.labs.lab1.tasks.task import Paragraph, Picture, Task, changes, undecided
from fclab.report.pictures import forest_rows
from fclab.statistics import Decision
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.words.wording import Say, say

MOST = 3
"""So many rows that helped, and that did harm, are told of one by one."""


class BestTask(Task):
    """The rows that are verified to be better, best first; those that are worse; the rest."""

    number, name = 6, "best"

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """What helped, best first, and why; what lowered the loss most; what did harm, and what
        could not be told."""
        settings, best = table.study.definition.settings, helpful(table)
        n = table.study.dataset.sizes["test"]
        for place, line in enumerate(best[:MOST], start=1):
            yield (
                _changed("helped", line, place=place),
                *_marked(line.row, settings.protocol),
                *_why(line),
            )
        if len(best) > MOST:
            yield (say("tasks.best.also", rows=[line.row for line in best[MOST:]]),)
        if not best:
            yield (say("tasks.best.nothing_helped", images=n, seeds=settings.seeds),)
        if lowered := _lowered(table.lines):
            yield (lowered,)
        worse = [
            x for x in reversed(table.ranking) if x.verdict and x.verdict.decision is Decision.WORSE
        ]
        for line in worse[:MOST]:
            yield (_changed("hurt", line), *_why(line))
        rest = [
            (line.row, line.verdict) for line in table.ranking
            if line.verdict and line.verdict.decision is Decision.NOT_DISTINGUISHABLE
        ]  # fmt: skip
        if rest:
            every = len(rest) == len(table.ranking)
            yield (undecided(rest, None, every=every),)

    def pictures(self, table: FinalTable, images: Dataset | None) -> Iterator[Picture]:
        """Every row against its parent."""
        if any(line.verdict for line in table.lines):
            info = table.study.dataset
            yield (
                say("study_section.study_verdicts"),
                lambda language: figures.forest_plot(forest_rows(table, language), language, info),
            )


def _lowered(lines: Sequence[Line]) -> Say | None:
    """The row that lowered the test loss most against its parent, if its interval leaves 0 out: the
    loss moves before the accuracy does."""
    found = [(x, x.loss_change) for x in lines if x.loss_change and x.loss_change.high < 0]
    if not found:
        return None
    line, change = min(found, key=lambda pair: pair[1].difference)
    assert line.parent is not None
    return say(
        "tasks.best.lowered", row=line.row, parent=line.parent.row, change=change,
        loss=mean(line, "test_loss"), before=mean(line.parent, "test_loss"),
    )  # fmt: skip


def helpful(table: FinalTable) -> tuple[Line, ...]:
    """The rows that are verified to be better than their parent, best first."""
    return tuple(x for x in table.ranking if x.verdict and x.verdict.decision is Decision.BETTER)


def _changed(key: str, line: Line, **values: object) -> Say:
    assert line.parent is not None
    return say(f"tasks.best.{key}", row=line.row, parent=line.parent.row,
               verdict=line.verdict, **values)  # fmt: skip


def _marked(row: Row, protocol: str) -> Iterator[Say]:
    """That the images which chose the row's setting judge it, and what that seems to gain; nothing
    where a held-out part chose."""
    if protocol == "lab" and row.kind == "layers":
        yield say("tasks.best.marked", found=row.choice.flattery if row.choice else None)


def _why(line: Line) -> Iterator[Say]:
    """What made a verified difference: the one change, since the seeds are the same; of several
    nothing tells which. What else was seen is said as such."""
    parent = line.parent
    assert parent is not None
    assert line.train is not None
    assert line.test is not None
    assert parent.train is not None
    assert parent.test is not None
    if changed := changes(line):
        yield say(f"tasks.best.{'cause' if len(changed) == 1 else 'causes'}", changes=changed)
    yield say(
        "tasks.best.goes_with",
        train=line.train.mean,
        train_before=parent.train.mean,
        gap=line.train.mean - line.test.mean,
        gap_before=parent.train.mean - parent.test.mean,
    )


TASK = BestTask()
