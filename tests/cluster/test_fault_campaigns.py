"""Whatever may fail in a cluster fails, for minutes: nothing is lost, nothing doubled, the same
table. What was seen is kept in ``benchmarks/results/cluster_faults.json``."""

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="distributed is not installed (the extra cluster)")
if os.name != "posix":
    pytest.skip("processes are ended in the way of POSIX", allow_module_level=True)

from distributed import Client
from studies import SMALL, Kept, asked, come, does, kept, kill_trainers

from fclab.cluster.backend import Limits
from fclab.cluster.connect import trained_on
from fclab.store.database import Store
from fclab.values.files import write_atomic
from fclab.version import __version__
from machines import Cluster, cluster

sys.path.append(str(Path(__file__).parents[1] / "store"))
from server import Server, programs

pytestmark = pytest.mark.campaign

RESULT = Path(__file__).parents[2] / "benchmarks" / "results" / "cluster_faults.json"


def remember(fault: str, found: Kept, wanted: Kept, **figures: object) -> None:
    """Compare what is kept with the study of one process, and keep what was seen."""
    seen = {
        "date": datetime.now(UTC).date().isoformat(),
        **figures,
        "runs": wanted.count,
        "lost": len(wanted.runs.keys() - found.runs.keys()),
        "doubled": found.count - len(found.runs),
        "others": len(found.runs.keys() - wanted.runs.keys()),
        "same_metrics": found.runs == wanted.runs,
        "same_table": found.table == wanted.table,
    }
    try:
        all_seen = json.loads(RESULT.read_text("utf-8"))
    except FileNotFoundError:
        all_seen = {}
    all_seen |= {
        "what": "faults of a cluster of real processes while a study is trained; the table and "
                "the runs beside those of one process",
        "command": "pytest -m campaign tests/cluster/test_fault_campaigns.py",
        "python": platform.python_version(),
    }  # fmt: skip
    all_seen.setdefault("faults", {})[fault] = seen
    write_atomic(RESULT, json.dumps(all_seen, indent=1) + "\n")
    assert found == wanted


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def ended_well(process, machines: Cluster) -> None:
    code = process.ended()
    assert code == 0, "\n".join(one.text() for one in machines.begun)


def test_a_worker_is_killed_50_times(machines, tmp_path, alone):
    machines.scheduler("--port", "0")
    worker = machines.worker()
    killed, studies, found, before = 0, 0, alone, time.monotonic()
    with Client(machines.address, set_as_default=False) as client:
        while killed < 50 and found == alone:
            ask = asked(machines, f"{studies}.db")
            killed += kill_trainers(worker, client, 50 - killed, ask, 0.5)
            ended_well(ask, machines)
            found = kept(str(tmp_path / f"{studies}.db"), tmp_path / "table.json")
            studies += 1
    remember("worker_killed", found, alone, kills=killed, studies=studies,
             seconds=round(time.monotonic() - before))  # fmt: skip


def test_the_scheduler_is_killed_and_started_again(machines, tmp_path, alone):
    port, store = free_port(), tmp_path / "store.db"
    scheduler = machines.scheduler("--port", port)
    machines.worker()
    machines.worker()
    ask, kills = asked(machines, "store.db"), 0
    for part in (5, 15, 30):
        if not come(ask, store, part):
            break
        scheduler.kill()
        kills += 1
        time.sleep(3)
        scheduler = machines.scheduler("--port", port)
    ended_well(ask, machines)
    remember("scheduler_killed", kept(str(store), tmp_path / "table.json"), alone, kills=kills)
    assert "The scheduler is gone" in ask.text()


def test_the_client_is_killed_and_started_again(machines, tmp_path, alone):
    store = tmp_path / "store.db"
    machines.scheduler("--port", "0")
    machines.worker()
    before: dict[str, datetime] = {}
    kills = 0
    for part in (5, 15, 30):
        ask = asked(machines, "store.db")
        if not come(ask, store, part):
            break
        ask.kill()
        kills += 1
        with Store(store, create=False) as there:
            now = {entry.key: entry.created for entry in there.listing()}
        assert before.items() <= now.items()  # what is there is not trained again
        before = now
    ask = asked(machines, "store.db")
    ended_well(ask, machines)
    with Store(store, create=False) as there:
        assert before.items() <= {one.key: one.created for one in there.listing()}.items()
    remember("client_killed", kept(str(store), tmp_path / "table.json"), alone, kills=kills)


