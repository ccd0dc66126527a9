"""What is kept is found again and stays: own rows, title pages, languages, stores."""

import json
import zipfile
from functools import partial
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.cli.place import open_store
from fclab.labs.lab1.settings import Settings
from fclab.store import DEFAULT
from fclab.store.database import Store
from fclab.store.place import LAST
from fclab.store.remembered import recall, remember, written_store
from fclab.study.own import read_rows
from fclab.values.recipe import CIFAR

SMALL = partial(
    Settings, base=CIFAR.replace(epochs=4), batch_factors=(), lr_factors=(2,), hidden=(),
)  # fmt: skip
CURVE = ["regression", "--engine", "reference", "--epochs", "3"]
RUN = ["run", "--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2"]
NAME = "synthetic-0-55-58-lab"
ROWS = ["base", "stop", "lr-0.0025"]


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def small(monkeypatch) -> None:
    """`fclab run` does a study of three rows, on few epochs."""
    monkeypatch.setattr("fclab.cli.lab.Settings", SMALL)
    monkeypatch.setattr("fclab.cli.lab.CIFAR", CIFAR.replace(epochs=4))


def table(capsys, *options: object) -> list[str]:
    capsys.readouterr()
    assert fclab("table", "--format", "json", *options) == 0
    return [row["row"] for row in json.loads(capsys.readouterr().out)["rows"]]


def page(folder: Path) -> str:
    return (folder / "report.html").read_text("utf-8")


def words_of_docx(folder: Path) -> str:
    with zipfile.ZipFile(folder / "report.docx") as file:
        return file.read("word/document.xml").decode()


def test_own_rows_from_the_first_run_to_their_removal(small, capsys):
    out = Path("mine")
    add = ["study", "add", "--data", "synthetic", "--momentum", "0.5"]
    run = [*RUN, "--parts", "cifar", "study", "--out", out, "--lang", "en"]
    assert fclab(*run, "--student", "A. Student") == 0
    assert fclab(*add, "--name", "quick-one") == 0  # in the store of the last run
    assert table(capsys) == [*ROWS, "quick-one"]
    assert fclab("compare", "quick-one", "stop", "--lang", "en") == 0
    assert "Synthetic stand-in, not CIFAR-100" in capsys.readouterr().out
    assert "quick-one" not in page(out)
    assert fclab("report", "--format", "html", "docx") == 0
    for text in (page(out), words_of_docx(out)):
        assert "quick-one" in text
        assert "A. Student" in text
    (out / "report.html").unlink()
    assert fclab(*run) == 0
    assert table(capsys) == [*ROWS, "quick-one"]
    for text in (page(out), words_of_docx(out)):
        assert "quick-one" in text
        assert "A. Student" in text
    assert fclab(*add, "--name", "second", "--parent", "quick-one", "--lr", "0.01") == 0
    assert fclab("study", "remove", "quick-one", "--yes") == 2
    assert "'second' would be left without the row that" in capsys.readouterr().err
    assert fclab("study", "remove", "second") == 2  # nobody can be asked
    assert "add --yes" in capsys.readouterr().err
    assert table(capsys) == [*ROWS, "quick-one", "second"]
    assert fclab("study", "remove", "second", "quick-one", "--yes") == 0
    assert table(capsys) == ROWS
    assert fclab("report", "--format", "html") == 0
    assert "quick-one" not in page(out)
    assert not DEFAULT.exists()


