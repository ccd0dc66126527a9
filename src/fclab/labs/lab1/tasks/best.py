"""Task 6: what helped, and why."""

from collections.abc import Iterator

from fclab.labs.lab1.tasks.task import Paragraph, Task, changes
from fclab.statistics import Decision
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.words.wording import Say, say


class BestTask(Task):
    """The rows that are verified to be better, best first; those that are worse; the rest."""

    number, name = 6, "best"

    def answer(self, table: FinalTable) -> Iterator[Paragraph]:
        """What helped, what did harm, and what could not be told."""
        settings, best = table.study.definition.settings, helpful(table)
        for place, line in enumerate(best, start=1):
            yield (
                _changed("helped", line, place=place),
                *_marked(line.row, settings.protocol),
                *_why(line),
            )
        if not best:
            images = table.study.dataset.sizes["test"]
            yield (say("tasks.best.nothing_helped", images=images, seeds=settings.seeds),)
        for line in reversed(table.ranking):
            if line.verdict is not None and line.verdict.decision is Decision.WORSE:
                yield (_changed("hurt", line), *_why(line))
        rest = [
            line for line in table.ranking
            if line.verdict and line.verdict.decision is Decision.NOT_DISTINGUISHABLE
        ]  # fmt: skip
        if seen := [line.verdict.detectable for line in rest if line.verdict]:
            rows = [line.row for line in rest]
            yield (say("tasks.best.unproved", rows=rows, least=min(seen), most=max(seen)),)


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
