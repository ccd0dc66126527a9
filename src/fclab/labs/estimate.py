"""How long the whole lab takes on this machine, near enough, before it starts."""

from fclab.engines.compiled.ahead import is_compiled
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import planned_work
from fclab.study.speed import speeds

_ROUND_IT = 20.0, 50.0
"""Seconds of parts 1 and 2, figures and reports, near enough."""
_COMPILING = 30.0, 90.0
"""Seconds in which the engines are compiled, once per installation, near enough."""
_IMAGES = 1500
"""Training images of three classes of CIFAR-100."""


def seconds_of_run(seeds: int) -> tuple[float, float]:
    """Of `fclab run` with a study of so many seeds, from an empty store: the least and the most
    that is to be expected."""
    work = planned_work(Settings(seeds=seeds), _IMAGES)
    slow, fast = speeds("gram")
    compiled = all(map(is_compiled, ("gram", "fused")))
    first = (0.0, 0.0) if compiled else _COMPILING
    return work / fast + _ROUND_IT[0] + first[0], work / slow + _ROUND_IT[1] + first[1]