def test_what_a_student_says_about_a_row_stands_in_the_final_table(small, capsys):
    out = Path("mine")
    add = ["study", "add", "--data", "synthetic", "--momentum", "0.5", "--name", "quick"]
    run = [*RUN, "--parts", "cifar", "study", "--out", out, "--lang", "en"]
    assert fclab(*run) == 0
    assert fclab(*add, "--comment", "I <b>expected</b> more.") == 0
    assert "I <b>expected</b> more." in " ".join(capsys.readouterr().out.split())
    assert fclab(*run) == 0
    table = page(out)
    table = table[table.index('id="results"') :]
    assert table.index("quick") < table.index("I &lt;b&gt;expected&lt;/b&gt; more.</td>")
    assert fclab("study", "remove", "quick", "--yes") == 0
    assert fclab(*add, "--comment", "A second thought.") == 0
    assert fclab("report", "--format", "html") == 0
    assert "A second thought.</td>" in page(out)
    assert "expected&lt;/b&gt;" not in page(out)
    rows = Path("rows.toml")
    rows.write_text('[[rows]]\nname = "quick"\nmomentum = 0.5\ncomment = "From a file."\n', "utf-8")
    assert read_rows(rows)[0].comment == "From a file."
    assert fclab(*add, "--comment", "\x1b[2J") == 2
    assert "comment: " in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "left"), [("yes\n", False), ("да\n", False), ("\n", True)])
def test_removing_asks(small, capsys, monkeypatch, answer, left):
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return answer

    assert fclab(*RUN, "--parts", "study") == 0
    assert fclab("study", "add", "--data", "synthetic", "--momentum", "0.5") == 0
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert fclab("study", "remove", "own-1", "--lang", "en") == 0
    assert f"Remove from the study {NAME}: own-1?" in capsys.readouterr().err
    assert ("own-1" in table(capsys)) == left


def test_a_blank_never_replaces_a_value(capsys):
    assert fclab(*CURVE, "--lang", "en") == 0
    out = Path("results/regression-sigmoid")
    assert fclab("report", "--format", "html", "--student", "A. Student", "--group", "IU5") == 0
    assert fclab("report", "--format", "html", "--teacher", "B. Teacher", "--student", "") == 0
    assert fclab(*CURVE, "--lr", "0.001") == 0
    assert fclab("report", "--format", "html") == 0
    for words in ("A. Student", "IU5", "B. Teacher", 'lang="en"'):
        assert words in page(out)
    assert fclab("report", "--format", "html", "--student", "C. Other", "--lang", "ru") == 0
    assert fclab("report", "--format", "html") == 0
    assert "A. Student" not in page(out)
    for words in ("C. Other", "B. Teacher", 'lang="ru"'):
        assert words in page(out)


def test_what_was_given_comes_before_what_is_found():
    settings = Path("fclab.toml")
    settings.write_text(
        '[report]\nstudent = "From the file"\ncity = "Kazan"\nlang = "en"\n', "utf-8"
    )
    assert fclab(*CURVE) == 0
    out = Path("results/regression-sigmoid")
    assert fclab("report", "--format", "html", "--student", "As given") == 0
    assert fclab("report", "--format", "html") == 0
    for words in ("As given", "Kazan", 'lang="en"'):
        assert words in page(out)
    settings.write_text('[report]\ncity = "Samara"\n', "utf-8")
    assert fclab("report", "--format", "html") == 0
    assert "Samara" in page(out)
    settings.unlink()  # as from another folder
    assert fclab("report", "--format", "html") == 0
    for words in ("As given", "Samara", 'lang="en"'):
        assert words in page(out)
    other = Path("other.toml")
    other.write_text('[report]\nstudent = "Named file"\n', "utf-8")
    assert fclab("report", "--format", "html", "--settings", other) == 0
    assert fclab("report", "--format", "html") == 0
    assert "Named file" in page(out)


def test_a_template_is_found_from_another_folder(tmp_path, monkeypatch):
    Path("form.toml").write_text(
        'head=["MY OWN FORM"]\nheading=["{{ title }}"]\npeople=[]\nfoot=[]', "utf-8"
    )
    assert fclab(*CURVE, "--out", tmp_path / "x") == 0
    assert fclab("report", "--format", "html", "--template", "form.toml") == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert fclab("report", "--format", "html", "--out", tmp_path / "x") == 0
    assert "MY OWN FORM" in page(tmp_path / "x")