def test_a_worker_that_stands_still_is_begun_anew(machines, tmp_path, alone):
    machines.scheduler("--port", "0", DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="10s")
    worker = machines.worker()
    store = tmp_path / "store.db"
    ask = asked(machines, "store.db")
    come(ask, store, 5)
    (still,) = worker.trainers()
    os.kill(still, signal.SIGSTOP)
    ended_well(ask, machines)
    assert worker.trainers() not in ([still], [])
    remember("worker_stopped", kept(str(store), tmp_path / "table.json"), alone)


def test_a_worker_stuck_in_its_thread_ends_itself(machines, tmp_path, alone):
    stuck = tmp_path / "stuck"
    machines.scheduler("--port", "0")
    worker = machines.worker(PYTHONPATH=patched(tmp_path, f"""
import ctypes, os
import fclab.cluster.chunk as chunk
train = chunk.train
def once(*words, **more):
    try:
        os.mkdir({str(stuck)!r})
    except FileExistsError:
        return train(*words, **more)
    ctypes.PyDLL(None).sleep(10**6)  # nothing else runs in this process
chunk.train = once
"""))  # fmt: skip
    store, (first,) = str(tmp_path / "store.db"), worker.trainers()
    before = time.monotonic()
    limits = Limits(longest=20, slower=1)
    with trained_on(machines.address, lambda code, values: None, limits=limits):
        does(*SMALL, "--store", store, "--out", str(tmp_path / "results"))
    assert stuck.is_dir()
    assert worker.trainers() not in ([first], [])
    remember("worker_stuck", kept(store, tmp_path / "table.json"), alone, longest=limits.longest,
             seconds=round(time.monotonic() - before))  # fmt: skip


def test_a_worker_of_another_version_is_refused_by_name_and_not_asked(machines, tmp_path, alone):
    machines.scheduler("--port", "0")
    other = patched(tmp_path, "import fclab.version; fclab.version.__version__ = '0.1.0'")
    machines.worker(PYTHONPATH=other)
    ask = asked(machines, "store.db")
    assert ask.ended() == 1
    refused = f"the workers have fclab 0.1.0, this is {__version__}: install the same version"
    assert refused in ask.text()
    assert "Traceback" not in ask.text()
    machines.worker()
    ask = asked(machines, "store.db")
    come(ask, tmp_path / "store.db", 5)
    shown = machines.start("top", machines.address, "--once")
    assert shown.ended() == 0
    assert "another version" in shown.out.read_text("utf-8")
    ended_well(ask, machines)
    remember("other_version", kept(str(tmp_path / "store.db"), tmp_path / "table.json"), alone)


def test_a_worker_without_images_is_sent_them(machines, tmp_path, cifar_dir, monkeypatch):
    real = [word for word in SMALL if word not in ("--data", "synthetic")]
    machines.scheduler("--port", "0")
    machines.worker()
    machines.worker(FCLAB_DATA=str(cifar_dir))
    ask = asked(machines, "store.db", study=real, FCLAB_DATA=str(cifar_dir))
    ended_well(ask, machines)
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    does(*real, "--store", str(tmp_path / "alone.db"), "--out", str(tmp_path / "results"))
    found, alone = (kept(str(tmp_path / f"{name}.db"), tmp_path / f"{name}.json")
                    for name in ("store", "alone"))  # fmt: skip
    remember("worker_without_images", found, alone)


def test_the_network_between_two_hosts_is_cut_and_healed(tmp_path, alone, certificates):
    with (
        hosts() as (here, there, cut, heal),
        cluster(tmp_path, FCLAB_CERTIFICATES=str(certificates)) as machines,
    ):
        store = tmp_path / "store.db"
        machines.scheduler("--host", ADDRESSES[0], "--port", "8786", before=here)
        assert machines.address == f"tls://{ADDRESSES[0]}:8786"
        machines.worker(before=there)
        ask = asked(machines, "store.db", before=here)
        seconds = (10, 45)
        for part, cut_for in zip((5, 15), seconds, strict=True):
            assert come(ask, store, part), ask.text()
            cut()
            time.sleep(cut_for)
            heal()
        ended_well(ask, machines)
        remember("network_cut", kept(str(store), tmp_path / "table.json"), alone, cuts=seconds)


