"""The report in every format that is asked for; each figure is drawn once for all of them."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from fclab.report.formats import FORMATS, RENDERERS, Format
from fclab.report.model import Report
from fclab.values.progress import Progress, no_progress


def write_report(
    report: Report,
    folder: Path,
    formats: Iterable[Format] = FORMATS,
    *,
    progress: Progress = no_progress,
) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.docx``, ..., each whole or not at all.

    Args:
        report: its figures are drawn if they were not yet.
        folder: made if it does not exist.
        formats: which of them.
        progress: told how many files are written, of how many.

    Returns:
        The files.

    Raises:
        FclabError: a file cannot be written.
    """
    paths, wanted = [], tuple(dict.fromkeys(formats))
    for name in wanted:
        module, _, function = RENDERERS[name].partition(":")
        renderer = getattr(import_module(module), function)
        paths.append(renderer(report, folder / f"report.{name}"))
        progress(len(paths), len(wanted))
    return tuple(paths)
