"""The page of a student: the checked table, slips with what to look at, how hard the variant is."""

from collections.abc import Iterator

from fclab.course import atlas
from fclab.course.feedback.figure import ranges
from fclab.course.feedback.slips import finding_text, slip_values
from fclab.course.values import Checked, CheckedFigure, CheckedRow, Slip, Student
from fclab.report.model import Block, Items, Paragraph, Report, Section, Table
from fclab.report.writer import Writer
from fclab.values.names import CLASS_NAMES
from fclab.words.languages import Lang
from fclab.words.spans import Text
from fclab.words.wording import Wording, say, wording

_COLUMNS = ("row", "test", "test_again", "train", "train_again", "finding")


def page(student: Student, checked: Checked, lang: Lang, *, anonymous: bool = False) -> Report:
    """What a student gets back.

    Args:
        student: whose it is.
        checked: that student's submission.
        lang: of all texts.
        anonymous: the key in place of the name and the group.
    """
    writer = Writer(wording(lang))
    words = writer.words
    whose = student.key if anonymous else ", ".join(filter(None, (student.name, student.group)))
    sections = [Section("rows", words.plain("feedback.rows"), tuple(_rows(writer, checked)))]
    if checked.slips:
        items = Items(tuple(
            _slip(writer, slip, advice=slip.kind not in {one.kind for one in checked.slips[:place]})
            for place, slip in enumerate(checked.slips)
        ))  # fmt: skip
        sections.append(Section("look", words.plain("feedback.look"), (items,)))
    return Report(
        words.plain("feedback.title"), writer.cell(whose), lang, tuple(sections), form="sheet"
    )


def _rows(writer: Writer, checked: Checked) -> Iterator[Block]:
    classes = checked.classes
    if classes is not None:
        names = [CLASS_NAMES[number] for number in classes]
        yield writer.paragraph(say("feedback.classes", classes=names))
        if len(set(classes)) == 3:
            test = atlas.lookup(classes).test
            yield writer.paragraph(say("feedback.hard", mean=test.mean, margin=test.margin))
    if not checked.rows:
        yield writer.note("missing", say("feedback.no_rows"))
        return
    yield Paragraph(writer.words.text(say("feedback.how")))
    yield Table(
        "checked",
        writer.words.text(say("feedback.caption")),
        tuple(writer.cell(name) for name in writer.words.each("feedback.column", *_COLUMNS)),
        tuple(_line(writer, checked, row) for row in checked.rows),
        ("left", "right", "right", "right", "right", "left"),
    )
    if any(row.figures for row in checked.rows):
        yield writer.figure(say("feedback.ranges"), lambda: ranges(checked, writer.words.language))
    yield writer.note("caution", say("check.careful"))


def _line(writer: Writer, checked: Checked, row: CheckedRow) -> tuple[Text, ...]:
    words, claimed = writer.words, checked.claims.rows[row.row]
    settings = words.plain(
        "feedback.row",
        n=row.row + 1,
        layers=claimed.layers,
        lr=claimed.lr,
        batch=claimed.batch_size,
        epochs=claimed.epochs,
    )
    figures = {one.part: one for one in row.figures}
    return tuple(map(writer.cell, (
        settings, *_cells(words, figures.get("test")), *_cells(words, figures.get("train")),
        finding_text(row, words),
    )))  # fmt: skip


def _cells(words: Wording, one: CheckedFigure | None) -> tuple[str, str]:
    """What was stated, and 95 % of single runs with their mean."""
    if one is None:
        return "–", "–"
    mean, low, high = (words.fixed(value, 1) for value in (one.mean, one.low, one.high))
    return words.num(one.claimed), words.plain("feedback.cell", mean=mean, low=low, high=high)


def _slip(writer: Writer, slip: Slip, *, advice: bool) -> Text:
    """What to look at, with the advice at the first of a kind; another student is never named
    here."""
    values = slip_values(slip, writer.words)
    return writer.words.text(say(f"feedback.slip.{slip.kind}", advice=advice, **values))
