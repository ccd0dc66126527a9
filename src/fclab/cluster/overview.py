"""What a cluster does just now: for `fclab top`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distributed import Client

from fclab.cluster.connection import RESOURCE, TOPIC


@dataclass(frozen=True)
class Worker:
    """One process that trains.

    Attributes:
        address: where it is.
        host: its machine.
        version: of its fclab; empty: it has none.
        trains: whether a chunk is in hand.
        memory: bytes in use; ``limit``: and those that it may.
    """

    address: str
    host: str
    version: str
    trains: bool
    memory: int
    limit: int

    @property
    def asked(self) -> bool:
        """Whether this version of fclab gives it work."""
        return f"fclab-{self.version}" == RESOURCE


@dataclass(frozen=True)
class Asker:
    """One command that has work done.

    Attributes:
        name: a random one.
        done, whole: work, in the unit of `fclab.study.trainer.work`.
        deaths: workers that died over its chunks.
        begun: when, seconds since 1970; ``told``: when it said so.
    """

    name: str
    done: float
    whole: float
    deaths: int
    begun: float
    told: float

    @property
    def seconds_left(self) -> float | None:
        """By what was done so far; None: nothing was."""
        if self.done <= 0:
            return None
        return (self.told - self.begun) * (self.whole - self.done) / self.done


@dataclass(frozen=True)
class Overview:
    """All of it.

    Attributes:
        workers: by address.
        askers: those that spoke last in front.
        waiting: chunks that no worker has in hand.
        dashboard: link to Dask's own page, on the machine of the scheduler, if it has one.
    """

    workers: tuple[Worker, ...]
    askers: tuple[Asker, ...]
    waiting: int
    dashboard: str


def look(client: Client) -> Overview:
    """What the cluster of a client does."""
    info = client.scheduler_info(n_workers=-1)
    processing: Any = client.processing()
    events: Any = client.get_events(TOPIC)
    workers = tuple(
        _worker(address, one, bool(processing.get(address)))
        for address, one in sorted(info["workers"].items())
    )
    page = info.get("services", {}).get("dashboard")
    latest: dict[str, Asker] = {}
    for told, event in events or ():
        latest[event["asker"]] = Asker(
            event["asker"], event["done"], event["whole"], event["deaths"], event["begun"], told
        )
    busy = sum(len(keys) for keys in processing.values())
    return Overview(
        workers=workers,
        askers=tuple(sorted(latest.values(), key=lambda one: -one.told)),
        waiting=max(0, busy - sum(one.trains for one in workers)),
        dashboard=f"http://127.0.0.1:{page}/status" if page else "",
    )


def _worker(address: str, one: Mapping[str, Any], trains: bool) -> Worker:
    versions = [name.removeprefix("fclab-") for name in one["resources"] if "fclab-" in name]
    return Worker(
        address=address,
        host=one["host"],
        version=versions[0] if versions else "",
        trains=trains,
        memory=one.get("metrics", {}).get("memory", 0),
        limit=one.get("memory_limit", 0),
    )
