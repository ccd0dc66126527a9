"""The notebook of the lab: a percent script that holds its code, and its texts in each language.

In the script (``notebooks/lab1.py``)

- a markdown cell is ``# {{ name }}``, which stands for a text;
- so is a comment ``# {{ name }}`` in code;
- a line of code that ends with ``  # {{ name }}`` is one that each language writes in its own way.

The texts stand in ``notebook/lab1.md`` of a language, each below ``<!-- cell: name -->``,
``<!-- comment: name -->`` or ``<!-- line: name -->``. ``{{ repository }}``, ``{{ colab }}`` and
``{{ lang }}`` stand for the addresses below and the code of the language.

So all notebooks run the same code. The script is an ordinary one: run as it is, it does the lab in
English.
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

_COMMENT = re.compile(r"^(\s*# )\{\{ ([\w-]+) \}\}$", re.MULTILINE)
_LINE = re.compile(r"^(\s*)\S.*?  # \{\{ ([\w-]+) \}\}$", re.MULTILINE)
_TEXT = re.compile(r"^<!-- (?:cell|comment|line): ([\w-]+) -->$", re.MULTILINE)


def source_text() -> str:
    """The source: inside an installed package, or beside ``src`` in a checkout."""
    shipped = files("fclab.labs.lab1.notebook") / "lab1.py"
    if shipped.is_file():
        return shipped.read_text("utf-8")
    return (Path(__file__).parents[5] / "notebooks" / "lab1.py").read_text("utf-8")


def texts_of(lang: Lang) -> dict[str, str]:
    """The texts of a language by their names."""
    place = files("fclab") / "labs" / "lab1" / "texts" / lang / "notebook" / "lab1.md"
    _, *parts = _TEXT.split(place.read_text("utf-8"))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def build(lang: Lang, parameters: Mapping[str, Any] | None = None) -> NotebookNode:
    """The notebook in one language, not executed; the same source gives the same notebook.

    Args:
        lang: the code of a language.
        parameters: values to run with instead of those of the cell ``parameters``: a cell after
            it sets them (as papermill does).

    Raises:
        KeyError: the language lacks a text.
    """
    texts, cells = texts_of(lang), []
    for cell in jupytext.reads(source_text(), fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            cell.source = texts[cell.source.strip("{} ")]
        else:
            cell.source = _in_language(cell.source, texts)
        cell.source = _filled(cell.source, lang)
        cell.metadata.pop("lines_to_next_cell", None)  # of the script
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


def _in_language(code: str, texts: Mapping[str, str]) -> str:
    code = _COMMENT.sub(lambda m: m[1] + texts[m[2]].replace("\n", f"\n{m[1]}"), code)
    return _LINE.sub(lambda m: m[1] + texts[m[2]], code)


def _filled(text: str, lang: Lang) -> str:
    place = REPOSITORY.removeprefix("https://github.com/")
    colab = (
        f"https://colab.research.google.com/github/{place}/blob/main/notebooks/lab1.{lang}.ipynb"
    )
    known = {"repository": REPOSITORY, "colab": colab, "lang": lang}
    return re.sub(r"\{\{ (repository|colab|lang) \}\}", lambda m: known[m[1]], text)
