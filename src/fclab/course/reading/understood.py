"""The files of a submission together → `Claims`."""

from collections.abc import Sequence

from fclab.course.reading.classes import LAB, Stated, stated_classes, stated_variant
from fclab.course.reading.document import Document, Note
from fclab.course.reading.figures import class_reports, part_1_error
from fclab.course.reading.final import Found, final_table
from fclab.course.reading.people import Known, match, title_person
from fclab.course.values import ClaimedRow, Claims

_MOST_NOTES = 60
_TABLES = (".xlsx", ".csv", ".tsv", ".ods")
_NOTEBOOKS = (".ipynb",)


def understand(
    place: str, documents: Sequence[Document], notes: Sequence[Note], people: Sequence[Known]
) -> Claims:
    """What a student's files claim.

    Args:
        place: name of the folder or file that the submission is.
        documents: those that could be read.
        notes: about those that could not.
        people: of the roster; none: nobody is looked for.
    """
    told = [*notes, *(note for document in documents for note in document.notes)]
    reports = sorted(documents, key=_rank)
    classes = _classes(reports, told)
    rows = _rows(reports, len(classes) if classes else 3, told)
    errors = [(d, e) for d in sorted(documents, key=_notebook_first) if (e := part_1_error(d))]
    if len({round(e.value, 4) for _, e in errors}) > 1:
        told.append(("errors_differ", "; ".join(f"{d.name}: {e.text}" for d, e in errors)))
    per_class = [r for d in sorted(documents, key=_notebook_first) for r in class_reports(d)]
    if len(per_class) > 1:
        told.append(("more_reports", str(len(per_class))))
    if classes is None and per_class and all(c.number is not None for c in per_class[0]):
        labels = tuple(c.number for c in per_class[0] if c.number is not None)
        if len(set(labels)) == len(labels) and min(labels) >= 0 and set(labels) != {0, 1, 2}:
            classes = labels
            told.append(("classes_of_report", ", ".join(map(str, labels))))
    title = "\n".join(d.title() for d in reports)
    persons = [title_person(d.title()) for d in reports]
    name = next((p.name for p in persons if p.name), "")
    group = next((p.group for p in persons if p.group), "")
    variants = [v for d in reports if (v := stated_variant(d.title(20_000))) is not None]
    student, why = match(people, place, title, name) if people else (None, ())
    told += why
    if not rows:
        told.append(("no_table", ""))
    if classes is None:
        told.append(("no_classes", ""))
    return Claims(
        files=(),
        student=student,
        name=name,
        group=group,
        variant=variants[0] if variants else None,
        classes=classes,
        rows=rows,
        part_1_error=errors[0][1] if errors else None,
        per_class=per_class[0] if per_class else (),
        unread=tuple((code, what[:200]) for code, what in dict.fromkeys(told))[:_MOST_NOTES],
    )


def _rank(document: Document) -> int:
    """Reports before tables in files of their own, those before notebooks."""
    name = document.name.casefold()
    return 2 if name.endswith(_NOTEBOOKS) else 1 if name.endswith(_TABLES) else 0


def _notebook_first(document: Document) -> int:
    return -_rank(document)


def _classes(documents: Sequence[Document], told: list[Note]) -> tuple[int, ...] | None:
    """The classes that the code names, else those of the text; those of the lab's own text only
    where nothing else is stated."""
    stated: list[Stated] = [s for d in documents for s in stated_classes(d)]
    order = {"code": 0, "text": 1, "names": 2}
    stated.sort(key=lambda s: (s.classes == LAB, len(s.classes) != 3, order[s.where]))
    if not stated:
        return None
    first = stated[0]
    others = {
        s.classes
        for s in stated
        if set(s.classes) != set(first.classes) and len(s.classes) == len(first.classes)
    }
    for other in sorted(others - {LAB}):
        told.append(("classes_differ", f"{_listed(first.classes)}; {_listed(other)}"))
    return first.classes


def _listed(classes: Sequence[int]) -> str:
    return ", ".join(map(str, classes))


def _rows(documents: Sequence[Document], classes: int, told: list[Note]) -> tuple[ClaimedRow, ...]:
    """The rows of the file whose table is called the final one, else of the report where it has a
    table, else of the file that says most."""
    found: list[tuple[tuple[bool, bool, int], Document, Found]] = []
    for document in documents:
        made = final_table(document, classes)
        if made.rows:
            report = _rank(document) < 2 and len(made.rows) > 2
            worth = sum(_worth(row) for row in made.rows)
            found.append(((made.final, report, worth), document, made))
    if not found:
        return ()
    _, document, best = max(found, key=lambda one: one[0])
    told += [(code, what) for code, what in best.notes]
    for _, other, made in found:
        if other is not document and {_figures(r) for r in made.rows} != {
            _figures(r) for r in best.rows
        }:
            told.append(("tables_differ", f"{document.name}; {other.name}"))
    return best.rows


def _worth(row: ClaimedRow) -> int:
    fields = (row.layers, row.lr, row.batch_size, row.epochs, row.test, row.train)
    return sum(field is not None for field in fields)


def _figures(row: ClaimedRow) -> tuple[object, ...]:
    return (row.layers, row.lr, row.batch_size, row.epochs, row.test and round(row.test.value, 1))
