"""The study: its moves with their verdicts, the final table, and the self-study tasks."""

from fclab import figures
from fclab.labs.lab1.content.answers import answered
from fclab.labs.lab1.content.comments import comment, in_short
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.tasks import tasks
from fclab.report import recipes
from fclab.report.model import Block, FigureBlock, Items, Section
from fclab.report.pictures import forest_rows, recall_rows
from fclab.report.writer import Writer
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
from fclab.words.spans import Text
from fclab.words.wording import say


def section(writer: Writer, results: Lab1Results, table: FinalTable) -> Section:
    """How the study was done, and of each move what it was compared with and what came of it."""
    words = writer.words
    settings = table.study.definition.settings
    info = table.study.dataset
    writer = writer.marked(info.is_stand_in)
    lead: list[Block] = [
        writer.paragraph(
            say("study_section.intro", rows=len(table.lines), seeds=settings.seeds,
                classes=info.class_names),
            say("study_section.paired", images=info.sizes["test"], family=table.family),
            say(f"study_section.protocol_{settings.protocol}"),
        ),
        *_gone(writer, results, table),
    ]  # fmt: skip
    epochs = table.epochs
    if epochs is not None:
        moment = table.study.overfitting
        assert moment is not None
        lead += [
            writer.paragraph(say("study_section.epochs", epochs=epochs, of_mean=moment.of_mean)),
            _curves(writer, table),
        ]
    sections = [
        Section(
            f"study-{kind}",
            words.plain(f"rows.{kind}.heading"),
            (
                writer.paragraph(say(f"rows.{kind}.what")),
                Items(tuple(_story(writer, table, line) for line in table.of_kind(kind))),
            ),
        )
        for kind in (*(kind for task in tasks() for kind in task.kinds if kind != "base"), "own")
        if table.of_kind(kind)
    ]
    return Section("study", words.plain("study_section.title"), tuple(lead), tuple(sections))


def _curves(writer: Writer, table: FinalTable) -> FigureBlock:
    runs, split = table.study.chosen_on, split_of(table.study.definition.settings)
    return writer.figure(
        say("study_section.study_curves", n=len(runs)),
        lambda: figures.curves_over_seeds(runs, writer.words.language, split),
    )


def final(writer: Writer, table: FinalTable) -> Section:
    """The final table: a line per row; its verdicts and its classes as pictures."""
    words = writer.words
    writer = writer.marked(table.study.dataset.is_stand_in)
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
    return Section(
        "final",
        words.plain("table.title"),
        (
            writer.paragraph(
                say("study_section.see_table"),
                say("study_section.read_table", seeds=table.study.definition.settings.seeds),
            ),
            writer.table(say("study_section.results"), columns, rows),
            *_pictures(writer, table),
        ),
    )


def _pictures(writer: Writer, table: FinalTable) -> list[Block]:
    language, info = writer.words.language, table.study.dataset
    blocks: list[Block] = []
    if any(line.verdict for line in table.lines):
        blocks += [
            writer.paragraph(say("study_section.see_verdicts")),
            writer.figure(
                say("study_section.study_verdicts"),
                lambda: figures.forest_plot(forest_rows(table, language), language, info),
            ),
        ]
    if any(line.runs for line in table.lines):
        blocks += [
            writer.paragraph(say("study_section.see_recall")),
            writer.figure(
                say("study_section.study_recall"),
                lambda: figures.recall_map(recall_rows(table, language), language, info),
            ),
        ]
    return blocks


def answers(writer: Writer, table: FinalTable) -> Section:
    """The six self-study tasks with the numbers of this study, and what choosing on the test set
    adds."""
    words = writer.words
    return Section(
        "answers",
        words.plain("study_section.answers"),
        sections=tuple(
            Section(
                f"answers-{one.name}",
                words.plain(one.title.key, **one.title.values),
                tuple(writer.paragraph(*sentences) for sentences in one.paragraphs),
            )
            for one in answered(table)
        ),
    )


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
