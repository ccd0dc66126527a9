"""No text is read or written in whatever encoding a machine happens to have.

ruff's PLW1514 sees it where the type of a path is plain; here it is asked of every call.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def unnamed(source: str) -> Iterator[int]:
    """Lines of calls that read or write text and name no encoding."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        named = {word.arg: word.value for word in call.keywords}
        method = isinstance(call.func, ast.Attribute)
        name = call.func.attr if method else getattr(call.func, "id", "")
        given = len(call.args)
        if "encoding" in named or None in named:
            continue
        as_text = [named.get("text"), named.get("universal_newlines")]
        modes = call.args[not method : 2 - method]
        mode = modes[0].value if modes and isinstance(modes[0], ast.Constant) else None
        if name == "open" and not modes and "mode" not in named:
            # Of an object that is called by a name, ruff knows whether it is a file.
            mode = None if method and isinstance(call.func.value, ast.Name) else "r"
        if (
            (name == "read_text" and method and not given)
            or (name == "write_text" and method and given < 2)
            or (name == "open" and isinstance(mode, str) and mode in {"r", "w", "a", "x", "r+"})
            or any(isinstance(value, ast.Constant) and value.value is True for value in as_text)
        ):
            yield call.lineno


def test_what_names_none_is_found():
    for call in (
        "path.read_text()", "path.write_text(text)", "open(path)", "(folder / name).open()",
        "path.open('w')", "open(path, 'a')", "run(command, text=True)",
    ):  # fmt: skip
        assert [*unnamed(call)] == [1], call
    for call in (
        "path.read_text('utf-8')", "path.write_text(text, 'utf-8')", "path.open('rb')",
        "open(path, 'wb')", "path.open(encoding='utf-8')", "tar.open(path, 'r|gz')",
        "run(command, encoding='utf-8')", "where.open(folder)", "leaf.open()",
    ):  # fmt: skip
        assert not [*unnamed(call)], call


def test_every_file_of_the_checkout_names_its_encoding():
    folders = ("src", "tests", "benchmarks", "notebooks")
    paths = [ROOT / "tasks.py", *(path for name in folders for path in (ROOT / name).rglob("*.py"))]
    assert len(paths) > 400
    found = [f"{path}:{line}" for path in paths for line in unnamed(path.read_text("utf-8"))]
    assert not found
