"""train(dataset, recipes, seeds) → runs, and the engines behind that one function."""

from fclab.engines.engine import Engine
from fclab.engines.job import Glimpse, Watch, check
from fclab.engines.registry import engine_names
from fclab.engines.training import choose, train

__all__ = ["Engine", "Glimpse", "Watch", "check", "choose", "engine_names", "train"]
