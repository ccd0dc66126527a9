"""train(dataset, recipes, seeds) → runs, and the engines behind that one function."""

from fclab.train.api import ENGINES, choose, train
from fclab.train.job import check

__all__ = ["ENGINES", "check", "choose", "train"]
