"""Whatever is printed reaches consoles, files and pipes of every encoding, to be read there."""

import codecs
import io
import json
import os
import re
import select
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.cli.streams import encoding_for, spelled

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "0.1.0" / "store.db"
MARK = "=== "
PROGRAM = f"""
import json, sys
from fclab.cli import main
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as ended:
        print({MARK!r} + str(ended.code))
        sys.stdout.flush()
"""
STORE = ("--store", "store.db")
COMMANDS: list[tuple[int, tuple[str, ...]]] = [
    (0, ("--help",)),
    (0, ("runs", "--help")),
    (0, ("variant", "--group", "ИУ5-25М", "--variant", "1", "--department", "iu5")),
    (0, ("variant", "--group", "25", "--variant", "1", "--scheme", "all", "--lang", "en")),
    *((0, ("table", *STORE, "--format", kind))
      for kind in ("terminal", "lab", "markdown", "csv", "latex", "json")),
    (0, ("table", *STORE, "--lang", "en", "--answers")),
    (0, ("runs", *STORE)),
    (0, ("runs", *STORE, "e1268863")),
    (0, ("compare", "base", "stop", *STORE)),
    (0, ("code", "regression", *STORE)),
    (0, ("defend", "--show", "--only", "2", "6", *STORE, "--checks", "1")),
    (0, ("export", *STORE, "--out", "runs.csv")),
    (1, ("table", *STORE, "--study", "нет такого")),
    (1, ("table", "--store", "absent.db")),
    (2, ("variant", "--group", "«Щ»", "--variant", "−1")),
]  # fmt: skip


def printed(folder: Path, into: Path | None = None, **environment: str) -> bytes:
    """What all the commands print into a file, or else a pipe; errors are printed among it."""
    shutil.copy(GOLDEN, folder / "store.db")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [sys.executable, "-c", PROGRAM, json.dumps([words for _, words in COMMANDS])]
    with (into or folder / "unused").open("wb") as file:
        done = subprocess.run(
            command, cwd=folder,
            env={**inherited, "COLUMNS": "120", "FCLAB_LANG": "ru", **environment},
            stdout=file if into else subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return into.read_bytes() if into else done.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> list[str]:
    """What is to be said, by a stream that holds all letters."""
    folder, said = tmp_path_factory.mktemp("whole"), io.StringIO()
    shutil.copy(GOLDEN, folder / "store.db")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.chdir(folder)
        patch.setenv("COLUMNS", "120")
        patch.setenv("FCLAB_LANG", "ru")
        for _, words in COMMANDS:
            try:
                main(list(words))
            except SystemExit as ended:
                print(f"{MARK}{ended.code}")
    return parts(said.getvalue())


def parts(text: str) -> list[str]:
    """What each command said; the codes that they end with are what they should be."""
    assert "Traceback" not in text
    found = re.split(rf"^{MARK}(\d+)\r?\n", text, flags=re.MULTILINE)
    assert [int(code) for code in found[1::2]] == [code for code, _ in COMMANDS], text[-3000:]
    return found[::2][:-1]


def letters(text: str, encoding: str) -> str:
    """Letters, digits and question marks: what is left when lines and columns are drawn anew."""
    return re.sub(r"[\W_]+", "", spelled(text, encoding).replace("?", "Q"))


def words_of(text: str, encoding: str) -> list[str]:
    return sorted(letters(text, encoding))


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1251", "ascii"])
def test_a_console_of_few_letters_gets_all_of_it(whole, tmp_path, encoding):
    said = parts(printed(tmp_path, PYTHONIOENCODING=encoding).decode(encoding))
    for mine, theirs, (_, words) in zip(said, whole, COMMANDS, strict=True):
        # Lines may be broken elsewhere, where letters are longer; no letter is lost.
        assert words_of(mine, encoding) == words_of(theirs, encoding), words
    csv = said[7]
    assert csv.count("\n") == whole[7].count("\n")


@pytest.mark.slow
def test_a_file_gets_utf_8_whatever_the_system_speaks(whole, tmp_path):
    into = tmp_path / "все.txt"
    said = parts(printed(tmp_path, into, PYTHONUTF8="0", LC_ALL="C").decode("utf-8"))
    for mine, theirs, (_, words) in zip(said, whole, COMMANDS, strict=True):
        assert words_of(mine, "utf-8") == words_of(theirs, "utf-8"), words


@pytest.mark.needs("pty")
def test_a_terminal_of_a_bare_system_is_drawn_in_ascii(tmp_path):
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONUTF8": "0", "LC_ALL": "C", "TERM": "dumb", "COLUMNS": "90"}
    words = ("variant", "--group", "25", "--variant", "1", "--department", "iu5", "--lang", "ru")
    process = subprocess.Popen(
        [sys.executable, "-m", "fclab", *words], cwd=tmp_path, env=environment,
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    told = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            told += os.read(ours, 65536)
        except OSError:  # it has ended
            break
    assert process.wait(60) == 0
    os.close(ours)
    text = told.decode("ascii")
    assert "| nomer gruppy + 15" in text
    assert "?" not in text
    assert len({len(line) for line in text.splitlines() if line.startswith("|")}) == 1


def test_where_a_stream_leads_decides():
    assert encoding_for("file", "cp1251") == "utf-8"
    assert encoding_for("terminal", "ascii") == "ascii"
    assert encoding_for("pipe", "cp1251") == "cp1251"
    assert encoding_for("pipe", "ANSI_X3.4-1968") == "utf-8"
    assert encoding_for("pipe", "cp1251", "cp866") == "cp866"  # PowerShell reads so
    assert encoding_for("file", "cp866", named=True) == "cp866"


@pytest.mark.parametrize(
    ("encoding", "text", "seen"),
    [
        ("cp1251", "№ 7 ≈ −0,2·10⁻⁷ ± 1 × 2", "№ 7 ~ -0,2·10^-7 ± 1 x 2"),
        ("cp866", "«Ёлкин» — 1…2", '"Ёлкин" - 1...2'),
        ("cp437", "Щука σ ≈ ½ │", "Shchuka σ ≈ ½ │"),
        ("ascii", "Ёж σ(x)² ŷ ‖w‖ ┌─┐ █ café", "Ezh sigma(x)^2 y ||w|| +-+ # cafe"),
        ("utf-8", "🦦 «−»", "🦦 «−»"),
        ("ascii", "🦦", "?"),
        ("utf-8", "a\udcffb", "a?b"),
    ],
)
def test_what_an_encoding_lacks_is_spelled(encoding, text, seen):
    assert spelled(text, encoding) == seen


def test_every_sentence_and_program_of_ours_can_be_spelled_in_ascii():
    """No character of the texts becomes a question mark."""
    folder = Path(__file__).resolve().parents[2] / "src" / "fclab"
    lost = set()
    for path in folder.rglob("*"):
        if path.suffix in {".py", ".toml", ".j2", ".txt"}:
            lost |= {c for c in path.read_text("utf-8") if c != "?" and spelled(c, "ascii") == "?"}
    assert lost <= {"\N{REPLACEMENT CHARACTER}", "\ufffe", "\uffff"}
    assert codecs.lookup_error("fclab.spelled")
