"""Part 2 as the worker does it: what the page is told is what `fclab.train` gives."""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from fclab.data import binary_points
from fclab.data.own_cloud import own_cloud
from fclab.engines import train
from fclab.engines.job import initial_weights
from fclab.store.database import Store
from fclab.values.errors import UsageError
from fclab.values.recipe import BINARY
from fclab.values.run import Run
from fclab.web.tasks import load_task
from fclab.web.tasks.task import GivenUp

Events = list[Mapping[str, Any]]


def told(task: str = "binary", **wish: Any) -> Events:
    """All events of a wish, in the order in which they are sent."""
    events: Events = []
    asked = load_task(task)
    for event in asked.do(asked.wish.model_validate(wish), events.append, lambda: None):
        events.append(event)
    return events


def of(events: Events, kind: str) -> Events:
    return [event for event in events if event["kind"] == kind]


def snapshots(events: Events) -> dict[tuple[int, int], np.ndarray]:
    """The weights by seed and epoch."""
    return {
        (seed, step): weights
        for event in of(events, "frames")
        for seed, step, weights in zip(
            event["seeds"], event["steps"], event["weights"], strict=True
        )
    }


def flat(run: Run) -> np.ndarray:
    return np.concatenate([array.ravel() for array in run.weights.values()])


def test_points_weights_and_losses_are_those_of_a_training():
    events = told(shape="moons", noise=0.05, count=60, hidden=5, layers=2, activation="tanh",
                  lr=0.01, init_scale=0.5, epochs=400, seed=3)  # fmt: skip
    dataset = binary_points("moons", points=60, noise=0.05, seed=3)
    recipe = BINARY.replace(
        layers=(5, 5, 1), activation="tanh", lr=0.01, init_scale=0.5, epochs=400
    )
    (run,) = train(dataset, [recipe], [3])

    (data,) = of(events, "data")
    assert events[0] is data
    assert np.array_equal(data["x"], dataset.train.x)
    assert np.array_equal(data["test_y"], dataset.test.y)

    weights = snapshots(events)
    steps = sorted(step for _, step in weights)
    assert steps[0] == 0
    assert steps[-1] == 400
    assert 30 <= len(steps) <= 50
    first = initial_weights(recipe, 2, 3)
    assert np.array_equal(weights[3, 0], np.concatenate([w.ravel() for w in first.values()]))
    assert np.array_equal(weights[3, 400], flat(run))
    middle = next(step for step in steps if step > 50)
    (shorter,) = train(dataset, [recipe.replace(epochs=middle)], [3])
    assert np.array_equal(weights[3, middle], flat(shorter))

    (course,) = of(events, "course")
    assert course["steps"][-1] == 400
    assert np.array_equal(course["losses"], run.history["running_loss"][course["steps"] - 1])
    assert course["metrics"] == run.metrics
    assert course["diverged_at"] is None
    assert events[-1] == {"kind": "done"}


def test_other_seeds_are_trained_on_the_same_points():
    events = told("binary_seeds", seeds=4, seed=5, count=40, epochs=30)
    runs = train(binary_points("xor", points=40, seed=5), [BINARY.replace(epochs=30)], (6, 7, 8))
    weights = snapshots(events)
    assert {seed for seed, _ in weights} == {6, 7, 8}
    for run in runs:
        assert np.array_equal(weights[run.seed, 30], flat(run))
    assert len(of(events, "course")) == 3


def test_a_training_that_diverges_says_when():
    events = told(activation="relu", layers=3, hidden=32, init_scale=1, lr=1, epochs=500)
    (course,) = of(events, "course")
    assert 1 <= course["diverged_at"] < 500
    assert all(np.isfinite(event["losses"][-1]) for event in of(events, "frames")[1:])


def test_points_of_ones_own_are_taken_as_they_are():
    points = [(0.5, -9.25, 1), (1, 2, 0), (3, 4, 1)]
    events = told(shape="own", points=points, epochs=20)
    (run,) = train(own_cloud(points), [BINARY.replace(epochs=20)], [0])
    assert np.array_equal(of(events, "data")[0]["x"], [[0.5, -9.25], [1, 2], [3, 4]])
    assert np.array_equal(snapshots(events)[0, 20], flat(run))


@pytest.mark.parametrize(
    ("task", "wish", "reason"),
    [
        ("binary", {"shape": "own", "points": [(0, 0, 1), (1, 1, 1)]}, "both classes"),
        ("binary", {"shape": "own"}, "both classes"),
        ("binary", {"layers": 3, "hidden": 64}, "trains 1378 epochs at the most"),
        ("binary_seeds", {"epochs": 50_000, "seeds": 32}, "8 seeds at the most"),
    ],
)
def test_what_cannot_be_done_is_said(task, wish, reason):
    with pytest.raises(UsageError, match=reason):
        told(task, **wish)


