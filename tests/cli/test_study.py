"""`fclab study`, `study add`, `table` and `compare` as a person uses them."""

import csv
import io
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import docx
import numpy as np
import pytest

from fclab.cli import main
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import do_study
from fclab.store.database import Store
from fclab.values.dataset import Dataset
from fclab.values.recipe import CIFAR, Recipe

QUICK = [
    "--seeds", "2", "--epochs", "6", "--batch-factors", "2", "--lr-factors", "2", "--hidden", "4",
    "--search-seeds", "1",
]  # fmt: skip
ROWS = ["base", "stop", "batch-256", "past-256", "lr-0.0025", "fc-4"]


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def complaint(capsys) -> str:
    """The one line on stderr (a usage error is followed by a hint on help; the lines that say
    which store is used and how long it takes may be before it)."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    before = ("Хранилище: ", "Store: ", "Training: about ")
    lines = [line for line in lines if not line.startswith(before)]
    assert 1 <= len(lines) <= 2, lines
    assert not any("Traceback" in line for line in lines)
    return lines[0]


@pytest.fixture(scope="module")
def printed_study(tmp_path_factory, cifar_dir) -> tuple[Path, str]:
    """A quick study of the real images, and what the command printed."""
    path = tmp_path_factory.mktemp("study") / "store.db"
    rows = path.with_name("rows.toml")
    rows.write_text(
        '[[rows]]\nname = "mine"\nparent = "batch-256"\nlayers = "FC(6), FC(3)"\n', "utf-8"
    )
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", printed)
        patch.setenv("COLUMNS", "100")
        code = fclab("study", "--classes", "58", "0", "55", "--data", cifar_dir, *QUICK,
                     "--rows", rows, "--store", path, "--lang", "en")  # fmt: skip
    assert code == 0
    return path, printed.getvalue()


@pytest.fixture
def kept(printed_study, tmp_path) -> Path:
    return Path(shutil.copy(printed_study[0], tmp_path / "store.db"))


def test_the_study_prints_table_comments_and_answers(printed_study):
    path, printed = printed_study
    for row in (*ROWS, "mine"):
        assert re.search(rf"^{row}: ", printed, re.MULTILINE), row
    for title in (f"Task {k}." for k in range(1, 7)):
        assert title in printed
    assert "1,500 = 11·128 + 92" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 100
    with Store(path, create=False) as store:
        assert store.names("study") == ["cifar100-0-55-58-lab"]
        assert {entry.dataset.source for entry in store.listing()} == {"cifar100"}


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("width", ["80", "120"])
def test_the_table_fits_the_terminal(kept, capsys, monkeypatch, lang, width):
    monkeypatch.setenv("COLUMNS", width)
    assert fclab("table", "--store", kept, "--lang", lang, "--answers") == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= int(width)
    assert "…\n" not in page.replace(" …\n", "")  # nothing is cut
    assert not re.search(r"\bп\.\s*\n\s*п\.", page)
    assert ("Строка" in page) == (lang == "ru")
    assert not {"\ue000", "{{"} & set(page)


def test_the_table_needs_neither_images_nor_training(kept, capsys, monkeypatch):
    monkeypatch.setattr("fclab.study.trainer.train", None)
    monkeypatch.setattr("fclab.cli.images.get_images", None)
    for text in ("markdown", "latex", "csv", "json", "terminal"):
        assert fclab("table", "--store", kept, "--format", text) == 0
        assert "fc-4" in capsys.readouterr().out


def test_the_values_are_those_of_the_runs(kept, capsys):
    assert fclab("table", "--store", kept, "--format", "json", "--lang", "en") == 0
    whole = json.loads(capsys.readouterr().out)
    assert fclab("table", "--store", kept, "--format", "csv", "--lang", "en") == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["row"] for row in whole["rows"]] == [*ROWS, "mine"]
    assert [line["comment"] for line in lines] == [row["comment"] for row in whole["rows"]]
    with Store(kept, create=False) as store:
        base = [
            entry.metrics["test_accuracy"]
            for entry in store.listing()
            if entry.recipe == CIFAR.replace(epochs=6) and "valid" not in entry.dataset.sizes
        ]
    assert len(base) == 2
    first = whole["rows"][0]
    assert first["test"] == pytest.approx(sum(base) / 2)
    assert (first["test_worst"], first["test_best"]) == (min(base), max(base))
    assert first["iterations"] == 72
    mine = whole["rows"][-1]
    assert mine["difference"] == pytest.approx(mine["test"] - whole["rows"][2]["test"])
    assert mine["difference_low"] <= mine["difference"] <= mine["difference_high"]


def test_markdown_is_one_table(kept, capsys):
    assert fclab("table", "--store", kept, "--format", "markdown") == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(ROWS) + 1
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


HEADINGS = {
    "ru": ["Конфигурация нейросети", "Гиперпараметры", "Точность (доля верных ответов)",
           "Комментарий"],
    "en": ["Configuration", "Hyper-parameters", "Accuracy", "Comment"],
}  # fmt: skip


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_form_of_the_lab_is_the_same_in_every_file(kept, capsys, tmp_path, lang):
    ask = ["table", "--store", kept, "--format", "lab", "--lang", lang]
    assert fclab(*ask) == 0
    printed = capsys.readouterr().out
    for suffix in (".md", ".DOCX", ".csv"):
        path = tmp_path / f"table{suffix}"
        assert fclab(*ask, "--out", path) == 0
        assert str(path) in capsys.readouterr().err
    assert (tmp_path / "table.md").read_text("utf-8") == printed
    lines = [re.sub(r"\\(.)", r"\1", line) for line in printed.splitlines() if line[:1] == "|"]
    heading, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
    document = docx.Document(str(tmp_path / "table.DOCX"))
    [table] = document.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells == [heading, *rows]
    assert heading == HEADINGS[lang]
    assert len(rows) == len(ROWS) + 1
    assert not [line for line in document.paragraphs if line.style.name.startswith("Heading")]
    assert re.fullmatch(r"test = \S+ ?% \(.+–.+\), train = \S+ ?% \(.+–.+\)",
                        rows[0][2].replace("\xa0", " "))  # fmt: skip
    written = (tmp_path / "table.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    first, *others = csv.reader(io.StringIO(written.decode("utf-8-sig")))
    assert first == heading
    assert [row[:3] for row in others] == [row[:3] for row in rows]


def test_every_comparison_of_the_csv_names_its_row(kept, tmp_path):
    path = tmp_path / "table.csv"
    assert fclab("table", "--store", kept, "--format", "lab", "--lang", "en", "--out", path) == 0
    comments = [row[3] for row in csv.reader(io.StringIO(path.read_text("utf-8-sig")))][2:]
    assert comments
    assert all("“" in comment for comment in comments)


def test_latex_has_no_character_that_tex_lacks(kept, capsys, tmp_path):
    assert fclab("table", "--store", kept, "--format", "latex", "--out", tmp_path / "t.tex") == 0
    assert str(tmp_path / "t.tex") in capsys.readouterr().err
    text = (tmp_path / "t.tex").read_text("utf-8")
    assert text.count("&") == 7 * (len(ROWS) + 1 + 2)
    assert text.count("{") == text.count("}")
    assert not re.findall(r"(?<!\\)[%_#](?!.*usepackage)", text.split("\n", 2)[2])
    known = re.compile(r"[\x00-\x7fа-яёА-ЯЁ«»“”]")
    assert not {c for c in text if not known.match(c)}


def test_a_row_is_added_and_only_it_is_trained(kept, capsys, cifar_dir):
    def keys() -> dict:
        with Store(kept, create=False) as store:
            return {entry.key: entry for entry in store.listing()}

    before = keys()
    add = ["study", "add", "--store", kept, "--data", cifar_dir, "--lang", "en"]
    assert fclab(*add, "--layers", "FC(5), FC(3)", "--lr", "0.01", "--epochs", "4") == 0
    new = [entry for key, entry in keys().items() if key not in before]
    assert sorted(entry.seed for entry in new) == [0, 1]
    assert {(e.recipe.layers, e.recipe.lr, e.recipe.epochs) for e in new} == {((5, 3), 0.01, 4)}
    assert "own-1: A row of one's own. It differs from “stopped at epoch 6”: layers:" in _flat(
        capsys
    )
    assert fclab(*add, "--parent", "own-1", "--name", "slower", "--lr", "0.002") == 0
    assert "slower: A row of one's own. It differs from “own-1”: lr: 0.01 → 0.002" in _flat(capsys)
    # The whole study again, without a word of these rows: they stay, and nothing is trained.
    count = len(keys())
    assert fclab("study", "--classes", "0", "55", "58", "--data", cifar_dir, *QUICK,
                 "--store", kept) == 0  # fmt: skip
    assert len(keys()) == count
    rows = json.loads(_json(capsys, kept))["rows"]
    assert [row["row"] for row in rows] == [*ROWS, "mine", "own-1", "slower"]


def _flat(capsys) -> str:
    return " ".join(capsys.readouterr().out.split())


def _json(capsys, kept: Path) -> str:
    capsys.readouterr()
    assert fclab("table", "--store", kept, "--format", "json") == 0
    return capsys.readouterr().out


def test_two_rows_are_compared(kept, capsys):
    assert fclab("compare", "fc-4", "base", "--store", kept, "--lang", "en") == 0
    page = _flat(capsys)
    rows = {row["row"]: row for row in json.loads(_json(capsys, kept))["rows"]}
    difference = 100 * (rows["fc-4"]["test"] - rows["base"]["test"])
    assert f"{abs(difference):.1f} points" in page
    for name in ("0 apple", "55 otter", "58 pickup truck", "layers: FC(10), FC(3) → FC(4), FC(3)"):
        assert name in page


def test_rows_of_two_studies_on_the_same_images(kept, capsys):
    with Store(kept) as store:
        store.keep("study", "other", store.definition("study", "cifar100-0-55-58-lab"))
    assert fclab("compare", "other:stop", "cifar100-0-55-58-lab:stop", "--store", kept,
                 "--lang", "en") == 0  # fmt: skip
    assert "The recipes are the same." in _flat(capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["study"], "--group"),
        (["study", "--classes", "0", "55", "--group", "25"], "not both"),
        (["study", "--classes", "0", "55", "58", "--seeds", "0"], "--seeds 0"),
        (["study", "--classes", "0", "55", "58", "--lr-factors", "-2"], "--lr-factors -2"),
        (["study", "--classes", "0", "55", "58", "--hidden", "wide"], "--hidden"),
        (["study", "--classes", "0", "55", "58", "--lr", "0"], "--lr 0"),
        (["study", "--classes", "0", "55", "58", "--protocol", "honest"], "honest"),
        (["study", "add"], "what does the row change"),
        (["table", "--out", "x.md"], "--format"),
        (["table", "--format", "word"], "word"),
        (["table", "--format", "lab", "--out", "x.odt"], ".md, .docx or .csv"),
        (["table", "--format", "lab", "--out", "x"], ".md, .docx or .csv"),
    ],
)
def test_what_cannot_be_meant_is_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fclab(*arguments) == 2
    assert words in complaint(capsys)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [["study", "add", "--lr", "0.01"], ["code", "base"]])
def test_images_that_only_a_program_has_are_not_taken_for_cifar(command, capsys, tmp_path):
    pixels, labels = np.random.default_rng(0).integers(0, 256, (30, 4, 4, 3)), np.arange(30) % 3
    x = pixels.astype(np.uint8)
    own = Dataset.from_arrays(x, labels, x, labels)
    settings = Settings(
        seeds=1, base=Recipe(layers=(3,), epochs=2), batch_factors=(), lr_factors=(), hidden=()
    )
    with Store(tmp_path / "store.db") as store:
        do_study(store, own, settings)
    assert fclab(*command, "--store", tmp_path / "store.db") == 2
    assert re.search(r"\(own\).* not", complaint(capsys))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rows = 3", "there are no rows"),
        ("[[row]]\nname='x'", "row: a file of rows has [[rows]] only"),
        ("[[rows]\n", "is not TOML"),
        ("[[rows]]\nlr = 1", "row 1: name: it is required"),
        ("[[rows]]\nname='x'\nlr = -1", "row 1 (x): lr = -1: it should be greater than 0"),
        ("[[rows]]\nname='x'\n[[rows]]\nname='y'\nspeed=2", "row 2 (y): a recipe has no field"),
        ("[[rows]]\nname='x'\n[[rows]]\nname='x'", "two rows are called 'x'"),
        ("[[rows]]\nname='x'\nlayers='conv(3)'", "row 1 (x): layers = 'conv(3)'"),
    ],
)  # fmt: skip
def test_a_bad_file_of_rows_is_one_line_that_names_it(text, words, capsys, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    assert fclab("study", "--classes", "0", "55", "58", "--rows", path, "--store",
                 tmp_path / "s.db") == 2  # fmt: skip
    line = complaint(capsys)
    assert "mine.toml" in line
    assert words in line


def test_a_file_of_rows_that_is_not_there(capsys, tmp_path):
    assert fclab("study", "--classes", "0", "55", "--rows", tmp_path / "no.toml") == 2
    assert "no.toml" in complaint(capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "base", "nobody"], "no row 'nobody'"),
        (["table", "--study", "other"], "no study 'other'"),
        (["study", "add", "--name", "stop", "--lr", "1"], "called 'stop' already"),
        (["study", "add", "--parent", "nobody", "--lr", "1"], "no row 'nobody'"),
        (["study", "add", "--nesterov"], "nesterov needs momentum"),
    ],
)
def test_what_a_study_does_not_have(arguments, words, kept, capsys, cifar_dir):
    data = ["--data", cifar_dir] if arguments[:2] == ["study", "add"] else []
    assert fclab(*arguments, "--store", kept, *data) in (1, 2)
    assert words in complaint(capsys)


def test_no_study_yet(capsys, tmp_path):
    assert fclab("table", "--store", tmp_path / "no.db") == 1
    assert "there is no store" in complaint(capsys)
    Store(tmp_path / "new.db").close()
    assert fclab("table", "--store", tmp_path / "new.db") == 1
    assert "`fclab study` makes one" in complaint(capsys)


# --- a store in trouble: one line, exit 1


def again(kept: Path, cifar_dir: Path) -> int:
    """The study with one more seed: it reads the store and has something to write."""
    more = ["--seeds", "3", *QUICK[2:], "--store", kept]
    return fclab("study", "--classes", "0", "55", "58", "--data", cifar_dir, *more)


def test_a_locked_store(kept, capsys, cifar_dir, monkeypatch):
    monkeypatch.setitem(Store.__init__.__kwdefaults__, "busy_seconds", 0.1)
    with closing(sqlite3.connect(kept, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert again(kept, cifar_dir) == 1
        assert "has been locked by another program" in complaint(capsys)
        assert fclab("table", "--store", kept, "--format", "csv") == 0  # readable all the while
        other.execute("ROLLBACK")


@pytest.mark.needs("resource")
def test_a_full_disk(kept, capsys, cifar_dir):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # bytes: a run has more
    try:
        assert again(kept, cifar_dir) == 1
        assert "room" in complaint(capsys)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert fclab("table", "--store", kept, "--format", "csv") == 0


def test_a_corrupt_store(kept, capsys):
    with closing(sqlite3.connect(kept)) as raw:
        raw.execute("UPDATE runs SET arrays = substr(arrays, 1, 500)")
        raw.commit()
    assert fclab("table", "--store", kept) == 1
    assert "--rescue" in complaint(capsys)
    kept.write_bytes(b"no database" * 1000)
    assert fclab("table", "--store", kept) == 1
    assert str(kept) in complaint(capsys)
