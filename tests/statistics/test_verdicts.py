"""Verdicts of a family: the order of equal rows, losses among accuracies, what they carry."""

import math

import numpy as np
import pytest

from fclab.statistics import Decision, SeedDifference, holm, verdicts
from fclab.values.errors import UsageError


def change(difference=0.1, p=1e-9, se=0.01):
    return SeedDifference(difference, p, se, df=9.0, n_seeds=10, paired=True)


def test_words_name_their_texts():
    assert [word.key for word in Decision] == ["better", "worse", "not_distinguishable"]


def test_equal_rows_are_judged_in_the_order_of_the_study():
    levels = [verdict.level for verdict in verdicts([change(p=1e-8), change(p=1e-9)] * 20)]
    assert levels[1::2] == pytest.approx([0.05 / n for n in range(40, 20, -1)])
    assert levels[::2] == pytest.approx([0.05 / n for n in range(20, 0, -1)])


def test_what_is_better_may_differ_from_row_to_row():
    found = verdicts(
        [change(0.1), change(0.1), change(-0.1)], higher_is_better=[True, False, False]
    )
    assert [verdict.decision for verdict in found] == [
        Decision.BETTER,
        Decision.WORSE,
        Decision.BETTER,
    ]
    with pytest.raises(ValueError, match="shorter"):
        verdicts([change()] * 2, higher_is_better=[True])


def test_a_verdict_carries_its_comparison():
    one = change(0.1, p=0.03, se=0.04)
    called, *others = verdicts([change(0.2), one, one])
    assert (called.difference, called.family, called.decision) == (0.2, 3, Decision.BETTER)
    assert (called.low, called.high) == change(0.2).interval(0.05 / 3)
    for other in others:
        assert (other.difference, other.decision) == (0.1, Decision.NOT_DISTINGUISHABLE)
        assert (other.p_adjusted, other.level) == (0.06, 0.025)
        assert (other.low, other.high) == one.interval(0.025)
        assert other.detectable == one.detectable(0.025)


def test_a_p_value_at_the_level_itself_is_not_called():
    (found,) = verdicts([change(p=0.05)])
    assert found.decision is Decision.NOT_DISTINGUISHABLE
    assert found.low == 0  # the interval holds it, too


def test_no_comparison_no_verdict():
    assert verdicts([]) == ()


def test_holm_gives_doubles_and_takes_nothing_else_than_p_values():
    assert holm(np.array([0.01, 0.04], np.float32)).dtype == np.float64
    assert holm([0.0, 1.0]).tolist() == [0, 1]
    for bad in (-0.01, 1.01, math.nan):
        with pytest.raises(UsageError, match="between 0 and 1"):
            holm([0.5, bad])
