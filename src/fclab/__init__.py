"""fclab: the laboratory of the fully connected network.

The way of the data is one line: variant → dataset → recipes → train → runs → report.

>>> import fclab
>>> from fclab.train import train
>>> dataset = fclab.regression_curve(seed=0)
>>> run = next(train(dataset, [fclab.REGRESSION], seeds=[0]))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public names and the modules that hold them. They are imported when first asked for, so that
# `import fclab` (and with it `fclab --help`) does not wait for PyTorch.
_PUBLIC = {
    "Dataset": "fclab.dataset",
    "Split": "fclab.dataset",
    "Preprocessing": "fclab.dataset",
    "Recipe": "fclab.recipe",
    "REGRESSION": "fclab.recipe",
    "BINARY": "fclab.recipe",
    "CIFAR": "fclab.recipe",
    "Run": "fclab.run",
    "Model": "fclab.model",
    "Scheme": "fclab.variant",
    "classes_of": "fclab.variant",
    "regression_curve": "fclab.data",
    "binary_points": "fclab.data",
    "cifar100": "fclab.data",
    "synthetic": "fclab.data",
}

if TYPE_CHECKING:
    from fclab.data import binary_points, cifar100, regression_curve, synthetic
    from fclab.dataset import Dataset, Preprocessing, Split
    from fclab.model import Model
    from fclab.recipe import BINARY, CIFAR, REGRESSION, Recipe
    from fclab.run import Run
    from fclab.variant import Scheme, classes_of

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
    "Recipe",
    "REGRESSION",
    "BINARY",
    "CIFAR",
    "Run",
    "Model",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fclab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
