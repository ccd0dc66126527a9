"""`--to tensorboard`: TensorBoard reads the histories back."""

from dataclasses import replace

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams

import fclab
from fclab.export.tensorboard import event_files
from fclab.values.files import write_atomic
from fclab.values.recipe import BINARY, CIFAR


def opened(folder) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    return found


def scalars(found: EventAccumulator, tag: str):
    """Steps, wall times and values."""
    from tensorboard.util.tensor_util import make_ndarray

    events = found.Tensors(tag)
    return (
        [one.step for one in events],
        np.array([one.wall_time for one in events]),
        np.array([make_ndarray(one.tensor_proto).item() for one in events]),
    )


@pytest.fixture(scope="module")
def runs():
    images = fclab.synthetic((0, 55, 58))
    trained = fclab.train(images, [CIFAR.replace(layers=(4, 3), epochs=5)], [0, 1])
    return sorted(trained, key=lambda run: run.seed)


def written(runs, folder, **how):
    for name, content in event_files(runs, **how).items():
        write_atomic(folder / name, content)


def test_histories_are_read_back(runs, tmp_path):
    written(runs, tmp_path, now=1e9)
    for run in runs:
        found = opened(tmp_path / "synthetic-0-55-58" / f"seed-{run.seed}")
        tags = set(found.Tags()["tensors"])
        assert {"loss/running", "loss/train", "accuracy/train", "accuracy/test"} <= tags
        steps, times, values = scalars(found, "accuracy/test")
        assert steps == [1, 2, 3, 4, 5]
        np.testing.assert_allclose(values, run.history["test_accuracy"], rtol=1e-6)
        assert times[-1] == pytest.approx(1e9)
        assert times[0] == pytest.approx(1e9 - 0.8 * run.seconds)
        assert hparams.SESSION_START_INFO_TAG in str(found.summary_metadata)


def test_a_long_history_is_thinned_and_divergence_stays(tmp_path):
    dataset = fclab.binary_points("xor", points=20)
    (run,) = fclab.train(dataset, [BINARY.replace(epochs=20)], [0])
    losses = np.arange(30_000.0)
    losses[-1] = np.nan
    written([replace(run, history={"running_loss": losses}), run], tmp_path)
    steps, _, values = scalars(opened(tmp_path / "xor" / "seed-0"), "loss/running")
    assert (len(steps), steps[0], steps[-1]) == (10_000, 1, 30_000)
    assert np.isnan(values[-1])
    assert values[5000] == losses[steps[5000] - 1]
    assert len(scalars(opened(tmp_path / "xor" / "seed-0-2"), "loss/running")[0]) == 20
