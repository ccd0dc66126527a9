"""Task 5: every model with its own over-fitting epoch, learning rate and batch size, chosen by
successive halving.

All settings are trained from a few seeds, the better ones from more, the last two from as many as
a row has. The seeds of the search come after those of the rows, so no network that took part in a
choice judges it. All rounds but the last train without the held-out part, whatever the protocol:
of the same networks it is told what the test set and what the held-out part would choose.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np

from fclab.labs.lab1.grid import REACH, grids, name_of
from fclab.labs.lab1.search import Search
from fclab.labs.lab1.settings import Settings
from fclab.statistics import optimism
from fclab.study.choices import (
    Candidate,
    best_candidate,
    certainty,
    chosen_by_few,
    overfitting_epoch,
    ranked,
)
from fclab.study.rows import FEW, Choice, Flattery, Round, Row, Setting
from fclab.study.trainer import work
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import Run

BETTER, FINALISTS = 3, 2
"""Settings of a model in the second and in the last round."""

JUDGES = 8
"""Networks that judge what choosing on the test set gains; of rows with fewer seeds, as many."""

_MARGIN = 1.2
"""A finalist is trained so many times as long as the rounds before found its over-fitting epoch."""

_LONGER = 2
"""How often a candidate whose loss still falls at its last epoch is trained twice as long."""

Model = tuple[int, ...]
RunsByRecipe = dict[Recipe, list[Run]]


def rounds(settings: Settings) -> tuple[Round, ...]:
    """The rounds of a study's search: two, or three where the second one adds seeds."""
    tried = len(settings.search_lr) * len(settings.search_batch)
    few, most = settings.search_seeds, max(settings.search_seeds, settings.seeds)
    first, last = (
        Round(settings=tried, seeds=few),
        Round(settings=min(tried, FINALISTS), seeds=most),
    )
    more = min(2 * few, most)
    if tried <= FINALISTS or more == few:
        return first, last
    return first, Round(settings=min(tried, BETTER), seeds=more), last


def search_work(settings: Settings, epoch: int, n_train: int) -> list[float]:
    """The work of every round and of the judges, near enough.

    Args:
        epoch: over-fitting epoch of the base recipe.
        n_train: training images.
    """
    first, *more, last = rounds(settings)
    of_all = sum(work(grid) for grid in grids(settings, epoch, n_train).values())
    of_one = of_all / first.settings
    stopped = of_one / REACH
    return [
        of_all * first.seeds,
        *(of_one * second.settings * (second.seeds - first.seeds) for second in more),
        _MARGIN * stopped * last.settings * last.seeds,
        2 * stopped * len(_judges(settings)),
    ]


def tuned_rows(settings: Settings, epoch: int, search: Search) -> list[Row]:
    """A row per model, the best of its candidates; none for a model that always diverges.

    Each round trains the candidates of all models side by side.

    Args:
        epoch: over-fitting epoch of the base recipe.
        search: what is trained on, and by whom.
    """
    trainer, held, split, later = search.trainer, search.held, search.split, search.later
    plan, left = rounds(settings), search_work(settings, epoch, len(held.train))

    def trained_in(number: int, asked: Mapping[Model, list[Recipe]], images: Dataset, *by: str):
        seeds = range(settings.seeds, settings.seeds + plan[number].seeds)
        after = later + sum(left[number + 1 :])
        return _train(asked, partial(trainer.get_or_train, images, seeds=seeds, later=after), by)

    def best_of(trained: Mapping[Model, RunsByRecipe], count: int | None = None):
        return {model: ranked(runs, split)[:count] for model, runs in trained.items()}

    asked = grids(settings, epoch, len(held.train))
    # In the first round the held-out loss chooses too, if only to be compared with. Where it
    # decides, the test set decides nothing, not even how long is trained.
    first = found = trained_in(0, asked, held, *{split, "valid"})
    for number, more in enumerate(plan[1:-1], start=1):
        better = best_of(found, more.settings)
        again = {model: [c.trained for c in best] for model, best in better.items()}
        found = trained_in(number, again, held, split)
    finalists = {
        model: [c.recipe.replace(epochs=math.ceil(_MARGIN * c.recipe.epochs)) for c in best]
        for model, best in best_of(found, FINALISTS).items()
    }
    last = trained_in(len(plan) - 1, finalists, search.chooser, split)
    flattery = _flatteries(
        first, partial(trainer.get_or_train, held, seeds=_judges(settings), later=later)
    )
    return [
        Row(name=name_of(model), recipe=best[0].recipe, parent="stop", kind="layers",
            candidates=len(asked[model]),
            choice=_choice(settings, ranked(first[model], split), best, last[model], split,
                           flattery.get(model)))
        for model, best in best_of(last).items() if best
    ]  # fmt: skip


