"""How far work is: one form of callback for downloads, trainings, searches and files."""

from collections.abc import Callable

Progress = Callable[[float, float], None]
"""A callback: given the work done and the work expected in all, in any one unit. It may be called
from any thread; what is expected may change on the way."""


def no_progress(done: float, expected: float) -> None:
    """For those whom nobody watches."""
