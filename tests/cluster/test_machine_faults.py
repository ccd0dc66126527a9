"""A worker whose machine fails: asked again, but not for ever."""

import errno
from functools import partial

import pytest

from fclab.data import binary_points
from fclab.engines import choose, train
from fclab.engines.job import Job
from fclab.values.errors import FclabError
from fclab.values.recipe import BINARY

distributed = pytest.importorskip("distributed", reason="distributed is not installed (cluster)")

from fclab.cluster import backend as backends  # noqa: E402
from fclab.cluster.chunk import carry_out  # noqa: E402
from fclab.cluster.connection import RESOURCE  # noqa: E402


@pytest.fixture
def client():
    """Of a scheduler and a worker in this process."""
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False,
               "resources": {RESOURCE: 1}, "dashboard_address": None}  # fmt: skip
    with distributed.LocalCluster(**options) as cluster:
        yield partial(distributed.Client, cluster, set_as_default=False)


@pytest.mark.parametrize(("times", "ends"), [(3, True), (1000, False)])
def test_a_full_disk_on_a_worker_is_tried_again_but_not_for_ever(
    client, monkeypatch, tmp_path, times, ends
):
    def full(chunk, dataset):  # goes to the worker as a copy: it counts in files
        (tmp_path / str(tried := len([*tmp_path.iterdir()]))).touch()
        if tried < times:
            raise OSError(errno.ENOSPC, "No space left on device")
        return carry_out(chunk, dataset)

    monkeypatch.setattr(backends, "carry_out", full)
    data, recipe = binary_points("xor"), BINARY.replace(epochs=50)
    jobs = [Job(data, recipe, 1, choose(data, recipe, "auto", "cpu"))]
    backend = backends.ClusterBackend(client, lambda code, values: None)
    if not ends:
        with pytest.raises(FclabError, match=r"a worker cannot train: .*No space left on device"):
            list(backend.train(jobs, lambda epochs: None))
        assert len([*tmp_path.iterdir()]) == backends.Limits().refusals
    else:
        (run,) = backend.train(jobs, lambda epochs: None)
        (other,) = train(data, [recipe], [1])
        assert run.metrics == other.metrics
        assert len([*tmp_path.iterdir()]) == times + 1
    backend.close()
