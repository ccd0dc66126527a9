"""The notebooks run from a clean kernel on the real images; a failing cell fails here."""

import pytest
from nbformat.v4 import new_code_cell

from fclab.errors import FclabError
from fclab.notebook.execute import execute
from fclab.notebook.source import build, finished

SHORT = {"SEEDS": 2, "HAND_STEPS": 50, "AUTOGRAD_STEPS": 50, "LOOP_EPOCHS": 2, "EPOCHS": 4}


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_cell_runs(lang, cifar_dir):
    quiet = {"FCLAB_DATA": str(cifar_dir), "OMP_NUM_THREADS": "1"}
    notebook = execute(build(lang, SHORT), quiet)
    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
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
