"""Named random streams."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fclab.values.rng import batch_orders, flips, stream


def test_streams_repeat_and_differ_by_seed_and_name():
    def draw(seed, name):
        return stream(seed, name).random(8)

    np.testing.assert_array_equal(draw(1, "init"), draw(1, "init"))
    assert not np.array_equal(draw(1, "init"), draw(2, "init"))
    assert not np.array_equal(draw(1, "init"), draw(1, "order"))


def test_streams_never_change():
    """Stored runs are repeated from these numbers on any machine."""
    np.testing.assert_allclose(stream(0, "init").random(2), [0.67190287, 0.24804213], atol=1e-8)
    assert next(batch_orders(0, 6, 1)).tolist() == [0, 3, 5, 1, 2, 4]


@given(st.integers(0, 2**32), st.integers(1, 50), st.integers(1, 4))
def test_every_epoch_is_a_permutation_and_a_longer_training_starts_the_same(seed, n, epochs):
    orders = list(batch_orders(seed, n, epochs))
    assert len(orders) == epochs
    assert all(np.array_equal(np.sort(order), np.arange(n)) for order in orders)
    longer = list(batch_orders(seed, n, epochs + 1))
    assert all(np.array_equal(a, b) for a, b in zip(orders, longer, strict=False))


def test_flips_are_fair_coins():
    share = np.mean([f.mean() for f in flips(0, 1000, 50)])
    assert abs(share - 0.5) < 0.01
