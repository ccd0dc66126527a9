"""Tells IPython how fclab's objects look. Nothing heavy is imported before one is shown."""

from collections.abc import Callable
from typing import Any

# By name, so that the classes need not be imported.
_SHOWN = (
    ("fclab.values.dataset", "Dataset"),
    ("fclab.values.recipe", "Recipe"),
    ("fclab.values.run", "Run"),
    ("fclab.labs.lab1.variant.rule", "Variant"),
    ("fclab.study.study", "Study"),
    ("fclab.study.table", "FinalTable"),
    ("fclab.notebook.tables", "Excerpt"),
)


def register(shell: Any) -> None:
    """Give the shell's HTML and plain-text formatters the displays of `fclab.notebook.display`.

    Args:
        shell: IPython's ``InteractiveShell``.
    """
    formatters = shell.display_formatter.formatters
    for module, name in _SHOWN:
        formatters["text/html"].for_type_by_name(module, name, _html)
        formatters["text/plain"].for_type_by_name(module, name, _plain)


def _html(thing: Any) -> str:
    from fclab.notebook.display import html

    return html(thing)


def _plain(thing: Any, printer: Any, cycle: bool) -> None:
    from fclab.notebook.display import plain

    make: Callable[[Any], str] = plain
    printer.text(make(thing))
