"""Scikit-learn's estimators on fclab's engines: in pipelines, grid searches, cross-validation."""

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from fclab.engines import train
from fclab.values.dataset import Dataset, Task
from fclab.values.errors import ArgumentError
from fclab.values.recipe import Loss, Recipe
from fclab.values.run import Run


class _FullyConnected(BaseEstimator):
    """What classifier and regressor share: the parameters, and the training.

    Attributes:
        run_: the `fclab.Run` of the last fit; its test part is one example of train, since an
            estimator is given no other.
        model_: its `fclab.Model`, which answers in classes 0, 1, ... or standardised targets.
        n_features_in_: columns of ``X``. They are standardised by the model itself.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (100,),
        *,
        activation: str = "relu",
        optimizer: str = "adam",
        lr: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        batch_size: int | None = 128,
        epochs: int = 100,
        schedule: str = "constant",
        dropout: float = 0.0,
        norm: str = "none",
        engine: str = "auto",
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
    ):
        """Parameters are kept as they are; `fit` looks at them.

        Args:
            hidden: widths of the hidden layers; the output layer follows from ``y``.
            activation, optimizer, lr, momentum, nesterov, weight_decay, batch_size, epochs,
                schedule, dropout, norm: fields of `fclab.Recipe`; a wrong one is a
                `fclab.RecipeError`, which is a ``ValueError``, raised by ``fit``.
            engine, device: as of `fclab.train`.
            random_state: the seed; None draws another one at every fit.
        """
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.lr = lr
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.schedule = schedule
        self.dropout = dropout
        self.norm = norm
        self.engine = engine
        self.device = device
        self.random_state = random_state

    def _train(self, X: np.ndarray, y: np.ndarray, task: Task, loss: Loss, outputs: int) -> None:
        own = {"hidden", "engine", "device", "random_state"}
        fields = {k: v for k, v in self.get_params(deep=False).items() if k not in own}
        recipe = Recipe(layers=(*self.hidden, outputs), loss=loss, **fields)
        dataset = Dataset.from_arrays(X, y, X[:1], y[:1], task=task)
        seed = self.random_state
        if not isinstance(seed, int | np.integer):
            seed = check_random_state(seed).randint(2**31 - 1)
        runs = train(dataset, [recipe], [int(seed)], engine=self.engine, device=self.device)
        self.run_: Run = next(iter(runs))
        if (epoch := self.run_.diverged_at) is not None:
            warnings.warn(
                f"training diverged in epoch {epoch} of {self.epochs}, so the estimator cannot "
                f"predict: fit it with a lower lr than {self.lr}",
                ConvergenceWarning,
                stacklevel=3,
            )
        self.model_ = self.run_.model

    def _inputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False, dtype=np.float64))


class FullyConnectedClassifier(ClassifierMixin, _FullyConnected):
    """A fully connected network as a scikit-learn classifier, cross-entropy loss.

    Attributes:
        classes_: the labels, ascending.
    """

    def fit(self, X: Any, y: Any) -> "FullyConnectedClassifier":
        """Train on points ``(n, d)`` and labels ``(n,)`` of any kind, two classes or more.

        A training that diverges is a ``ConvergenceWarning``.

        Raises:
            ValueError: arrays or parameters that cannot be meant.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, index = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ArgumentError("y holds a single class: a classifier needs two or more")
        self._train(X, index, "multiclass", "cross_entropy", len(self.classes_))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities ``(n, classes)`` in the order of ``classes_``."""
        inputs = self._inputs(X)
        return self.model_.predict_proba(inputs)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable labels ``(n,)``."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


class FullyConnectedRegressor(RegressorMixin, _FullyConnected):
    """A fully connected network as a scikit-learn regressor, squared error.

    Targets are standardised for training, so that a learning rate does not depend on their unit.
    """

    def fit(self, X: Any, y: Any) -> "FullyConnectedRegressor":
        """Train on points ``(n, d)`` and numbers ``(n,)``.

        A training that diverges is a ``ConvergenceWarning``.

        Raises:
            ValueError: arrays or parameters that cannot be meant.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        y = np.asarray(y, np.float64)
        self._mean, self._std = float(y.mean()), float(y.std()) or 1.0
        self._train(X, (y - self._mean) / self._std, "regression", "squared_error", 1)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Numbers ``(n,)`` in the unit of ``y``."""
        inputs = self._inputs(X)
        return self.model_.predict(inputs).astype(np.float64) * self._std + self._mean
