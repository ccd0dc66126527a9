"""train(dataset, recipes, seeds) → runs, and the engines behind that one function."""

from fclab.engines.job import check
from fclab.engines.training import ENGINES, choose, train

__all__ = ["ENGINES", "check", "choose", "train"]
