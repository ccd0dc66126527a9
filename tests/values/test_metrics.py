"""Losses and per-class metrics, against PyTorch and scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

from fclab.values.metrics import accuracy, best_epoch, class_report, confusion, losses, predicted


def test_losses_are_those_of_pytorch():
    rng = np.random.default_rng(0)
    z, one = rng.normal(size=(50, 3)) * 4, rng.normal(size=(50, 1)) * 4
    y, bit = rng.integers(3, size=50), rng.integers(2, size=50).astype(float)
    f = torch.nn.functional
    np.testing.assert_allclose(
        losses("cross_entropy", z, y),
        f.cross_entropy(torch.tensor(z), torch.tensor(y), reduction="none"),
    )
    np.testing.assert_allclose(
        losses("log_loss", one, bit),
        f.binary_cross_entropy_with_logits(
            torch.tensor(one[:, 0]), torch.tensor(bit), reduction="none"
        ),
    )
    np.testing.assert_allclose(losses("squared_error", one, bit), (one[:, 0] - bit) ** 2)


@given(st.floats(-1e30, 1e30), st.integers(0, 1))
def test_log_loss_is_never_nan(z, y):
    loss = losses("log_loss", np.array([[z]]), np.array([float(y)]))[0]
    assert np.isfinite(loss)
    assert loss >= 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_class_report_is_that_of_scikit_learn(pairs):
    y, answers = (np.array(column) for column in zip(*pairs, strict=True))
    report = class_report(y, answers, 4)
    kwargs = {"labels": range(4), "average": None, "zero_division": 0}
    for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        np.testing.assert_allclose(
            [getattr(row, name) for row in report.classes], score(y, answers, **kwargs)
        )
        for means in ("macro", "weighted"):
            mean = score(y, answers, **{**kwargs, "average": means})
            assert getattr(getattr(report, means), name) == pytest.approx(mean)
    assert [row.support for row in report.classes] == np.bincount(y, minlength=4).tolist()
    assert report.macro.support == report.weighted.support == len(y)
    assert report.accuracy == pytest.approx((y == answers).mean())
    table = confusion(y, answers, 4)
    assert table.dtype == np.int64
    assert np.array_equal(table, confusion_matrix(y, answers, labels=range(4)))
    if (y < 2).any():  # what is no class is left out
        fewer = confusion_matrix(y, answers, labels=range(2))
        assert np.array_equal(confusion(y, answers, 2), fewer)


def test_answers_of_both_kinds_of_classifier():
    assert predicted("binary", np.array([[-0.1], [0.1]])).tolist() == [0, 1]
    assert predicted("multiclass", np.array([[1, 3, 2], [5, 0, 1]])).tolist() == [1, 0]
    assert accuracy("multiclass", np.array([[1, 3], [5, 0]]), np.array([1, 1])) == 0.5


def test_best_epoch_counts_from_one_and_skips_what_is_not_finite():
    assert best_epoch(np.array([3.0, 1.0, 1.0, 2.0])) == 2
    assert best_epoch(np.array([np.nan, np.inf, 7.0, -np.inf])) == 3
    with pytest.raises(ValueError, match="finite"):
        best_epoch(np.array([np.nan]))
