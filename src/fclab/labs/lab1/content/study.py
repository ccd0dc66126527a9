"""The study: its moves with their verdicts, the final table, and the self-study tasks."""

from fclab import figures
from fclab.labs.lab1.answers import Answers
from fclab.labs.lab1.content.study_answers import answered
from fclab.labs.lab1.content.study_comments import comment
from fclab.labs.lab1.lab import LabResults
from fclab.report import recipes
from fclab.report.model import Block, FigureBlock, Items, Section
from fclab.report.pictures import forest_rows, recall_rows
from fclab.report.writer import Writer
from fclab.study.rows import Kind
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
from fclab.words.spans import Text
from fclab.words.wording import Say, say

_MOVES: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("stop", ("stop",)),
    ("batch", ("batch",)),
    ("past", ("past",)),
    ("lr", ("lr",)),
    ("layers", ("layers",)),
    ("own", ("own",)),
)


def section(writer: Writer, results: LabResults, found: Answers) -> Section:
    """How the study was done, and of each move what it was compared with and what came of it."""
    words, table = writer.words, found.table
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
            f"study-{name}",
            words.plain(f"study_moves.{name}.title"),
            (
                writer.paragraph(say(f"study_moves.{name}.what")),
                Items(tuple(_story(writer, found, line) for line in lines)),
            ),
        )
        for name, kinds in _MOVES
        if (lines := [line for line in table.lines if line.row.kind in kinds])
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
            words.text(*_move(line)),
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


def _move(line: Line) -> list[Say]:
    """The cell "comment" of a row: by which move it came about."""
    values = {"factor": line.row.factor, "epochs": line.recipe.epochs,
              "batch": line.recipe.batch_size, "lr": line.recipe.lr,
              "candidates": line.row.candidates, "choice": line.row.choice}  # fmt: skip
    sentences = [say(f"study_comments.{line.row.kind}", **values)]
    if line.diverged:
        sentences.append(
            say("study_comments.diverged", n=line.diverged, all=line.diverged + len(line.runs))
        )
    return sentences


def answers(writer: Writer, found: Answers) -> Section:
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
            for one in answered(found)
        ),
    )


def _story(writer: Writer, found: Answers, line: Line) -> Text:
    row = say(
        "study_section.row",
        row=line.row,
        layers=recipes.configuration(line.recipe),
        settings=recipes.hyperparameters(line.recipe),
    )
    if not line.runs:
        return writer.words.text(row, *comment(found, line))
    reached = say("study_section.reached", test=line.test, train=line.train)
    return writer.words.text(row, reached, *comment(found, line))


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
    if line.verdict is None or line.parent is None:
        return writer.cell("—")
    return writer.words.text(
        say("study_cells.compared", found=line.verdict, parent=line.parent.row,
            word=str(line.verdict.word).replace(" ", "_"))
    )  # fmt: skip
