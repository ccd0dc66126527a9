"""The account of a training that every engine gives."""

import numpy as np

from fclab.data import binary_points, regression_curve
from fclab.engines.job import Job
from fclab.engines.recorder import Recorder
from fclab.values.recipe import BINARY, REGRESSION
from fclab.values.run import EngineChoice

POINTS = binary_points(points=40).hold_out(0.5)
CHOICE = EngineChoice(name="none")


class Network:
    """One that answers z for everything, and whose weight is z."""

    z = 0.0

    def recorder(self, job: Job, told: list[int]) -> Recorder:
        def outputs(split: str) -> np.ndarray:
            return np.full((len(job.dataset.splits[split]), 1), self.z, np.float32)

        return Recorder(job, told.append, outputs, lambda: {"fc1.bias": np.array([self.z])})


def follow(job: Job, course: list[float]) -> tuple[Recorder, list[int]]:
    """Record so many epochs, or as many as there are before it is over."""
    network, told = Network(), []
    recorder = network.recorder(job, told)
    for network.z in course:
        recorder.epoch(running_loss=2 * network.z)
        if recorder.over:
            break
    return recorder, told


def test_history_and_snapshots_are_those_of_every_epoch():
    recorder, told = follow(
        Job(POINTS, BINARY.replace(epochs=3), 0, CHOICE, (2, 9)), [1.0, 2.0, 3.0]
    )
    assert list(recorder.history) == ["running_loss", "valid_loss", "valid_accuracy"]
    np.testing.assert_array_equal(recorder.history["running_loss"], [2, 4, 6])
    y = POINTS.splits["valid"].y
    np.testing.assert_allclose(recorder.history["valid_accuracy"], [(y == 1).mean()] * 3)
    expected = [np.mean(np.log1p(np.exp(z)) - y * z) for z in (1, 2, 3)]
    np.testing.assert_allclose(recorder.history["valid_loss"], expected, rtol=1e-6)
    assert list(recorder.snapshots) == [2]
    assert (recorder.snapshots[2] == 2).all()
    assert told == [1, 1, 1]
    assert recorder.over
    assert recorder.weights["fc1.bias"] == 3
    assert recorder.diverged_at is recorder.stopped_at is None


def test_what_is_no_longer_finite_ends_it_there():
    recorder, _ = follow(Job(POINTS, BINARY.replace(epochs=9), 0, CHOICE), [1.0, np.inf, 2.0])
    assert (recorder.diverged_at, recorder.done, recorder.over) == (2, 2, True)
    assert recorder.weights["fc1.bias"] == np.inf


def test_patience_goes_back_to_the_best_epoch_but_not_from_divergence():
    job = Job(POINTS, BINARY.replace(epochs=9, patience=2), 0, CHOICE)
    recorder, _ = follow(job, [3.0, 0.1, 4.0, 5.0, 0.0])
    assert (recorder.stopped_at, recorder.done) == (4, 4)
    assert recorder.weights["fc1.bias"] == 0.1
    recorder, _ = follow(job, [3.0, 0.1, np.nan])
    assert (recorder.stopped_at, recorder.diverged_at) == (None, 3)
    assert np.isnan(recorder.weights["fc1.bias"])
    short = Job(POINTS, BINARY.replace(epochs=3, patience=9), 0, CHOICE)
    recorder, _ = follow(short, [3.0, 0.1, 4.0])
    assert recorder.stopped_at is None
    assert recorder.weights["fc1.bias"] == 0.1


def test_a_regression_has_no_accuracy_and_its_place_in_a_table_does_not_count():
    told: list[int] = []
    job = Job(regression_curve().hold_out(), REGRESSION.replace(epochs=5), 0, CHOICE, (2,))
    recorder = Network().recorder(job, told)
    assert recorder.ahead(99) == 2  # up to the snapshot
    recorder.epochs(np.array([[1.0, 2.0, np.nan], [3.0, 4.0, np.nan]]))
    assert list(recorder.history) == ["running_loss", "valid_loss"]
    np.testing.assert_array_equal(recorder.history["valid_loss"], [2, 4])
    assert not recorder.over
    assert recorder.ahead(99) == 3  # up to the end
    assert recorder.ahead(2) == 2
    assert told == [2]


def test_patience_cannot_run_out_within_the_epochs_ahead():
    job = Job(POINTS, BINARY.replace(epochs=50, patience=4), 0, CHOICE, (2,))
    recorder = Network().recorder(job, [])
    assert recorder.ahead(99) == 2  # up to the snapshot
    recorder.epochs(np.array([[0.0, loss, 0.5] for loss in (2.0, 3.0)]))
    assert (recorder.best_at, recorder.ahead(99)) == (1, 3)
    recorder.epochs(np.array([[0.0, loss, 0.5] for loss in (1.0, 1.0, 2.0)]))
    assert (recorder.best_at, recorder.ahead(99)) == (3, 2)
    recorder.epochs(np.array([[0.0, loss, 0.5] for loss in (1.5, 1.0)]))
    assert (recorder.stopped_at, recorder.best_at, recorder.goes_back) == (7, 3, True)
