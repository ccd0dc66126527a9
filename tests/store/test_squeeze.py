"""Arrays come back to the bit, take less room, and a hostile description is refused."""

import json
import tracemalloc
import zlib

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fclab.store.squeeze import is_squeezed, squeeze, unsqueeze

START = 12  # bytes of the magic and of the length


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.sampled_from(["f8", "f4", "f2", "i8", "i4", "i1", "u1", "?"]).flatmap(
            lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, min_side=0))
        ),
        max_size=4,
    )
)
def test_any_arrays_come_back_to_the_bit(given_):
    again = unsqueeze(squeeze(given_))
    assert list(again) == list(given_)
    for name, array in given_.items():
        assert again[name].shape == array.shape
        assert again[name].dtype == array.dtype
        assert again[name].tobytes() == array.tobytes()
        assert again[name].flags.writeable


def test_views_and_other_byte_orders_are_their_numbers():
    square = np.arange(6.0).reshape(2, 3)
    kept = unsqueeze(squeeze({"turned": square.T, "big": square.astype(">f8")}))
    np.testing.assert_array_equal(kept["turned"], square.T)
    np.testing.assert_array_equal(kept["big"], square)


def test_curves_and_shares_of_few_images_take_less_room():
    curve = np.exp(-np.linspace(0, 3, 4000))
    assert len(squeeze({"loss": curve})) < 0.75 * curve.nbytes
    shares = np.random.default_rng(0).integers(200, 240, 4000) / 300
    assert len(squeeze({"accuracy": shares})) < 0.25 * shares.nbytes


def test_what_older_stores_hold_is_read():
    content = safetensors.numpy.save({"a": np.arange(3.0)})
    assert not is_squeezed(content)
    np.testing.assert_array_equal(unsqueeze(content)["a"], [0, 1, 2])


def described(content: bytes, description: object) -> bytes:
    """Squeezed arrays with another description."""
    length = int.from_bytes(content[8:START], "little")
    text = json.dumps(description).encode()
    return content[:8] + len(text).to_bytes(4, "little") + text + content[START + length :]


GOOD = squeeze({"a": np.arange(1000.0)})


@pytest.mark.parametrize(
    "content",
    [
        GOOD[:-1],
        GOOD + b"0",
        GOOD[:START],
        b"fclab\0s1",
        described(GOOD, [["a", "<f8", [999], "plain"]]),
        described(GOOD, [["a", "<f8", [1001], "plain"]]),
        described(GOOD, [["a", "<f8", [-1000], "plain"]]),
        described(GOOD, [["a", "<f8", [1 << 60], "plain"]]),
        described(GOOD, [["a", "|O", [1000], "plain"]]),
        described(GOOD, [["a", "<f8", [1000], "backwards"]]),
        described(GOOD, [["a", "<f8", 1000, "plain"]]),
        described(GOOD, [["a", "<f8", [1000]]]),
        described(GOOD, {"a": 1}),
        described(GOOD, None),
    ],
)
def test_what_is_not_as_described_is_refused(content):
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        unsqueeze(content)


def test_a_bomb_is_not_unpacked():
    bomb = described(GOOD, [["a", "|u1", [10], "plain"]])
    start = START + int.from_bytes(bomb[8:START], "little")
    bomb = bomb[:start] + zlib.compress(bytes(200_000_000), 1)
    tracemalloc.start()
    with pytest.raises(ValueError, match="not as long"):
        unsqueeze(bomb)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_objects_are_not_kept():
    with pytest.raises(TypeError):
        squeeze({"a": np.array([object()])})
