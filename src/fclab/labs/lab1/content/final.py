"""The final table in the form that the lab asks for: configuration, hyper-parameters, accuracy,
comment."""

from collections import Counter

from fclab.analysis import findings
from fclab.labs.lab1.content.comments import in_short, said
from fclab.labs.lab1.settings import recipe_for
from fclab.report import recipes
from fclab.report.model import Block, Section, Table
from fclab.report.writer import Writer
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.recipe import CIFAR
from fclab.values.run import Run
from fclab.words.spans import Text
from fclab.words.wording import Say, say

COLUMNS = ("configuration", "hyperparameters", "accuracy", "comment")


def section(writer: Writer, table: FinalTable) -> Section:
    """Every row of a study."""
    writer = writer.marked(table.study.dataset.substitute)
    parent = _usual(table)
    read = say("table.read", seeds=table.study.definition.settings.seeds, parent=parent)
    blocks: tuple[Block, ...] = (writer.paragraph(read), lab_table(writer, table))
    if len(table.arithmetics) > 1:
        mixed = say("study_table.mixed", processors=table.arithmetics)
        blocks += (writer.paragraph(mixed),)
    return Section("final", writer.words.plain("table.title"), blocks)


def lab_table(writer: Writer, table: FinalTable, *, named: bool = False) -> Table:
    """The table alone.

    Args:
        named: every comparison names its row, for a table that stands without `section`.
    """
    usual = None if named else _usual(table)
    rows = [
        [
            writer.cell(recipes.configuration(line.recipe)),
            writer.cell(recipes.hyperparameters(line.recipe)),
            _accuracy(writer, line),
            writer.words.text(*_comment(line, usual)),
        ]
        for line in table.lines
    ]
    return writer.table(say("table.results"), list(COLUMNS), rows)


def section_of_run(writer: Writer, run: Run) -> Section:
    """The first row of the table, where no study was done: one run."""
    writer = writer.marked(run.dataset.substitute)
    words = writer.words
    if run.diverged_at is None:
        test = findings.share(run)
        accuracy = say("cells.accuracies", test=test, train=run.metrics["train_accuracy"])
        caution = [say("table.interval", test=test), say("table.one_run", test=test, seed=run.seed)]
    else:
        accuracy, caution = say("cells.none"), [say("table.no_accuracy", seed=run.seed)]
    row = [
        writer.cell(recipes.configuration(run.recipe)),
        writer.cell(recipes.hyperparameters(run.recipe)),
        words.text(accuracy),
        words.text(*_comment_of_run(run)),
    ]
    blocks: tuple[Block, ...] = (
        writer.paragraph(say("table.intro")),
        writer.table(say("table.results"), list(COLUMNS), [row]),
        writer.paragraph(*caution),
    )
    return Section("final", words.plain("table.title"), blocks)


def _accuracy(writer: Writer, line: Line) -> Text:
    if line.test is None:
        return writer.words.text(say("study_cells.diverged"))
    return writer.words.text(say("study_cells.lab_accuracy", test=line.test, train=line.train))


def _usual(table: FinalTable) -> Row | None:
    """The row that most others are compared to; it is named once for all of them."""
    parents = [line.parent.row for line in table.lines if line.parent]
    counts = Counter(row.name for row in parents)
    most = counts.most_common(1)
    return next((row for row in parents if row.name == most[0][0]), None) if most else None


def _comment(line: Line, usual: Row | None) -> list[Say]:
    """What the row is called, by which move it came about, and how it compares with another row
    than the usual one or with that; then what the student says."""
    named = [say("study_cells.named", row=line.row)] if line.row.kind == "own" else []
    sentences = [*named, *in_short(line)]
    if line.verdict is not None and line.parent is not None:
        sentences.append(
            say(f"study_cells.lab_{line.verdict.decision.key}", found=line.verdict,
                parent=None if line.parent.row == usual else line.parent.row)
        )  # fmt: skip
    return [*sentences, *said(line)]


def _comment_of_run(run: Run) -> list[Say]:
    own = run.dataset.pictures is not None  # the lab's recipe, for as many images as there are
    base = recipe_for(run.dataset) if own else CIFAR
    changes = recipes.differences(base, run.recipe)
    comments = [say("comments.changed", changes=changes) if changes else say("comments.base")]
    if run.diverged_at is not None:
        comments.append(say("comments.diverged", epoch=run.diverged_at))
    if run.stopped_at is not None:
        comments.append(say("comments.stopped", epoch=run.stopped_at))
    if run.dataset.substitute:
        comments.append(say("comments.stand_in", substitute=run.dataset.substitute))
    return comments
