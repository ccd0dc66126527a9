"""Puts the figures of the stored results into the documents that quote them.

    python benchmarks/quoted.py            after a benchmark was run anew
    python benchmarks/quoted.py --check    tells which documents are out of date

A quoted figure stands behind a comment that says where it comes from and is invisible on the page:

    <!-- aa / best_of_ten / gain_points / mean -->2.5

The path leads through the JSON; in a list a step picks the item that has all of the values that
are joined by &, as in ``intervals / cells / world=+2 points & seeds=32 / seeds``, or that stands at
that place, from 0. A last step ``percent`` multiplies a share by 100. The figure keeps as many
digits after the point as it has, and its sign if it has one; in a document that ends with .ru.md
they stand after a comma. A table of methods stands behind
``<!-- methods: world=+2 points & seeds=32 -->`` and is written as a whole.

A measured figure that is in no stored result says so: its paragraph, list item or row of a table
holds ``<!-- not stored: why -->``, or the page begins with it. A test finds those that stand
without either.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import cyclopts

from fclab.values.files import write_atomic

HERE = Path(__file__).parent
_ROOT = HERE.parent
DOCUMENTS = tuple(sorted([*_ROOT.glob("README*.md"), *_ROOT.glob("docs/**/*.md")]))
_FIGURE = re.compile(r"<!-- (\w+(?: / [^<>]+?)+) -->([+−-]?\d+(?:[.,]\d+)?)")
_TABLE = re.compile(r"(<!-- methods: (.+?) -->\n)((?:\|.*\n)*)")
_NOT_STORED = re.compile(r"<!-- not stored: \S.*? -->")
_WRITTEN_WHOLE = re.compile(r"<!-- figures -->.*?<!-- /figures -->", re.DOTALL)
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_DEFINED = re.compile(
    r"[<>≤≥]=? ?[\d.,]+ ?\S+|(?<![\d.,])(?:5|95|97[.,]5|100) ?%"
)  # aims, levels, bounds
_UNITS = (
    r"points?|п\. п\.|пункт\w*|ms|мс|s|с|min|мин|seconds?|секунд\w*|minutes?|минут\w*"
    r"|[GMK]i?B(?:/s)?|[ГМК]Б|GFLOP/s|images/s"
)
_MEASURED = re.compile(rf"(?<![\w.,/=#-])[+−-]?\d+(?:[.,]\d+)? ?(?:%|×(?! \d)|(?:{_UNITS})(?!\w))")


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
        if step == "percent" and isinstance(value, float):
            value *= 100
        elif isinstance(value, list) and step.isdigit():
            value = value[int(step)]
        elif isinstance(value, list):
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
        sign = "+" if old.startswith(("+", "−", "-")) else ""
        written = f"{found(path):{sign}.{digits}f}".replace("-", "−")
        return f"<!-- {path} -->{written.replace('.', ',') if comma else written}"

    def table(match: re.Match) -> str:
        return match[1] + methods(match[2])

    return _TABLE.sub(table, _FIGURE.sub(figure, text))


def unfounded(text: str) -> list[str]:
    """Measured figures that say neither where they are stored nor that they are not."""
    if re.match(rf"{_NOT_STORED.pattern}\n+# ", text):
        return []
    text = _CODE.sub("", _WRITTEN_WHOLE.sub("", _TABLE.sub("", text)))
    figures = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\. ))", text):
        if not _NOT_STORED.search(block):
            figures += _MEASURED.findall(_DEFINED.sub("", _FIGURE.sub("", block)))
    return figures


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
