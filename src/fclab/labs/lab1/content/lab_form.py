"""The final table in the form that the lab asks for, in a file of its own."""

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from fclab.labs.lab1.content import final
from fclab.labs.lab1.content.study_formats import in_markdown
from fclab.report.model import Block, Paragraph, Report, Section, Table
from fclab.report.writer import Writer
from fclab.study.table import FinalTable
from fclab.values.errors import UsageError
from fclab.values.files import write_atomic
from fclab.values.text import no_formula
from fclab.words.spans import Text, plain_text
from fclab.words.wording import Wording


def markdown(table: FinalTable, words: Wording) -> str:
    """How the table is read, then the table, in GitHub's Markdown."""
    section = _section(table, words)
    return "\n\n".join(filter(None, map(_in_markdown, section.blocks))) + "\n"


def check_file(path: Path) -> None:
    """Whether `write` knows such files.

    Raises:
        UsageError: it does not.
    """
    if path.suffix.lower() not in _WRITERS:
        known = " or ".join((", ".join([*_WRITERS][:-1]), [*_WRITERS][-1]))
        raise UsageError(
            "--format lab writes {known}: what {path} is to be cannot be told",
            known=known,
            path=path,
        )


def write(table: FinalTable, words: Wording, path: Path) -> Path:
    """Write the table, whole or not at all, as what the ending of the file says.

    Args:
        path: ``.md``, Markdown; ``.docx``, a document with nothing but the table and how it is
            read; ``.csv``, the table alone, in UTF-8 with the mark by which Excel knows it.

    Returns:
        ``path``.

    Raises:
        UsageError: another ending.
        FclabError: the file cannot be written.
    """
    check_file(path)
    return _WRITERS[path.suffix.lower()](table, words, path)


def _markdown(table: FinalTable, words: Wording, path: Path) -> Path:
    return write_atomic(path, markdown(table, words))


def _docx(table: FinalTable, words: Wording, path: Path) -> Path:
    from fclab.report.word import write_blocks

    section = _section(table, words)
    report = Report(
        title=section.title,
        subtitle=(),
        language=words.language,
        sections=(section,),
        substitute=table.study.dataset.substitute,
    )
    return write_blocks(report, path)


def _csv(table: FinalTable, words: Wording, path: Path) -> Path:
    writer = Writer(words, table.study.dataset.substitute)
    made, text = final.lab_table(writer, table, named=True), io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for row in (made.header, *made.rows):
        rows.writerow(no_formula(plain_text(cell)) for cell in row)
    return write_atomic(path, text.getvalue().encode("utf-8-sig"))


_WRITERS: Mapping[str, Callable[[FinalTable, Wording, Path], Path]] = {
    ".md": _markdown, ".docx": _docx, ".csv": _csv,
}  # fmt: skip


def _section(table: FinalTable, words: Wording) -> Section:
    return final.section(Writer(words), table)


def _in_markdown(block: Block) -> str:
    match block:
        case Paragraph():
            return _escaped(block.text)
        case Table():
            rows = [map(_escaped, row) for row in (block.header, *block.rows)]
            rows.insert(1, map(str, ["---"] * len(block.header)))
            lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
            return f"**{_escaped(block.caption)}**\n\n{lines}"
        case _:
            return ""


def _escaped(text: Text) -> str:
    return in_markdown(plain_text(text))
