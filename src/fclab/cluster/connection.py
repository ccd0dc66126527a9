"""The scheduler of a cluster, and who is there: looked for again whenever it is gone."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import RLock
from typing import Any, Final, cast

from distributed import CancelledError, Client, Future
from distributed.comm.core import CommClosedError, FatalCommClosedError

from fclab.values.errors import FclabError
from fclab.version import __version__

Connect = Callable[[], Client]
Say = Callable[[str, Mapping[str, Any]], None]

RESOURCE: Final = f"fclab-{__version__}"
"""What a worker of this version has, and every chunk needs: others are never asked."""

TOPIC: Final = "fclab"
"""Under which the scheduler keeps how far each asker is, see `fclab.cluster.overview`."""

GONE: Final = (CommClosedError, OSError, TimeoutError, CancelledError)
"""What is raised where the scheduler, or the way to it, is gone."""

_SEEN_SECONDS: Final = 5.0
"""How long it holds who was there."""


class Connection:
    """A client of the scheduler, for many threads.

    Args:
        connect: makes a client; called again when the scheduler is gone.
        say: is told a code and its values of what does not go as it should.
        patience: seconds in which a scheduler that is gone must be there again.

    Attributes:
        generation: how many clients there were: what was asked of an earlier one is lost.
    """

    def __init__(self, connect: Connect, say: Say, patience: float):
        self._connect, self._say, self._patience = connect, say, patience
        self._lock, self.generation = RLock(), 0
        self._client: Client | None = None
        self._there, self._seen = (0, 0.0, 1), 0.0

    def client(self) -> tuple[Client, int]:
        """The client, and its generation.

        Raises:
            FclabError: no scheduler answers, or one with other certificates.
        """
        with self._lock:
            stop = time.monotonic() + self._patience
            while self._client is None:
                try:
                    self._client = self._connect()
                    self.generation += 1
                except FatalCommClosedError as error:
                    raise FclabError(
                        "the scheduler has other certificates: copy its folder to this machine, "
                        "or name it with --certificates"
                    ) from error
                except GONE as error:
                    if not self.generation or time.monotonic() > stop:
                        raise FclabError(
                            "no scheduler answers: start it, or name another one with --cluster"
                        ) from error
                    time.sleep(1)
            return self._client, self.generation

    def renew(self, generation: int) -> None:
        """The scheduler of a generation is gone: look for it, or for the one in its place.

        Raises:
            FclabError: as of `client`.
        """
        with self._lock:
            if generation != self.generation:
                return  # another thread has seen to it
            self._say("scheduler_gone", {})
            if self._client is not None:
                with suppress(Exception):
                    self._client.close(timeout=1)
            self._client = None
            self.client()

    def close(self) -> None:
        """Let go of the scheduler."""
        with self._lock:
            if self._client is not None:
                with suppress(*GONE):
                    self._client.close(timeout=5)
            self._client = None

    def cancel(self, futures: Sequence[Future]) -> None:
        """Nobody waits for these any more."""
        if futures and self._client is not None:
            with suppress(*GONE):
                self._client.cancel(futures)

    def tell(self, state: Mapping[str, Any]) -> None:
        """Tell the scheduler how far this asker is, for `fclab top`."""
        with suppress(*GONE):
            self.client()[0].log_event(TOPIC, state)

    def cores(self) -> int:
        """Of all who are there, asked once in a while for all threads."""
        with self._lock:
            client, generation = self.client()
            known, told, cores = self._there
            if known != generation or time.monotonic() - told > _SEEN_SECONDS:
                with suppress(*GONE):  # found out when it is asked to train
                    there = cast(Mapping[str, int], client.nthreads())
                    cores = max(1, sum(there.values()))
                self._there = generation, time.monotonic(), cores
            return cores

    def see_workers(self) -> None:
        """Say that those who are there cannot help, once there are some and none can.

        Raises:
            FclabError: all of them have another version.
        """
        with self._lock:
            if time.monotonic() - self._seen < _SEEN_SECONDS:
                return
            there = self.client()[0].scheduler_info(n_workers=-1)["workers"].values()
            self._seen = time.monotonic()  # it is long where they are many
        if not there:
            self._say("no_workers", {})
        if there and not any(RESOURCE in worker["resources"] for worker in there):
            theirs = sorted({name.removeprefix("fclab-") for w in there for name in w["resources"]})
            raise FclabError(
                "the workers have fclab {theirs}, this is {ours}: install the same version on all",
                theirs=", ".join(theirs) or "?",
                ours=__version__,
            )
