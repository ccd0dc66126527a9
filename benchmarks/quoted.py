"""Puts the figures of the stored results into the documents that quote them.

    python benchmarks/quoted.py            after a benchmark was run anew
    python benchmarks/quoted.py --check    tells which documents are out of date

A quoted figure stands behind a comment that says where it comes from and is invisible on the page:

    <!-- aa / best_of_ten / gain_points / mean -->2.5

The path leads through the JSON; in a list a step picks the item that has all of the values that
are joined by &, as in ``intervals / cells / world=+2 points & seeds=32 / seeds``. The figure keeps
as many digits after the point as it has; in a document that ends with .ru.md they stand after a
comma. A table of methods stands behind ``<!-- methods: world=+2 points & seeds=32 -->`` and is
written as a whole.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import cyclopts

from fclab.files import write_atomic

HERE = Path(__file__).parent
DOCUMENTS = tuple(
    HERE.parent / "docs" / name
    for name in ("statistics.md", "statistics.ru.md", "decisions/0001-paired-verdict.md")
)
_FIGURE = re.compile(r"<!-- (\w+(?: / [^<>]+?)+) -->([−-]?\d+(?:[.,]\d+)?)")
_TABLE = re.compile(r"(<!-- methods: (.+?) -->\n)((?:\|.*\n)*)")


@cache
def result(name: str) -> Any:
    """A stored result by the name of its benchmark."""
    return json.loads((HERE / "results" / f"{name}.json").read_text("utf-8"))


def found(path: str) -> Any:
    """What stands at a path.

    Raises:
        LookupError: nothing does, or several items of a list have the values.
    """
    name, *steps = path.split(" / ")
    value = result(name)
    for step in steps:
        if isinstance(value, list):
            wanted = set(step.split(" & "))
            fits = [item for item in value if wanted <= {f"{k}={v}" for k, v in item.items()}]
            if len(fits) != 1:
                raise LookupError(f"{path}: {len(fits)} items have {step}")
            value = fits[0]
        else:
            value = value[step]
    return value


def current(text: str, comma: bool) -> str:
    """The text with its figures as the results have them now."""

    def figure(match: re.Match) -> str:
        path, old = match.groups()
        digits = len(re.split("[.,]", old)[1]) if re.search("[.,]", old) else 0
        written = f"{found(path):.{digits}f}".replace("-", "−")
        return f"<!-- {path} -->{written.replace('.', ',') if comma else written}"

    def table(match: re.Match) -> str:
        return match[1] + methods(match[2])

    return _TABLE.sub(table, _FIGURE.sub(figure, text))


def methods(cell: str) -> str:
    """The methods of a cell of the simulation as a table; fclab's the last one."""
    rows = ["| method | interval holds the truth | a difference is called | ± points |"]
    rows.append("| --- | --- | --- | --- |")
    tallies = found(f"intervals / cells / {cell} / methods")
    for name in sorted(tallies, key=lambda name: name == "fclab"):
        s = tallies[name]
        rows.append(
            f"| {'**fclab**' if name == 'fclab' else name} | {s['covered_percent']:.1f} % "
            f"| {s['called_percent']:.1f} % | {s['median_half_width_points']:.2f} |"
        )
    return "\n".join(rows) + "\n"


def main(*, check: bool = False) -> None:
    """Bring the documents up to date.

    Args:
        check: change nothing; exit code 1 if something is out of date.
    """
    stale = False
    for path in DOCUMENTS:
        old = path.read_text("utf-8")
        new = current(old, path.name.endswith(".ru.md"))
        if new != old:
            stale = True
            print(f"{path.name}: {'out of date' if check else 'brought up to date'}")
            if not check:
                write_atomic(path, new)
    if check and stale:
        sys.exit(1)


if __name__ == "__main__":
    cyclopts.run(main)
