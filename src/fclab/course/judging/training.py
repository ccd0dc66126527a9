"""The rows of students, trained again through the store."""

from collections.abc import Iterable, Mapping, Sequence

from fclab.course.judging.traces import Traces, traces_of
from fclab.study.trainer import Trainer, work
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe


def longest(recipes: Iterable[Recipe]) -> dict[Recipe, Recipe]:
    """Which training every recipe is the beginning of: that of the most epochs among those that
    differ in nothing else (with a constant learning rate)."""
    wanted = list(dict.fromkeys(recipes))
    most: dict[Recipe, Recipe] = {}
    for one in wanted:
        key = one.replace(epochs=1)
        if key not in most or most[key].epochs < one.epochs:
            most[key] = one
    return {one: most[one.replace(epochs=1)] for one in wanted}


def expected_work(recipes: Iterable[Recipe], seeds: int) -> float:
    """What training them takes, as `Trainer` counts it."""
    return seeds * work(set(longest(recipes).values()))


def trained_traces(
    trainer: Trainer,
    dataset: Dataset,
    recipes: Sequence[Recipe],
    seeds: int,
    *,
    later: float = 0.0,
) -> Mapping[Recipe, Traces]:
    """The traces of every recipe from seeds 0, 1, ....

    Args:
        trainer: reads runs from the store, or trains them into it.
        dataset: the student's images.
        recipes: of all rows that can be trained.
        seeds: how many.
        later: work that is expected after this call.
    """
    of = longest(recipes)
    runs = trainer.get_or_train(dataset, list(of.values()), range(seeds), later=later)
    return {one: traces_of(runs[longer], one.epochs) for one, longer in of.items()}
