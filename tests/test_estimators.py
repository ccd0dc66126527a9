"""The estimators: what scikit-learn asks of them, and that they work in its tools."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from fclab import FclabError, FullyConnectedClassifier, FullyConnectedRegressor, RecipeError


@pytest.mark.filterwarnings("default")  # the checks warn about what they skip
@parametrize_with_checks(
    [
        FullyConnectedClassifier((16,), epochs=30, lr=0.02),
        FullyConnectedRegressor((16,), epochs=30, lr=0.02),
    ]
)
def test_scikit_learn_accepts_the_estimator(estimator, check):
    check(estimator)


def test_a_grid_search_over_a_pipeline_learns_digits():
    X, y = load_digits(return_X_y=True)
    names = np.array([f"digit {label}" for label in y])
    X, X_test, names, names_test = train_test_split(X[:900], names[:900], random_state=0)
    pipeline = make_pipeline(
        StandardScaler(), FullyConnectedClassifier((32,), epochs=10, random_state=0)
    )
    search = GridSearchCV(pipeline, {"fullyconnectedclassifier__lr": [1e-6, 0.01]}, cv=2)
    assert search.fit(X, names).score(X_test, names_test) > 0.85
    assert search.best_params_ == {"fullyconnectedclassifier__lr": 0.01}


def test_a_regressor_learns_targets_in_their_own_unit():
    X, y = load_diabetes(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    fitted = FullyConnectedRegressor((8,), epochs=30, random_state=0).fit(X, y)
    shifted = FullyConnectedRegressor((8,), epochs=30, random_state=0).fit(X, 1000 * y + 5)
    assert fitted.score(X_test, y_test) > 0.25
    np.testing.assert_allclose(shifted.predict(X), 1000 * fitted.predict(X) + 5, rtol=1e-2)


def test_a_wrong_parameter_is_an_error_of_fit():
    with pytest.raises(RecipeError, match="lr"):
        FullyConnectedClassifier(lr=-1).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("estimator", [FullyConnectedClassifier, FullyConnectedRegressor])
def test_a_fit_that_diverges_warns_and_predicts_nothing(estimator):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    wild = estimator((8,), optimizer="sgd", lr=1e9, epochs=20, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"diverged in epoch \d+ of 20.*lower lr") as seen:
        wild.fit(X, y)
    assert seen[0].filename == __file__
    with pytest.raises(FclabError, match="diverged"):
        wild.predict(X)


def test_import_fclab_pulls_no_heavy_library():
    code = "import sys, fclab; print(*{'torch', 'sklearn', 'numba'} & set(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert told.stdout.strip() == ""
