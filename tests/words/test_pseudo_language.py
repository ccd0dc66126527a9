"""What a language costs: a folder of texts in every room that has some, and one line of the list.

A copy of the package gets a language that is made of the English one letter by letter (`pseudo`),
and shows in it everything that people are shown (`speak`). A word of plain letters is then a word
that stands in no file of texts, and a text that leaves its picture or its page had no room to be
longer.
"""

import difflib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from pseudo import CODE, LINE, made_package
from shown import Page, code_text, document_text, notebook_text

import fclab
from fclab.engines.job import this_machine
from fclab.engines.registry import engine_names
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import Recipe

pytestmark = pytest.mark.slow

SOURCE = Path(fclab.__file__).parent
TESTS = Path(__file__).parents[1]
MACHINE = this_machine()
FIELDS = "|".join(Recipe.model_fields)

NOT_WORDS = [
    rf"\b({'|'.join(MACHINE.packages)}) \d\S*|{re.escape(MACHINE.processor)}|Linux \d\S*|\bCPU\b",
    r"https?://\S+|[\w.~-]*/[\w./~-]+|\b\w+\.(db|csv|html|png|toml|ipynb|py)\b",  # places
    r"\b(batch-\d+(-past)?|past-\d+|lr-[\d.]+|fc-\d+|base|stop)\b",  # rows by their names
    r"\b(cifar100|synthetic)(-\d+)*(-lab)?\b",  # data and studies by theirs
    rf"\b({'|'.join(engine_names())})\b",
    rf"\b({FIELDS}) = \S+|\b({FIELDS}): (\S+ ){{1,3}}→",  # a recipe, and a change of it
    r"\b\w+([._(]\w+)+",  # names of code: np.unique, batch_size, FC(10)
    r"^ *fclab [a-z ]+--[^\n]*|fclab [a-z]+( add| remove)?( --\w+ \w+)?|\bfclab:|--[\w-]+",
    r"\bmine\b|“search”",  # what speak.py called its own
    r"\bkaj\b|\baŭ\b",  # "and", "or": CLDR's, of the locale that the language was given
    r"\bMSE\b|\bИУ5-25М\b",
]  # fmt: skip
"""What has plain letters and is no word of a language, wherever it is shown."""

DATA = r"\b(sigmoid|xor|circles|moons)\b"
"""Points by the names that commands know them by."""

CLASSES = "apple|otter|pickup|truck|lamp|pear|squirrel|clock"
"""The classes of CIFAR-100 that are spoken of: the names of the dataset, in English."""

ALSO = {
    "report.pdf": [r"\b(log|max)\b|https:"],  # formulas, and the end of an address on a new line
    "notebook.ipynb": [r"\bln\("],
    "xor.py": [r"\bFC\b|# XOR", '"test data"'],  # the last one names a random stream
    "variant": [rf"\b{text}\b" for name in CLASS_NAMES for text in (name.en, name.ru)],
    "regression": [DATA], "binary": [DATA], "search": [rf"\b({FIELDS})\b"],
    "runs": [rf"\b({FIELDS})\b", r"\b(True|False|None|none|relu|sgd|constant|mean)\b", DATA,
             r"\bPython\b|\(cpu\)"],
}  # fmt: skip
"""The same, in one place only."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The copy of the package, and the folder of all that it has shown."""
    folder = tmp_path_factory.mktemp("pseudo")
    package, out = made_package(folder, SOURCE), folder / "out"
    paths = (package.parent, TESTS / "report", TESTS / "words")
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "FCLAB_CACHE": str(folder / "cache"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, TESTS / "words" / "speak.py", CODE, out],
        env=environment, capture_output=True, text=True, encoding="utf-8", timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return package, out


@pytest.fixture(scope="module")
def out(made):
    return made[1]


@pytest.fixture(scope="module")
def pages(out):
    return {path.parent.name: Page(path.read_text("utf-8")) for path in out.glob("*/report.html")}


def foreign(lines: Iterable[str], *also: str) -> list[str]:
    """Words of plain Latin letters and of Cyrillic ones, each with what stands around it."""
    found = []
    for line in lines:
        left = line.replace("\N{NO-BREAK SPACE}", " ")
        for pattern in (*NOT_WORDS, rf"(?i)\b({CLASSES})\b( truck)?", *also):
            left = re.sub(pattern, " ", left, flags=re.MULTILINE | re.DOTALL)
        for word in re.finditer(r"(?<!\w)[A-Za-z]{2,}(?!\w)|[А-Яа-яЁё]{2,}", left):
            around = left[max(0, word.start() - 40) : word.end() + 40]
            found.append(f"{word[0]}: … {around} …")
    return found


