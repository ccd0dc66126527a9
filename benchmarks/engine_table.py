"""The figures of docs/engine.md, written from the stored benchmark.

python benchmarks/engines.py --json benchmarks/results/bench.json   measure, about six minutes
python benchmarks/engine_table.py                                   write them into docs/engine.md
"""

import json
import re
from pathlib import Path
from typing import Any

from fclab.values.files import write_atomic

RESULT = Path(__file__).parent / "results" / "bench.json"
PAGE = Path(__file__).parent.parent / "docs" / "engine.md"
_BETWEEN = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)


def table(record: dict[str, Any]) -> str:
    """The stored figures as Markdown: every one beside the figure asked for, with n and spread."""
    machine, versions = record["machine"], record["machine"]["packages"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        f"`{record['command']}`; {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, Python {machine['python']}, {named}.",
        "",
        "| what | figure | asked | the lab's loop, s | fclab, s |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for figure in record["figures"]:
        details = figure["details"]
        lines.append(
            f"| {figure['name']} | {_value(figure)} | {_asked(figure)} "
            f"| {_timing(details.get('lab'))} "
            f"| {_timing(details.get('fclab') or details.get('fclab_all'))} |"
        )
    return "\n".join(lines) + "\n"


def _value(figure: dict[str, Any]) -> str:
    digits = 0 if figure["value"] >= 100 else 1 if figure["value"] >= 10 else 2
    shown = f"{figure['value']:,.{digits}f} {figure['unit']}"
    return f"**{shown}, not reached**" if figure["reached"] is False else shown


def _asked(figure: dict[str, Any]) -> str:
    if figure["asked"] is None:
        return ""
    return f"{'≤' if figure['at_most'] else '≥'} {figure['asked']:g}"


def _timing(timing: dict[str, float] | None) -> str:
    """Median, (least – greatest), n."""
    if timing is None:
        return ""
    least, greatest = timing["least"], timing["greatest"]
    return f"{timing['median']:.3g} ({least:.3g} – {greatest:.3g}), n = {timing['n']}"


def written(page: str, record: dict[str, Any]) -> str:
    """The page with today's figures between its marks."""
    return _BETWEEN.sub(lambda _: table(record), page)


if __name__ == "__main__":
    write_atomic(PAGE, written(PAGE.read_text("utf-8"), json.loads(RESULT.read_text("utf-8"))))