@pytest.mark.parametrize(
    "wish",
    [
        {"shape": "star"}, {"seeds": 33}, {"hidden": 65}, {"layers": 4}, {"lr": 1.5},
        {"epochs": 50_001}, {"noise": float("nan")}, {"points": [(0, 0, 1)] * 501},
        {"points": [(0, 0, 2)]}, {"points": [(11, 0, 1)]}, {"points": [(0, 1)]},
        {"points": [("0<b>", 0, 1)]}, {"path": "/"},
    ],
)  # fmt: skip
def test_a_wish_is_bounded(wish):
    with pytest.raises(ValueError, match="validation error"):
        load_task("binary").wish.model_validate(wish)


@pytest.mark.parametrize(
    "wish",
    [
        {"shape": "spiral", "noise": 0.05, "count": 60, "activation": "relu", "seed": 2},
        {"shape": "own", "points": [(0, 0.5, 1), (1, 1, 0), (0.25, -1, 1)], "layers": 2},
    ],
)
def test_the_program_gets_the_numbers_of_the_view(wish, tmp_path):
    wish |= {"hidden": 4, "epochs": 40, "init_scale": 0.5}
    state = load_task("binary").wish.model_validate(wish).model_dump(mode="json")
    (made,) = told("reproduce", part="binary", state=state)
    path = tmp_path / "program.py"
    path.write_text(f"{made['program']}\nprint(losses)\n", "utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, check=True, encoding="utf-8")
    (course,) = of(told(**wish), "course")
    losses = np.array(json.loads(done.stdout.splitlines()[-1]))
    assert np.allclose(course["losses"], losses[course["steps"] - 1], rtol=1e-4)
    assert (b"test:" in done.stdout.encode()) == (wish["shape"] != "own")
    assert "plt.contour" in made["notebook"]


def test_the_commands_get_the_numbers_of_every_seed(tmp_path, monkeypatch):
    from fclab.cli import main

    monkeypatch.chdir(tmp_path)
    points = [(0, 0.5, 1), (1, 1, 0), (0.25, -1, 1), (0.125, 0, 0)]
    for more in ({"shape": "own", "points": points}, {"shape": "circles", "count": 40, "seed": 5}):
        wish = {"hidden": 4, "epochs": 40, "init_scale": 0.5, "seeds": 3, **more}
        (made,) = told("reproduce", part="binary", state=wish)
        courses = of([*told(**wish), *told("binary_seeds", **wish)], "course")
        courses.sort(key=lambda course: course["seed"])
        for name, text in made["files"].items():
            (tmp_path / name).write_text(text, "utf-8")
        lines = made["command"].splitlines()
        assert len(lines) == len(courses) == 3
        for line, course in zip(lines, courses, strict=True):
            words = shlex.split(line)
            with pytest.raises(SystemExit) as ended:
                main([*words[1:], "--lang", "en"])
            assert not ended.value.code
            with Store(words[words.index("--out") + 1] + "/store.db") as store:
                (run,) = (one for one in store.select() if one.engine.name == "fused")
            assert (run.seed, run.metrics) == (course["seed"], course["metrics"])


def test_the_command_gets_the_numbers_of_the_view(tmp_path):
    wish = {"shape": "moons", "noise": 0.3, "count": 90, "hidden": 5, "layers": 2, "epochs": 300,
            "activation": "tanh", "init_scale": 0.7, "lr": 0.01, "seed": 3}  # fmt: skip
    (made,) = told("reproduce", part="binary", state=wish)
    (course,) = of(told(**wish), "course")
    words = shlex.split(made["command"])
    assert words[:2] == ["fclab", "binary"]
    subprocess.run(
        [sys.executable, "-m", "fclab", *words[1:], "--lang", "en", "--out", tmp_path / "out"],
        check=True, capture_output=True,
    )  # fmt: skip
    with Store(str(tmp_path / "out" / "store.db")) as store:
        assert course["metrics"] in [run.metrics for run in store.select()]


def test_nobody_waits_means_that_training_ends():
    asked, calls = load_task("binary"), []

    def alive() -> None:
        calls.append(1)
        if len(calls) == 20:
            raise GivenUp

    with pytest.raises(GivenUp):
        list(asked.do(asked.wish(epochs=50_000, count=100), lambda event: None, alive))
    assert len(calls) < 40
