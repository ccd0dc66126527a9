"""The rule of the variants: groups as people write them, schemes of other years, bad input."""

import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fclab.cli.variant import variant as command
from fclab.errors import UsageError
from fclab.names import CLASS_NAMES
from fclab.variant import (
    DEPARTMENTS,
    LAB_2026,
    SCHEMES,
    Variant,
    classes_of,
    find_scheme,
    load_schemes,
    parse_department,
    parse_group,
)

YEAR_2025 = """
[schemes.2025]
group = 11
variant = 37
iu5 = 42
guimc = 70
foreign = 71
"""


@pytest.fixture
def years(tmp_path):
    path = tmp_path / "years.toml"
    path.write_text(YEAR_2025, "utf-8")
    return path


# --- groups and departments


@pytest.mark.parametrize(
    "text",
    ["25", 25, " 25 ", "25М", "ИУ5-25", "ИУ5-25М", "IU5-25M", "иу5 25м", "ИУ5–25М", "ИУ5 - 25М"],
)
def test_a_group_is_25_however_it_is_written(text):
    assert parse_group(text) == 25


def test_the_digit_of_the_department_is_not_the_group():
    assert parse_group("ИУ5Ц-101Б") == 101
    assert parse_group("РТ5-1Б") == 1
    with pytest.raises(UsageError, match="no group number in 'ИУ5'"):
        parse_group("ИУ5")


@pytest.mark.parametrize("text", ["", "ИУ5", "ИУ5-", "ИУ5-М", "ИУ525М", "-25", "2.5", "25-26", "0"])
def test_no_group_number(text):
    with pytest.raises(UsageError, match="group"):
        parse_group(text)


@given(
    department=st.sampled_from(["ИУ5", "IU5", "иу5ц", "РТ", ""]),
    separator=st.sampled_from(["-", " ", "–", " - "]),
    number=st.integers(1, 9999),
    degree=st.sampled_from(["", "М", "б", "M"]),
)
def test_any_group_number_is_read_back(department, separator, number, degree):
    assert parse_group(f"{department}{separator if department else ''}{number}{degree}") == number


@pytest.mark.parametrize(
    ("text", "department"),
    [("iu5", "iu5"), ("ИУ5", "iu5"), ("Иу5", "iu5"), ("GUIMC", "guimc"), ("гуимц", "guimc"),
     ("ГУИМЦ", "guimc"), ("foreign", "foreign"), (" Иностранцы ", "foreign")],
)  # fmt: skip
def test_departments_in_both_languages(text, department):
    assert parse_department(text) == department


def test_an_unknown_department_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"'ИУ6'.*iu5 \(ИУ5\), guimc \(ГУИМЦ\), foreign"):
        parse_department("ИУ6")


# --- the rule


@pytest.mark.parametrize(
    ("department", "classes"),
    [("iu5", (40, 57, 22)), ("guimc", (40, 57, 80)), ("foreign", (40, 57, 90))],
)
def test_the_rule_of_the_lab(department, classes):
    assert classes_of("ИУ5-25М", 1, department).classes == classes


def test_every_class_is_explained():
    found = classes_of(25, 1, "iu5")
    assert [term.formula for term in found.terms] == ["25 + 15 = 40", "1 + 56 = 57", "1 + 21 = 22"]
    assert [term.rule("ru") for term in found.terms] == [
        "номер группы + 15",
        "номер варианта + 56",
        "ИУ5: номер варианта + 21",
    ]
    fixed = classes_of(25, 1, "foreign").terms[2]
    assert (fixed.formula, fixed.rule("en")) == ("90", "foreign students: 90")
    assert fixed.name.en == "train"


@given(st.integers(1, 120), st.integers(1, 120), st.sampled_from(DEPARTMENTS))
def test_three_different_classes_or_one_clear_line(group, number, department):
    third = {"iu5": number + 21, "guimc": 80, "foreign": 90}[department]
    wanted = (group + 15, number + 56, third)
    if max(wanted) > 99 or len(set(wanted)) < 3:
        with pytest.raises(UsageError) as caught:
            classes_of(group, number, department)
        assert "\n" not in str(caught.value)
        return
    found = classes_of(group, number, department)
    assert found.classes == wanted
    assert [term.name for term in found.terms] == [CLASS_NAMES[c] for c in wanted]
    assert Variant.model_validate_json(found.model_dump_json()) == found


