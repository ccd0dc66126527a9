"""HTML fragments for the output of a cell: templates, figures, notes.

A fragment stands alone and is readable on light and on dark: text has the colour of the page
around it; figures, which are drawn for white paper, lie on white.
"""

from base64 import b64encode
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from matplotlib.figure import Figure

from fclab.figures import png_bytes
from fclab.notebook.language import lang
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_DPI = 96


def render(template: str, /, **values: Any) -> str:
    """A template of this package, filled in the language of the notebook; values are data."""
    return _environment(lang()).get_template(f"{template}.html.j2").render(values)


def words() -> Wording:
    """The texts and numbers of the language of the notebook."""
    return wording(lang())


def say(key: str, /, **values: Any) -> str:
    """A sentence of the text files (subject ``notebook``) in the language of the notebook."""
    return words().plain(f"notebook.{key}", **values)


def picture(figure: Figure) -> str:
    """The figure as the address of an image, a data URI."""
    return f"data:image/png;base64,{b64encode(png_bytes(figure, _DPI)).decode()}"


def show_note(key: str, /, **values: Any) -> None:
    """Show a warning in the output of the cell, or on the terminal."""
    from IPython.display import display

    text = say(key, **values)
    display({"text/html": render("note", text=text), "text/plain": text}, raw=True)


@cache
def _environment(language: Lang) -> Environment:
    """The environment of the texts, autoescape and number filters included, with templates."""
    spoken = wording(language)
    environment = spoken.environment.overlay(
        loader=PackageLoader("fclab.notebook"), trim_blocks=True, lstrip_blocks=True
    )
    environment.globals = {
        **environment.globals,
        "say": lambda key, **values: spoken.plain(f"notebook.{key}", **values),
    }
    return environment
