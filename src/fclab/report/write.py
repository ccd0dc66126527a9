"""The report in every format that is asked for; each figure is drawn once for all of them."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from fclab.report.formats import FORMATS, RENDERERS, Format
from fclab.report.model import Report


def write_report(
    report: Report,
    folder: Path,
    formats: Iterable[Format] = FORMATS,
    *,
    done: Callable[[int], object] | None = None,
) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.docx``, ..., each whole or not at all.

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
        module, _, function = RENDERERS[name].partition(":")
        renderer = getattr(import_module(module), function)
        paths.append(renderer(report, folder / f"report.{name}"))
        if done is not None:
            done(1)
    return tuple(paths)
