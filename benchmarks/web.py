"""A class of 30 pupils at one `fclab web` of two cores: how long each waits, and what it takes.

    python benchmarks/web.py

Half of the pupils play part 1 and half part 2, each with a seed of its own, so that no answer
serves two of them. A pupil drags a slider (ten moves, 100 ms apart), waits for the whole fit, looks
at it for one to four seconds and goes on ("class"). Then all of them move once at the very same
moment, several times ("together"). Measured from the last move: seconds to the first picture that
belongs to it, and to the whole fit; the wait of the unluckiest pupil; memory of all processes
(PSS); and, with one worker, from a newer wish to its first event while the older one trains. Two
minutes.
Writes benchmarks/results/web.json. Linux only.
"""

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import msgpack
import numpy as np
import psutil
from websockets.asyncio.client import ClientConnection, connect

from fclab.web.wire import Message, unpack
from fclab.web.workers import User, Workers
from measure import circumstances, load_average

RESULTS = Path(__file__).parent / "results" / "web.json"
MOVES, APART = 10, 0.1
SLIDERS: dict[str, dict[str, tuple[float, ...]]] = {
    "regression": {
        "hidden": tuple(range(40, 90)),
        "lr": tuple(np.geomspace(1e-4, 5e-2, 50).round(6)),
        "noise": tuple(np.linspace(0, 0.5, 50).round(3)),
    },
    "binary": {
        "hidden": tuple(range(2, 40)),
        "lr": tuple(np.geomspace(1e-4, 2e-2, 50).round(6)),
        "noise": tuple(np.linspace(0, 0.5, 50).round(3)),
    },
}
PICTURES = {"frame", "frames"}
LAST = {"done", "error", "dropped"}


