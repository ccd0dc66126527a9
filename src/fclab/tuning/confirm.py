"""The winner of a search on fresh seeds: what it is worth, as a row of a study."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fclab.statistics import Comparison, Interval, SeedMean, Verdict, accuracy_over_images, verdicts
from fclab.store.database import Store
from fclab.study.rows import Row
from fclab.study.study import accuracy, compare_runs, correct_answers, healthy
from fclab.study.trainer import get_or_train
from fclab.values.dataset import Dataset
from fclab.values.progress import Progress
from fclab.values.recipe import Recipe
from fclab.values.run import Run


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a recipe reaches on the test set.

    Attributes:
        recipe: trained on the whole of train.
        runs: the healthy ones, one per seed.
        diverged: how many were not.
        test, train: accuracy, mean with 95 % interval over seeds; None where every run diverged.
        on_new_images: what new seeds reach on new images of the classes.
    """

    recipe: Recipe
    runs: tuple[Run, ...]
    diverged: int
    test: SeedMean | None
    train: SeedMean | None
    on_new_images: Interval | None


@dataclass(frozen=True, eq=False)
class Confirmation:
    """The winner against the base recipe, from the same fresh seeds.

    Attributes:
        winner, base: what they reach.
        comparison, verdict: of the two; None if every run of one of them diverged.
        seeds: of the runs; none of them is a seed of the search.
    """

    winner: Outcome
    base: Outcome
    comparison: Comparison | None
    verdict: Verdict | None
    seeds: range


def fresh_seeds(searched: int, count: int) -> range:
    """The seeds after those of a search.

    Args:
        searched: how many seeds the search had: 0, 1, ...
        count: how many are wanted.
    """
    return range(searched, searched + count)


def confirm(
    dataset: Dataset,
    store: Store,
    winner: Recipe,
    base: Recipe,
    seeds: range,
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> Confirmation:
    """Train winner and base on the whole of train and test them, each run once.

    The search has chosen the luckiest of its candidates on its held-out images and seeds; here
    both are new, so nothing of that luck is left.

    Args:
        dataset: the images of the search, without a held-out part.
        store: where runs are kept.
        winner, base: what is compared.
        seeds: none of those of the search, see `fresh_seeds`.
        engine, device: as for `fclab.engines.train`.
        progress: told the work done and expected.

    Raises:
        UsageError: a recipe cannot be trained. FclabError, DataError: the store says so.
    """
    runs = get_or_train(
        store, dataset, [winner, base], seeds, engine=engine, device=device, progress=progress
    )
    mine, others = (_outcome(recipe, runs[recipe]) for recipe in (winner, base))
    comparison = verdict = None
    if mine.runs and others.runs:
        comparison = compare_runs(mine.runs, others.runs)
        (verdict,) = verdicts([comparison])
    return Confirmation(mine, others, comparison, verdict, seeds)


def _outcome(recipe: Recipe, runs: Sequence[Run]) -> Outcome:
    well = healthy(runs)
    test = train = images = None
    if well:
        test, train = accuracy(well, "test"), accuracy(well, "train")
        images = accuracy_over_images(correct_answers(well))
    return Outcome(recipe, well, len(runs) - len(well), test, train, images)


def winning_row(name: str, recipe: Recipe, candidates: int) -> Row:
    """The winner as a row of the student's own, to be added to a study.

    Args:
        name: of the search.
        recipe: of the winner.
        candidates: how many were tried.
    """
    short = re.sub(r"[^\w.-]+", "-", name)[:80]
    return Row(name=short, recipe=recipe, parent="base", kind="own", candidates=candidates)
