"""The methods that are no networks: what each answers, for every setting that is tried.

All but logistic regression see the images only through the inner products of each two of them, so
these are computed once for all settings and all held-out parts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.linalg import solve

from fclab.analysis.ceilings.kernels import infinite_width
from fclab.analysis.ceilings.values import Method
from fclab.values.dataset import Dataset

Settings = Mapping[str, float]
Answers = Callable[["Examples", Sequence[Settings], np.ndarray, np.ndarray], Iterator[np.ndarray]]
"""The classes of some examples, learned from others, for each of the settings."""

NEIGHBOURS: Final = tuple({"k": float(k)} for k in (1, 3, 5, 9, 15, 25, 40, 60))
LOGISTIC: Final = tuple({"C": c} for c in (1e-5, 3e-5, 1e-4, 3e-4, 1e-3))
SVM: Final = tuple({"C": c, "gamma": g} for c, g in product((1.0, 3.0, 10.0), (0.3, 1.0, 3.0)))
KERNEL: Final = tuple({"noise": noise} for noise in (1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3))


@dataclass(frozen=True, eq=False)
class Examples:
    """The images of train and, after them, of test.

    Attributes:
        x: what a network's first layer sees, float32 ``(n, D)``.
        y: classes ``(n,)``; nobody is told those of the images that are asked about.
        squares: mean square difference of each two images per input, float64 ``(n, n)``.
        kernels: of the infinitely wide network, by the names of their methods.
        n_train: the first so many are of train.
    """

    x: np.ndarray
    y: np.ndarray
    squares: np.ndarray
    kernels: Mapping[str, np.ndarray]
    n_train: int

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.y.max()) + 1


def examples_of(dataset: Dataset, hidden: int) -> Examples:
    """The images with what is computed once.

    Args:
        dataset: train and test are used.
        hidden: hidden layers of the infinitely wide network.
    """
    x = np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])
    gram = (x @ x.T).astype(np.float64)
    lengths = np.diag(gram)
    squares = np.maximum(lengths[:, None] + lengths - 2 * gram, 0) / x.shape[1]
    np.fill_diagonal(squares, 0)
    kernels = infinite_width(gram, x.shape[1], hidden)._asdict()
    y = np.concatenate([dataset.train.y, dataset.test.y])
    return Examples(x, y, squares, kernels, len(dataset.train))


def neighbours(
    examples: Examples, tried: Sequence[Settings], known: np.ndarray, asked: np.ndarray
) -> Iterator[np.ndarray]:
    """The commonest class of the ``k`` nearest images, by the Euclidean distance of pixels."""
    from sklearn.neighbors import KNeighborsClassifier

    distances = np.sqrt(examples.squares)
    inside, across = distances[np.ix_(known, known)], distances[np.ix_(asked, known)]
    for settings in tried:
        k = min(int(settings["k"]), len(known))
        model = KNeighborsClassifier(k, metric="precomputed")
        yield model.fit(inside, examples.y[known]).predict(across)


def logistic(
    examples: Examples, tried: Sequence[Settings], known: np.ndarray, asked: np.ndarray
) -> Iterator[np.ndarray]:
    """Multinomial, with an L2 penalty of strength 1/``C``: the lab's network without hidden layer.
    Settings in ascending order start from one another."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(solver="newton-cg", warm_start=True, max_iter=200, tol=1e-2)
    for settings in tried:
        model.set_params(C=settings["C"])
        yield model.fit(examples.x[known], examples.y[known]).predict(examples.x[asked])


def svm(
    examples: Examples, tried: Sequence[Settings], known: np.ndarray, asked: np.ndarray
) -> Iterator[np.ndarray]:
    """The kernel exp(−``gamma`` · mean square difference), the penalty ``C``."""
    from sklearn.svm import SVC

    inside, across = (examples.squares[np.ix_(rows, known)] for rows in (known, asked))
    for settings in tried:
        model = SVC(C=settings["C"], kernel="precomputed")
        model.fit(np.exp(-settings["gamma"] * inside), examples.y[known])
        yield model.predict(np.exp(-settings["gamma"] * across))


def regression(name: Method) -> Answers:
    """Kernel regression of the classes as 1 and 0 less their mean, the largest output wins;
    ``noise`` is a share of the kernel's mean diagonal that is added to it."""

    def answers(
        examples: Examples, tried: Sequence[Settings], known: np.ndarray, asked: np.ndarray
    ) -> Iterator[np.ndarray]:
        kernel, classes = examples.kernels[name], examples.n_classes
        inside, across = kernel[np.ix_(known, known)], kernel[np.ix_(asked, known)]
        wanted = np.eye(classes)[examples.y[known]] - 1 / classes
        for settings in tried:
            noise = settings["noise"] * np.diag(inside).mean() * np.eye(len(known))
            yield (across @ solve(inside + noise, wanted, assume_a="pos")).argmax(axis=1)

    return answers


SOLVED: Final[Mapping[Method, tuple[Answers, tuple[Settings, ...]]]] = {
    "neighbours": (neighbours, NEIGHBOURS),
    "logistic": (logistic, LOGISTIC),
    "svm": (svm, SVM),
    "nngp": (regression("nngp"), KERNEL),
    "ntk": (regression("ntk"), KERNEL),
}
"""How each method answers, and which settings are tried, before any test figure is known."""
