"""What the source says to people in English: the templates of its errors, found without running it.

An error is made by a class that is or inherits `FclabError`, or by ``kind``, which holds one. Its
template is one literal, so that it is found here and in the texts; or a value that was one: of an
error that is read again.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import fclab

SOURCE = Path(fclab.__file__).parent


class Template(NamedTuple):
    """A template, and where it stands; ``text`` is None where it is not a single literal."""

    text: str | None
    place: str


def parsed() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}


def classes(trees: dict[Path, ast.Module]) -> set[str]:
    """The names of all classes of errors."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    }  # fmt: skip
    found = {"FclabError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


@cache
def templates() -> tuple[Template, ...]:
    """Every template of an error in the package."""
    return tuple(_found())


def _found() -> Iterator[Template]:
    trees = parsed()
    ours = classes(trees)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in {*ours, "kind"} or not node.args:
                continue
            place = f"{path.relative_to(SOURCE)}:{node.lineno}"
            match node.args[0]:
                case ast.Constant(value=str(text)):
                    yield Template(text, place)
                case ast.Attribute() | ast.Subscript() | ast.Call(func=ast.Name(id="str")):
                    pass  # read again
                case _ if node.func.id in ours:
                    yield Template(None, place)
