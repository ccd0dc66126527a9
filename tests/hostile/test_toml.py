"""The TOML files of a person, damaged at random: each door reads them or refuses in one line."""

import os
import random

import pytest

from fclab.labs.lab1.variant import load_schemes
from fclab.report.title import TitleSettings, read_settings, title_page
from fclab.study.own import read_rows
from fclab.tuning.space import read_space
from fclab.values.errors import FclabError

SETTINGS = """[report]
student = "Иванов И. И."
group = "ИУ5-23М"
number = 1
year = "2026"
lang = "ru"
"""
ROWS = """[[rows]]
name = "wide and slow"
parent = "stop"
layers = "FC(32), FC(3)"
lr = 0.001
epochs = 300
comment = "as expected"
"""
SPACE = """epochs = 30
lr = {low = 0.001, high = 0.1, log = true}
batch_size = {choices = [32, 64]}
layers = {choices = ["FC(10), FC(3)", "FC(32), FC(3)"]}
"""
SCHEMES = """[schemes.mine]
group = 15
variant = 56
iu5 = 21
guimc = 80
foreign = 90
"""
FORM = """head = ["{{ university }}", "Кафедра: {{ department }}"]
heading = ["ОТЧЕТ", "№{{ number }}"]
people = [{ role = "Студент группы {{ group }}", name = "{{ student }}" }]
foot = ["{{ city }}, {{ year }}"]
[defaults]
city = "Москва"
"""
DOORS = {
    "settings": (SETTINGS, lambda path: title_page(read_settings(path), "ru")),
    "rows": (ROWS, read_rows),
    "space": (SPACE, read_space),
    "schemes": (SCHEMES, load_schemes),
    "form": (FORM, lambda path: title_page(TitleSettings(template=str(path)), "ru")),
}
PIECES = [
    '"', "'", '"""', "\n", "\r", "[", "]", "[[", "{", "}", "=", ".", ",", "#", "\\u0000", "\\",
    "\0", "\ud800", "nan", "inf", "-1", "0", "1e308", "1e999", "9" * 30, "9" * 5000, "true", "[]",
    "{}", "1979-05-27", "a.b.c = 1\n", "x = " + "[" * 50 + "]" * 50 + "\n", "🦦", "\u202e",
    "{{", "}}", "{{ 1 / 0 }}", "{{ student.__class__ }}", "{{ 'a' * 10 ** 10 }}", "{{ x.y.z }}",
    "{% for i in range(99999) %}{% for j in range(99999) %}a{% endfor %}{% endfor %}",
    "{{ '%0999999999d' % 1 }}", "{{ ''.center(999999999) }}", "{{ [1][9] + 'a' }}", "{% raw %}",
    "{{ range(10**9)|list }}", "{{ student | indent(999999999, true) }}", "{{ student | upper }}",
]  # fmt: skip


def damaged(text: str, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(text) + 1)
        end = start + rng.choice([0, 0, 1, 5, 20])
        match rng.randrange(4):
            case 0:
                new = ""
            case 1:
                new = text[start:end] * 2
            case _:
                new = rng.choice(PIECES)
        text = text[:start] + new + text[end:]
    content = bytearray(text.encode("utf-8", "surrogatepass"))
    if content and rng.random() < 0.2:
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("seed", "n"), [
    (1, 120), pytest.param(2, 5_000, marks=pytest.mark.campaign)])  # fmt: skip
def test_damaged_files_are_read_or_refused_in_one_line(tmp_path, door, seed, n):
    rng = random.Random(f"{door} {seed}")
    text, read = DOORS[door]
    path = tmp_path / "some.toml"
    path.write_text(text, "utf-8")
    read(path)
    refused = 0
    for _ in range(n):
        content = damaged(text, rng)
        path.write_bytes(content)
        try:
            read(path)
        except FclabError as error:
            refused, told = refused + 1, str(error)
        else:
            continue
        assert "some.toml" in told
        assert told.isprintable(), content
        assert len(told) < 1500
    assert n / 3 < refused < n


@pytest.mark.parametrize("door", DOORS)
def test_what_no_person_writes_is_refused(tmp_path, door, limited):
    contents = [
        b"x = " + b"[" * 20_000,
        b"x = " + b"{a=" * 20_000,
        b"x = " + b"[" * 100 + b"]" * 100,
        b"a." * 20_000 + b"a = 1",
        b"[" + b"a." * 20_000 + b"a]",
        b"x = " + b"9" * 60_000,
        b"# " + b"a" * 70_000,
        b"x = '" + b"a" * 2_000 + b"'",
        b"a" * 2_000 + b" = 1",
        b"\xff\xfe",
        'x = "\ud800"'.encode("utf-8", "surrogatepass"),
    ]
    files = [tmp_path / f"{i}.toml" for i in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    files += [tmp_path / "pipe", tmp_path / "zero"]
    source = "import sys; sys.path.insert(0, {!r}); from test_toml import DOORS"
    before = source.format(os.path.dirname(__file__))  # noqa: PTH120
    outcomes = limited(before, f"DOORS[{door!r}][1](path)", *files)
    for file, outcome in zip(files, outcomes, strict=True):
        assert outcome.startswith("refused: ")
        assert str(file) in outcome
        assert outcome.isprintable()
