"""The rule of the variants: groups as people write them, schemes of other years, bad input."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fclab.cli.classes import Rule
from fclab.cli.variant import variant as command
from fclab.labs.lab1.variant import (
    DEPARTMENTS,
    LAB_2024,
    SCHEMES,
    Group,
    Scheme,
    Variant,
    classes_of,
    exchanged,
    find_scheme,
    load_schemes,
    notes,
    old_name,
    parse_department,
    read_group,
    readings,
    trap,
    with_classes,
)
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES

YEAR_2031 = """
[schemes.2031]
group = 12
variant = 38
iu5 = 43
guimc = 72
foreign = 73
"""


@pytest.fixture
def years(tmp_path):
    path = tmp_path / "years.toml"
    path.write_text(YEAR_2031, "utf-8")
    return path


# --- groups and departments


@pytest.mark.parametrize(
    "text",
    ["25", 25, " 25 ", "25М", "ИУ5-25", "ИУ5-25М", "IU5-25M", "иу5 25м", "ИУ5–25М", "ИУ5 - 25М"],
)
def test_a_group_is_25_however_it_is_written(text):
    assert read_group(text).number == 25


def test_the_digit_of_the_department_is_not_the_group():
    assert read_group("ИУ5Ц-101Б") == Group(101, is_name=True)
    assert read_group("РТ5-1Б") == Group(1, is_name=True)
    assert read_group("№101") == read_group(101) == Group(101, is_name=False)
    with pytest.raises(UsageError, match="no group number in 'ИУ5'"):
        read_group("ИУ5")


@pytest.mark.parametrize("text", ["", "ИУ5", "ИУ5-", "ИУ5-М", "ИУ525М", "-25", "2.5", "25-26", "0"])
def test_no_group_number(text):
    with pytest.raises(UsageError, match="group"):
        read_group(text)


@given(
    department=st.sampled_from(["ИУ5", "IU5", "иу5ц", "РТ", ""]),
    separator=st.sampled_from(["-", " ", "–", " - "]),
    number=st.integers(1, 9999),
    degree=st.sampled_from(["", "М", "б", "M"]),
)
def test_any_group_number_is_read_back(department, separator, number, degree):
    assert (
        read_group(f"{department}{separator if department else ''}{number}{degree}").number
        == number
    )


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
    scheme = LAB_2024.model_copy(update={"group": -30})
    with pytest.raises(UsageError, match=r"no class -5 .*25 − 30 = -5"):
        classes_of(25, 1, "iu5", scheme=scheme)


@pytest.mark.parametrize("number", [0, -1])
def test_variants_count_from_one(number):
    with pytest.raises(UsageError, match="variant number counts from 1"):
        classes_of(25, number, "iu5")


# --- the years


@pytest.mark.parametrize(
    ("year", "group", "number", "department", "classes"),
    [
        ("2022", 3, 9, "iu5", (3, 9, 39)),
        ("2022", 3, 9, "foreign", (3, 9, 39)),  # that year knew no departments
        ("2023", 3, 9, "iu5", (7, 26, 51)),
        ("2023", 3, 9, "guimc", (7, 26, 51)),
        ("2024", 23, 9, "iu5", (38, 65, 30)),
        ("2024", 23, 9, "guimc", (38, 65, 80)),
        ("2024", 23, 9, "foreign", (38, 65, 90)),
        ("2025", 23, 9, "iu5", (34, 46, 51)),
        ("2025", 3, 9, "guimc", (14, 46, 70)),
        ("2025", 3, 9, "foreign", (14, 46, 71)),
        ("2026", 3, 9, "iu5", (10, 39, 59)),
        ("2026", 3, 9, "guimc", (10, 39, 90)),
        ("2026", 3, 9, "foreign", (10, 39, 93)),
    ],
)
def test_the_rules_of_all_years(year, group, number, department, classes):
    found = classes_of(group, number, department, scheme=SCHEMES[year])
    assert found.classes == classes
    assert Variant.model_validate_json(found.model_dump_json()) == found


def test_the_default_is_the_rule_of_the_labs_text():
    assert list(SCHEMES) == ["2022", "2023", "2024", "2025", "2026"]
    assert classes_of(25, 1).scheme is LAB_2024 is SCHEMES["2024"]
    assert Rule().scheme == "2024"


@pytest.mark.parametrize("year", ["2022", "2023", "2025", "2026"])
def test_a_full_name_is_asked_about_where_groups_may_be_counted(year):
    """Both readings come with their classes; a bare number is taken as it is given."""
    scheme = SCHEMES[year]
    with pytest.raises(UsageError, match="which number is group 'ИУ5-23М'") as caught:
        classes_of("ИУ5-23М", 9, scheme=scheme)
    for number in (3, 23):
        classes = ", ".join(map(str, classes_of(number, 9, scheme=scheme).classes))
        assert f"group {number} (" in str(caught.value)
        assert f"gives classes {classes}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_whose_two_readings_are_one_number_is_no_question():
    assert classes_of("РТ5-3Б", 9, scheme=SCHEMES["2026"]).classes == (10, 39, 59)
    with pytest.raises(UsageError, match=r"group 20 \(the number in the name"):
        classes_of("ИУ5-20М", 9, scheme=SCHEMES["2026"])


def test_the_terms_say_which_number_of_the_group_they_mean():
    first = classes_of(3, 9, scheme=SCHEMES["2026"]).terms[0]
    assert (first.rule("ru"), first.formula) == ("порядковый номер группы + 7", "3 + 7 = 10")
    second = classes_of(3, 9, scheme=SCHEMES["2022"]).terms
    assert [t.formula for t in second] == ["3 = 3", "9 = 9", "9 + 30 = 39"]
    assert second[2].rule("en") == "variant number + 30"


AS_KEPT_BY_0_1_0 = """{"group": 25, "number": 1, "department": "iu5",
 "scheme": {"group": 15, "variant": 56, "iu5": 21, "guimc": 80, "foreign": 90, "name": "2026"},
 "terms": [{"kind": "group", "base": 25, "offset": 15}, {"kind": "variant", "base": 1,
 "offset": 56}, {"kind": "iu5", "base": 1, "offset": 21}]}"""


def test_what_was_kept_under_the_old_name_is_shown_as_what_it_is():
    kept = Variant.model_validate_json(AS_KEPT_BY_0_1_0)
    assert kept.classes == (40, 57, 22)
    assert (kept.scheme.name, kept.scheme.formerly) == ("2024", "2026")
    assert Variant.model_validate_json(kept.model_dump_json()) == kept
    said = " ".join(notes(kept, "en"))
    assert "the rule of 2024" in said
    assert "fclab 0.1.0 called the rule of 2024 “2026”" in said
    assert "0.1.0" not in " ".join(notes(classes_of(25, 1), "en"))


def test_the_true_rule_of_2026_is_not_taken_for_the_old_name():
    for scheme in SCHEMES.values():
        assert Scheme.model_validate_json(scheme.model_dump_json()) == scheme
    assert old_name(SCHEMES["2026"], "ru")
    assert not old_name(LAB_2024, "ru")


def test_the_group_of_the_note_is_the_students_own():
    assert "the one in the group's name, 23" in " ".join(notes(classes_of(23, 9, "guimc"), "en"))
    assert "число из её названия, 23" in " ".join(notes(classes_of(23, 9, "guimc"), "ru"))


def test_year_and_way_to_another_one_are_said():
    for lang, words in (("en", "the rule of 2024"), ("ru", "по правилу 2024 года")):
        said = " ".join(notes(classes_of(25, 1), lang))
        assert words in said
        assert "--scheme 2022, 2023, 2025" in said
    said = " ".join(notes(classes_of(23, 9, scheme=SCHEMES["2026"]), "en"))
    assert "23 looks like the number in a name" in said
    assert "--group 3" in said


def test_a_set_that_another_year_gives_too_is_pointed_out():
    twin = Scheme(name="twin", group=15, variant=21, third=56)
    said = notes(classes_of(25, 1), "en", {**SCHEMES, "twin": twin})
    assert "The rule “twin” for group 25 gives the same set of classes." in said
    assert not any("same set" in line for line in notes(classes_of(25, 1), "en"))


def test_named_classes_are_compared_with_the_rules_of_all_years():
    found, words = Rule(group="3", variant=9, classes=(59, 10, 39)).quietly("en")
    assert found.variant is not None
    assert found.variant.scheme == SCHEMES["2026"]
    assert found.numbers == (59, 10, 39)
    assert "those of the rule of 2026 for group 3, not of the rule of 2024" in words[0]
    assert "18, 65, 30" in words[0]
    found, words = Rule(group="3", variant=9, classes=(30, 18, 65)).quietly("en")
    assert found.variant == classes_of(3, 9)
    assert not any("not of the rule" in line for line in words)
    found, _ = Rule(group="ИУ5-23М", variant=9, classes=(10, 39, 59)).quietly("en")
    assert found.variant == classes_of(3, 9, scheme=SCHEMES["2026"])
    with pytest.raises(UsageError, match=r"not those of group 3 .*2024: 18, 65, 30"):
        Rule(group="3", variant=9, classes=(1, 2, 3)).quietly("en")


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(DEPARTMENTS))
def test_every_reading_is_that_of_its_scheme(group, number, department):
    for reading in readings(group, number, department):
        if reading.variant is None:
            with pytest.raises(UsageError) as caught:
                classes_of(group, number, department, scheme=reading.scheme)
            assert reading.problem == str(caught.value)
        else:
            found = classes_of(group, number, department, scheme=reading.scheme)
            assert reading.variant == found
            assert reading in with_classes(readings(group, number, department), found.classes)


# --- the trap of the lab's own notebook


@given(st.lists(st.integers(0, 99), min_size=2, max_size=6, unique=True))
def test_the_trap_is_what_the_labs_notebook_does(classes):
    """np.unique relabels in ascending order, target_names are in the order typed."""
    labels = np.unique(np.array(classes), return_inverse=True)[1]
    about = {int(label): number for label, number in zip(labels, classes, strict=True)}
    lines = [(said, about[line]) for line, said in enumerate(classes)]
    assert exchanged(classes) == tuple(pair for pair in lines if pair[0] != pair[1])


def test_the_trap_is_told_for_the_classes_as_typed():
    told = " ".join(trap((39, 58, 23), "en"))
    assert "the line “39” is about class 23 (cloud)" in told
    assert "[39, 58, 23]" in told
    straight = " ".join(trap((23, 39, 58), "ru"))
    assert "подписаны верно" in straight
    assert "перепутаны" not in straight


# --- schemes of one's own


def test_a_toml_file_adds_a_rule(years):
    assert list(load_schemes(years)) == [*SCHEMES, "2031"]
    scheme = find_scheme("2031", years)
    assert classes_of(25, 1, "iu5", scheme=scheme).classes == (37, 39, 44)
    assert classes_of(25, 1, "guimc", scheme=scheme).classes == (37, 39, 72)
    assert classes_of(25, 1, "foreign", scheme=scheme).classes == (37, 39, 73)
    assert "2031" not in SCHEMES


def test_a_toml_file_overrides_a_year(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[schemes.2026]\ngroup = 1\nvariant = 2\nthird = 3\ngroup_means = "name"\n', "utf-8"
    )
    scheme = find_scheme("2026", path)
    assert classes_of("ИУ5-25М", 1, scheme=scheme).classes == (26, 3, 4)
    assert not old_name(scheme, "en")
    assert find_scheme("2025", path) == SCHEMES["2025"]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(1, 30))
def test_any_scheme_is_followed(group, variant, iu5, number):
    assume(len({number + group, number + variant, number + iu5}) == 3)
    scheme = LAB_2024.model_copy(update={"group": group, "variant": variant, "iu5": iu5})
    found = classes_of(number, number, "iu5", scheme=scheme).classes
    assert found == (number + group, number + variant, number + iu5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (YEAR_2031.replace("iu5 = 43\n", ""), r"schemes\.2031: the third class needs iu5"),
        (YEAR_2031.replace("43", '"42"'), r"schemes\.2031\.iu5: .*whole number"),
        (YEAR_2031.replace("43", "true"), r"schemes\.2031\.iu5: .*whole number"),
        (YEAR_2031.replace("72", "100"), r"schemes\.2031\.guimc: .*less than or equal to 99"),
        (YEAR_2031 + "iu6 = 1\n", r"schemes\.2031\.iu6: there is no such field"),
        (YEAR_2031 + "name = 'x'\n", r"schemes\.2031\.name: there is no such field"),
        (YEAR_2031.replace("2031", "all"), r"schemes\.all: 'all' stands for every scheme"),
        (YEAR_2031 + "third = 1\n", r"schemes\.2031: third is the third class of all"),
        (YEAR_2031 + "group_means = 'both'\n", r"schemes\.2031\.group_means: .*'either'"),
        ("schemes = 5", r"schemes: it should be a table"),
        ("", "schemes: it is required"),
        ("group = ", "is not TOML"),
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
        with pytest.raises(UsageError, match="cannot read "):
            load_schemes(path)
    (tmp_path / "latin.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(UsageError, match="no text in UTF-8"):
        load_schemes(tmp_path / "latin.toml")


def test_an_unknown_scheme_lists_the_known_ones(years):
    with pytest.raises(UsageError, match=r"unknown scheme '2021': there are 2022, .*2031 in"):
        find_scheme("2021", years)
    with pytest.raises(UsageError, match=r"2026 \(.*--schemes"):
        find_scheme("2021")


# --- the command


@pytest.mark.parametrize(("lang", "words"), [("ru", "Правило"), ("en", "Rule")])
def test_the_command_prints_numbers_and_both_names(capsys, lang, words):
    command(rule=Rule(group="ИУ5-25М", variant=1, department="ИУ5"), lang=lang)
    printed = capsys.readouterr().out
    for text in (words, "25 + 15 = 40", "40", "lamp", "лампа", "57", "pear", "груша", "часы"):
        assert text in printed
    assert "2024" in printed
    assert "--scheme 2022, 2023, 2025" in printed


def test_the_command_follows_another_scheme(capsys, years):
    command(rule=Rule(group="25", variant=1, department="foreign", scheme="2031", schemes=years))
    printed = capsys.readouterr().out
    assert "2031" in printed
    assert CLASS_NAMES[73].ru in printed


def test_the_old_name_gets_the_right_answer_and_a_word(capsys):
    command(rule=Rule(group="3", variant=9, scheme="2026"), lang="en")
    printed = capsys.readouterr().out
    assert "pine tree" in printed
    assert "fclab 0.1.0 called the rule of 2024 so" in printed


def test_the_command_shows_all_years_side_by_side(capsys):
    command(rule=Rule(group="ИУ5-23М", variant=9, scheme="all"), lang="en")
    printed = capsys.readouterr().out
    for classes in ("3, 9, 39", "7, 26, 51", "38, 65, 30", "34, 46, 51", "10, 39, 59"):
        assert classes in printed
    assert "23 (of the name)" in printed
    assert "3 (ordinal)" in printed


def test_the_rule_is_known_without_the_heavy_libraries():
    code = (
        "import sys, fclab.labs.lab1.variant, fclab.cli.variant;"
        "print([m for m in ('torch', 'numba', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"
