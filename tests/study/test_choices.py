"""How sure a choice among settings is: shares of draws of the seeds."""

import numpy as np
import pytest

from fclab.study.choices import certainty, chosen_by_few


def curves(gap: float, seeds: int = 32, epochs: int = 20) -> list[np.ndarray]:
    """Losses of two settings; the second one is worse by ``gap`` standard errors of its mean."""
    rng = np.random.default_rng(1)
    shape = np.abs(np.arange(epochs) - 9) * 0.1
    first = shape + np.zeros((seeds, 1))
    noise = rng.normal(size=(seeds, 1))
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    return [first, first + noise + gap / np.sqrt(seeds)]


@pytest.mark.parametrize(("gap", "expected"), [(0.0, 0.5), (1.0, 0.84), (1.64, 0.95), (8.0, 1.0)])
def test_a_choice_is_as_sure_as_its_mean_is_apart(gap, expected):
    """The share of draws is the normal distribution's of the gap in standard errors."""
    assert certainty(curves(gap)) == pytest.approx(expected, abs=0.04)


def test_few_seeds_choose_the_same_less_often_than_many():
    """Of a gap of two standard errors of 32 seeds, 4 seeds see 2·√(4/32) = 0.7 of theirs."""
    assert chosen_by_few(curves(2.0), 4) == pytest.approx(0.77, abs=0.05)
    assert certainty(curves(2.0)) > 0.95
    assert chosen_by_few(curves(2.0), 32) == 1.0


def test_the_order_of_the_settings_decides_which_one_is_asked_for():
    better, worse = curves(3.0)
    assert certainty([better, worse]) == pytest.approx(1 - certainty([worse, better]))


def test_the_epoch_is_chosen_anew_in_every_draw():
    """Each seed has its least loss elsewhere: the mean of a few is lower than the mean of all."""
    sharp = 1 - np.eye(32)
    flat = np.full((32, 32), 1 - 1 / 32 - 0.01)  # less than the mean of all, at any epoch
    assert certainty([flat, sharp]) < 0.5  # a draw of a seed twice or more makes it lower
