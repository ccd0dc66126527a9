"""The address of the page with a student's classes."""

import json
from collections.abc import Iterable
from urllib.parse import urlencode

from fclab.values.errors import UsageError
from fclab.words.languages import Lang

BENCH = "http://127.0.0.1:8642/"
"""Where `fclab web` serves the page on one's own machine."""


def link(classes: Iterable[int], lang: Lang, bench: str = BENCH) -> str:
    """The page of part 3, with these classes, as the page keeps its state in its address.

    Raises:
        UsageError: ``bench`` is no address of a page.
    """
    start = bench.split("#")[0].strip()
    if not start.startswith(("http://", "https://")) or any(c.isspace() for c in start):
        raise UsageError("--bench {bench} is no address: write https://...", bench=bench)
    chosen = json.dumps(sorted(classes), separators=(",", ":"))
    state = urlencode({"v": "1", "part": "cifar", "lang": lang, "classes": chosen})
    start = start if "?" in start else f"{start.rstrip('/')}/"
    return f"{start}#{state}"
