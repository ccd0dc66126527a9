"""fclab in Jupyter, Colab and IPython: the lab as a notebook, and what a notebook asks for.

>>> import fclab
>>> fclab.notebook.lang("en")
>>> fclab.notebook.live_fit(hidden=16, target="sine")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fclab.notebook.bars import Bar, progress
from fclab.notebook.language import lang

# Imported when first asked for: `import fclab` in IPython must not wait for PyTorch.
_LATER = {
    "Excerpt": "fclab.notebook.tables",
    "excerpt": "fclab.notebook.tables",
    "find_store": "fclab.notebook.obtain",
    "images": "fclab.notebook.obtain",
    "live_fit": "fclab.notebook.live",
    "pictures": "fclab.notebook.obtain",
}

if TYPE_CHECKING:
    from fclab.notebook.live import live_fit
    from fclab.notebook.obtain import find_store, images, pictures
    from fclab.notebook.tables import Excerpt, excerpt

__all__ = [
    "Bar",
    "Excerpt",
    "excerpt",
    "find_store",
    "images",
    "lang",
    "live_fit",
    "pictures",
    "progress",
]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'fclab.notebook' has no attribute {name!r}")
