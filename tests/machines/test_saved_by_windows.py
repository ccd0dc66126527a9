"""Files that an editor of Windows saved: line ends, marks at the beginning, other encodings."""

from pathlib import Path

import pytest

from fclab.report.notes import read_notes
from fclab.report.title import read_settings
from fclab.study.own import read_rows
from fclab.values.errors import UsageError
from fclab.words.spans import plain_text

NOTES = "## Часть 1\n\nЯ пробовал «сеть» −2.\n\n- один\n- два\n"
TITLE = '[report]\nstudent = "Иванов И. И."\ngroup = "ИУ5-25М"\n'
ROWS = '[[rows]]\nname = "Моя строка"\nlr = 0.001\n'
GOOD = ["utf-8", "utf-8-sig"]
BAD = {"cp1251": "no text in UTF-8", "cp866": "no text in UTF-8", "utf-16": "text in UTF-16"}


def saved(path: Path, text: str, encoding: str, end: str = "\r\n") -> Path:
    letters = text.replace("«", '"').replace("»", '"').replace("−", "-")
    path.write_bytes((text if "utf" in encoding else letters).replace("\n", end).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", GOOD)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_utf_8_is_read_with_any_mark_and_line_ends(tmp_path, encoding, end):
    (note,) = read_notes(saved(tmp_path / "notes.md", NOTES, encoding, end))
    assert note.heading == "Часть 1"
    paragraph, items = note.blocks
    assert plain_text(paragraph.text) == "Я пробовал «сеть» −2."
    assert [plain_text(item) for item in items.items] == ["один", "два"]
    settings = read_settings(saved(tmp_path / "fclab.toml", TITLE, encoding, end))
    assert settings.student == "Иванов И. И."
    (row,) = read_rows(saved(tmp_path / "rows.toml", ROWS, encoding, end))
    assert row.name == "Моя строка"


@pytest.mark.parametrize("encoding", BAD)
@pytest.mark.parametrize(
    ("text", "read"), [(NOTES, read_notes), (TITLE, read_settings), (ROWS, read_rows)]
)
def test_another_encoding_is_named_with_the_remedy(tmp_path, encoding, text, read):
    path = saved(tmp_path / "файл.txt", text, encoding)
    with pytest.raises(UsageError) as refused:
        read(path)
    assert str(refused.value) == (
        f"{path} is {BAD[encoding]}: save it again as UTF-8 (in Notepad: Save as, Encoding)"
    )