def test_equal_classes_are_named():
    with pytest.raises(
        UsageError, match=r"class 71 \(sea, море\) comes twice.*group number.*variant number \+ 56"
    ):
        classes_of(56, 15, "iu5")
    with pytest.raises(UsageError, match=r"class 80 \(squirrel, белка\).*GUIMC: 80"):
        classes_of(65, 1, "guimc")


def test_a_class_that_does_not_exist_is_named():
    with pytest.raises(UsageError, match=r"no class 100 \(variant number \+ 56: 44 \+ 56 = 100\)"):
        classes_of(25, 44, "iu5")


def test_class_99_is_the_last():
    assert classes_of(25, 43, "iu5").classes == (40, 99, 64)
    assert classes_of(84, 42, "iu5").classes == (99, 98, 63)


def test_a_negative_class_is_named():
    scheme = LAB_2026.model_copy(update={"group": -30})
    with pytest.raises(UsageError, match=r"no class -5 .*25 − 30 = -5"):
        classes_of(25, 1, "iu5", scheme=scheme)


@pytest.mark.parametrize("number", [0, -1])
def test_variants_count_from_one(number):
    with pytest.raises(UsageError, match="variant number counts from 1"):
        classes_of(25, number, "iu5")


# --- schemes of other years


def test_a_toml_file_adds_a_year(years):
    assert list(load_schemes(years)) == ["2026", "2025"]
    scheme = find_scheme("2025", years)
    assert classes_of(25, 1, "iu5", scheme=scheme).classes == (36, 38, 43)
    assert classes_of(25, 1, "guimc", scheme=scheme).classes == (36, 38, 70)
    assert classes_of(25, 1, "foreign", scheme=scheme).classes == (36, 38, 71)
    assert "2025" not in SCHEMES


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(1, 30))
def test_any_scheme_is_followed(group, variant, iu5, number):
    assume(len({number + group, number + variant, number + iu5}) == 3)
    scheme = LAB_2026.model_copy(update={"group": group, "variant": variant, "iu5": iu5})
    found = classes_of(number, number, "iu5", scheme=scheme).classes
    assert found == (number + group, number + variant, number + iu5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (YEAR_2025.replace("iu5 = 42\n", ""), r"schemes\.2025\.iu5: Field required"),
        (YEAR_2025.replace("42", '"42"'), r"schemes\.2025\.iu5: .*integer"),
        (YEAR_2025.replace("42", "true"), r"schemes\.2025\.iu5: .*integer"),
        (YEAR_2025.replace("70", "100"), r"schemes\.2025\.guimc: .*less than or equal to 99"),
        (YEAR_2025 + "iu6 = 1\n", r"schemes\.2025\.iu6: .*not permitted"),
        (YEAR_2025 + "name = '2031'\n", r"schemes\.2025\.name: .*not permitted"),
        (YEAR_2025.replace("2025", "2026"), r"schemes\.2026: this name is built in"),
        ("schemes = 5", r"schemes: .*dictionary"),
        ("", "schemes: Field required"),
        ("group = ", "not a TOML file"),
    ],
)
def test_a_bad_file_is_reported_in_one_line_with_file_and_field(tmp_path, text, message):
    path = tmp_path / "bad.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=message) as caught:
        load_schemes(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path):
    for path in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot read the schemes"):
            load_schemes(path)
    (tmp_path / "latin.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(UsageError, match="not a TOML file"):
        load_schemes(tmp_path / "latin.toml")


def test_an_unknown_scheme_lists_the_known_ones(years):
    with pytest.raises(UsageError, match="unknown scheme '2024': there are 2026, 2025"):
        find_scheme("2024", years)
    with pytest.raises(UsageError, match=r"there are 2026 \(.*--schemes"):
        find_scheme("2024")


# --- the command


@pytest.mark.parametrize(("lang", "words"), [("ru", "Правило"), ("en", "Rule")])
def test_the_command_prints_numbers_and_both_names(capsys, lang, words):
    command(group="ИУ5-25М", variant=1, department="ИУ5", lang=lang)
    printed = capsys.readouterr().out
    for text in (words, "25 + 15 = 40", "40", "lamp", "лампа", "57", "pear", "груша", "часы"):
        assert text in printed


def test_the_command_follows_another_scheme(capsys, years):
    command(group="25", variant=1, department="foreign", scheme="2025", schemes=years)
    printed = capsys.readouterr().out
    assert "2025" in printed
    assert "skyscraper" not in printed
    assert CLASS_NAMES[71].ru in printed


def test_the_rule_is_known_without_the_heavy_libraries():
    code = (
        "import sys, fclab.variant, fclab.cli.variant;"
        "print([m for m in ('torch', 'numba', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
