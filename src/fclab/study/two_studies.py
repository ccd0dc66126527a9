"""Two whole studies on the same images: which rows they share, and how these differ."""

from dataclasses import dataclass
from typing import Literal

from fclab.statistics import Comparison, Verdict, compare, verdicts
from fclab.study.rows import Row
from fclab.study.study import Study, check_same_images, correct_answers, healthy
from fclab.values.dataset import Substitute


@dataclass(frozen=True)
class Matched:
    """A row of the first study, and the row of the second that stands for it.

    Attributes:
        first, second: the rows.
        by: whether their recipes are equal, or only their names.
        accuracies: on test, means over the runs that did not diverge; None: all did.
        change: first less second; None where a row has only diverged runs.
        verdict: corrected for all rows of the table together.
    """

    first: Row
    second: Row
    by: Literal["recipe", "name"]
    accuracies: tuple[float | None, float | None]
    change: Comparison | None
    verdict: Verdict | None


@dataclass(frozen=True)
class TwoStudies:
    """Two studies compared.

    Attributes:
        matched: rows that both have, in the order of the first.
        only_first, only_second: rows that the other one has nothing for.
        substitute: what stands in place of CIFAR-100, if anything.
    """

    matched: tuple[Matched, ...]
    only_first: tuple[Row, ...]
    only_second: tuple[Row, ...]
    substitute: Substitute


def compare_studies(study: Study, other: Study) -> TwoStudies:
    """Every row of a study against the row of another one that has its recipe, else its name.

    Raises:
        UsageError: the studies are of different images.
    """
    check_same_images(study, other)
    pairs = match_rows(study.rows, other.rows)
    sides = [
        (healthy(study.runs[first.name]), healthy(other.runs[second.name]))
        for first, second in pairs
    ]
    changes = [
        compare(
            correct_answers(one), correct_answers(two),
            seeds=[run.seed for run in one], parent_seeds=[run.seed for run in two],
        ) if one and two else None
        for one, two in sides
    ]  # fmt: skip
    judged = iter(verdicts([change for change in changes if change is not None]))
    matched = tuple(
        Matched(
            first, second, "recipe" if first.recipe == second.recipe else "name",
            (_accuracy(one), _accuracy(two)), change, None if change is None else next(judged),
        )
        for (first, second), (one, two), change in zip(pairs, sides, changes, strict=True)
    )  # fmt: skip
    firsts, seconds = {a.name for a, _ in pairs}, {b.name for _, b in pairs}
    return TwoStudies(
        matched=matched,
        only_first=tuple(row for row in study.rows if row.name not in firsts),
        only_second=tuple(row for row in other.rows if row.name not in seconds),
        substitute=study.dataset.substitute,
    )


def match_rows(rows: tuple[Row, ...], others: tuple[Row, ...]) -> list[tuple[Row, Row]]:
    """Pairs of rows, in the order of the first ones: of equal recipe and name, then of equal
    recipe, then of equal name; no row stands in two pairs."""
    left = list(others)
    found: dict[str, Row] = {}
    for fits in (
        lambda a, b: a.recipe == b.recipe and a.name == b.name,
        lambda a, b: a.recipe == b.recipe,
        lambda a, b: a.name == b.name,
    ):
        for row in rows:
            match = next((one for one in left if fits(row, one)), None)
            if row.name not in found and match is not None:
                found[row.name] = match
                left.remove(match)
    return [(row, found[row.name]) for row in rows if row.name in found]


def _accuracy(runs: tuple) -> float | None:
    return float(correct_answers(runs).mean()) if runs else None
