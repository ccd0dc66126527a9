"""The task sheet of a student, as a report of one page or two."""

from fclab.course.roster.assign import variant_of
from fclab.course.roster.link import BENCH, link
from fclab.course.values import Assignment, Student
from fclab.labs.lab1.variant import Scheme, Variant, department_text, trap
from fclab.report.model import Block, Paragraph, Report, Section
from fclab.report.writer import Writer
from fclab.values.names import CLASS_NAMES
from fclab.words.languages import Lang
from fclab.words.spans import Span
from fclab.words.wording import say, wording

EMPTY_ROWS = 7
TASKS = ("parts", "analyse", "stop", "batch", "rate", "layers", "best")
HAND_IN = ("report", "code", "figures", "defence")


def sheet(
    student: Student,
    assignment: Assignment,
    scheme: Scheme,
    lang: Lang,
    *,
    bench: str = BENCH,
    name: str | None = None,
) -> Report:
    """What a student is to do, and on which classes.

    Args:
        student: whose sheet it is.
        assignment: the classes.
        scheme: the rule that they follow from.
        lang: the code of a language.
        bench: address of the page.
        name: in place of the student's own.
    """
    words = wording(lang)
    writer, title = Writer(words), words.plain("roster.sheet.title")
    shown = student.name if name is None else name
    whose = words.text(
        say("roster.sheet.whose", name=shown, group=student.group, variant=assignment.variant)
    )
    variant = variant_for(student, assignment, scheme)
    address = link(assignment.classes, lang, bench)
    return Report(
        title=title,
        subtitle=whose,
        language=lang,
        sections=(
            _section(
                writer,
                "classes",
                *_classes(writer, assignment, variant),
                writer.paragraph(say("roster.sheet.page")),
                Paragraph((Span(address, "code"),)),
            ),
            _section(
                writer, "tasks", writer.items(*(say(f"roster.sheet.do.{task}") for task in TASKS))
            ),
            _section(
                writer,
                "hand_in",
                writer.items(*(say(f"roster.sheet.give.{one}") for one in HAND_IN)),
            ),
            _section(writer, "table", _table(writer)),
        ),
        author=shown,
        form="sheet",
    )


def variant_for(student: Student, assignment: Assignment, scheme: Scheme) -> Variant | None:
    """How the classes follow from the rule; None: they do not."""
    if assignment.group is None or assignment.variant is None:
        return None
    made = variant_of(assignment.group, assignment.variant, student.department, scheme)
    return made if made is not None and made.classes == assignment.classes else None


def _section(writer: Writer, name: str, *blocks: Block) -> Section:
    return Section(f"sheet-{name}", writer.words.plain(f"roster.sheet.{name}"), blocks)


def _classes(writer: Writer, assignment: Assignment, variant: Variant | None) -> list[Block]:
    words, lang = writer.words, writer.words.language
    if variant is None:
        names = [CLASS_NAMES[number] for number in assignment.classes]
        told = [f"{name.number} ({words.called(name)})" for name in names]
        return [writer.paragraph(say("roster.sheet.given", classes=told))]
    rows = [
        [
            writer.cell(term.rule(lang)),
            writer.cell(term.formula),
            writer.cell(f"{term.number} – {words.called(term.name)}"),
        ]
        for term in variant.terms
    ]
    department = department_text(variant.department, lang)
    return [
        writer.table(say("roster.sheet.derivation", year=variant.scheme.name,
                         department=department), ["rule", "calculation", "class"], rows),
        *(writer.paragraph(say("roster.sheet.sentence", text=text))
          for text in [" ".join(trap(assignment.classes, lang)[:2])]),
    ]  # fmt: skip


def _table(writer: Writer) -> Block:
    """The final table's form: the base row's hyper-parameters are the lab's, the rest is empty."""
    columns = ["configuration", "hyperparameters", "accuracy", "comment"]
    first = [
        writer.cell("FC(10), FC(3)"),
        writer.words.text(say("roster.sheet.base")),
        writer.words.text(say("roster.sheet.accuracies")),
        writer.words.text(say("roster.sheet.base_row")),
    ]
    empty = [[writer.cell("\N{NO-BREAK SPACE}")] * 4 for _ in range(EMPTY_ROWS - 1)]
    return writer.table(say("roster.sheet.final"), columns, [first, *empty])
