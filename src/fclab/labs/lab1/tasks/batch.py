"""Task 3: the batch size at a constant number of iterations, and past the over-fitting epoch."""

from collections.abc import Iterator, Sequence

from fclab.analysis.gradient_noise import gradient_noise
from fclab.labs.lab1 import moves
from fclab.labs.lab1.tasks.doses import effect_figure, whereabouts
from fclab.labs.lab1.tasks.task import (
    Paragraph,
    Picture,
    Start,
    Task,
    expectation,
    moved,
    outcome,
)
from fclab.study.expectations import Claim, claim
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.words.wording import Say, say


class BatchTask(Task):
    """Other batches from the stopped row (``batch``), and the largest without stopping (``past``).

    A factor that changes nothing (of 1, or a batch that is all images already) makes no row.
    """

    number, name, kinds = 3, "batch", ("batch", "past")

    def planned(self, start: Start) -> list[Row]:
        """A row per batch size, and one past the over-fitting epoch."""
        base, n = start.settings.base, start.n_train
        size = base.batch(n)
        factors = start.settings.batch_factors
        sizes = {max(1, min(n, round(size * factor))) for factor in factors} - {size}
        rows = [
            Row(name=f"batch-{batch}", recipe=moves.change_batch(start.stopped, batch, n),
                parent="stop", kind="batch", factor=batch / size)
            for batch in sorted(sizes)
        ]  # fmt: skip
        if sizes and (largest := max(sizes)) > size:
            recipe = moves.change_batch(base, largest, n)
            rows.append(Row(name=f"past-{largest}", recipe=recipe, parent="base", kind="past",
                            factor=largest / size))  # fmt: skip
        return rows

    def claims(self, lines: Sequence[Line]) -> Iterator[Claim]:
        """A larger batch at the same number of iterations helps; past the over-fitting epoch it
        does harm."""
        larger = [x for x in lines if x.row.kind == "batch" and (x.row.factor or 0) > 1]
        past = [x for x in lines if x.row.kind == "past"]
        for one in (claim("batch", larger, gain=True), claim("past", past, gain=False)):
            if one is not None:
                yield one

    def say(self, table: FinalTable, line: Line) -> Iterator[Say]:
        """How the epochs follow from the batch."""
        assert line.parent is not None
        n = table.study.dataset.sizes["train"]
        sums = moves.batch_arithmetic(line.parent.recipe, line.recipe.batch(n), n)
        before, after = _division(n, sums.batch), _division(n, sums.new_batch)
        yield say("rows.batch.comment", sums=sums, before=before, after=after)
        found = table.study.overfitting
        if line.row.kind == "past" and found is not None:
            yield say("rows.past.comment", epoch=found.of_mean)

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """What changed, why so much or so little, and the lab's two expectations."""
        lines = table.of_kind("batch")
        if not lines:
            yield from super().answer(table, images)
            return
        sizes = [line.recipe.batch(table.study.dataset.sizes["train"]) for line in lines]
        yield (
            say("tasks.batch.what", least=min(sizes), most=max(sizes),
                iterations=lines[0].parent.iterations if lines[0].parent else 0),
            *outcome(lines),
            *moved(lines),
        )  # fmt: skip
        if reasons := tuple(_why(lines, images)):
            yield reasons
        expected = [
            sentence
            for kind in ("batch", "past")
            if (found := table.expected(kind))
            for sentence in expectation(f"tasks.batch.expected_{kind}", found)
        ]
        if past := table.expected("past"):
            expected.append(say("tasks.batch.on_train", change=past.train_loss))
        if expected:
            yield tuple(expected)

    def pictures(self, table: FinalTable, images: Dataset | None) -> Iterator[Picture]:
        """Every quantity against the batch size."""
        lines = table.of_kind("batch")
        n = table.study.dataset.sizes["train"]
        if lines:
            yield effect_figure("batch", lines, table, images, lambda line: line.recipe.batch(n))


def _why(lines: Sequence[Line], images: Dataset | None) -> Iterator[Say]:
    """The noise of a step at the stopping epoch, and whether it led elsewhere."""
    parent = lines[0].parent
    healthy = [line for line in lines if line.runs]
    found = parent and gradient_noise(parent.runs, images)
    if found and healthy:
        ends = [min, max]
        first, last = (end(line.recipe.batch(found.n) for line in healthy) for end in ends)
        yield say("tasks.batch.noise", gradient=found.gradient, first=first, last=last,
                  noise=[found.of_batch(first), found.of_batch(last)])  # fmt: skip
    yield from whereabouts("tasks.batch", healthy)


def _division(n: int, batch: int) -> str:
    """1500 = 11·128 + 92, the right side of it: numbers only, so in any language."""
    full, rest = divmod(n, batch)
    return f"{full}·{batch} + {rest}" if rest else f"{full}·{batch}"


TASK = BatchTask()