def test_the_form_of_a_report_is_remembered(capsys):
    out = Path("x")
    assert fclab(*CURVE, "--out", out) == 0
    assert fclab("report", "--format", "html", "--form", "7.32") == 0
    assert "СОДЕРЖАНИЕ" in page(out)
    assert fclab("report", "--format", "html") == 0
    assert "СОДЕРЖАНИЕ" in page(out)
    Path("fclab.toml").write_text('[report]\nform = "2.105"\n', "utf-8")
    assert fclab("report", "--format", "html", "--form", "lab") == 0
    assert "СОДЕРЖАНИЕ" not in page(out)
    assert fclab("report", "--form", "8.1") == 2
    assert "8.1" in capsys.readouterr().err


def test_appendices_are_asked_for_and_remembered(capsys):
    assert fclab(*CURVE, "--out", "x", "--lang", "en") == 0
    assert "Appendix" not in page(Path("x"))
    assert fclab("report", "--out", "x", "--appendix", "methods", "details") == 0
    both = page(Path("x"))
    assert both.index("Appendix A. Details") < both.index("Appendix B. How this was made")
    assert fclab("report", "--out", "x") == 0
    assert page(Path("x")).count("Appendix A. Details") == both.count("Appendix A. Details") > 0
    assert fclab("report", "--out", "x", "--full") == 0
    assert "Appendix C." in page(Path("x"))
    assert fclab("report", "--out", "x", "--appendix", "none") == 0
    assert "Appendix" not in page(Path("x"))
    capsys.readouterr()
    assert fclab("report", "--out", "x", "--appendix", "detials") == 2
    told = capsys.readouterr().err
    known = "defence, schemes, details, methods"
    assert f"no appendix 'detials': the report of lab1 has {known}" in told


def test_every_command_finds_the_store_of_the_last_run(capsys, tmp_path, monkeypatch):
    out = tmp_path / "x"
    assert fclab(*CURVE, "--out", out, "--lang", "en") == 0
    capsys.readouterr()
    readers = [["runs"], ["report", "--format", "html"], ["defend", "--show"], ["export"]]
    for command in readers:
        assert fclab(*command, "--lang", "en") == 0
        told = capsys.readouterr()
        assert f"Store: {out / 'store.db'}" in told.err
        assert "Store: " not in told.out
    assert not DEFAULT.exists()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # where nothing was run
    for command in readers[2:]:
        assert fclab(*command, "--out", out, "--lang", "en") == 0
        assert f"Store: {out / 'store.db'}" in capsys.readouterr().err
    assert (out / "runs.csv").is_file()


def test_the_order_of_the_rule(capsys):
    """--store, then --out, then the last run, then results/store.db."""

    def train(*arguments: object) -> None:  # it is what the place is remembered for
        store, out = (dict(zip(arguments[::2], arguments[1::2], strict=True)).get(key)
                      for key in ("--store", "--out"))  # fmt: skip
        folder = Path(out) if out else None
        kept = open_store(store, folder, "en", "train", create=True, trains=True, folder=folder)
        kept.close()
        if folder:
            written = written_store(kept.address, folder)
            remember(folder, recall(folder).model_copy(update={"store": written}))

    def used(*arguments: object) -> str:
        capsys.readouterr()
        assert fclab("runs", *arguments, "--lang", "en") == 0
        return capsys.readouterr().err.split("Store: ")[1].splitlines()[0]

    train("--out", "a")
    assert used() == used("--out", "a") == "a/store.db"
    train("--out", "b", "--store", "c.db")
    assert used() == "c.db"
    assert used("--out", "b") == "c.db"  # which the folder remembers
    train()  # where the last one was
    assert used() == "c.db"
    train("--store", DEFAULT)
    assert used() == str(DEFAULT)
    assert used("--out", "a") == "a/store.db"
    assert used("--out", "a", "--store", "c.db") == "c.db"
    assert used() == str(DEFAULT)  # reading is no run
    Path("empty").mkdir()
    assert fclab("runs", "--out", "empty") == 1
    assert "there is no store in empty" in capsys.readouterr().err
    train("--out", "d")
    Path("d/store.db").rename("moved.db")
    assert used() == str(DEFAULT)
    assert used("--store", "moved.db") == "moved.db"


