"""What reproduces a part of the page outside of it: a command, a program, a notebook.

A part says in a few lines what it shows, as a `Reproduction`: the commands of fclab, and of one
network its data, recipe and seed. The rest is made here of it, and shown by the panel
``web/src/reproduce.tsx``. For a part of one's own:

1. in its task: ``Task(MyWish, do, reproduces=my_function)``, where ``my_function(wish)`` returns
   a `Reproduction` (data are a `KeptData`: then `fclab.scripts.script` has the program);
2. in its component: ``<Reproduce task="my-task" />``;
3. in its tests: the command is run and gives the numbers of the view, and so does the program.

What a command has no option for is added to the command.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fclab.data.kept import KeptData
from fclab.scripts import script
from fclab.values.recipe import Recipe
from fclab.words.languages import Lang

_PLAIN: Final = re.compile(r"[\w./:=+,@-]+")
_HARMLESS: Final = re.compile(r"[^\"$`\\!%]+")  # between double quotes, in every shell


@dataclass(frozen=True, eq=False)
class Reproduction:
    """What shows the same as a part of the page.

    Attributes:
        commands: arguments of ``fclab``, a tuple for each command: ``("regression", "--lr", ...)``;
            none where no command has the data.
        data, recipe, seed: of the network that the program trains; without data there is none.
        files: what the commands read, by name.
        figure: lines of Python that draw, after the program, what the page shows.
    """

    commands: Sequence[Sequence[str]]
    data: KeptData | None = None
    recipe: Recipe | None = None
    seed: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    figure: str = ""

    def command(self) -> str:
        """The commands as they are typed, in a POSIX shell as in PowerShell."""
        return "\n".join(
            " ".join(["fclab", *map(quoted, arguments)]) for arguments in self.commands
        )

    def program(self, lang: Lang) -> str | None:
        """Plain PyTorch that trains the network and gets the same numbers, or None.

        Raises:
            UsageError: a program cannot have the data or the recipe.
        """
        if self.data is None or self.recipe is None:
            return None
        return script(self.data, self.recipe, self.seed, lang).whole

    def notebook(self, lang: Lang) -> dict[str, Any] | None:
        """The program as a notebook (nbformat 4.5), cell by cell, with the figure; or None.

        Raises:
            UsageError: as of `program`.
        """
        program = self.program(lang)
        return None if program is None else notebook(program, self.figure)


def options_of(recipe: Recipe, base: Recipe) -> list[str]:
    """The options by which a recipe differs from the one that a command starts from, for fields
    that are numbers, words or set flags: ``["--lr", "0.001"]``."""
    options: list[str] = []
    for name, (_, value) in recipe.changes_from(base).items():
        option = f"--{name.replace('_', '-')}"
        options += [option] if value is True else [option, str(value)]
    return options


def quoted(argument: str) -> str:
    """An argument as it is typed."""
    if _PLAIN.fullmatch(argument):
        return argument
    return f'"{argument}"' if _HARMLESS.fullmatch(argument) else shlex.quote(argument)


def notebook(program: str, figure: str = "") -> dict[str, Any]:
    """A program as a notebook: what it says of itself, then its parts; a figure at the end."""
    _, said, code = program.split('"""', 2)
    cells = [cell.strip() for cell in _cells(code)]
    if figure:
        cells.append(figure.strip())
    return {
        "cells": [
            {"cell_type": "markdown", "id": "about", "metadata": {}, "source": said.strip()},
            *(
                {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "source": cell,
                 "execution_count": None, "outputs": []}
                for number, cell in enumerate(cells, start=1)
            ),
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip


def _cells(code: str) -> list[str]:
    """The program cut before each comment of its own; a function stays with what is before it."""
    return [cell for cell in re.split(r"(?m)^(?=# )", code) if cell.strip()]


def as_event(made: Reproduction, lang: Lang) -> dict[str, Any]:
    """What the panel is told: the command, the program and the notebook (JSON) as texts, files."""
    book = made.notebook(lang)
    return {
        "kind": "done",
        "command": made.command() or None,
        "files": dict(made.files),
        "program": made.program(lang),
        "notebook": book and json.dumps(book, ensure_ascii=False, indent=1) + "\n",
    }
