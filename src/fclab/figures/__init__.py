"""One function, one figure, in one language. A figure is returned, never shown.

>>> from fclab.figures import learning_curves, save
>>> save(learning_curves(run, "ru"), Path("figures/learning"))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fclab.figures.drawn import *  # noqa: F403


def __getattr__(name: str) -> Any:
    """Import the figures when the first one is asked for: Matplotlib takes a second, and a table
    on the terminal shows none."""
    if name.startswith("_") and name != "__all__":
        raise AttributeError(name)
    drawn = import_module("fclab.figures.drawn")
    globals().update({each: getattr(drawn, each) for each in ("__all__", *drawn.__all__)})
    if name not in globals():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]
