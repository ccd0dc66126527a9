"""What a stranger does to add an engine: a module, and a line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fclab.data import regression_curve
from fclab.engines import choose, engine_names, registry, train
from fclab.engines.registry import load_engine
from fclab.values.errors import UsageError
from fclab.values.recipe import REGRESSION

MODULE = '''
"""An engine that does not train at all."""

from fclab.engines.engine import Engine
from fclab.engines.finish import timed_run
from fclab.engines.job import initial_weights
from fclab.engines.recorder import Recorder
from fclab.values.model import forward
from fclab.values.run import Reason


class ToyEngine(Engine):
    name = "toy"
    strength = Reason.from_text("it is done before it has begun")

    def refuses(self, dataset, recipe, device):
        return None if device in ("cpu", "abacus") else Reason.from_text("it has no such device")

    def train(self, jobs, tick, workers):
        return (timed_run(stand_still, job, tick) for job in jobs)


def stand_still(job, tick):
    weights = initial_weights(job.recipe, job.dataset.info.n_inputs, job.seed)

    def outputs(split):
        return forward(job.recipe, weights, job.dataset.inputs[split])

    recorder = Recorder(job, tick, outputs, lambda: weights)
    while not recorder.over:
        recorder.epoch(running_loss=1.0)
    return recorder
'''


@pytest.fixture
def package(tmp_path: Path) -> dict[str, str]:
    """An installed package of somebody else, in the environment of a new process."""
    (tmp_path / "toy_engines.py").write_text(MODULE, "utf-8")
    info = tmp_path / "toy_engines-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: toy-engines\nVersion: 1.0\n", "utf-8"
    )
    (info / "entry_points.txt").write_text(
        "[fclab.engines]\ntoy = toy_engines:ToyEngine\n", "utf-8"
    )
    return {**os.environ, "PYTHONPATH": str(tmp_path), "FCLAB_CACHE": str(tmp_path / "cache")}


def python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


TRAINED = """
import fclab
from fclab.data import regression_curve
from fclab.engines import choose
from fclab.values.recipe import REGRESSION
data, recipe = regression_curve(), REGRESSION.replace(epochs=3)
(run,) = fclab.train(data, [recipe], [5], engine="toy", snapshots=(2,))
print(run.engine.name, run.epochs, *run.history["running_loss"], *run.snapshots, run.seed)
print(choose(data, recipe).name)
far = choose(data, recipe, device="abacus")
print(far.name, *[reason.engine or reason.values["text"] for reason in far.reasons], sep=";")
"""


def test_an_engine_of_another_package_trains_and_auto_asks_it_last(package):
    done = python(package, "-c", TRAINED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "toy 3 1.0 1.0 1.0 2 5",
        "fused",  # what is installed changes no default
        "toy;it is done before it has begun;fused;gram;gram_numpy;torch;reference",
    ]


def test_the_command_line_knows_it(package, tmp_path):
    unknown = python(
        package, "-m", "fclab", "regression", "--engine", "none", "--out", str(tmp_path / "out")
    )
    assert unknown.returncode != 0
    assert "reference, toy" in " ".join(unknown.stderr.split())


def test_a_line_of_the_registry_is_where_auto_asks_it(tmp_path, monkeypatch):
    (tmp_path / "my_engine.py").write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    lines = {"toy": "my_engine:ToyEngine", **registry._ENGINES}
    monkeypatch.setattr(registry, "_ENGINES", lines)
    registry._lines.cache_clear()
    try:
        data, recipe = regression_curve(), REGRESSION.replace(epochs=2)
        assert engine_names()[:2] == ("toy", "fused")
        (run,) = train(data, [recipe], [0])
        assert run.engine.name == "toy"
        assert choose(data, recipe, "fused").name == "fused"
    finally:
        registry._lines.cache_clear()
        load_engine.cache_clear()


def test_an_engine_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UsageError, match="choose one of auto, fused, gram, gram_numpy, torch, ref"):
        choose(regression_curve(), REGRESSION, "cuda")
