"""The engines there are: one line for each.

A package of somebody else adds its own by an entry point of the group ``fclab.engines``, whose
name is that of the engine and whose object is its class. In its ``pyproject.toml``:

    [project.entry-points."fclab.engines"]
    mine = "my_package.my_module:MyEngine"
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from fclab.engines.engine import Engine

# In the order in which "auto" asks them: each is exact for what it does not refuse. Those of other
# packages are asked last, so that what is installed changes no default.
_ENGINES: Final = {
    "fused": "fclab.engines.fused.engine:FusedEngine",
    "gram": "fclab.engines.gram.engine:GramEngine",
    "gram_numpy": "fclab.engines.gram.plain:PlainGramEngine",
    "torch": "fclab.engines.torch.engine:TorchEngine",
    "reference": "fclab.engines.reference.engine:ReferenceEngine",
}


@cache
def _lines() -> dict[str, str]:
    others = {point.name: point.value for point in entry_points(group="fclab.engines")}
    return {**_ENGINES, **{name: others[name] for name in others if name not in _ENGINES}}


def engine_names() -> tuple[str, ...]:
    """All engines, in the order in which "auto" asks them."""
    return tuple(_lines())


@cache
def load_engine(name: str) -> Engine:
    """The engine of a name of `engine_names`."""
    module, _, made_by = _lines()[name].partition(":")
    return getattr(import_module(module), made_by)()
