"""A Dask cluster as the one who trains: jobs go out in chunks, runs come back.

What can fail is a worker, the scheduler, the way to them, or a worker that does not come to an end.
A chunk whose worker is lost is done by another one; a scheduler that is gone is looked for again,
and whatever is not back yet is asked for anew. A run is a function of dataset, recipe and seed
alone: a chunk that was done twice gives the same runs, and each is yielded once.
"""

import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final
from uuid import uuid4

import dask.config
from distributed import Client, Future, KilledWorker, wait

from fclab.cluster.chunk import Absent, Chunk, Done, carry_out, chunks_of
from fclab.cluster.connection import GONE, RESOURCE, Connect, Connection, Say
from fclab.engines.elsewhere import calls_at_once
from fclab.engines.job import Job, Tick
from fclab.store.connect import is_address
from fclab.store.database import Store
from fclab.store.pack import run_key, unpack_run
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.run import Run


@dataclass(frozen=True)
class Limits:
    """When something is given up.

    Attributes:
        deaths: workers that may die over one chunk; beyond, it is the chunk that kills them.
        refusals: how often workers may fail over one chunk by a fault of their machine.
        patience: seconds in which a scheduler that is gone must be there again.
        longest: seconds that any chunk may take on its worker, however long it was thought to take;
            then the worker ends itself, and another one is asked.
        slower: how many times longer than thought a chunk may take.
    """

    deaths: int = 100
    refusals: int = 10
    patience: float = 600.0
    longest: float = 600.0
    slower: float = 30.0


_CALLS_A_SECOND: Final = 100
"""How many waiting calls look around in a second: each second where they are few."""


@dataclass(eq=False)
class _Asked:
    """A chunk that is not back yet."""

    chunk: Chunk
    dataset: Dataset
    deaths: int = 0
    refusals: int = 0
    generation: int = 0
    future: Future | None = None


def _itself(dataset: Dataset) -> Dataset:
    return dataset


