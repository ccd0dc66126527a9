"""fclab: the laboratory of the fully connected network.

The way of the data is one line: variant → dataset → recipes → train → runs → report.

>>> import fclab
>>> from fclab.train import train
>>> dataset = fclab.regression_curve(seed=0)
>>> run = next(train(dataset, [fclab.REGRESSION], seeds=[0]))
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fclab.version import __version__ as __version__

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
    "Store": "fclab.store.database",
    "Settings": "fclab.study.rows",
    "Own": "fclab.study.rows",
    "Study": "fclab.study.study",
    "run_study": "fclab.study.study",
    "do_study": "fclab.study.kept",
    "load_study": "fclab.study.kept",
    "FinalTable": "fclab.study.table",
    "final_table": "fclab.study.table",
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
    from fclab.store.database import Store
    from fclab.study.kept import do_study, load_study
    from fclab.study.rows import Own, Settings
    from fclab.study.study import Study, run_study
    from fclab.study.table import FinalTable, final_table
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
    "Store",
    "Settings",
    "Own",
    "Study",
    "run_study",
    "do_study",
    "load_study",
    "FinalTable",
    "final_table",
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
    """`%load_ext fclab`: datasets, recipes, runs, studies and tables show themselves.

    `import fclab` inside IPython or Jupyter does the same.
    """
    import_module("fclab.notebook.formatters").register(shell)


def _greet_ipython() -> None:
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython else None
    if shell is not None:
        load_ipython_extension(shell)


_greet_ipython()
