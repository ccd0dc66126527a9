"""Workers, the scheduler and the way to them fail while a study is trained: nothing is lost,
nothing doubled, the same table."""

import asyncio
import json
import os
import pickle
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("distributed", reason="distributed is not installed (the extra cluster)")
if os.name != "posix":
    pytest.skip("processes are ended in the way of POSIX", allow_module_level=True)

from distributed import Client, rpc
from distributed.security import Security

from fclab.cli import main
from fclab.cluster.certificates import AUTHORITY, security_of
from fclab.cluster.overview import look
from fclab.store.database import Store
from machines import Cluster, Process, cluster, until

SMALL = ["study", "--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2",
         "--epochs", "400", "--search-seeds", "1", "--hidden", "5", "--batch-factors", "2",
         "--lr-factors", "2"]  # fmt: skip
"""A study of a few seconds."""


@dataclass(frozen=True)
class Kept:
    """What a study left in its store.

    Attributes:
        table: as ``fclab table --format json`` gives it.
        runs: metrics by key.
        count: of the rows of the store.
    """

    table: Any
    runs: dict[str, Any]
    count: int


def kept(store: str, table: Path) -> Kept:
    """What is there; the table is written to a file on the way."""
    does("table", "--format", "json", "--store", store, "--out", str(table))
    with Store(store, create=False) as there:
        keys = [entry.key for entry in there.listing()]
        runs = {key: run.metrics for key, run in zip(keys, there.runs(keys), strict=True)}
    return Kept(json.loads(table.read_text("utf-8")), runs, len(keys))


def does(*words: str) -> None:
    """A command, in this process."""
    with pytest.raises(SystemExit) as ended:
        main([*words])
    assert ended.value.code == 0


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Kept:
    """The study by one process."""
    folder = tmp_path_factory.mktemp("alone")
    store = str(folder / "store.db")
    does(*SMALL, "--store", store, "--out", str(folder / "results"))
    found = kept(store, folder / "table.json")
    assert len(found.runs) == found.count > 20
    return found


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    does("cluster", "certificates", "--out", str(folder / "ours"))
    return folder / "ours"


@pytest.fixture
def machines(tmp_path) -> Iterator[Cluster]:
    """Without TLS, on this machine."""
    with cluster(tmp_path) as made:
        yield made


def asked(machines: Cluster, store: str, *words: str, study: Sequence[str] = SMALL) -> Process:
    """The study, asked of a cluster."""
    return machines.start(*study, "--store", store, "--cluster", machines.address, *words)


def kill_trainers(worker: Process, client: Client, times: int, ask: Process, wait: float) -> int:
    """Kill the process of a worker while it has a chunk, so many times or until all is done; how
    often that was."""
    done, killed, random = 0, 0, Random(times)

    def trains() -> bool:
        new = [pid for pid in worker.trainers() if pid != killed]
        return ask.popen.poll() is not None or bool(
            new and any(one.trains for one in look(client).workers)
        )

    while done < times:
        until(trains, "a worker that trains")
        if ask.popen.poll() is not None:
            break
        time.sleep(wait * random.random())
        (pid,) = worker.trainers()
        done += any(one.trains for one in look(client).workers)
        os.kill(pid, signal.SIGKILL)
        killed = pid
    return done


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_run(tmp_path, alone, certificates):
    with cluster(tmp_path, FCLAB_CERTIFICATES=str(certificates)) as machines:
        machines.scheduler("--port", "0", "--certificates", str(certificates))
        worker = machines.worker()
        ask = asked(machines, "store.db")
        security = security_of(certificates)
        with Client(machines.address, security=security, set_as_default=False) as client:
            assert kill_trainers(worker, client, 3, ask, 0.1) == 3
        assert ask.ended() == 0, ask.text()
    assert kept(str(tmp_path / "store.db"), tmp_path / "table.json") == alone


def test_outsiders_are_refused_and_nothing_of_theirs_is_unpickled(tmp_path, certificates):
    does("cluster", "certificates", "--out", str(tmp_path / "other"))
    ours, other = (security_of(folder) for folder in (certificates, tmp_path / "other"))
    bare = Security(require_encryption=True, tls_ca_file=str(certificates / AUTHORITY))
    with cluster(tmp_path, FCLAB_CERTIFICATES=str(certificates)) as machines:
        machines.scheduler("--port", "0", "--certificates", str(certificates))
        machines.worker()
        with Client(machines.address, security=ours, set_as_default=False) as client:
            ((worker, told),) = client.scheduler_info()["workers"].items()
        for number, address in enumerate((machines.address, worker, told["nanny"])):
            assert address.startswith("tls://127.0.0.1:")
            for who, security in (("bare", bare), ("other", other), ("nobody", None)):
                there = tmp_path / f"{who}-{number}"
                asyncio.run(_ask(address, security, there))
                assert not there.exists(), f"{who} at {address}"
            asyncio.run(_ask(address, ours, tmp_path / f"ours-{number}"))
            assert (tmp_path / f"ours-{number}").is_dir()  # who belongs to it can do that
        stranger = machines.start("worker", machines.address, "--processes", "1", "--wait", "1",
                                  "--certificates", str(tmp_path / "other"))  # fmt: skip
        assert stranger.ended() == 1
        assert f"no scheduler answers at {machines.address}" in stranger.text()
        with Client(machines.address, security=ours, set_as_default=False) as client:
            assert [*client.scheduler_info()["workers"]] == [worker]


@dataclass(frozen=True)
class _Bomb:
    """Makes a folder when it is unpickled."""

    folder: Path

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


async def _ask(address: str, security: Security | None, folder: Path) -> None:
    """Send a pickled thing to a scheduler, a worker or a nanny, which makes a folder."""
    if security is None:
        address = address.replace("tls://", "tcp://")
    arguments = security.get_connection_args("client") if security else {}
    bomb = pickle.dumps(_Bomb(folder))
    async with rpc(address, connection_args=arguments, timeout=5) as there:
        for call in (there.run, there.run_function):  # of a worker, of a scheduler
            with suppress(Exception):
                await call(function=bomb)
