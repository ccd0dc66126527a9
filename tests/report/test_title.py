"""The title page: what is given, what is left blank, and the form of another university."""

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from fclab.labs.lab1.title import of_department
from fclab.report.title import TitleSettings, merged, read_settings, title_page
from fclab.values.errors import UsageError


def everything(page):
    people = [text for person in page.people for text in (person.role, person.name)]
    return "\n".join([*page.head, *page.heading, *people, *page.foot])


def test_what_is_given_stands_on_the_page():
    settings = TitleSettings(student="Иванов", group="ИУ5-25М", teacher="Петров", year="2026",
                             faculty="ИУ", department="ИУ5", discipline="Нейросети")  # fmt: skip
    text = everything(title_page(settings, "ru"))
    for word in ("ОТЧЕТ", "лабораторной работе №1", "Иванов", "группы ИУ5-25М", "Петров",
                 "Факультет: ИУ", "Кафедра: ИУ5", "«Нейросети»", "Москва, 2026",
                 "Министерство"):  # fmt: skip
        assert word in text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_is_not_given_is_a_blank(language):
    page = title_page(TitleSettings(), language)
    assert all("__" in person.name for person in page.people)
    assert "__" in page.foot[0]
    assert all("__" in line for line in page.head[2:])


def test_settings_come_from_the_file_of_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_settings() == TitleSettings()
    (tmp_path / "fclab.toml").write_text(
        '[report]\nstudent = "A"\nyear = 2026\nlang = "en"\n', "utf-8"
    )
    assert read_settings() == TitleSettings(student="A", year="2026", lang="en")


def test_what_was_given_first_wins():
    assert merged({"student": "A", "group": ""}, {"student": "B", "group": "C"}) == TitleSettings(
        student="A", group="C"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[report]\nstudnet = 'A'\n", "studnet"),
        ("[report]\nlang = 'de'\n", "lang"),
        ("[report\n", "not TOML"),
    ],
)
def test_a_slip_in_the_settings_is_one_line(tmp_path, content, words):
    path = tmp_path / "fclab.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=words):
        read_settings(path)


def test_another_university_is_a_file(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'head = ["{{ university }}"]\nheading = ["PAPER {{ number }}"]\n'
        'people = [{ role = "By", name = "{{ student }}" }]\nfoot = ["{{ year }}"]\n'
        '[defaults]\nuniversity = "MIT"\nnumber = "7"\n',
        "utf-8",
    )
    (tmp_path / "fclab.toml").write_text(
        '[report]\ntemplate = "mine.toml"\nstudent = "A"\n', "utf-8"
    )
    page = title_page(read_settings(tmp_path / "fclab.toml"), "ru")
    assert page.head == ("MIT",)
    assert page.heading == ("PAPER 7",)
    assert page.people[0].name == "A"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('head = ["{{ ministr }}"]\nheading = ["x"]\npeople = []\nfoot = []', "ministr"),
        ('head = ["{{"]\nheading = ["x"]\npeople = []\nfoot = []', "mine"),
        ('heading = ["x"]\npeople = []\nfoot = []', "head"),
        ('head = [""]\nheading = ["{{ student.__class__.__mro__ }}"]\npeople = []\nfoot = []',
         "mine"),
    ],
)  # fmt: skip
def test_a_slip_in_a_template_is_one_line(tmp_path, content, words):
    path = tmp_path / "mine.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=words):
        title_page(TitleSettings(template=str(path)), "ru")


def test_a_value_is_never_a_template():
    page = title_page(TitleSettings(student="{{ 7*7 }}"), "ru")
    assert page.people[0].name == "{{ 7*7 }}"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_role_without_a_group_fits_in_a_line(language):
    column = (210 - 30 - 15 - 14 * 25.4 / 72) / 2.2  # mm, the narrower of the two
    face = FontProperties(family="STIXGeneral", size=14)
    for person in title_page(TitleSettings(), language).people:
        points = text_to_path.get_text_width_height_descent(person.role, face, ismath=False)[0]
        assert points * 25.4 / 72 < column, person.role


def test_what_is_known_of_a_department_fills_the_blanks():
    given = TitleSettings(faculty="Свой")
    iu5 = of_department(given, "iu5", "ru")
    assert iu5.department == "Системы обработки информации и управления (ИУ5)"
    assert iu5.faculty == "Свой"
    assert "Баумана" in iu5.university
    assert "ГУИМЦ" in of_department(TitleSettings(), "guimc", "ru").faculty
    foreign = title_page(of_department(TitleSettings(), "foreign", "en"), "en")
    assert "Bauman" in foreign.head[1]
    assert "__" in foreign.head[2]
