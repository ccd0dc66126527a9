import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fclab.data import BINARY_SHAPES, TARGETS
from fclab.words.figures import Numbers, data_name, number, percent, significant

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("made", "ru", "en"),
    [
        (lambda lang: number(50_000, lang), f"50{NBSP}000", "50,000"),
        (lambda lang: number(-0.25, lang, 2), "−0,25", "−0.25"),
        (lambda lang: significant(0.0025401, lang), "0,00254", "0.00254"),
        (lambda lang: significant(0.25, lang), "0,250", "0.250"),
        (lambda lang: significant(5.69e8, lang), "5,69·10⁸", "5.69·10⁸"),
        (lambda lang: significant(float("inf"), lang), "—", "—"),
        (lambda lang: percent(0.765, lang), f"76,5{NBSP}%", "76.5%"),
        (lambda lang: percent(float("nan"), lang), "—", "—"),
    ],
)
def test_numbers_of_a_language(made, ru, en):
    assert made("ru") == ru
    assert made("en") == en


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
    assert Numbers("ru", **options).format_ticks(values) == labels


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
    labels = Numbers("en").format_ticks(values)
    assert list(map(value_of, labels)) == pytest.approx(values, abs=2e-6 * np.abs(values).max())


def test_every_dataset_has_a_name_in_both_languages():
    for name in (*BINARY_SHAPES, *TARGETS):
        assert data_name(name, "ru") != name
    assert data_name("my-own-points", "ru") == "my-own-points"
