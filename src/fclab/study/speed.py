"""How fast this machine trains: remembered from what it has trained, so that it can be said how
long something takes before it starts."""

import json
import os
from pathlib import Path

from fclab.data.location import cache_dir
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic

_LEAST = 1.0
"""Seconds; what takes less says more about starting than about training."""

_USUAL = {"gram": 4.0e4, "fused": 1.0e6, "torch": 2.0e4, "reference": 2.0e3}
"""Work (`fclab.study.trainer.work`) in a second of a core, where nothing was trained yet."""


def speed(engine: str) -> float:
    """Work in a second: as this machine was seen to do it, else what is usual."""
    seen = _seen().get(engine)
    usual = _USUAL.get(engine, _USUAL["torch"]) * (os.cpu_count() or 1)
    return seen if isinstance(seen, int | float) and seen > 0 else usual


def remember_speed(engine: str, work: float, seconds: float) -> None:
    """Remember how fast an engine was; what is too short to tell is not."""
    if seconds < _LEAST or work <= 0:
        return
    try:
        known = {**_seen(), engine: work / seconds}
        write_atomic(_file(), json.dumps(known, indent=1) + "\n")
    except FclabError:
        pass  # a folder that cannot be written: the next estimate is what is usual


def _file() -> Path:
    return cache_dir() / "speed.json"


def _seen() -> dict[str, float]:
    try:
        found = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
