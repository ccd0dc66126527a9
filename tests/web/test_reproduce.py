"""What the panel shows is run: command, program and notebook give the numbers of the view."""

import json
import shlex
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from fclab.store.database import Store
from fclab.web.reproduction import quoted
from fclab.web.tasks import load_task
from fclab.web.tasks.regression import RegressionWish
from fclab.web.tasks.reproduce import ReproduceWish

WISHES = {
    "formula": {"target": "abs", "hidden": 7, "activation": "tanh", "lr": 3e-4, "steps": 600,
                "noise": 0.1, "seed": 4},
    "own": {"target": "own", "points": [[0.4, 0.9], [-0.5, 0.1], [0.0, 0.6]], "steps": 700,
            "hidden": 9, "seed": 2},
}  # fmt: skip


def events(task, wish):
    one = load_task(task)
    told = []
    told += one.do(one.wish.model_validate(wish), told.append, lambda: None)
    return told


@pytest.fixture(params=WISHES)
def view(request):
    wish = WISHES[request.param]
    course = next(one for one in events("regression", wish) if one["kind"] == "course")
    (made,) = events("reproduce", {"part": "regression", "state": wish})
    return course, made


def in_folder(made, folder):
    for name, text in made["files"].items():
        (folder / name).write_text(text, "utf-8")


def test_the_command_gives_the_same_numbers(view, tmp_path):
    course, made = view
    in_folder(made, tmp_path)
    typed = shlex.split(made["command"])
    assert typed[0] == "fclab"
    done = subprocess.run(
        [sys.executable, "-m", "fclab", *typed[1:], "--out", "out"], cwd=tmp_path,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    with closing(Store(tmp_path / "out" / "store.db", create=False)) as store:
        # Beside it stands the reference engine's run, by which the report knows how near it is.
        (run,) = (run for run in store.select() if run.engine.name == "fused")
    assert run.metrics == course["metrics"]
    np.testing.assert_array_equal(
        run.history["running_loss"][course["steps"] - 1], course["losses"]
    )


def test_the_program_and_the_notebook_give_the_same_to_rounding(view, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    course, made = view
    program = tmp_path / "program.py"
    program.write_text(made["program"], "utf-8")
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    losses = [float(line.split("loss ")[1]) for line in done.stdout.splitlines()[-2:]]
    expected = [course["metrics"]["train_loss"], course["metrics"]["test_loss"]]
    assert losses == pytest.approx(expected, rel=1e-3, abs=2e-6)

    book = nbformat.reads(made["notebook"], as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    printed = [
        output["text"] for cell in book.cells if cell.cell_type == "code"
        for output in cell.outputs if output.output_type == "stream"
    ]  # fmt: skip
    assert printed[-1].splitlines()[-2:] == done.stdout.splitlines()[-2:]
    drawn = book.cells[-1].outputs[-1]
    assert "image/png" in drawn["data"]


def test_defaults_need_no_options():
    (made,) = events("reproduce", {"part": "regression", "state": {}})
    assert made["command"] == "fclab regression"
    assert RegressionWish().steps == 50_000


@pytest.mark.parametrize("part", ["reproduce", "none", "../regression"])
def test_a_part_that_has_nothing_to_reproduce(part):
    with pytest.raises(Exception, match="nothing to reproduce"):
        events("reproduce", {"part": part})


@pytest.mark.parametrize(
    ("argument", "typed"),
    [("0.1", "0.1"), ("FC(8), FC(1)", '"FC(8), FC(1)"'), ("$(x)", "'$(x)'"), ("a%b", "a%b"),
     ("", "''")],
)  # fmt: skip
def test_arguments_are_typed_so_that_a_shell_gives_them_back(argument, typed):
    assert quoted(argument) == typed
    assert shlex.split(quoted(argument)) == [argument]


def test_the_wish_is_bounded():
    with pytest.raises(ValueError, match="at most 40"):
        ReproduceWish(part="x" * 41)
    json.dumps(ReproduceWish.model_json_schema())
