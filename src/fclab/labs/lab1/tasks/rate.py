"""Task 4: a lower learning rate, and as many times more epochs."""

from collections.abc import Iterator

from fclab.labs.lab1 import moves
from fclab.labs.lab1.tasks.doses import effect_figure, whereabouts
from fclab.labs.lab1.tasks.task import Paragraph, Picture, Start, Task, moved, outcome
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.words.wording import Say, say


class RateTask(Task):
    """A row per factor of the learning rate; one of 1 makes no row."""

    number, name, kinds = 4, "rate", ("lr",)

    def planned(self, start: Start) -> list[Row]:
        """A row per factor."""
        rows: dict[str, Row] = {}
        for factor in sorted(set(start.settings.lr_factors) - {1}):
            recipe = moves.lower_lr(start.stopped, factor)
            name = f"lr-{recipe.lr:.4g}"
            if name in rows:  # two factors that hardly differ
                name = f"lr-{recipe.lr!r}"
            rows[name] = Row(name=name, recipe=recipe, parent="stop", kind="lr", factor=factor)
        return list(rows.values())

    def say(self, table: FinalTable, line: Line) -> Iterator[Say]:
        """How much lower the rate is, and how the iterations follow."""
        parent, n = line.parent, table.study.dataset.sizes["train"]
        assert parent is not None
        factor = parent.recipe.lr / line.recipe.lr
        yield say(
            "rows.lr.comment",
            times=factor if factor >= 1 else 1 / factor,
            lower=factor >= 1,
            before=parent.recipe.lr,
            after=line.recipe.lr,
            epochs=line.recipe.epochs,
            epochs_before=parent.recipe.epochs,
            iterations=line.recipe.iterations(n),
            iterations_before=parent.recipe.iterations(n),
        )

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """What changed, and whether smaller steps led elsewhere."""
        lines = table.of_kind("lr")
        if not lines:
            yield from super().answer(table, images)
            return
        rates = [line.recipe.lr for line in lines]
        yield (
            say("tasks.rate.what", least=min(rates), most=max(rates),
                before=lines[0].parent.recipe.lr if lines[0].parent else 0.0),
            *outcome(lines),
            *moved(lines),
            *whereabouts("tasks.rate", lines),
        )  # fmt: skip

    def pictures(self, table: FinalTable, images: Dataset | None) -> Iterator[Picture]:
        """Every quantity against the learning rate."""
        if lines := table.of_kind("lr"):
            yield effect_figure("rate", lines, table, images, lambda line: line.recipe.lr)


TASK = RateTask()
