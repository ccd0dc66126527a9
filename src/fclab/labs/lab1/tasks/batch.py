"""Task 3: the batch size at a constant number of iterations, and past the over-fitting epoch."""

from collections.abc import Iterator, Sequence

from fclab.labs.lab1 import moves
from fclab.labs.lab1.tasks.task import Paragraph, Start, Task, expectation, verdicts
from fclab.study.expectations import Claim, claim
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
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

    def answer(self, table: FinalTable) -> Iterator[Paragraph]:
        """The verdicts, and the lab's two expectations."""
        yield from verdicts(table.of_kind(*self.kinds))
        if larger := table.expected("batch"):
            yield tuple(expectation("tasks.batch.expected_batch", larger))
        if past := table.expected("past"):
            on_train = say("tasks.batch.on_train", change=past.train_loss)
            yield (*expectation("tasks.batch.expected_past", past), on_train)


def _division(n: int, batch: int) -> str:
    """1500 = 11·128 + 92, the right side of it: numbers only, so in any language."""
    full, rest = divmod(n, batch)
    return f"{full}·{batch} + {rest}" if rest else f"{full}·{batch}"


TASK = BatchTask()
