"""How long something takes, said before it starts."""

from collections.abc import Sequence
from math import ceil, floor

from fclab.cli.progress import say
from fclab.engines import choose
from fclab.engines.compiled.ahead import is_compiled
from fclab.study.speed import speeds
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.words.wording import Wording

_COMPILING = 30.0, 90.0
"""Seconds in which an engine is compiled, once per installation, near enough."""


def training_seconds(
    work: float, dataset: Dataset, recipes: Sequence[Recipe], engine: str, device: str
) -> tuple[float, float]:
    """How long training takes here, at least and at most: about as fast as this machine was before.

    Args:
        work: of all of it, see `fclab.study.trainer.work`.
        dataset: what is trained on.
        recipes: some that are typical of it; the slowest of their engines is meant.
        engine, device: who is asked.
    """
    names = {choose(dataset, recipe, engine, device).name for recipe in recipes}
    new = sum(not is_compiled(name) for name in names)
    slow, fast = (min(found) for found in zip(*map(speeds, names), strict=True))
    return work / fast + new * _COMPILING[0], work / slow + new * _COMPILING[1]


def say_how_long(words: Wording, seconds: tuple[float, float]) -> None:
    """Say how long it takes, on the error stream."""
    say(words.plain("cli.wait.training", time=about(words, seconds)))


def about(words: Wording, seconds: tuple[float, float]) -> str:
    """A time, from what to what: about 40 s, from 2 to 5 min, from 1 to 2 h."""
    least, most = seconds
    if most < 90:
        unit, one, step = "seconds", 1, 10
    elif most < 90 * 60:
        unit, one, step = "minutes", 60, 1
    else:
        unit, one, step = "hours", 3600, 1
    low = step * max(1, floor(least / one / step))
    high = step * max(1, ceil(most / one / step))
    return words.plain(f"cli.wait.{unit}", low=low, high=high)
