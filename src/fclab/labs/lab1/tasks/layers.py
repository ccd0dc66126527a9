"""Task 5: other layers, each model with an over-fitting epoch, lr and batch size of its own."""

from collections.abc import Iterator

from fclab.labs.lab1 import moves
from fclab.labs.lab1.grid import name_of
from fclab.labs.lab1.halving import search_work, tuned_rows
from fclab.labs.lab1.search import Search
from fclab.labs.lab1.tasks.task import Paragraph, Start, Task, verdict, verdicts
from fclab.study.rows import Row
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
from fclab.words.wording import Say, say


class LayersTask(Task):
    """A row per model, the best of its settings."""

    number, name, kinds = 5, "layers", ("layers",)

    def planned(self, start: Start) -> list[Row]:
        """A row per model as if its setting were that of the stopped row."""
        return [
            Row(name=name_of(hidden), recipe=moves.change_layers(start.stopped, hidden),
                parent="stop", kind="layers")
            for hidden in dict.fromkeys(start.settings.hidden)
        ]  # fmt: skip

    def rows(self, start: Start, search: Search) -> list[Row]:
        """A row per model, tuned; none for a model that always diverges."""
        return tuned_rows(start.settings, start.epoch, search)

    def search_work(self, start: Start) -> float:
        """The work of all rounds of the search."""
        return sum(search_work(start.settings, start.epoch, start.n_train))

    def say(self, table: FinalTable, line: Line) -> Iterator[Say]:
        """The model's size, and the setting that was chosen."""
        parent, study = line.parent, table.study
        assert parent is not None
        inputs = study.dataset.n_inputs
        yield say(
            "rows.layers.comment",
            neurons=line.recipe.neurons(),
            parameters=line.recipe.parameters(inputs),
            parent=parent.row,
            parameters_before=parent.recipe.parameters(inputs),
            candidates=line.row.candidates or 1,
            split=split_of(study.definition.settings),
            lr=line.recipe.lr,
            batch=line.recipe.batch(study.dataset.sizes["train"]),
            epochs=line.recipe.epochs,
        )

    def answer(self, table: FinalTable) -> Iterator[Paragraph]:
        """How the models were tuned, and the verdict on each with how sure its choice is."""
        lines = table.of_kind(*self.kinds)
        if not lines:
            yield from verdicts(lines)
            return
        protocol = table.study.definition.settings.protocol
        yield say("tasks.layers.tuned"), say(f"tasks.layers.tuned_{protocol}")
        for line in lines:
            yield (verdict(line), *how_chosen(line.row))


def how_chosen(row: Row) -> Iterator[Say]:
    """The rounds of the search, and how sure its end is; nothing of a study of fclab 0.1.0."""
    choice = row.choice
    if choice is None:
        return
    yield say("tasks.layers.rounds", choice=choice)
    if choice.certainty is not None:
        losses = [setting.loss for setting in choice.finalists]
        yield say("tasks.layers.sure", choice=choice, losses=losses)


TASK = LayersTask()
