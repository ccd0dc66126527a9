"""What tests of real processes share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from studies import Kept

    from machines import Cluster


@pytest.fixture(scope="session")
def alone(tmp_path_factory) -> "Kept":
    """The study by one process."""
    from studies import SMALL, does, kept

    folder = tmp_path_factory.mktemp("alone")
    store = str(folder / "store.db")
    does(*SMALL, "--store", store, "--out", str(folder / "results"))
    found = kept(store, folder / "table.json")
    assert len(found.runs) == found.count > 20
    return found


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Path:
    """Of a cluster, made by the command."""
    from studies import does

    folder = tmp_path_factory.mktemp("certificates") / "ours"
    does("cluster", "certificates", "--out", str(folder))
    return folder


@pytest.fixture
def machines(tmp_path) -> "Iterator[Cluster]":
    """A cluster without TLS, on this machine."""
    from machines import cluster

    with cluster(tmp_path) as made:
        yield made
