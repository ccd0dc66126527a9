"""The self-study tasks: how the rows were trained and compared, the answers, and in an appendix all
that stands behind them."""

from fclab import figures
from fclab.labs.lab1.content.comments import comment, in_short
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.tasks import answered, tasks
from fclab.report import recipes
from fclab.report.model import Block, Items, Section
from fclab.report.pictures import recall_rows
from fclab.report.writer import Writer
from fclab.study.table import FinalTable, Line
from fclab.words.spans import Text
from fclab.words.wording import say


def section(writer: Writer, results: Lab1Results, table: FinalTable) -> Section:
    """How the study was done, and the answer to every task with its figures."""
    words, info = writer.words, table.study.dataset
    settings = table.study.definition.settings
    writer = writer.marked(info.substitute)
    lead = (
        *_gone(writer, results, table),
        writer.paragraph(
            say("study_section.intro", rows=len(table.lines), seeds=settings.seeds,
                images=info.sizes["test"], family=table.family),
            say(f"study_section.protocol_{settings.protocol}"),
        ),
    )  # fmt: skip
    inner = []
    for task, (first, *rest) in answered(table, results.images):
        pictures = [
            writer.figure(sentence, lambda draw=draw: draw(words.language))
            for sentence, draw in task.pictures(table, results.images)
        ]
        see = (say("study_section.see", name=picture.name) for picture in pictures)
        blocks = (
            writer.paragraph(*first, *see),
            *pictures,
            *(writer.paragraph(*some) for some in rest),
        )
        title = words.plain(f"tasks.{task.name}.title")
        inner.append(Section(f"answers-{task.name}", title, blocks))
    return Section("answers", words.plain("study_section.answers"), lead, tuple(inner))


def details(writer: Writer, table: FinalTable) -> list[Section]:
    """The rows one by one, the fuller table, the classes by row, and how choices were made."""
    words = writer.words
    writer = writer.marked(table.study.dataset.substitute)
    kinds = (*(kind for task in tasks() for kind in task.kinds), "own")
    stories = [
        block
        for kind in kinds
        if table.of_kind(kind)
        for block in (
            *([writer.paragraph(say(f"rows.{kind}.what"))] if words.has(f"rows.{kind}.what")
              else []),
            Items(tuple(_story(writer, table, line) for line in table.of_kind(kind))),
        )
    ]  # fmt: skip
    rows = Section(
        "details-rows",
        words.plain("study_section.details"),
        (*stories, *_full_table(writer, table), *_recall(writer, table)),
    )
    choices = [
        Section(
            f"details-{task.name}",
            words.plain(f"tasks.{task.name}.details"),
            tuple(writer.paragraph(*some) for some in paragraphs),
        )
        for task in tasks()
        if (paragraphs := tuple(task.details(table)))
    ]
    return [rows, *choices]


def _full_table(writer: Writer, table: FinalTable) -> list[Block]:
    words = writer.words
    columns = ["configuration", "hyperparameters", "accuracy", "iterations", "compared", "comment"]
    rows = [
        [
            words.text(say("study_cells.configuration", row=line.row,
                           layers=recipes.configuration(line.recipe))),
            writer.cell(recipes.hyperparameters(line.recipe)),
            _accuracy(writer, line),
            writer.cell(words.whole(line.iterations)),
            _compared(writer, line),
            words.text(*in_short(line)),
        ]
        for line in table.lines
    ]  # fmt: skip
    return [writer.table(say("study_section.full_results"), columns, rows)]


def _recall(writer: Writer, table: FinalTable) -> list[Block]:
    if not any(line.runs for line in table.lines):
        return []
    language, info = writer.words.language, table.study.dataset
    return [
        writer.paragraph(say("study_section.see_recall")),
        writer.figure(
            say("study_section.study_recall"),
            lambda: figures.recall_map(recall_rows(table, language), language, info),
        ),
    ]


def _story(writer: Writer, table: FinalTable, line: Line) -> Text:
    row = say(
        "study_section.row",
        row=line.row,
        layers=recipes.configuration(line.recipe),
        settings=recipes.hyperparameters(line.recipe),
    )
    if not line.runs:
        return writer.words.text(row, *comment(table, line))
    reached = say("study_section.reached", test=line.test, train=line.train)
    return writer.words.text(row, reached, *comment(table, line))


def _gone(writer: Writer, results: Lab1Results, table: FinalTable) -> list[Block]:
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
    if line.verdict is None or line.parent is None:
        return writer.cell("—")
    return writer.words.text(
        say("study_cells.compared", found=line.verdict, parent=line.parent.row,
            word=line.verdict.decision.key)
    )  # fmt: skip
