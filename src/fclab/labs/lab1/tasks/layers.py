"""Task 5: other layers, each model with an over-fitting epoch, lr and batch size of its own."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from fclab import figures
from fclab.analysis.effects import mean
from fclab.labs.lab1 import moves
from fclab.labs.lab1.grid import name_of
from fclab.labs.lab1.halving import search_work, tuned_rows
from fclab.labs.lab1.search import Search
from fclab.labs.lab1.tasks.task import Paragraph, Picture, Start, Task, outcome
from fclab.study.rows import Choice, Row
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.values.recipe import format_layers
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

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """How the models were tuned and what came of them, what their size does, how flat the
        optimum of each is, and what choosing on the test set adds."""
        lines = table.of_kind(*self.kinds)
        if not lines:
            yield from super().answer(table, images)
            return
        protocol = table.study.definition.settings.protocol
        yield say(f"tasks.layers.tuned_{protocol}"), *outcome(lines), *_size(lines)
        if choices := [line.row.choice for line in lines if line.row.choice]:
            yield (*_flatness(choices), *(_flattery(table) if protocol == "lab" else ()))

    def pictures(self, table: FinalTable, images: Dataset | None) -> Iterator[Picture]:
        """The losses of every setting of every model."""
        searched = [
            (line.recipe, choice)
            for line in table.of_kind(*self.kinds)
            if (choice := line.row.choice) and choice.tried
        ]
        maps = [
            figures.SettingsMap(
                format_layers(recipe.layers),
                tuple(figures.Tried(it.lr, it.batch_size, it.loss) for it in choice.tried),
                (recipe.lr, recipe.batch_size),
            )
            for recipe, choice in searched
        ]
        if maps:
            rounds = searched[0][1].rounds  # the same for all
            yield (
                say("tasks.layers.settings_maps", n=len(maps), seeds=rounds[0].seeds,
                    last=rounds[-1].seeds),
                lambda language: figures.settings_maps(maps, language, table.study.dataset),
            )  # fmt: skip

    def details(self, table: FinalTable) -> Iterator[Paragraph]:
        """Of every model, how its setting was chosen and how sure the choice is."""
        for line in table.of_kind(*self.kinds):
            if sentences := tuple(how_chosen(line.row)):
                yield (say("tasks.layers.of_row", row=line.row), *sentences)


def _size(lines: Sequence[Line]) -> Iterator[Say]:
    """What the width of a single hidden layer does, where losses follow it without exception."""
    parent = lines[0].parent
    single = [line for line in (*lines, *([parent] if parent else [])) if line.runs
              and len(line.recipe.layers) == 2 and line.test_loss]  # fmt: skip
    single.sort(key=lambda line: line.recipe.layers[0])
    if len(single) < 3 or len({line.recipe.layers[0] for line in single}) < len(single):
        return
    tests = [mean(line, "test_loss") for line in single]
    trains = [mean(line, "train_loss") for line in single]
    if any(b >= a for curve in (tests, trains) for a, b in pairwise(curve)):
        return
    first, last = single[0], single[-1]
    yield say(
        "tasks.layers.width",
        least=first.recipe.layers[0], most=last.recipe.layers[0], train=trains, test=tests,
        gap=(mean(first, "gap"), mean(last, "gap")),
    )  # fmt: skip


def _flatness(choices: Sequence[Choice]) -> Iterator[Say]:
    """How much the settings of one model differ, beside how much the models differ."""
    within = [choice.losses[1] / choice.losses[0] - 1 for choice in choices]
    bests = [choice.losses[0] for choice in choices]
    yield say(
        "tasks.layers.flat",
        tried=max(choice.rounds[0].settings for choice in choices),
        least=min(within), most=max(within), n=len(choices),
        between=max(bests) / min(bests) - 1,
    )  # fmt: skip


def _flattery(table: FinalTable) -> Iterator[Say]:
    """What choosing the settings on the test set seems to gain."""
    found = [line.row.choice.flattery for line in table.lines if line.row.choice]
    if rows := [it.difference for it in found if it]:
        yield say("tasks.layers.flatters", least=min(rows), most=max(rows), n=len(rows))


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
