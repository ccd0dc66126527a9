"""Numbers as people type them: read strictly, in every command, by one rule."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fclab.cli import main
from fclab.data import binary_points, regression_curve
from fclab.engines import train
from fclab.engines.memory import check_memory, needed
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES, find_classes
from fclab.values.quantities import real, whole
from fclab.values.recipe import CIFAR, REGRESSION


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@given(st.integers(-(10**25), 10**25))
def test_whole_numbers_are_read_exactly(number):
    assert whole(str(number)) == number


@pytest.mark.parametrize(
    ("text", "number"), [("№7", 7), (" 7 ", 7), ("7.0", 7), ("1e3", 1000), ("−3", -3)]
)
def test_whole_numbers_as_people_write_them(text, number):
    assert whole(text) == number


@given(st.floats(-1e6, 1e6).filter(lambda x: not x.is_integer()))
def test_no_number_is_rounded(number):
    with pytest.raises(ValueError, match="whole number"):
        whole(repr(number))
    assert real(repr(number)) == number


@pytest.mark.parametrize(
    "text", ["9007199254740993.5", "0.99999999999999999999", "7.00000000000000000001", "1e-400"]
)
def test_what_a_float_would_round_is_refused(text):
    with pytest.raises(ValueError, match="it is not rounded"):
        whole(text)


def test_whole_numbers_beyond_a_float_are_exact():
    assert whole("9007199254740993.0") == 9007199254740993


@pytest.mark.parametrize(
    "text",
    ["９", "٣", "1e31", "9" * 31, "", "x", "1_000", "0x10", "nan", "inf", "1e400", "1,5", "True"],
)
def test_what_is_no_whole_number(text):
    with pytest.raises(ValueError, match="whole number"):
        whole(text)


@pytest.mark.parametrize("text", ["1,000", "1.000", "12.000", "-1,000,000"])
def test_a_thousand_is_not_one(text):
    digits = re.sub("[.,]", "", text)
    with pytest.raises(ValueError, match=f"write {digits} or {re.split('[.,]', text)[0]}$"):
        whole(text)


@pytest.mark.parametrize("text", ["", "x", "1_000.5", "nan", "-inf", "1e400", "1,000,5", "1.000,5"])
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match="number"):
        real(text)


def test_a_decimal_comma_is_a_point():
    assert real("0,005") == 0.005
    assert real("-1,5e-3") == -0.0015


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("variant", "--group", "25", "--variant", "1.5"), "--variant: '1.5' is not a whole"),
        (("regression", "--epochs", "1.5"), "--epochs: '1.5' is not a whole number"),
        (("binary", "--points", "999.5"), "--points"),
        (("cifar", "--batch-size", "12.8"), "--batch-size"),
        (("cifar", "--seed", "0.5"), "--seed"),
        (("cifar", "--seed", "9223372036854775808"), "seed must be"),
        (("cifar", "--seed", "-1"), "seed must be"),
        (("cifar", "--epochs", "1000000000"), "--epochs 1000000000"),
        (("cifar", "--lr", "nan"), "--lr: 'nan' is not a finite number"),
        (("cifar", "--lr", "1e999"), "--lr"),
        (("cifar", "--hold-out", "nan"), "--hold-out"),
        (("cifar", "--shift", "1.5"), "--shift"),
        (("cifar", "--pool", "2.5"), "--pool"),
        (("cifar", "--layers", "FC(10000000), FC(3)"), "65536"),
        (("cifar", "--classes", "0", "55.5"), "'55.5' is not a whole number"),
        (("run", "--classes", "0", "1", "--seeds", "2.5"), "--seeds"),
        (("study", "--classes", "0", "1", "--search-seeds", "1.5"), "--search-seeds"),
        (("study", "--classes", "0", "1", "--lr-factors", "2,5"), "the comma of '2,5'"),
        (("study", "--classes", "0", "1", "--batch-factors", "nan"), "--batch-factors"),
        (("study", "add", "--epochs", "1.5"), "--epochs"),
        (("study", "add", "--rotate", "inf"), "--rotate"),
        (("ladder", "--classes", "0", "1", "--seeds", "1.5"), "--seeds"),
        (("search", "--trials", "1.5"), "--trials"),
        (("search", "--seed", "9223372036854775808"), "seed"),
        (("notebook", "--group", "25", "--variant", "1.5"), "--variant"),
        (("defend", "--checks", "1.5"), "--checks"),
        (("defend", "--only", "1.5"), "--only"),
        (("runs", "--last", "1.5"), "--last"),
        (("runs", "--seeds", "1", "1.5"), "--seeds"),
        (("export", "--lr", "inf", "--out", "x.csv"), "--lr"),
        (("regression", "--points", "10000000000"), "points must be"),
    ],
)
def test_every_command_refuses_what_is_no_such_number(
    arguments, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert fclab(*arguments) == 2
    first, *_ = capsys.readouterr().err.splitlines()
    assert words in first
    assert list(tmp_path.iterdir()) == []


def test_what_a_student_types_is_understood(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert fclab("variant", "--group", "№25", "--variant", "№7", "--department", "ИУ5") == 0
    assert "7 + 56 = 63" in capsys.readouterr().out
    assert fclab(
        "regression", "--lr", "0,00005", "--epochs", "10", "--layers", "FС(4) FC(1)", "--lang", "en"
    ) == 0  # fmt: skip
    assert (
        fclab("runs", "--lr", "0,00005", "--layers", "4 1", "--seeds", "0,1", "--lang", "en") == 0
    )
    assert "sigmoid" in capsys.readouterr().out


# --- classes by name


@pytest.mark.parametrize(
    "written",
    [
        ["0", "55", "58"], ["0,55,58"], ["0,", "55,", "58"], ["apple", "otter", "pickup_truck"],
        ["Apple", "otter", "pickup", "truck"], ["яблоко", "выдра", "пикап"],
        ["apple,выдра", "pickup truck"], ["0", "Выдра", "pickup-truck"], ["0;55;58"],
    ],
)  # fmt: skip
def test_classes_by_number_and_name(written):
    assert find_classes(written) == (0, 55, 58)


@given(st.lists(st.sampled_from(CLASS_NAMES), min_size=1), st.booleans())
def test_every_name_is_found(names, russian):
    written = [name.ru if russian else name.en for name in names]
    assert find_classes(written) == tuple(name.number for name in names)
    assert find_classes([" ".join(written)]) == tuple(name.number for name in names)
    underscored = [text.replace(" ", "_").upper().replace("Ё", "Е") for text in written]
    assert find_classes(underscored) == tuple(name.number for name in names)


@pytest.mark.parametrize(
    ("word", "meant"), [("oter", "55, otter"), ("pickup_trck", "58, pickup truck"),
                        ("яблако", "0, apple"), ("zzzzzz", "such as apple")],
)  # fmt: skip
def test_an_unknown_name_suggests_the_nearest(word, meant):
    with pytest.raises(UsageError, match=meant):
        find_classes(["1", word])


# --- memory and seeds, before anything is taken


def test_what_does_not_fit_the_memory_is_said_before_it_is_taken(monkeypatch):
    curve = regression_curve()
    recipe = REGRESSION.replace(layers=(60_000, 60_000, 1))
    assert needed(curve, recipe)["weights"] > 3.6e9 * 16
    monkeypatch.setattr("fclab.engines.memory.available", lambda: 2**30)
    with pytest.raises(UsageError, match=r"GiB of memory and 1 GiB are free.*FC\(60000\)"):
        next(train(curve, [recipe], [0]))
    with pytest.raises(UsageError, match="the course of 10000000 epochs"):
        check_memory(binary_points(points=1000), CIFAR.replace(epochs=10_000_000, batch_size=1))
    check_memory(curve, REGRESSION)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5, "1"])
def test_seeds_are_whole_and_fit_a_store(seed):
    with pytest.raises(UsageError, match="seed must be"):
        train(regression_curve(), [REGRESSION], [seed])


@pytest.mark.parametrize("points", [1.5, 0, 10**8, "9"])
def test_points_are_counted(points):
    with pytest.raises(UsageError, match="points"):
        regression_curve(points=points)
    with pytest.raises(UsageError, match="points"):
        binary_points(points=points)
