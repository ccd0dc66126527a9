"""A student's own text and pictures stay in the report, whatever is made again."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fclab.cli import main

CURVE = ["regression", "--engine", "reference", "--epochs", "3", "--lang", "en"]
OUT = Path("results/regression-sigmoid")


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def page() -> str:
    return (OUT / "report.html").read_text("utf-8")


def section(name: str) -> str:
    text = page()
    start = text.index(f'<section id="{name}"')
    return text[start : text.index("</section>", start)]


def test_own_text_stays_over_rebuilds_and_languages(capsys):
    Path("notes.md").write_text(
        "## Part 1\n\nI saw **this**.\n\n# ЗАКЛЮЧЕНИЕ:\n\n- an end of *mine*\n- $a*b*c$\n", "utf-8"
    )
    assert fclab(*CURVE) == 0
    own, end = "<p>I saw <strong>this</strong>.</p>", "<li>an end of <em>mine</em></li>"
    for command in (["report", "--format", "html"], ["report", "--lang", "ru"], [*CURVE[:-2]]):
        assert fclab(*command) == 0
        assert section("part1").rstrip().endswith(own)
        assert end in section("conclusion")
        assert "<li>$a*b*c$</li>" in section("conclusion")
    assert 'lang="ru"' in page()


def test_where_notes_come_from(capsys, tmp_path, monkeypatch):
    assert fclab(*CURVE) == 0
    report = ["report", "--format", "html"]
    Path("notes.md").write_text("# part1\n\nfrom here\n", "utf-8")
    assert fclab(*report) == 0
    assert "from here" in page()
    (OUT / "notes.md").write_text("# part1\n\nof the folder\n", "utf-8")
    assert fclab(*report) == 0
    assert "of the folder" in page()
    assert "from here" not in page()
    Path("mine.md").write_text("# part1\n\nnamed by me\n", "utf-8")
    assert fclab(*report, "--notes", "mine.md") == 0
    assert fclab(*report) == 0
    assert "named by me" in page()
    Path("mine.md").unlink()
    assert fclab(*report) == 2
    assert "mine.md" in capsys.readouterr().err
    assert fclab(*report, "--notes", "none") == 0
    assert not any(words in page() for words in ("from here", "of the folder", "named by me"))


def test_the_settings_name_a_file_and_another_folder_finds_it(monkeypatch, tmp_path):
    out = Path("there").absolute()
    Path("text.md").write_text("# part1\n\nfrom the settings\n", "utf-8")
    Path("fclab.toml").write_text('[report]\nnotes = "text.md"\n', "utf-8")
    assert fclab(*CURVE, "--out", out) == 0
    monkeypatch.chdir(tmp_path)
    assert fclab("report", "--format", "html", "--out", out) == 0
    assert "from the settings" in (out / "report.html").read_text("utf-8")


def test_text_for_a_part_that_is_not_done_waits(capsys):
    Path("notes.md").write_text("# part3\n\nlater\n", "utf-8")
    assert fclab(*CURVE) == 0
    assert "later" not in page()
    assert "Your own text for part3 waits" in " ".join(capsys.readouterr().err.split())


def _not_a_picture() -> None:
    Path("p.png").write_text("<svg/>", "utf-8")


def _huge() -> None:
    Image.new("1", (20_000, 20_000)).save("p.png")


def _cut_short() -> None:
    Image.effect_noise((200, 200), 50).save("p.png")
    Path("p.png").write_bytes(Path("p.png").read_bytes()[:2000])


@pytest.mark.parametrize(
    ("text", "make", "told"),
    [
        ("# part 9\n\nx\n", None, "no section 'part 9'"),
        ("# part 9\n\nx\n", None, "part1, part2, part3"),
        ("x\n\n# part1\n", None, "before the first heading"),
        ("#\n\nx\n", None, "without words"),
        ("# part1\n\n![c](p.png)\n", None, "p.png: No such file"),
        ("# part1\n\n![c](p.png)\n", _not_a_picture, "p.png: not a picture"),
        ("# part1\n\n![c](p.png)\n", _huge, "p.png: far more than"),
        ("# part1\n\n![c](p.png)\n", _cut_short, "p.png: damaged"),
        ("# part1\n\n![ ](p.png)\n", _huge, "has no caption"),
        ("# part1\n\n![c](https://e.org/p.png)\n", None, "nothing is fetched"),
        ("# part1\n" + "x" * 70_000, None, "more than 65,536 bytes"),
    ],
)
def test_a_slip_is_one_line_before_anything_is_trained(capsys, text, make, told):
    if make:
        make()
    Path("notes.md").write_text(text, "utf-8")
    assert fclab(*CURVE) == 2
    words = " ".join(capsys.readouterr().err.split())
    assert told in words
    assert "notes.md" in words
    assert fclab("report") == 2  # no lab is kept
    assert "no lab is kept" in capsys.readouterr().err


def test_a_picture_of_ones_own_stands_in_every_format():
    Path("notes.md").write_text(
        "# part1\n\nSee **my\n![the *board* & me](<my board.jpg>) photo**.\n"
        "\n1. one\n2. two\n   ![second](my%20board.png)\n",
        "utf-8",
    )
    Image.new("RGB", (300, 200), "red").save("my board.jpg")
    Image.new("RGBA", (3000, 900), (0, 0, 255, 128)).save("my%20board.png")
    assert fclab(*CURVE) == 0
    assert fclab("report") == 0
    own = section("part1")
    assert 'id="note-1"' in own
    assert "the <em>board</em> &amp; me" in own
    assert own.index("my") < own.index('id="note-1"') < own.index("photo") < own.index("2. two")
    with Image.open(OUT / "figures" / "note-1.png") as shown:
        red, green, _, _ = np.asarray(shown)[10, 10]
        assert red > 200 > 50 > green
        assert shown.size == (450, 300)
    with zipfile.ZipFile(OUT / "report.docx") as file:
        document = file.read("word/document.xml").decode()
    assert 'name="note-1"' in document
    assert "photo" in document
    assert 'name="note-2"' in document
    assert (OUT / "report.pdf").stat().st_size > 10_000
