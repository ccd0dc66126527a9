"""`fclab course atlas`: what it says, what it writes, what it trains; and the page in a browser."""

import csv
import io
import os
import re
import shutil
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.course import atlas
from fclab.course.atlas.kept import predictor, read_atlas
from fclab.course.folder import write_course
from fclab.course.values import Assignment, Course, Student
from fclab.labs.lab1.variant import find_scheme
from fclab.values.files import write_atomic

SWITCHES = ["--no-sandbox", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def said(capsys, *words: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["course", "atlas", *words])
    shown = capsys.readouterr()
    assert ended.value.code == code, shown.err
    return " ".join((shown.out + shown.err).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_variant_is_looked_up_without_images(capsys):
    text = said(capsys, "--scheme", "2026", "--group", "3", "--variant", "9", "--lang", "en")
    found = atlas.lookup((10, 39, 59))
    assert "10 “bowl”, 39 “keyboard”, and 59 “pine tree”" in text
    assert f"Base row, test, % {found.test.mean:.1f} {found.test.low:.1f}–" in text
    assert "Hardest class: “keyboard”" in text
    assert re.search(r"Harder than \d+% of the variants by the rule of 2026", text)
    assert not Path("results").exists()


def test_a_course_has_the_variants_of_its_students(capsys):
    students = [Student(key=f"s00{n}", name="Иванова Анна", group="3") for n in (1, 2)]
    assigned = [
        Assignment(student="s001", group=3, variant=9, classes=(10, 39, 59)),
        Assignment(student="s002", group=None, variant=None, classes=(59, 10, 0)),
    ]
    course = Course(scheme=find_scheme("2026"), lang="ru", students=tuple(students),
                    assignments=tuple(assigned))  # fmt: skip
    write_course(Path("course"), course)
    text = said(capsys, "--course", "course", "--lang", "ru", "--out", "made")
    assert "2 варианта" in text
    assert "10 миска, 39 клавиатура, 59 сосна" in text
    lines = list(csv.DictReader(io.StringIO(Path("made/atlas.csv").read_text("utf-8-sig"))))
    assert len(lines) == 2
    assert "Иванова" not in text + str(lines)
    said(capsys, "--course", "course", "--groups", "3", code=2)


def test_what_was_not_trained_is_predicted_and_says_so(capsys):
    text = said(capsys, "--classes", "1", "2", "3", "--lang", "ru")
    found = atlas.lookup((1, 2, 3))
    assert found.source == "predicted"
    assert f"{found.test.mean:.1f}".replace(".", ",") in text
    assert "Это предсказание" in text
    held = predictor().held_out
    assert f"в среднем на {held.mae:.2g}".replace(".", ",") in text
    assert f"{100 * held.coverage:.0f} %" in text


def test_a_year_has_its_hardest_and_its_easiest_variants(capsys):
    text = said(capsys, "--scheme", "2026", "--departments", "ИУ5", "--top", "2", "--lang", "ru")
    assert text.count(" / ИУ5") == 4
    assert "150 вариантов" in text
    assert "--top 150" in text
    text = said(capsys, "--scheme", "2026", "--groups", "1", "--variants", "1", "2", "--lang", "ru")
    assert "6 вариантов" in text
    assert "…" not in text


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_page_and_csv_are_written(capsys, lang):
    said(capsys, "--scheme", "2026", "--out", "mine", "--lang", lang)
    content = Path("mine/atlas.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    delimiter = ";" if lang == "ru" else ","
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))
    assert len(rows) == 450
    key = next(name for name in rows[0] if name.endswith(", %"))
    means = [float(row[key].replace(",", ".")) for row in rows]
    assert means == sorted(means)
    page = Path("mine/atlas.html").read_text("utf-8")
    assert "http:" not in page
    assert "https:" not in page
    assert len(page) < 700_000


@pytest.mark.parametrize("words", [
    ("--classes", "0", "1"), ("--top", "0"), ("--scheme", "1999"), ("--departments", "x"),
    ("--train", "--seeds", "0", "--classes", "0", "1", "2"), ("--ceilings",), ("--group", "3"),
])  # fmt: skip
def test_what_makes_no_sense_is_one_line(capsys, words):
    assert "Traceback" not in said(capsys, *words, code=2)


def test_a_damaged_atlas_says_what_to_do(capsys):
    write_atomic(Path("results/atlas/atlas.json"), "{")
    assert "fclab course atlas --train" in said(capsys, "--classes", "0", "55", "58", code=1)


def test_what_is_trained_is_looked_up_again(capsys, cifar_dir):
    words = ("--classes", "1", "2", "3", "--lang", "en")
    train = ("--train", "--seeds", "2", "--reach-seeds", "0", "--engine", "gram_numpy")
    text = said(capsys, *words, *train, "--data", str(cifar_dir))
    assert "Trained from 2 seeds" in text
    own = read_atlas(Path("results/atlas/atlas.json")).by_classes[1, 2, 3]
    assert (own.seeds, own.reach_seeds) == (2, 0)
    assert abs(own.test.mean - atlas.lookup((1, 2, 3)).test.mean) < 2 * predictor().margin
    assert "Trained from 2 seeds" in said(capsys, *words)


# The page.


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    before = Path.cwd()
    os.chdir(folder)
    try:
        for lang in ("ru", "en"):
            with pytest.raises(SystemExit):
                main(
                    [
                        "course",
                        "atlas",
                        "--scheme",
                        "2026",
                        "--groups",
                        "3",
                        "--out",
                        lang,
                        "--lang",
                        lang,
                    ]
                )
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(scope="module")
def browser():
    named = os.environ.get("FCLAB_TEST_CHROMIUM")
    known = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    chromium = named or next(filter(None, known), None)
    if not chromium:
        pytest.skip("no Chromium here (FCLAB_TEST_CHROMIUM names one)")
    if not named:
        pytest.importorskip("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield made
        made.close()


@pytest.mark.parametrize(("lang", "width", "scheme"), [("ru", 390, "light"), ("en", 1280, "dark")])
def test_the_page_in_a_browser(pages, browser, lang, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    complaints = []
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", lambda request: complaints.append(request.url)
               if not request.url.startswith(("file:", "data:")) else None)  # fmt: skip
    page = context.new_page()
    page.goto((pages / lang / "atlas.html").as_uri())

    def chosen() -> str:
        return page.locator("#chosen").inner_text().replace("\N{NO-BREAK SPACE}", " ")

    def number(x: float) -> str:
        return f"{x:.1f}".replace(".", "," if lang == "ru" else ".")

    def choose(*numbers: int) -> None:
        for one in numbers:
            page.locator(f"[data-class='{one}']").press("Enter")

    choose(59, 10, 39)
    known = atlas.lookup((10, 39, 59)).test
    assert f"{number(known.mean)} ± {number(known.margin)} %" in chosen()
    assert page.locator("tbody tr:visible").count() == 1
    choose(59, 10, 39, 91, 2, 60)  # takes the three back, then three others
    expected = predictor().predict((2, 60, 91)).test.mean
    assert f"{number(expected)} ± {number(predictor().margin)} %" in chosen()
    assert page.locator("[aria-pressed=true]").count() == 3
    page.locator("#clear").press("Enter")
    page.locator("#search").fill("сосна 39 10" if lang == "ru" else "PINE 39 10")
    assert page.locator("tbody tr:visible").count() == 1
    assert "90" in page.locator("#count").inner_text()
    page.locator("#search").fill("")
    page.locator("#sort").select_option("-test")
    means = [float(x) for x in page.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => row.dataset.test)")]  # fmt: skip
    assert means == sorted(means, reverse=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert [one["id"] for one in found.response["violations"]] == []
    assert complaints == []
    context.close()
