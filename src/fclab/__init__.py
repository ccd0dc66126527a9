"""fclab: the laboratory of the fully connected network.

The way of the data is one line: variant → dataset → recipes → train → runs → report.

>>> import fclab
>>> dataset = fclab.regression_curve(seed=0)
>>> run = next(fclab.train(dataset, [fclab.REGRESSION], seeds=[0]))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fclab.version import __version__ as __version__

# Public names and the modules that hold them. They are imported when first asked for, so that
# `import fclab` (and with it `fclab --help`) does not wait for PyTorch.
_PUBLIC = {
    "Dataset": "fclab.values.dataset",
    "Split": "fclab.values.dataset",
    "Preprocessing": "fclab.values.dataset",
    "train": "fclab.engines",
    "train_again": "fclab.study.trainer",
    "Recipe": "fclab.values.recipe",
    "REGRESSION": "fclab.values.recipe",
    "BINARY": "fclab.values.recipe",
    "CIFAR": "fclab.values.recipe",
    "Run": "fclab.values.run",
    "Model": "fclab.values.model",
    "FullyConnectedClassifier": "fclab.estimators",
    "FullyConnectedRegressor": "fclab.estimators",
    "Store": "fclab.store.database",
    "Settings": "fclab.labs.lab1.settings",
    "OwnRow": "fclab.study.rows",
    "Study": "fclab.study.study",
    "run_study": "fclab.labs.lab1.study",
    "do_study": "fclab.labs.lab1.study",
    "load_study": "fclab.study.kept",
    "FinalTable": "fclab.study.table",
    "final_table": "fclab.labs.lab1.study",
    "Scheme": "fclab.labs.lab1.variant",
    "classes_of": "fclab.labs.lab1.variant",
    "regression_curve": "fclab.data",
    "binary_points": "fclab.data",
    "cifar100": "fclab.data",
    "synthetic": "fclab.data",
    "own_images": "fclab.data",
    "FclabError": "fclab.values.errors",
    "UsageError": "fclab.values.errors",
    "ArgumentError": "fclab.values.errors",
    "RecipeError": "fclab.values.errors",
    "DataError": "fclab.values.errors",
}

if TYPE_CHECKING:
    from fclab.data import binary_points, cifar100, own_images, regression_curve, synthetic
    from fclab.engines import train
    from fclab.estimators import FullyConnectedClassifier, FullyConnectedRegressor
    from fclab.labs.lab1.settings import Settings
    from fclab.labs.lab1.study import do_study, final_table, run_study
    from fclab.labs.lab1.variant import Scheme, classes_of
    from fclab.store.database import Store
    from fclab.study.kept import load_study
    from fclab.study.rows import OwnRow
    from fclab.study.study import Study
    from fclab.study.table import FinalTable
    from fclab.study.trainer import train_again
    from fclab.values.dataset import Dataset, Preprocessing, Split
    from fclab.values.errors import ArgumentError, DataError, FclabError, RecipeError, UsageError
    from fclab.values.model import Model
    from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe
    from fclab.values.run import Run

__all__ = [  # noqa: RUF022 (in the order of the way of the data)
    "Scheme",
    "classes_of",
    "Dataset",
    "Split",
    "Preprocessing",
    "regression_curve",
    "binary_points",
    "cifar100",
    "synthetic",
    "own_images",
    "Recipe",
    "REGRESSION",
    "BINARY",
    "CIFAR",
    "train",
    "train_again",
    "Run",
    "Model",
    "FullyConnectedClassifier",
    "FullyConnectedRegressor",
    "Store",
    "Settings",
    "OwnRow",
    "Study",
    "run_study",
    "do_study",
    "load_study",
    "FinalTable",
    "final_table",
    "FclabError",
    "UsageError",
    "ArgumentError",
    "RecipeError",
    "DataError",
]


def __getattr__(name: str) -> Any:
    if name == "notebook":  # a package, so that `fclab.notebook.live_fit()` needs no import
        return import_module("fclab.notebook")
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fclab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext fclab`: datasets, recipes, runs, studies and tables show themselves."""
    import_module("fclab.notebook.formatters").register(shell)
