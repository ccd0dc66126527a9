"""The notebook works in the store of the commands that are started from its folder."""

from pathlib import Path

import pytest

import fclab
from fclab.cli.place import open_store
from fclab.notebook import find_store
from fclab.store import DEFAULT


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("lang", "said"), [("ru", "Хранилище"), ("en", "Store")])
def test_it_is_the_usual_one_and_is_said(lang, said, capsys):
    fclab.notebook.lang(lang)
    assert find_store() == DEFAULT
    assert capsys.readouterr().out == f"{said}: {DEFAULT}\n"
    assert not DEFAULT.exists()


def test_it_is_that_of_the_last_command_from_here():
    open_store("mine/store.db", None, "en", create=True, trains=True).close()
    assert Path(find_store()) == Path("mine/store.db")
    Path("mine/store.db").unlink()
    assert find_store() == DEFAULT  # as commands do


def test_commands_follow_the_notebook():
    fclab.Store(find_store("other.db")).close()
    with open_store(None, None, "en") as store:
        assert store.name == "other.db"
    assert Path(find_store()) == Path("other.db")


def test_a_password_is_not_shown(capsys):
    find_store("postgresql://me:secret@host/base")
    assert "secret" not in capsys.readouterr().out
    assert "secret" not in Path("results/last.json").read_text("utf-8")
