"""One bar that changes in place: in a cell, on a terminal, from threads; silent elsewhere."""

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

import fclab
from fclab.engines import train
from fclab.notebook import bars
from fclab.notebook.bars import Bar, progress


@pytest.fixture
def seen(monkeypatch):
    """What a bar shows, in place of drawing it."""
    shown = []
    face = SimpleNamespace(show=lambda share, text: shown.append((share, text)))
    monkeypatch.setattr(bars, "_face", lambda: face)
    return shown


def test_training_ticks_reach_the_end(seen, monkeypatch):
    monkeypatch.setattr(bars, "monotonic", lambda: 1000.0)  # all of it within a moment
    cloud = fclab.binary_points("xor", points=20)
    recipe = fclab.BINARY.replace(epochs=40)
    with progress(2 * recipe.epochs, "xor") as bar:
        list(train(cloud, [recipe], range(2), engine="reference", progress=bar))
    assert seen[0][0] == 0
    assert seen[-1][0] == 1
    assert seen[-1][1].startswith("xor: 100\N{NO-BREAK SPACE}%")
    assert len(seen) == 3  # not a line for each of 80 ticks


def test_done_of_expected_is_understood(seen):
    fclab.notebook.lang("en")
    bar = Bar()
    bar(5.0, 10.0)
    assert bar.share == 0.5
    bar(12.0, 10.0)
    assert bar.share == 1
    assert seen[-1][1].startswith("100% · ")


def test_changes_are_shown_ten_times_a_second(seen, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(bars, "monotonic", lambda: now[0])
    with progress(10_000) as bar:
        for _ in range(9_999):
            now[0] += 1 / 1024
            bar(1)
    assert bar.done == 10_000
    # The empty bar, the first of its changes, one in every 0.1 s after it, and the full bar.
    assert len(seen) == 3 + 9_998 // math.ceil(1024 / 10)


def test_many_threads_lose_nothing(seen):
    bar = progress(4000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bar, [1] * 4000))
    assert bar.done == 4000
    assert seen[-1][0] == 1


def test_what_stops_early_is_finished_and_what_fails_is_not(seen):
    with progress(10) as bar:
        bar(3)
    assert seen[-1][0] == 1

    def fail():
        with progress(10) as bar:
            bar(3)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen[-1][0] < 1


def test_a_terminal_has_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress(3, "job") as bar:
        for _ in range(3):
            bar(1)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.endswith("\n")
    assert "\rjob: 100" in told


def test_a_file_gets_nothing(capsys):
    with progress(3, "job") as bar:
        bar(3)
    assert capsys.readouterr() == ("", "")


def test_a_cell_has_one_output_that_is_replaced(monkeypatch):
    calls = []
    handle = SimpleNamespace(update=lambda bundle, raw: calls.append(("update", bundle)))

    def display(bundle, raw, display_id):
        calls.append(("display", bundle))
        return handle

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=object()))
    with progress(2, "<b>") as bar:
        bar(2)
    assert [kind for kind, _ in calls] == ["display", "update"]
    last = calls[-1][1]
    assert "&lt;b&gt;" in last["text/html"]
    assert 'value="1.000"' in last["text/html"]
    assert last["text/plain"].startswith("<b>: 100")
