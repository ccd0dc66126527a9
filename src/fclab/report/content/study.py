"""The study: its moves with their verdicts, the final table, and the self-study tasks."""

from collections.abc import Sequence

from fclab.report.content import recipes
from fclab.report.content.writer import Writer
from fclab.report.model import Block, Items, Section, Text
from fclab.report.wording import Say, say
from fclab.study.lab import LabResults
from fclab.study.rows import Kind
from fclab.study.table import FinalTable, Line

_MOVES: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("stop", ("stop",)),
    ("batch", ("batch",)),
    ("past", ("past",)),
    ("lr", ("lr",)),
    ("layers", ("layers",)),
    ("own", ("own",)),
)
_TASKS: tuple[tuple[Kind, ...], ...] = (
    ("base",), ("stop",), ("batch", "past"), ("lr",), ("layers",),
)  # fmt: skip
"""Kinds of rows that answer the self-study tasks 1 to 5; task 6 asks what helped in all of them."""


def section(writer: Writer, results: LabResults, table: FinalTable) -> Section:
    """How the study was done, and of each move what it was compared with and what came of it."""
    words = writer.words
    settings = table.study.definition.settings
    info = table.study.dataset
    writer = writer.marked(info.is_stand_in)
    lead: list[Block] = [
        writer.paragraph(
            say("study_section.intro", rows=len(table.lines), seeds=settings.seeds,
                classes=info.class_names),
            say("study_section.paired", images=info.sizes["test"]),
            say(f"study_section.protocol_{settings.protocol}"),
        ),
        *_gone(writer, results, table),
    ]  # fmt: skip
    epochs = table.epochs
    if epochs is not None:
        found = table.study.overfitting
        assert found is not None
        lead.append(
            writer.paragraph(say("study_section.epochs", epochs=epochs, of_mean=found.of_mean))
        )
    sections = [
        Section(
            f"study-{name}",
            words.plain(f"study_moves.{name}.title"),
            (
                writer.paragraph(say(f"study_moves.{name}.what")),
                Items(tuple(_story(writer, line) for line in lines)),
            ),
        )
        for name, kinds in _MOVES
        if (lines := [line for line in table.lines if line.row.kind in kinds])
    ]
    return Section("study", words.plain("study_section.title"), tuple(lead), tuple(sections))


def final(writer: Writer, table: FinalTable) -> Section:
    """The final table: a line per row."""
    words = writer.words
    writer = writer.marked(table.study.dataset.is_stand_in)
    columns = ["configuration", "hyperparameters", "accuracy", "iterations", "compared", "comment"]
    rows = [
        [
            words.text(say("study_cells.configuration", name=line.row.name,
                           layers=recipes.configuration(line.recipe))),
            writer.cell(recipes.hyperparameters(line.recipe)),
            _accuracy(writer, line),
            writer.cell(words.whole(line.iterations)),
            _compared(writer, line),
            words.text(*comment(line)),
        ]
        for line in table.lines
    ]  # fmt: skip
    return Section(
        "final",
        words.plain("table.title"),
        (
            writer.paragraph(
                say("study_section.see_table"),
                say("study_section.read_table", seeds=table.study.definition.settings.seeds),
            ),
            writer.table(say("study_section.results"), columns, rows),
        ),
    )


def comment(line: Line) -> list[Say]:
    """The cell "comment" of a row: by which move it came about."""
    values = {"factor": line.row.factor, "epochs": line.recipe.epochs,
              "batch": line.recipe.batch_size, "lr": line.recipe.lr,
              "candidates": line.row.candidates}  # fmt: skip
    sentences = [say(f"study_comments.{line.row.kind}", **values)]
    if line.diverged:
        sentences.append(
            say("study_comments.diverged", n=line.diverged, all=line.diverged + len(line.runs))
        )
    return sentences


def answers(writer: Writer, table: FinalTable) -> Section:
    """The six self-study tasks with the numbers of this study."""
    words = writer.words
    blocks: list[Block] = []
    for number, kinds in enumerate(_TASKS, start=1):
        lines = [line for line in table.lines if line.row.kind in kinds]
        blocks.append(
            writer.paragraph(say(f"study_tasks.task{number}"), *_task(number, lines, table))
        )
    blocks.append(writer.paragraph(say("study_tasks.task6"), *_helped(table)))
    return Section("answers", words.plain("study_tasks.title"), tuple(blocks))


