"""The report in every format that is asked for; each figure is drawn once for all of them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, get_args

from fclab.report.html import write_html
from fclab.report.model import Report
from fclab.report.pdf import write_pdf
from fclab.report.word import write_docx

Format = Literal["html", "docx", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)

_WRITERS: Mapping[Format, Callable[[Report, Path], Path]] = {
    "html": write_html,
    "docx": write_docx,
    "pdf": write_pdf,
}


def write_report(
    report: Report,
    folder: Path,
    formats: Iterable[Format] = FORMATS,
    *,
    done: Callable[[int], object] | None = None,
) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.docx`` and ``report.pdf``, each whole or not at all.

    Args:
        report: its figures are drawn if they were not yet.
        folder: made if it does not exist.
        formats: which of them.
        done: told 1 after each file.

    Returns:
        The files.

    Raises:
        FclabError: a file cannot be written.
    """
    paths = []
    for name in dict.fromkeys(formats):
        paths.append(_WRITERS[name](report, folder / f"report.{name}"))
        if done is not None:
            done(1)
    return tuple(paths)
