"""The notebooks run from a clean kernel on the real images; a failing cell fails here. After the
last cell a row is added by a command, and cells are run again in another order."""

import json

import pytest
from nbformat.v4 import new_code_cell

from fclab.labs.lab1.notebook.source import build, finished
from fclab.notebook.execute import execute
from fclab.values.errors import FclabError

SHORT = {"SEEDS": 2, "HAND_STEPS": 50, "AUTOGRAD_STEPS": 50, "LOOP_EPOCHS": 2, "EPOCHS": 4}
COMMANDS = """
import subprocess, sys

def command(*arguments):
    done = subprocess.run([sys.executable, "-m", "fclab", *arguments], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()

command("study", "add", "--name", "told", "--momentum", "0.5")
"""
TABLE = 'print(command("table", "--format", "json"))'


def cell_with(notebook, words):
    """A copy of the one code cell that has these words."""
    (found,) = [c for c in notebook.cells if c.cell_type == "code" and words in c.source]
    return new_code_cell(found.source)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_cell_runs(lang, cifar_dir):
    quiet = {"FCLAB_DATA": str(cifar_dir), "OMP_NUM_THREADS": "1"}
    notebook = build(lang, SHORT)
    cells = [c.id for c in notebook.cells if c.cell_type == "code"]
    own, last = cell_with(notebook, "fclab.OwnRow("), new_code_cell(notebook.cells[-2].source)
    changed = new_code_cell(own.source.replace('"flip": True', '"flip": True, "lr": 0.001'))
    study = cell_with(notebook, "find_store")
    after = (COMMANDS, last, own, study, own, changed, last, TABLE)
    notebook.cells += [new_code_cell(c if isinstance(c, str) else c.source) for c in after]
    notebook = execute(notebook, quiet)
    both_doors(notebook.cells[-len(after) :])
    outputs = {c.id: c.outputs for c in notebook.cells if c.id in cells}
    every = [output for cell in outputs.values() for output in cell]
    assert not [o for o in every if o.output_type == "error" or o.get("name") == "stderr"]
    shown = [o["data"] for o in every if "data" in o]
    fragments = [data["text/html"] for data in shown if "text/html" in data]
    displays = [made for made in fragments if 'class="fclab"' in made]
    assert len(displays) == 12
    assert not [made for made in displays if 'class="note"' in made]
    word = "Запуск" if lang == "ru" else "Run"
    assert sum(f"<h4>{word}" in made for made in displays) == 3
    assert sum("image/png" in data for data in shown) >= 12
    bars = [made for made in fragments if made.startswith("<progress")]
    assert len(bars) >= 8  # one output for each, however long it took
    assert all('value="1.000"' in made for made in bars)
    assert max(len(cell) for cell in outputs.values()) <= 4


def both_doors(cells):
    """Rows of the cell and of the command are in the notebook and in the command's table, once."""
    _, with_told, own, study, again, changed, last, printed = [cell.outputs for cell in cells]
    names = list(lines(with_told))
    assert names[:2] == ["base", "stop"]
    assert names[-2:] == ["flip", "told"]
    assert any(o.get("text", "").rstrip().endswith("store.db") for o in study)
    assert list(lines(own)) == ["stop", "flip", "told"]
    assert lines(again) == lines(own)
    assert lines(last) == lines(with_told) | lines(changed)
    assert lines(changed)["flip"] != lines(own)["flip"]
    table = {row["row"]: row["hyperparameters"] for row in json.loads(printed[0].text)["rows"]}
    assert list(table) == names
    assert "lr = 0.001" in table["flip"]


def lines(outputs):
    """The lines of a table in the output of a cell, by the names of their rows."""
    (shown,) = [o.data["text/plain"] for o in outputs if o.output_type == "execute_result"]
    found = [line.split(maxsplit=1) for line in shown.splitlines()]
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def test_a_cell_that_fails_is_an_error_that_names_it():
    notebook = finished([new_code_cell("a = 1"), new_code_cell("a / 0  # here")], "en")
    with pytest.raises(FclabError, match=r"(?s)a / 0  # here.*ZeroDivisionError"):
        execute(notebook)


def test_the_kernel_is_this_python_and_touches_nothing_of_the_user(tmp_path, monkeypatch):
    import sys

    monkeypatch.setenv("HOME", str(tmp_path))
    code = "import os, sys, fclab; print(sys.executable, fclab.__file__, os.listdir())"
    notebook = execute(finished([new_code_cell(code)], "en"))
    said = notebook.cells[0].outputs[0].text
    assert said.split()[0] == sys.executable
    assert said.split()[1] == sys.modules["fclab"].__file__
    assert "[]" in said
    assert list(tmp_path.iterdir()) == []
