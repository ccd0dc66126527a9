"""A file that another program holds, as Windows lets it: Word, Excel, a virus scanner."""

import shutil
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.values import held
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "0.1.0" / "store.db"


@pytest.fixture
def holding(monkeypatch):
    """Windows' refusal to move a file, for so many tries; returns how often it was tried."""
    tries = []

    def hold(refusals: int) -> list[Path]:
        def replace(source: Path, target: Path) -> Path:
            tries.append(Path(target))
            if len(tries) <= refusals:
                refusal = PermissionError(13, "The process cannot access the file", str(source))
                refusal.winerror = 32  # ERROR_SHARING_VIOLATION
                raise refusal
            return moved(source, target)

        moved = Path.replace
        monkeypatch.setattr(Path, "replace", replace)
        monkeypatch.setattr(held, "_PAUSE", 0.01)
        return tries

    return hold


def table(folder: Path, name: str) -> int:
    shutil.copy(GOLDEN, folder / "store.db")
    words = ["table", "--store", str(folder / "store.db"), "--format", "lab", "--lang", "en"]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--out", str(folder / name)])
    return int(ended.value.code or 0)


def test_a_moment_of_a_virus_scanner_is_waited_for(tmp_path, holding):
    tries = holding(3)
    assert table(tmp_path, "таблица 1.docx") == 0
    assert tries == [tmp_path / "таблица 1.docx"] * 4
    assert (tmp_path / "таблица 1.docx").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("table.docx", "another program holds it: close table.docx in Word and try again"),
        ("table.csv", "another program holds it: close table.csv in Excel and try again"),
        ("table.md", "another program holds it: close table.md there and try again"),
    ],
)
def test_who_has_it_open_is_asked_to_close_it(tmp_path, holding, monkeypatch, capsys, name, told):
    monkeypatch.setattr(held, "PATIENCE", 0.05)
    (tmp_path / name).write_text("old", "utf-8")
    tries = holding(1000)
    assert table(tmp_path, name) == 1
    assert f"fclab: cannot write {tmp_path / name}: {told}\n" in capsys.readouterr().err
    assert len(tries) > 1
    assert (tmp_path / name).read_text("utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"store.db", name}


def test_other_refusals_are_told_at_once(tmp_path, monkeypatch):
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    monkeypatch.setattr(held, "sleep", lambda seconds: pytest.fail("it waited"))
    with pytest.raises(FclabError, match="No space left"):
        write_atomic(tmp_path / "file", "new")


def test_what_cannot_be_removed_stays(tmp_path, monkeypatch):
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "held")

    (tmp_path / "lock").touch()
    monkeypatch.setattr(Path, "unlink", refuse)
    held.discard(tmp_path / "lock")
    assert (tmp_path / "lock").exists()


@pytest.mark.parametrize(("call", "number"), [("os.fsync", 22), ("pathlib.Path.chmod", 1)])
def test_a_memory_stick_without_modes_is_written(tmp_path, monkeypatch, call, number):
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(number, "not here")

    (tmp_path / "file").write_text("old", "utf-8")
    monkeypatch.setattr(call, refuse)
    write_atomic(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text("utf-8") == "new"