def _train(
    asked: Mapping[Model, list[Recipe]],
    train: Callable[[list[Recipe]], RunsByRecipe],
    splits: Iterable[str],
) -> dict[Model, RunsByRecipe]:
    """The runs of every candidate. Those whose loss still falls at the end are trained again for
    twice as long (twice at most)."""
    models = {recipe: model for model, recipes in asked.items() for recipe in recipes}
    trained: RunsByRecipe = {}
    todo = list(models)
    for longer in range(_LONGER + 1):
        found = train(todo)
        still = [r for r in todo if any(_still_falls(found[r], split) for split in splits)]
        if longer == _LONGER:
            still = []
        trained |= {recipe: found[recipe] for recipe in todo if recipe not in still}
        models |= {recipe.replace(epochs=2 * recipe.epochs): models[recipe] for recipe in still}
        todo = [recipe.replace(epochs=2 * recipe.epochs) for recipe in still]
        if not todo:
            break
    return {
        model: {recipe: runs for recipe, runs in trained.items() if models[recipe] == model}
        for model in asked
    }


def _still_falls(runs: list[Run], split: str) -> bool:
    found = overfitting_epoch(runs, split)
    return found is not None and found.of_mean == runs[0].recipe.epochs


def _choice(
    settings: Settings,
    tried: list[Candidate],
    best: list[Candidate],
    trained: RunsByRecipe,
    split: str,
    flattery: Flattery | None,
) -> Choice:
    curves = [np.array([run.history[f"{split}_loss"] for run in trained[c.trained]]) for c in best]
    seeds, several = len(curves[0]), len(best) > 1
    return Choice(
        first_seed=settings.seeds,
        rounds=rounds(settings),
        losses=(tried[0].loss, tried[-1].loss),
        finalists=tuple(_setting(c) for c in best),
        certainty=certainty(curves) if several and seeds > 1 else None,
        chosen_by_few=chosen_by_few(curves, FEW) if several and seeds > FEW else None,
        flattery=flattery,
        tried=tuple(_setting(c) for c in tried),
    )


def _judges(settings: Settings) -> range:
    return range(min(settings.seeds, JUDGES))


def _flatteries(
    first: Mapping[Model, RunsByRecipe], judge: Callable[[list[Recipe]], RunsByRecipe]
) -> dict[Model, Flattery]:
    """Of every model, what choosing on the test set seems to gain over the held-out part."""
    choices = {
        model: (by_test, by_valid)
        for model, trained in first.items()
        if (by_test := best_candidate(trained, "test"))
        and (by_valid := best_candidate(trained, "valid"))
    }
    asked = {model: [_until_both(c, pair) for c in pair] for model, pair in choices.items()}
    judges = judge([recipe for recipes in asked.values() for recipe in recipes])
    return {
        model: found
        for model, pair in choices.items()
        if (found := _flattery(pair, [judges[recipe] for recipe in asked[model]]))
    }


def _until_both(candidate: Candidate, pair: tuple[Candidate, Candidate]) -> Recipe:
    """The recipe, trained until the later epoch where both choices are epochs of one setting."""
    epochs = [c.recipe.epochs for c in pair if c.trained == candidate.trained]
    return candidate.recipe.replace(epochs=max(epochs))


def _flattery(pair: tuple[Candidate, Candidate], judges: list[list[Run]]) -> Flattery | None:
    healthy = [[run.diverged_at is None for run in both] for both in zip(*judges, strict=True)]
    by_test, by_valid = (
        np.array([run.history["test_accuracy"][choice.recipe.epochs - 1]
                  for run, good in zip(runs, healthy, strict=True) if all(good)])
        for choice, runs in zip(pair, judges, strict=True)
    )  # fmt: skip
    if not len(by_test):
        return None
    change = optimism(by_test, by_valid)
    bounded = math.isfinite(change.low)
    return Flattery(
        by_test=_setting(pair[0]),
        by_valid=_setting(pair[1]),
        judges=len(by_test),
        accuracy_by_test=float(by_test.mean()),
        accuracy_by_valid=float(by_valid.mean()),
        difference=change.difference,
        low=change.low if bounded else None,
        high=change.high if bounded else None,
    )


def _setting(candidate: Candidate) -> Setting:
    recipe = candidate.recipe
    return Setting(lr=recipe.lr, batch_size=recipe.batch_size, epochs=recipe.epochs,
                   loss=candidate.loss)  # fmt: skip