class ClusterBackend:
    """Trains jobs on a cluster; see `fclab.engines.elsewhere.Backend`.

    Args:
        connect: makes a client of the scheduler; called again when that one is gone.
        say: is told a code and its values of what does not go as it should.
        store: where light jobs are kept, the runs of a chunk at once; if it is a database on a
            server, by the workers themselves. None: they are not.
        limits: when something is given up.
    """

    def __init__(
        self, connect: Connect, say: Say, store: Store | None = None, limits: Limits | None = None
    ):
        self._say, self._store, self._limits = say, store, limits or Limits()
        self._connection = Connection(connect, say, self._limits.patience)
        self._lock = Lock()
        self._sent: OrderedDict[str, tuple[int, Future]] = OrderedDict()
        self._at_home = True  # until a worker says that it has no images
        self._told = 0.0
        self._writing, self._kept = Lock(), set[str]()
        self._direct = store.address if store is not None and is_address(store.address) else ""
        self._state: dict[str, Any] = {"asker": uuid4().hex[:8], "deaths": 0, "begun": time.time()}

    @property
    def width(self) -> int:
        """Two calls for each core: one is trained, the next is on the way."""
        return 2 * self._connection.cores()

    def close(self) -> None:
        """Let go of the scheduler."""
        self._connection.close()
        with self._lock:
            self._sent.clear()

    def told(self, done: float, whole: float) -> None:
        """Tell the scheduler how far this asker is, once a second, for `fclab top`."""
        now = time.monotonic()
        if now - self._told >= 1 or done >= whole:
            self._told = now
            state = {**self._state, "done": done, "whole": whole}
            self._connection.tell(state)

    def train(self, jobs: Sequence[Job], tick: Tick) -> Generator[Run]:
        """Train the jobs.

        Raises:
            FclabError: no worker of this version, a chunk that ends every worker, a scheduler that
                does not come back, or what a worker says of a recipe.
        """
        wanted = {(j.dataset.fingerprint, j.recipe, j.seed): j for j in jobs}
        datasets = {job.dataset.fingerprint: job.dataset for job in jobs}
        limits = self._limits
        waiting = [
            _Asked(
                replace(chunk, longest=max(limits.longest, limits.slower * seconds)),
                datasets[chunk.dataset.fingerprint],
            )
            for chunk, seconds in chunks_of(jobs, self._share(), store=self._direct)
        ]
        try:
            while waiting:
                for asked in self._finished(waiting):
                    runs = self._result(asked)
                    if runs is None:
                        continue
                    waiting.remove(asked)
                    tick(asked.chunk.epochs)
                    for run in runs:
                        job = wanted[run.dataset.fingerprint, run.recipe, run.seed]
                        targets = {name: part.y for name, part in job.dataset.splits.items()}
                        yield replace(run, dataset=job.dataset.info, targets=targets)
        finally:
            generation = self._connection.generation
            self._connection.cancel(
                [a.future for a in waiting if a.future and a.generation == generation]
            )

    def has_kept(self, run: Run, store: object) -> bool:
        """See `fclab.engines.elsewhere.Backend`."""
        key = run_key(run.dataset.fingerprint, run.recipe, run.seed, run.engine)
        with self._lock:
            there = store is self._store and key in self._kept
            self._kept.discard(key)
            return there

    def _finished(self, waiting: Sequence[_Asked]) -> Sequence[_Asked]:
        """Those that are done, or have failed; asks for those that were not asked for yet."""
        generation, pause = self._connection.generation, max(1.0, calls_at_once() / _CALLS_A_SECOND)
        try:
            for asked in waiting:
                if asked.future is None or asked.generation != self._connection.generation:
                    self._submit(asked)
            client, generation = self._connection.client()
            with client.as_current():
                wait([a.future for a in waiting], timeout=pause, return_when="FIRST_COMPLETED")
        except TimeoutError:
            self._connection.see_workers()
        except GONE:
            self._connection.renew(generation)
            return []
        except RuntimeError:
            if generation == self._connection.generation:
                raise
            return []  # another thread has let go of that client
        return [one for one in waiting if one.future is not None and one.future.done()]

    def _result(self, asked: _Asked) -> Sequence[Run] | None:
        """The runs of a chunk that is done; None: it is asked for again.

        Raises:
            FclabError: what the worker says.
        """
        future, asked.future = asked.future, None
        assert future is not None
        try:
            done: Done = future.result(timeout=60)
        except KilledWorker as error:
            with self._lock:
                self._sent.pop(asked.chunk.dataset.fingerprint, None)  # it may be what was lost
            self._count_death(asked, error)
            return None
        except Absent:
            self._at_home = False
            return None
        except GONE as error:
            if future.status == "error":  # a worker says so: its disk is full
                self._count_refusal(asked, error)
            return None  # the scheduler is gone, or was started anew: found out when it is asked
        except RuntimeError:
            if asked.generation == self._connection.generation:
                raise
            return None  # another thread has let go of that client
        if not asked.chunk.light:
            return done.runs
        runs = self._as_kept(asked.chunk, done)
        if runs is None:
            asked.chunk = replace(asked.chunk, store="")  # that worker's database is another one
        return runs

    def _as_kept(self, chunk: Chunk, done: Done) -> Sequence[Run] | None:
        """The runs of a light chunk, as they are in the store, if there is one; None: they are not
        where the worker has put them."""
        rows, store = {row["key"]: row for row in done.rows}, self._store
        keys = [run_key(chunk.dataset.fingerprint, chunk.recipe, seed, chunk.choice)
                for seed in chunk.seeds]  # fmt: skip
        if store is not None and not done.kept:
            with self._writing:  # SQLite has one writer
                added = store.put_many(done.dataset or {}, done.rows)
            rows = {key: row for key, row in rows.items() if key in added}
        runs = [unpack_run(row, chunk.dataset, {}) for row in rows.values()]
        if store is None:
            return runs
        runs += store.runs([key for key in keys if key not in rows])  # by others, or by the worker
        with self._lock:
            self._kept.update(keys)
        return runs if len(runs) == len(keys) else None

    def _count_death(self, asked: _Asked, error: KilledWorker) -> None:
        asked.deaths += 1
        with self._lock:
            self._state["deaths"] += 1
        self._say("worker_died", {"deaths": asked.deaths})
        if asked.deaths >= self._limits.deaths:
            raise FclabError(
                "{deaths} workers died over the same runs ({layers}, epochs: {epochs}): they "
                "need more memory than a worker has, or another fault",
                deaths=asked.deaths,
                layers=asked.chunk.recipe.layers,
                epochs=asked.chunk.recipe.epochs,
            ) from error

    def _count_refusal(self, asked: _Asked, error: BaseException) -> None:
        asked.refusals += 1
        if asked.refusals >= self._limits.refusals:
            raise FclabError("a worker cannot train: {reason}", reason=error) from error

    def _submit(self, asked: _Asked) -> None:
        client, asked.generation = self._connection.client()
        at_home = self._at_home and asked.chunk.is_at_home
        asked.future = client.submit(
            carry_out, asked.chunk, None if at_home else self._sent_once(client, asked),
            key=f"fclab-{uuid4().hex}", pure=False, retries=0, resources={RESOURCE: 1},
        )  # fmt: skip

    def _sent_once(self, client: Client, asked: _Asked) -> Future:
        """The dataset as a result: each goes out once, workers hand it on to each other, and the
        scheduler has it for those that begin when all others are lost."""
        key = asked.dataset.fingerprint
        with self._lock:
            generation, sent = self._sent.get(key, (0, None))
            if sent is None or generation != asked.generation:
                bare = replace(asked.dataset)  # without what was computed from it
                with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
                    sent = client.submit(
                        _itself, bare, key=f"fclab-images-{uuid4().hex}", pure=False, retries=0,
                        resources={RESOURCE: 1},
                    )  # fmt: skip
                self._sent[key] = asked.generation, sent
            self._sent.move_to_end(key)
            while len(self._sent) > max(8, self.width):
                self._sent.popitem(last=False)
            return sent

    def _share(self) -> int:
        """The cores that one of the calls that are made side by side may count on."""
        return max(1, self._connection.cores() // calls_at_once())
