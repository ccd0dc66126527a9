"""What was understood of a submission, for the terminal."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fclab.course.values import Claims, Course, Figure
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import format_layers
from fclab.values.text import shown
from fclab.words.wording import Wording

OF_ROWS = {
    "missing", "network", "settings", "by_size", "taken_as_test", "taken_by_size", "accuracies",
    "range", "odd_figure", "best_epoch",
}  # fmt: skip
"""Codes that are about a row: "3: what"."""
OF_FILES = {
    "damaged", "encrypted", "too_large", "bomb", "entities", "empty", "scanned", "old_office",
    "apple", "rtf", "other_archive", "picture", "only_pictures", "unknown_kind", "not_regular",
    "not_opened", "too_deep", "too_many_pages", "part_unread", "hidden_sheet", "no_outputs",
    "forbidden", "failed", "too_long", "tables_differ", "errors_differ",
}  # fmt: skip
"""Codes that name files, whose names may be those of students."""


def understood(
    claims: Claims, words: Wording, course: Course | None = None, *, anonymous: bool = False
) -> RenderableType:
    """A submission as it was understood: who, what classes, the rows, and what was not read.

    Args:
        claims: what was read.
        words: of the language.
        course: its students; to say whose the submission is.
        anonymous: keys in place of names, endings in place of files' names.
    """
    parts: list[RenderableType] = [_head(claims, words, course, anonymous)]
    if claims.rows:
        parts.append(_rows(claims, words))
    if claims.per_class:
        parts.append(_classes(claims, words))
    if claims.unread:
        lines = "\n".join(f"  {line}" for line in unread_lines(claims, words, anonymous=anonymous))
        parts.append(Text(f"{words.plain('reading.unread_title')}\n{lines}"))
    return Group(*parts)


def unread_lines(claims: Claims, words: Wording, *, anonymous: bool = False) -> Iterator[str]:
    """A sentence for everything that was not read or understood.

    Args:
        claims: what was read.
        words: of the language.
        anonymous: files are named by their endings alone.
    """
    for code, about in claims.unread:
        key = f"reading.unread.{code}"
        if not words.has(key):
            yield f"{code} {about}".strip()
            continue
        row, _, what = about.partition(": ") if code in OF_ROWS else ("", "", "")
        if anonymous and code in OF_FILES:
            about = ", ".join(f"*{PurePosixPath(one).suffix}" for one in about.split("; "))
        said = words.plain(key, about=shown(about), row=row, what=shown(what))
        yield " ".join(said.split())


def _head(claims: Claims, words: Wording, course: Course | None, anonymous: bool) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    student = claims.student or words.plain("reading.nobody")
    if course and claims.student and not anonymous:
        student = next((s.name for s in course.students if s.key == claims.student), student)
    lines = {"student": student} if course or claims.student else {}
    if not anonymous:
        lines |= {"files": ", ".join(claims.files), "name": claims.name}
    lines |= {
        "group": claims.group,
        "variant": "" if claims.variant is None else str(claims.variant),
        "classes": _listed(claims, words),
        "error": _figure(claims.part_1_error),
    }
    for name, value in lines.items():
        text = shown(value) or words.plain("reading.absent")
        table.add_row(words.plain(f"reading.{name}"), Text(text))
    return table


def _listed(claims: Claims, words: Wording) -> str:
    return ", ".join(
        words.plain("reading.class_named", number=number, name=CLASS_NAMES[number])
        for number in claims.classes or ()
        if number < len(CLASS_NAMES)
    )


def _rows(claims: Claims, words: Wording) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    names = ["row", "layers", "lr", "batch", "epochs", "test", "train"]
    besides = any(row.other or row.best_epoch for row in claims.rows)
    for name in [*names, *(["other"] if besides else [])]:
        side = "left" if name in ("layers", "other") else "right"
        table.add_column(words.plain(f"reading.{name}"), justify=side, overflow="fold")
    absent = words.plain("reading.absent")
    for place, row in enumerate(claims.rows, start=1):
        cells = [
            str(place),
            format_layers(row.layers) if row.layers else absent,
            absent if row.lr is None else words.num(row.lr),
            absent if row.batch_size is None else words.whole(row.batch_size),
            absent if row.epochs is None else words.whole(row.epochs),
            absent if row.test is None else words.fixed(row.test.value, row.test.decimals),
            absent if row.train is None else words.fixed(row.train.value, row.train.decimals),
        ]
        if besides:
            best = [words.plain("reading.best")] if row.best_epoch else []
            cells.append(shown(", ".join([*row.other, *best])))
        table.add_row(*map(Text, cells))
    return table


def _classes(claims: Claims, words: Wording) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    names = ("precision", "recall", "f1")
    for name in ("label", *names):
        side = "left" if name == "label" else "right"
        table.add_column(words.plain(f"reading.{name}"), justify=side)
    for one in claims.per_class:
        figures = [one.figures.get(name) for name in names]
        cells = [words.fixed(f.value, f.decimals) if f else "—" for f in figures]
        table.add_row(Text(shown(one.label)), *map(Text, cells))
    return table


def _figure(figure: Figure | None) -> str:
    return figure.text if figure else ""
