"""Workers are killed and strangers knock while a study is trained: nothing is lost, nothing
doubled, the same table. What takes minutes is in ``test_fault_campaigns.py``."""

import asyncio
import os
import pickle
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="distributed is not installed (the extra cluster)")
if os.name != "posix":
    pytest.skip("processes are ended in the way of POSIX", allow_module_level=True)

from distributed import Client, rpc
from distributed.security import Security
from studies import SMALL, asked, does, kept, kill_trainers

from fclab.cluster.certificates import AUTHORITY, security_of
from machines import cluster


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


@pytest.mark.slow
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
        asks = machines.start(*SMALL, "--cluster", machines.address,
                              "--certificates", str(tmp_path / "other"))  # fmt: skip
        assert asks.ended() == 1
        assert "the scheduler has other certificates" in " ".join(asks.text().split())
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
