"""Workers and the scheduler of a cluster, as processes of this machine."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

import dask.config
from distributed import Nanny, Scheduler
from distributed.core import Status
from distributed.security import Security

from fclab.cluster.connection import RESOURCE

CALM: Final[Mapping[str, str]] = {
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "500ms",
}
"""How often Dask looks at its own processes. It is made for tasks of milliseconds, and looks many
times a second; chunks take seconds, and the processor is theirs."""

ENVIRONMENT: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
         "VECLIB_MAXIMUM_THREADS"), "1",
    ),
    "DASK_LOGGING__DISTRIBUTED": "critical",  # what goes wrong is told by who asks
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",  # it samples threads
    **{f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": v for name, v in CALM.items()},
}  # fmt: skip
"""Of a worker's process, set before it begins: NumPy reads it once, when it is imported."""

CONFIGURATION: Final[Mapping[str, str]] = {
    **CALM,
    **{f"distributed.nanny.pre-spawn-environ.{name}": v for name, v in ENVIRONMENT.items()},
}
"""Dask's, of a scheduler and of those who begin workers."""

PATIENCE: Final = 600.0
"""Seconds in which a scheduler that is gone must be there again."""


async def work_for(
    address: str,
    processes: int,
    security: Security | None = None,
    *,
    patience: float = PATIENCE,
    say: Callable[[str], None] = lambda what: None,
) -> None:
    """Train what a scheduler asks for, until it is gone for too long or this is cancelled. A
    process that dies is begun anew by its nanny, all are when the scheduler is there again.

    Args:
        address: of the scheduler.
        processes: how many; each has one thread.
        security: TLS; None: none.
        patience: see `PATIENCE`; also the time that the scheduler has to begin.
        say: is told ``"working"`` and ``"waiting"``.

    Raises:
        TimeoutError: no scheduler for so long.
    """
    up = 0

    async def keep_one() -> None:
        nonlocal up
        since = time.monotonic()
        while True:
            try:
                nanny = Nanny(
                    address, nthreads=1, resources={RESOURCE: 1}, security=security,
                    death_timeout=_BEGIN, dashboard=False, dashboard_address="127.0.0.1:0",
                )  # fmt: skip
                async with nanny:
                    up += 1
                    if up == processes:
                        say("working")
                    try:
                        await _end_of(nanny)
                    finally:
                        up, since = up - 1, time.monotonic()
            except (OSError, RuntimeError, AssertionError) as error:  # a nanny that cannot begin
                if time.monotonic() - since > patience:
                    raise TimeoutError(address) from error
            if not up:
                say("waiting")
            await asyncio.sleep(1)

    with dask.config.set(CONFIGURATION):
        await asyncio.gather(*(keep_one() for _ in range(processes)))


async def _end_of(nanny: Nanny) -> None:
    """Until a nanny is closed, or could not begin a process anew: it says so to nobody."""
    without = 0
    while nanny.status != Status.closed and without < _WITHOUT:
        await asyncio.sleep(1)
        without = 0 if nanny.is_alive() else without + 1


_BEGIN: Final = 120
"""Seconds in which a process begins, on a machine however busy, and finds the scheduler."""

_WITHOUT: Final = 10
"""Seconds without a process; to begin one takes less than one."""


async def schedule(
    host: str,
    port: int,
    security: Security | None = None,
    *,
    begun: Callable[[str, str], None] = lambda address, dashboard: None,
) -> None:
    """Be the scheduler, until this is cancelled.

    Args:
        host, port: where it is reached; port 0: any that is free.
        security: TLS; None: none.
        begun: is told its address and the link to Dask's own page about it.
    """
    protocol = "tls" if security else "tcp"
    with dask.config.set(CONFIGURATION):
        async with Scheduler(
            host=host, port=port, protocol=protocol, security=security,
            dashboard_address="127.0.0.1:0",
        ) as scheduler:  # fmt: skip
            page = scheduler.services.get("dashboard")
            begun(scheduler.address, f"http://127.0.0.1:{page.port}/status" if page else "")
            await scheduler.finished()
