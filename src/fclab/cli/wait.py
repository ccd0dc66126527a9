"""How long something takes, said before it starts."""

from collections.abc import Sequence

from fclab.cli.progress import say
from fclab.engines import choose
from fclab.engines.compiled.ahead import is_compiled
from fclab.study.speed import speed
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.words.wording import Wording

_COMPILING = 60.0
"""Seconds in which an engine is compiled, once per installation, near enough."""


def training_seconds(
    work: float, dataset: Dataset, recipes: Sequence[Recipe], engine: str, device: str
) -> float:
    """How long training takes here, near enough: as fast as this machine was before.

    Args:
        work: of all of it, see `fclab.study.trainer.work`.
        dataset: what is trained on.
        recipes: some that are typical of it; the slowest of their engines is meant.
        engine, device: who is asked.
    """
    names = {choose(dataset, recipe, engine, device).name for recipe in recipes}
    first = sum(_COMPILING for name in names if not is_compiled(name))
    return max(work / speed(name) for name in names) + first


def say_how_long(words: Wording, seconds: float) -> None:
    """Say how long it takes, on the error stream."""
    say(words.plain("cli.wait.training", time=about(words, seconds)))


def about(words: Wording, seconds: float) -> str:
    """A time, rounded up: about 40 s, about 3 min, about 2 h."""
    if seconds < 90:
        return words.plain("cli.wait.seconds", n=10 * max(1, round(seconds / 10)))
    if seconds < 90 * 60:
        return words.plain("cli.wait.minutes", n=round(seconds / 60 + 0.4))
    return words.plain("cli.wait.hours", n=round(seconds / 3600 + 0.4))
