"""train(dataset, recipes, seeds) → runs, and the engines behind that one function."""

from fclab.engines.engine import Engine
from fclab.engines.job import check
from fclab.engines.registry import engine_names
from fclab.engines.training import choose, train

__all__ = ["Engine", "check", "choose", "engine_names", "train"]