def test_the_disk_of_a_worker_is_full(machines, tmp_path, alone):
    with small_disk(tmp_path / "disk") as (inside, disk):
        machines.scheduler("--port", "0")
        temporary = {"TMPDIR": str(tmp_path / "disk"), "FCLAB_CACHE": str(tmp_path / "disk")}
        machines.worker(before=inside, **temporary)
        ask, store = asked(machines, "store.db"), tmp_path / "store.db"
        come(ask, store, 5)
        fill(disk)
        ended_well(ask, machines)
        remember("worker_disk_full", kept(str(store), tmp_path / "table.json"), alone)


def test_the_disk_of_the_store_is_full_and_has_room_again(machines, tmp_path, alone):
    with small_disk(tmp_path / "disk") as (inside, disk):
        machines.scheduler("--port", "0")
        machines.worker()
        fill(disk, leave=400_000)
        ask = asked(machines, str(tmp_path / "disk" / "s.db"), before=inside)
        assert ask.ended() == 1
        assert "no room on the disk" in ask.text()
        assert "Traceback" not in ask.text()
        (disk / "fill").unlink()
        ended_well(asked(machines, str(tmp_path / "disk" / "s.db"), before=inside), machines)
        for part in disk.glob("s.db*"):
            shutil.copy(part, tmp_path)
        found = kept(str(tmp_path / "s.db"), tmp_path / "table.json")
        remember("store_disk_full", found, alone)


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")
def test_postgresql_is_restarted_while_workers_write_into_it(machines, tmp_path, alone):
    with Server() as server:
        machines.scheduler("--port", "0")
        machines.worker()
        machines.worker()
        ask, restarts = asked(machines, server.address), 0
        for part in (5, 12, 20):
            if not come(ask, server.address, part):
                break
            server.stop()
            time.sleep(3)
            server.start()
            restarts += 1
        ended_well(ask, machines)
        remember("postgresql_restarted", kept(server.address, tmp_path / "table.json"), alone,
                 restarts=restarts)  # fmt: skip


def patched(folder: Path, code: str) -> str:
    """A path of Python on which this code is run first."""
    there = folder / "patched"
    there.mkdir()
    (there / "sitecustomize.py").write_text(code, "utf-8")
    return os.pathsep.join([str(there), *filter(None, [os.environ.get("PYTHONPATH")])])


ADDRESSES = ("10.213.77.1", "10.213.77.2")

Do = Callable[[], object]


@contextmanager
def hosts() -> Iterator[tuple[list[str], list[str], Do, Do]]:
    """Two network namespaces with a cable between them: the words before a command of each, and
    how it is cut and healed."""
    names = [f"fclab-{os.getpid()}-{side}" for side in "ab"]
    ends = [f"fc{os.getpid()}{side}" for side in "ab"]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    def cable(state: str) -> None:
        ip("-n", names[1], "link", "set", ends[1], state)

    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("no network namespaces for this user")
    try:
        try:
            for name in names:
                ip("netns", "add", name)
        except subprocess.CalledProcessError:
            pytest.skip("no network namespaces here")
        ip("link", "add", ends[0], "netns", names[0], "type", "veth", "peer", "name", ends[1],
           "netns", names[1])  # fmt: skip
        for name, end, address in zip(names, ends, ADDRESSES, strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", end)
            for link in ("lo", end):
                ip("-n", name, "link", "set", link, "up")
        before = [["ip", "netns", "exec", name] for name in names]
        yield before[0], before[1], partial(cable, "down"), partial(cable, "up")
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[tuple[list[str], Path]]:
    """A disk of 8 MiB at a folder, for those alone whose command begins with these words; and
    where others find it."""
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("no mounts for this user")
    script = 'mount -t tmpfs -o size=8m tmpfs "$0" && echo there && exec sleep 100000'
    holder = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", script, str(folder)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert holder.stdout is not None
    try:
        if holder.stdout.readline() != "there\n":
            pytest.skip("no mounts here")
        yield (["nsenter", "-t", str(holder.pid), "-m", f"--wd={folder.parent}"],
               Path(f"/proc/{holder.pid}/root{folder}"))  # fmt: skip
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def fill(disk: Path, leave: int = 0) -> None:
    """Leave no room on it, or so many bytes."""
    with (disk / "fill").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"\0" * size):
                    pass
        file.truncate(file.tell() - leave)
