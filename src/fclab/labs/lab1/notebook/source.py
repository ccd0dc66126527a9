"""The notebook of the lab from its one source: a percent script that holds both languages.

In the source (``notebooks/lab1.py``)

- a markdown cell belongs to the language of its ``lang="ru"`` or ``lang="en"``;
- a comment ``# ru: ...`` or ``# en: ...`` is kept, without its mark, in that language only;
- a line of code that ends with ``  # ru`` or ``  # en`` is kept in that language only;
- ``{{ repository }}`` and ``{{ colab }}`` stand for the addresses below.

Everything else is common, so the two notebooks run the same code. The source is an ordinary
script: run as it is, it does the lab in English.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from fclab.words.languages import Lang

REPOSITORY = "https://github.com/iu5git/fclab"
"""Where the project lives: the notebooks install fclab from here, and Colab opens them."""

_COMMENT = re.compile(r"^(\s*# )(ru|en): (.*)$")
_LINE = re.compile(r"^(.*?)  # (ru|en)$")


def source_text() -> str:
    """The source: inside an installed package, or beside ``src`` in a checkout."""
    shipped = files("fclab.labs.lab1.notebook") / "lab1.py"
    if shipped.is_file():
        return shipped.read_text("utf-8")
    return (Path(__file__).parents[5] / "notebooks" / "lab1.py").read_text("utf-8")


def build(lang: Lang, parameters: Mapping[str, Any] | None = None) -> NotebookNode:
    """The notebook in one language, not executed; the same source gives the same notebook.

    Args:
        lang: "ru" or "en".
        parameters: values to run with instead of those of the cell ``parameters``: a cell after
            it sets them (as papermill does).
    """
    cells = []
    for cell in jupytext.reads(source_text(), fmt="py:percent").cells:
        if cell.metadata.get("lang", lang) != lang:
            continue
        text = cell.source if cell.cell_type == "markdown" else _in_language(cell.source, lang)
        cell.source = _addresses(text, lang)
        cell.metadata.pop("lang", None)
        cells.append(cell)
        if parameters and "parameters" in cell.metadata.get("tags", ()):
            lines = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
            cells.append(new_code_cell(lines, metadata={"tags": ["injected-parameters"]}))
    return finished(cells, lang)


def finished(cells: list[NotebookNode], lang: Lang) -> NotebookNode:
    """A notebook of these cells, numbered, for any Python 3 kernel."""
    for number, cell in enumerate(cells):
        cell["id"] = f"lab1-{number:02d}"
    return new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "fclab": {"source": "notebooks/lab1.py", "lang": lang},
        },
    )


def tagged(notebook: NotebookNode, tag: str) -> NotebookNode:
    """The one cell that has a tag.

    Raises:
        ValueError: there is none, or more than one.
    """
    found = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells are tagged {tag!r}")
    return found[0]


def _in_language(code: str, lang: Lang) -> str:
    lines = []
    for line in code.split("\n"):
        if comment := _COMMENT.match(line):
            if comment[2] == lang:
                lines.append(comment[1] + comment[3])
        elif own := _LINE.match(line):
            if own[2] == lang:
                lines.append(own[1])
        else:
            lines.append(line)
    return "\n".join(lines)


def _addresses(text: str, lang: Lang) -> str:
    place = REPOSITORY.removeprefix("https://github.com/")
    colab = (
        f"https://colab.research.google.com/github/{place}/blob/main/notebooks/lab1.{lang}.ipynb"
    )
    return text.replace("{{ repository }}", REPOSITORY).replace("{{ colab }}", colab)
