import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fclab.figures.ticks import Ticks
from fclab.words.wording import wording

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("values", "options", "labels"),
    [
        ([0, 0.25, 0.5], {}, ["0,00", "0,25", "0,50"]),
        ([-1, 0, 1], {}, ["−1", "0", "1"]),
        ([0, 10_000], {}, ["0", f"10{NBSP}000"]),
        ([0.6, 0.7], {"shares": True}, [f"60{NBSP}%", f"70{NBSP}%"]),
        ([0.995, 1], {"shares": True}, [f"99,5{NBSP}%", f"100,0{NBSP}%"]),
        ([0.01, 1, 100, 1e7], {"each": True}, ["0,01", "1", "100", "10⁷"]),
        ([2e-7], {"each": True}, ["2·10⁻⁷"]),
        ([], {}, []),
    ],
)
def test_tick_labels(values, options, labels):
    assert Ticks(wording("ru"), **options).format_ticks(values) == labels


def value_of(label: str) -> float:
    """The number that an English label stands for."""
    label = label.replace(",", "").replace("−", "-")
    if found := re.fullmatch(r"(?:(.+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", label):
        exponent = found[2].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        return float(f"{found[1] or 1}e{exponent}")
    return float(label)


@given(st.integers(-100_000, 100_000), st.integers(1, 60), st.integers(-3, 3))
def test_tick_labels_say_where_their_ticks_are(start, steps, exponent):
    values = (start + np.arange(steps)) * 10.0**exponent
    labels = Ticks(wording("en")).format_ticks(values)
    assert list(map(value_of, labels)) == pytest.approx(values, abs=2e-6 * np.abs(values).max())
