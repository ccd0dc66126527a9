"""Names that are markup, code or no plain text: shown as they are everywhere, or refused."""

import csv
import io
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import docx
import nbformat
import pytest
from markdown_it import MarkdownIt

from fclab.cli import main
from fclab.labs.lab1.notebook.source import build
from fclab.labs.lab1.settings import Settings
from fclab.report.title import merged
from fclab.study.own import asked as asked_row
from fclab.values.errors import UsageError
from fclab.values.recipe import CIFAR

NAMES = {
    "student": "<script>alert(1)</script>",
    "teacher": "{{7*7}} {% raw %}",
    "university": '#import "x": y #panic("z")',
    "faculty": r"\input{/etc/passwd} $x$ \\ ^^41 %",
    "department-name": "=1+1",
    "discipline": "a|b*c*_d_[e](http://f) `g` ~~h~~ &lt;",
    "city": "[bold red]x[/] :otter: [/nothing]",
    "year": "שלום مرحبا 🦦 e\u0301 x\u0323",
}
LONG = "Щ" * 300
REFUSED = ["a\x00b", "a\x1b[31mb", "a\u202eb", "a\u2066b", "a\x9bb", "a\x7fb", "a\ufffeb"]
COMMON = ["--classes", "0", "55", "58", "--data", "synthetic"]


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """A lab on few epochs; every name stands on its title page, and is that of a row."""
    folder = tmp_path_factory.mktemp("named") / "lab"
    small = partial(
        Settings, base=CIFAR.replace(epochs=4), batch_factors=(), lr_factors=(), hidden=()
    )  # fmt: skip
    title = [f"--{option}={name}" for option, name in NAMES.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fclab.cli.lab.Settings", small)
        patch.setattr("fclab.cli.lab.CIFAR", CIFAR.replace(epochs=4))
        asked = ["run", *COMMON, "--seeds", "2", "--parts", "cifar", "study", "--out", folder]
        assert fclab(*asked, "--lang", "en", *title) == 0
    for name in NAMES.values():  # the runs of the first serve all the others
        add = ["study", "add", f"--name={name}", "--momentum", "0.5", "--out", folder]
        assert fclab(*add, "--data", "synthetic") == 0
    assert fclab("report", "--out", folder) == 0
    return folder


class Page(HTMLParser):
    """The text of a page, the tags in it, and the names of their attributes."""

    def __init__(self, source: str):
        super().__init__()
        self.text, self.tags, self.attributes = "", [], set()
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def plain(text: str) -> str:
    """Without what typesetting puts between letters."""
    made = text.replace("\N{NON-BREAKING HYPHEN}", "-")
    return " ".join(made.replace("\N{ZERO WIDTH SPACE}", "").split())


def test_html_has_the_text_and_no_element_of_it(out):
    page = Page((out / "report.html").read_text("utf-8"))
    assert page.tags.count("script") == 1  # the page's own
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "49" not in page.text[: page.text.index("Contents")]
    for name in NAMES.values():
        assert plain(page.text).count(name) >= 2, name  # title page and table


def test_docx_has_the_text(out):
    with zipfile.ZipFile(out / "report.docx") as parts:
        for part in parts.namelist():
            if part.endswith((".xml", ".rels")):
                ET.fromstring(parts.read(part))
    document = docx.Document(str(out / "report.docx"))
    body = document.element.body
    text = plain("".join(node.text or "" for node in body.iter() if node.tag.endswith("}t")))
    for name in NAMES.values():
        assert text.count(name) >= 2, name


def test_pdf_has_the_text(out):
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("pdftotext is not on this machine")
    done = subprocess.run([pdftotext, out / "report.pdf", "-"], capture_output=True, check=True)
    text = re.sub(r"\s+", "", done.stdout.decode().replace("\N{ZERO WIDTH SPACE}", ""))
    for option, name in NAMES.items():
        if option != "year":  # faces without these letters draw boxes
            assert re.sub(r"\s+", "", name) in text, name


def table(capsys, out: Path, *options: str) -> str:
    capsys.readouterr()
    assert fclab("table", "--out", out, "--lang", "en", *options) == 0
    return capsys.readouterr().out


def test_tables_for_programs_have_the_names(out, capsys):
    rows = json.loads(table(capsys, out, "--format", "json"))["rows"]
    assert [row["row"] for row in rows][-len(NAMES) :] == list(NAMES.values())
    cells = [
        row["row"] for row in csv.DictReader(io.StringIO(table(capsys, out, "--format", "csv")))
    ]
    assert cells[-len(NAMES) :] == ["'=1+1" if name == "=1+1" else name for name in NAMES.values()]


def test_markdown_shows_the_names(out, capsys):
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(
        table(capsys, out, "--format", "markdown")
    )
    page = Page(shown)
    assert set(page.tags) <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert shown.count("<tr>") == shown.count("</tr>") == 3 + len(NAMES)
    for name in NAMES.values():
        assert name in page.text


def test_latex_has_no_command_of_a_name(out, capsys):
    made = table(capsys, out, "--format", "latex")
    assert r"\input" not in made
    assert r"\textbackslash{}input\{/etc/passwd\} \$x\$" in made
    assert "^^" not in made
    assert r"a\textbar{}b" in made


def test_the_terminal_shows_the_names(out, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    shown = table(capsys, out)
    for name in NAMES.values():
        assert name in shown


def complaint(capsys, *arguments: object) -> str:
    capsys.readouterr()
    assert fclab(*arguments) == 2
    line = capsys.readouterr().err.splitlines()[0]
    assert line.startswith("fclab: ")
    assert line.isprintable()
    return line


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_is_refused_in_one_line(capsys, name):
    for option in ("--student", "--title"):
        asked = ["notebook", "--classes", "0", "55", option, name]
        assert f"U+{ord(name[1]):04X}" in complaint(capsys, *asked)
    with pytest.raises(UsageError, match="teacher: it has the character"):
        merged({"teacher": name})
    with pytest.raises(UsageError, match="it has the character"):
        asked_row({"lr": 0.1}, name=name)


def test_a_row_has_a_short_name():
    for name in (LONG, "", " \n "):
        with pytest.raises(UsageError, match="name"):
            asked_row({"lr": 0.1}, name=name)


def test_the_notebook_shows_the_names_and_keeps_its_code(tmp_path):
    common = [cell.source for cell in build("en").cells if cell.cell_type == "code"]
    for name in [*NAMES.values(), LONG]:
        path = tmp_path / "lab.ipynb"
        asked = ["--classes", "0", "55", "58", "--lang", "en", "--out", path, "--force"]
        assert fclab("notebook", *asked, f"--student={name}", f"--title={name}") == 0
        made = nbformat.read(path, 4)
        nbformat.validate(made)
        code = [cell.source for cell in made.cells if cell.cell_type == "code"]
        differ = [a for a, b in zip(code, common, strict=True) if a != b]
        assert not differ or all(line.startswith(("#", "CLASSES = ")) for line in
                                 "\n".join(differ).splitlines())  # fmt: skip
        front = next(c for c in made.cells if "front" in c.metadata.get("tags", []))
        page = Page(MarkdownIt("gfm-like", {"linkify": False}).render(front.source))
        assert "script" not in page.tags
        assert page.text.count(name) == 2


def test_no_file_has_a_name_that_windows_forbids(out):
    made = [path.relative_to(out).as_posix() for path in out.rglob("*")]
    assert len(made) > 10
    allowed = re.compile(r"[\w.-]+(?:/[\w.-]+)*", re.ASCII)
    assert [name for name in made if not allowed.fullmatch(name)] == []
