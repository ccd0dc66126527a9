"""How long the whole lab takes on this machine, near enough, before it starts."""

from fclab.engines.compiled.ahead import is_compiled
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import planned_work
from fclab.study.speed import speed

_ROUND_IT = 25.0
"""Seconds of parts 1 and 2, figures and reports, near enough."""
_COMPILING = 60.0
"""Seconds in which the engines are compiled, once per installation, near enough."""
_IMAGES = 1500
"""Training images of three classes of CIFAR-100."""


def seconds_of_run(seeds: int) -> float:
    """Of `fclab run` with a study of so many seeds, from an empty store."""
    study = planned_work(Settings(seeds=seeds), _IMAGES) / speed("gram")
    compiled = all(map(is_compiled, ("gram", "fused")))
    return study + _ROUND_IT + (0 if compiled else _COMPILING)