def test_a_language_costs_its_texts_and_one_line(made):
    package, _ = made
    ours = {p.relative_to(SOURCE) for p in SOURCE.rglob("*") if "__pycache__" not in p.parts}
    theirs = {p.relative_to(package) for p in package.rglob("*") if "__pycache__" not in p.parts}
    assert ours <= theirs
    assert all(CODE in path.parts for path in theirs - ours)
    files = [path for path in ours if (SOURCE / path).is_file()]
    changed = {p for p in files if (SOURCE / p).read_bytes() != (package / p).read_bytes()}
    assert changed == {Path("words/languages.py")}
    before, after = ((at / "words/languages.py").read_text("utf-8").splitlines(keepends=True)
                     for at in (SOURCE, package))  # fmt: skip
    told = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert told == [f"+ {LINE}"]


def test_pages_speak_it(pages):
    assert pages.keys() > {"report", "defence", "stand-in"}
    for name, page in pages.items():
        assert foreign(page.lines) == [], name


def test_the_document_speaks_it(out, pages):
    code = [rf"\b{re.escape(text)}(?!\w)" for text in pages["report"].code]
    assert foreign(document_text(out / "report" / "report.docx"), *code) == []


def test_figures_speak_it_and_have_room(out):
    figures = json.loads((out / "figures.json").read_text("utf-8"))
    assert len(figures) > 20
    assert {f"report: {name}" for name in ("settings_maps", "effects_batch")} <= set(figures)
    for name, texts in figures.items():
        assert foreign(text["text"] for text in texts) == [], name
        assert [text["text"] for text in texts if not text["inside"]] == [], name
        assert [(text["text"], text["meets"]) for text in texts if text["meets"]] == [], name


def test_the_notebook_and_its_displays_speak_it(out):
    assert foreign(notebook_text(out / "notebook.ipynb"), *ALSO["notebook.ipynb"]) == []
    displays = {path.name: Page(path.read_text("utf-8")) for path in out.glob("display-*.html")}
    assert len(displays) > 6
    for name, page in displays.items():
        assert foreign(page.lines, DATA, ": images,") == [], name


def test_commands_speak_it(out):
    for words, said, code in json.loads((out / "commands.json").read_text("utf-8")):
        assert code == 0, said
        name = words.split()[0]
        assert foreign(said.splitlines(), *ALSO.get(name, ())) == [], words
    assert foreign(code_text((out / "xor.py").read_text("utf-8")), *ALSO["xor.py"]) == []


def words_of(pdf: Path) -> list[list[tuple[float, float, float, float, str]]]:
    """The words of every page of a PDF: left, top, right, bottom in mm, text."""
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("pdftotext is not on this machine")
    done = subprocess.run(
        [pdftotext, "-bbox", pdf, "-"], capture_output=True, check=True, text=True, encoding="utf-8"
    )
    box = re.compile(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>')
    return [
        [(*(float(side) / 72 * 25.4 for side in sides), html.unescape(word))
         for *sides, word in box.findall(page)]
        for page in done.stdout.split("<page ")[1:]
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "least", "most"), [("report", 30, 195), ("framed", 20, 205)])
def test_a_pdf_speaks_it_and_cuts_nothing(name, least, most, out, pages):
    """All stands within the margins or the frame (a comma may hang out); a word that heads a column
    stands alone, it does not touch the next."""
    found = words_of(out / name / "report.pdf")
    for number, page in enumerate(found, start=1):
        for left, top, right, bottom, word in page:
            assert least - 0.5 < left < right < most + 1.5, (number, word)
            assert 12 < top < bottom < 292, (number, word)  # a face of formulas is said to be tall
    shown = [word for page in found for *_, word in page]
    headings = " ".join(pages["report"].headings)
    assert len(headings.split()) > 40
    lost = [word for word in headings.split() if word not in shown]  # whole, or broken at a hyphen
    assert {part for word in lost for part in re.split("(?<=-)", word) if part} <= {*shown}
    # The words of listings too, one by one: where a listing stands is not known here. Page and
    # document, which say the same, are read without them.
    code = [rf"\b{word}\b" for text in pages["report"].code for word in re.findall(r"\w+", text)]
    text = " ".join(shown).replace("\N{ZERO WIDTH SPACE}", "")
    assert foreign([text], *code, *ALSO["report.pdf"]) == []


def test_words_of_the_frame_are_no_wider_than_its_cells(made):
    package, out = made
    texts = tomllib.loads((package / "words" / "texts" / CODE / "page.toml").read_text("utf-8"))
    told = texts["inscription"]
    rooms = {told["change"]: 7, told["sheet"]: 10, told["date"]: 10}
    for page in words_of(out / "framed" / "report.pdf")[2:]:  # sheets behind the first
        width = {word: right - left for left, _, right, _, word in page if word in rooms}
        assert width.keys() == rooms.keys()
        assert [word for word in width if width[word] > rooms[word] - 1.2] == []
