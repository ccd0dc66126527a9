"""Two whole studies beside each other."""

from collections.abc import Iterator
from typing import Any

from fclab.study.kept import load_study, newest_study
from fclab.study.two_studies import Matched, compare_studies
from fclab.values.errors import UsageError
from fclab.web.studies.opened import opened
from fclab.web.tasks.study import WholeWish
from fclab.web.tasks.task import SPOKEN, Alive, Emit, Event
from fclab.words.wording import Wording, wording


def compare_whole(wish: WholeWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The rows that two studies share, with differences and verdicts; and those that only one has.

    Raises:
        UsageError: no other study is named, or it is of different images.
        DataError: no such study, runs of it are missing or damaged.
    """
    words = wording(SPOKEN.get())
    with opened() as store:
        name = wish.study or newest_study(store)
        if wish.other in ("", name):
            raise UsageError("name another study to compare {name!r} with", name=name)
        first = load_study(store, name)
        alive()
        other = load_study(store, wish.other)
    alive()
    found = compare_studies(first, other)
    yield {
        "kind": "done",
        "names": [name, wish.other],
        "rows": [_row(one, words) for one in found.matched],
        "only": [
            [words.title(row) for row in rows] for rows in (found.only_first, found.only_second)
        ],
    }


def _row(one: Matched, words: Wording) -> dict[str, Any]:
    titles = [words.title(one.first), words.title(one.second)]
    verdict = one.verdict
    changes = one.first.recipe.changes_from(one.second.recipe)
    return {
        "titles": titles,
        "by": one.by,
        "changes": [*changes] if one.by == "name" else [],
        "accuracies": one.accuracies,
        "change": [verdict.difference, verdict.low, verdict.high] if verdict else None,
        "verdict": verdict.decision.value if verdict else None,
        "word": words.plain(f"verdict.{verdict.decision.key}") if verdict else "",
    }  # fmt: skip