class Pupil:
    """One page: what it wished, when, and what came."""

    def __init__(self, number: int, socket: ClientConnection):
        self.task = ("regression", "binary")[number % 2]
        self.first: list[float] = []
        self.whole: list[float] = []
        self.errors: list[str] = []
        self._random, self._socket, self._latest = random.Random(number), socket, 0
        self._wish: dict[str, Any] = {"seed": number}
        self._moved, self._came = 0.0, dict[str, float]()
        self._is_whole = asyncio.Event()

    async def listen(self) -> None:
        """What comes; of older wishes nothing counts."""
        async for data in self._socket:
            event = msgpack.unpackb(data)
            if event["kind"] == "error":
                self.errors.append(str(event))
            if event["id"] != self._latest:
                continue
            waited = perf_counter() - self._moved
            if event["kind"] in PICTURES:
                self._came.setdefault("first", waited)
            if event["kind"] in LAST:
                self._came.setdefault("whole", waited)
                self._is_whole.set()

    async def move(self, **change: float) -> None:
        """A slider stands elsewhere."""
        self._wish |= change
        self._latest += 1
        self._came = {}
        self._is_whole.clear()
        self._moved = perf_counter()
        message = {"v": 1, "id": self._latest, "panel": self.task, "task": self.task,
                   "wish": self._wish}  # fmt: skip
        await self._socket.send(json.dumps(message))

    async def settle(self) -> None:
        """Wait for the whole fit of the last move, which is the one that counts."""
        await asyncio.wait_for(self._is_whole.wait(), 60)
        self.first.append(self._came.get("first", self._came["whole"]))
        self.whole.append(self._came["whole"])

    async def drag(self) -> None:
        """Move a slider by some steps, one way."""
        name, values = self._random.choice([*SLIDERS[self.task].items()])
        start = self._random.randrange(len(values) - MOVES)
        stops = values[start : start + MOVES]
        rises = self._random.random() < 0.5
        for value in stops if rises else stops[::-1]:
            await self.move(**{name: value})
            if value != (stops[-1] if rises else stops[0]):
                await asyncio.sleep(APART)

    async def play(self, until: float) -> None:
        """Drag, wait, look, and so on."""
        await asyncio.sleep(self._random.uniform(0, 4))
        while perf_counter() < until:
            await self.drag()
            await self.settle()
            await asyncio.sleep(self._random.uniform(1, 4))


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and most, in seconds."""
    return {
        "p50": round(float(np.median(seconds)), 3),
        "p95": round(float(np.quantile(seconds, 0.95)), 3),
        "most": round(max(seconds), 3),
        "n": len(seconds),
    }


def told(pupils: list[Pupil]) -> dict[str, Any]:
    """The waits of all pupils since they were last told, and those of the unluckiest."""
    errors = [error for pupil in pupils for error in pupil.errors]
    found: dict[str, Any] = {"errors": len(errors), "first_errors": errors[:3]}
    for what in ("first", "whole"):
        each = [getattr(pupil, what) for pupil in pupils]
        found[what] = quantiles([wait for waits in each for wait in waits])
        p95 = [float(np.quantile(waits, 0.95)) for waits in each if waits]
        found[what]["p95_of_each"] = {"least": round(min(p95), 3), "most": round(max(p95), 3)}
    for task in SLIDERS:
        waits = [w for pupil in pupils if pupil.task == task for w in pupil.whole]
        found[f"whole_{task}"] = quantiles(waits)
    for pupil in pupils:
        pupil.first, pupil.whole, pupil.errors = [], [], []
    return found


@contextmanager
def server(cores: int):
    """`fclab web` on so many cores: its address and its process."""
    have = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "fclab", "web", "--no-open", "--port", "0"], cwd=folder,
            stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "COLUMNS": "500"},
            preexec_fn=lambda: os.sched_setaffinity(0, have[:cores]),
        )  # fmt: skip
        try:
            assert process.stderr is not None
            found = re.search(r"http://[^\s;]+", process.stderr.readline())
            assert found is not None
            yield found[0], psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()


async def memory(process: psutil.Process, most: dict[str, float]) -> None:
    """Keep the greatest PSS of all processes, in MiB, and how many there were in all: each that
    was ended since it did not give up in time has a successor."""
    seen = set()
    while True:
        total = 0
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += one.memory_full_info().pss
                seen.add(one.pid)
        most["pss_mib"] = max(most.get("pss_mib", 0.0), round(total / 2**20, 1))
        most["processes"] = len(seen)
        await asyncio.sleep(0.5)


async def lesson(address: str, process: psutil.Process, users: int, seconds: float) -> dict:
    """Both scenes with a class of pupils."""
    own = address.rstrip("/")
    sockets = [
        await connect(own.replace("http", "ws", 1) + "/socket", origin=own, max_size=None,
                      compression=None, proxy=None)
        for _ in range(users)
    ]  # fmt: skip
    pupils = [Pupil(number, socket) for number, socket in enumerate(sockets)]
    listening = [asyncio.create_task(pupil.listen()) for pupil in pupils]
    most: dict[str, float] = {}
    found: dict[str, Any] = {}
    for pupil in pupils[:2]:  # workers begin, kernels are read
        await pupil.move()
        await pupil.settle()
        pupil.first, pupil.whole = [], []
    listening.append(asyncio.create_task(memory(process, most)))
    until = perf_counter() + seconds
    await asyncio.gather(*(pupil.play(until) for pupil in pupils))
    found["class"] = told(pupils)
    for round in range(8):
        await asyncio.gather(*(pupil.move(noise=0.1 + round / 100) for pupil in pupils))
        await asyncio.gather(*(pupil.settle() for pupil in pupils))
    found["together"] = told(pupils)
    for task in listening:
        task.cancel()
    for socket in sockets:
        await socket.close()
    return {**found, **most}


async def cancelling(times: int = 40) -> dict[str, Any]:
    """From a newer wish to its first event, where one worker trains for the older one."""
    came: dict[int, float] = {}
    beginnings: dict[int, asyncio.Event] = defaultdict(asyncio.Event)

    def hear(data: bytes) -> None:
        event = unpack(data)
        if event["kind"] != "dropped" and event["id"] not in came:
            came[event["id"]] = perf_counter()
            beginnings[event["id"]].set()

    workers = Workers(sizes={"quick": 1})
    workers.start()
    user, waits, latest = User(hear), defaultdict(list), 0
    try:
        for turn in range(times):
            task = ("regression", "binary")[turn % 2]
            long = {"hidden": 256, "steps": 200_000} if task == "regression" else {"hidden": 64}
            for wish in ({**long, "seed": turn}, {"hidden": 1, "seed": turn}):
                latest += 1
                sent = perf_counter()
                workers.wish(user, Message(v=1, id=latest, panel="p", task=task, wish=wish))
                await asyncio.wait_for(beginnings[latest].wait(), 120)
            waits[task].append(came[latest] - sent)
            await asyncio.sleep(0.02)
            workers.give_up(user, "p")
    finally:
        workers.stop()
    return {task: quantiles(seconds) for task, seconds in waits.items()}


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    load = load_average()
    cancelled = asyncio.run(cancelling())
    with server(asked.cores) as (address, process):
        found = asyncio.run(lesson(address, process, asked.users, asked.seconds))
    result = {
        **circumstances("web", out=asked.out), "load_before": load, "users": asked.users,
        "cores": asked.cores, **found, "cancel": cancelled,
    }  # fmt: skip
    asked.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps({k: v for k, v in result.items() if k != "machine"}, indent=1))


if __name__ == "__main__":
    main()
