"""How fast this machine trains: remembered from what it has trained, so that it can be said how
long something takes before it starts."""

import json
from pathlib import Path
from statistics import median

from fclab.data.location import cache_dir
from fclab.engines.job import usable_cores
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic

_LEAST = 5.0
"""Seconds; what takes less says more about starting than about training."""
_FEWEST = 8
"""Trainings; a single one is mostly what comes before it."""
_LAST = 5
"""Measurements that are kept: one of a busy hour does not outvote the others."""

_USUAL = {"gram": 2.0e4, "fused": 5.0e5, "torch": 1.0e4, "reference": 1.0e3}
"""Work (`fclab.study.trainer.work`) in a second of a core, where nothing was trained yet."""

_SEEN, _UNSEEN = (0.6, 1.4), (0.3, 1.4)
"""From what to what share of a speed is to be expected: one that was measured, and a usual one."""
_BOUNDS = 0.1, 5.0
"""Shares of the usual speed; what was measured beyond them is taken as these."""


def speeds(engine: str) -> tuple[float, float]:
    """Work in a second, the least and the most that is to be expected: around the median of what
    this machine was seen to do, else around what is usual."""
    usual = _USUAL.get(engine, _USUAL["torch"]) * usable_cores()
    if not (seen := _seen().get(engine)):
        return usual * _UNSEEN[0], usual * _UNSEEN[1]
    typical = min(max(median(seen), usual * _BOUNDS[0]), usual * _BOUNDS[1])
    return typical * _SEEN[0], typical * _SEEN[1]


def remember_speed(engine: str, work: float, seconds: float, trainings: int) -> None:
    """Remember how fast an engine was; what is too short or too little to tell is not."""
    if seconds < _LEAST or trainings < _FEWEST or work <= 0:
        return
    try:
        seen = _seen()
        seen[engine] = [*seen.get(engine, []), work / seconds][-_LAST:]
        write_atomic(_file(), json.dumps(seen, indent=1) + "\n")
    except FclabError:
        pass  # a folder that cannot be written: the next estimate is what is usual


def _file() -> Path:
    return cache_dir() / "speed.json"


def _seen() -> dict[str, list[float]]:
    try:
        found = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    lists = found.items() if isinstance(found, dict) else ()
    return {
        name: [one for one in values if isinstance(one, int | float) and one > 0]
        for name, values in lists if isinstance(values, list)
    }  # fmt: skip