def verdict(line: Line) -> list[Say]:
    """How a row compares with its parent, in numbers and in a word."""
    if line.comparison is None or line.verdict is None or line.parent is None:
        return []
    key = str(line.verdict.word).replace(" ", "_")
    return [say(f"study_verdicts.{key}", found=line.comparison, parent=line.parent.row.name)]


def _task(number: int, lines: Sequence[Line], table: FinalTable) -> list[Say]:
    healthy = [line for line in lines if line.runs]
    if not healthy:
        return [say("study_tasks.none")]
    if number == 1:
        line = healthy[0]
        assert line.train is not None
        assert line.test is not None
        names, recall = table.study.dataset.class_names, line.recall
        best, worst = int(recall.argmax()), int(recall.argmin())
        return [
            say("study_tasks.base", train=line.train, test=line.test),
            say("study_tasks.classes", best=names[best], best_recall=float(recall[best]),
                worst=names[worst], worst_recall=float(recall[worst])),
        ]  # fmt: skip
    sentences: list[Say] = []
    if number == 2 and table.epochs is not None:
        found = table.study.overfitting
        assert found is not None
        sentences.append(
            say("study_tasks.overfitting", found=found, epochs=table.epochs,
                last=table.study.definition.settings.base.epochs)
        )  # fmt: skip
    for line in healthy:
        sentences += [
            say("study_tasks.row", name=line.row.name, layers=recipes.configuration(line.recipe),
                recipe=line.recipe, test=line.test),
            *verdict(line),
        ]  # fmt: skip
    return sentences


def _helped(table: FinalTable) -> list[Say]:
    better = [line for line in table.ranking if line.verdict and line.verdict.word == "better"]
    if not better:
        detectable = min(
            (line.comparison.detectable for line in table.lines if line.comparison), default=1.0
        )
        return [say("study_tasks.nothing_helped", detectable=detectable)]
    return [say("study_tasks.helped", n=len(better)), *(
        say("study_tasks.helper", name=line.row.name, found=line.comparison,
            train=line.train.mean - line.parent.train.mean
            if line.train and line.parent and line.parent.train else 0.0,
            loss=line.loss_change.difference if line.loss_change else 0.0)
        for line in better
    )]  # fmt: skip


def _story(writer: Writer, line: Line) -> Text:
    row = say(
        "study_section.row",
        name=line.row.name,
        layers=recipes.configuration(line.recipe),
        settings=recipes.hyperparameters(line.recipe),
    )
    if not line.runs:
        return writer.words.text(row, say("study_section.all_diverged", n=line.diverged))
    told = [row, say("study_section.reached", test=line.test, train=line.train), *verdict(line)]
    if line.diverged:
        told.append(say("study_section.some_diverged", n=line.diverged, left=len(line.runs)))
    return writer.words.text(*told)


def _gone(writer: Writer, results: LabResults, table: FinalTable) -> list[Block]:
    """What the store no longer has of the study, said before any number."""
    if not results.lost_runs:
        return []
    left = {line.row.name for line in table.lines}
    return [
        writer.note(
            "missing",
            say(
                "study_section.lost",
                rows=[(name, n) for name, n in results.lost_runs if name in left],
                gone=[name for name, _ in results.lost_runs if name not in left],
            ),
        )
    ]


def _accuracy(writer: Writer, line: Line) -> Text:
    if line.test is None:
        return writer.words.text(say("study_cells.diverged"))
    return writer.words.text(say("study_cells.accuracy", test=line.test, train=line.train))


def _compared(writer: Writer, line: Line) -> Text:
    if line.comparison is None or line.verdict is None or line.parent is None:
        return writer.cell("—")
    return writer.words.text(
        say("study_cells.compared", found=line.comparison, parent=line.parent.row.name,
            word=str(line.verdict.word).replace(" ", "_"))
    )  # fmt: skip
