"""A TOML file that describes a cluster: its words reach Dask, and are gone afterwards."""

import pytest

pytest.importorskip("distributed", reason="distributed is not installed (the extra cluster)")

import dask.config

from fclab.cluster.connect import trained_on
from fclab.data import binary_points
from fclab.engines import train
from fclab.values.recipe import BINARY

PROFILE = """
kind = "LocalCluster"

[options]
n_workers = 1
threads_per_worker = 1
dashboard_address = "127.0.0.1:0"
processes = false

[dask.distributed.worker.memory]
terminate = 0.93
"""


def test_a_profile_trains_and_its_configuration_is_undone(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(PROFILE, "utf-8")
    key, beside = "distributed.worker.memory.terminate", "distributed.worker.memory.pause"
    before = dask.config.get(key), dask.config.get(beside)
    data, recipe = binary_points("xor"), BINARY.replace(epochs=20)
    (alone,) = train(data, [recipe], [3])
    with trained_on(str(path), lambda code, values: None):
        assert (dask.config.get(key), dask.config.get(beside)) == (0.93, before[1])
        (there,) = train(data, [recipe], [3])
    assert there.metrics == alone.metrics
    assert (dask.config.get(key), dask.config.get(beside)) == before