def test_a_folder_has_one_lab(capsys):
    """A part that is done again takes its own place; the other parts stay in the report."""
    assert fclab("binary", "--shapes", "moons", "xor", "--points", "50", "--epochs", "2",
                 "--engine", "reference", "--out", "x", "--lang", "en") == 0  # fmt: skip
    assert fclab("report", "--format", "html", "docx", "--student", "A. Student") == 0
    before = words_of_docx(Path("x"))
    assert fclab(*CURVE, "--out", "x") == 0
    for text in (page(Path("x")), words_of_docx(Path("x"))):
        assert "moons" in text
        assert "A. Student" in text
    assert words_of_docx(Path("x")) != before
    assert fclab("binary", "--shapes", "moons", "--points", "60", "--epochs", "2",
                 "--engine", "reference", "--out", "x") == 0  # fmt: skip
    assert "XOR" in page(Path("x"))


@pytest.mark.parametrize("place", ["results/last.json", "x/lab.json"])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"store": 5}', b"\xff\xfe", b"[" * 100_000, b" " * (2 << 20),
     b'{"format": 2}', b'{"a": "\\u001b[31m"}'],
    ids=range(9),
)  # fmt: skip
def test_a_damaged_memory_is_one_line(place, content, capsys):
    Store("x/store.db").close()
    path = Path(place)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    command = ["runs", *(["--out", "x"] if place.startswith("x") else [])]
    assert fclab(*command) == 1
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1, told
    newer = b"format" in content
    assert f"{place} {'was written by a newer fclab' if newer else 'is damaged'}" in told
    assert "\x1b" not in told
    path.unlink()
    assert fclab("runs", "--out", "x") == 0


def test_a_title_page_that_nobody_could_give_is_one_line(capsys):
    assert fclab(*CURVE, "--out", "x") == 0
    Path("x/lab.json").write_text('{"given": {"nobody": "x"}}', "utf-8")
    assert fclab("report", "--format", "html", "--out", "x") == 1
    assert "x/lab.json is damaged (there is no key 'nobody'" in capsys.readouterr().err


def test_no_password_is_written(database):
    with_password = database.replace("://", "://nobody:", 1) if "@" not in database else database
    head, _, tail = with_password.partition("@")
    secret = f"{head}:s3cret@{tail}" if head.count(":") == 1 else with_password
    assert fclab(*CURVE, "--store", secret, "--out", "x", "--lang", "en") == 0
    for path in (LAST, Path("x/lab.json")):
        assert "s3cret" not in path.read_text("utf-8")
        assert "postgresql://" in path.read_text("utf-8")
    assert fclab("runs") == 0
    assert fclab("report", "--format", "html", "--out", "x") == 0
    assert not Path("x/store.db").exists()


def test_report_says_which_lab_it_takes_and_takes_a_folder(capsys):
    assert fclab(*CURVE) == 0
    assert fclab(*CURVE, "--target", "sine", "--store", "results/store.db") == 0
    capsys.readouterr()
    assert fclab("report", "--format", "html", "--lang", "en") == 0
    said = capsys.readouterr().err
    assert "Lab: regression-sine, the one that was done last; there are others" in said
    assert "regression-sigmoid" in said
    folder = Path("results/regression-sigmoid")
    for named in (folder, folder / "report.html"):
        (folder / "report.html").write_text("old", "utf-8")
        assert fclab("report", named, "--format", "html", "--lang", "en") == 0
        assert "Lab:" not in capsys.readouterr().err
        assert page(folder) != "old"
