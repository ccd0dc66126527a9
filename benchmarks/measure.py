"""Timing: medians with their spread, in turn, so that a drift of the machine hits both sides."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, strftime
from typing import Any

import numpy as np

from fclab.engines.job import this_machine
from fclab.values.errors import FclabError


@dataclass(frozen=True)
class Timing:
    """Wall times in seconds: median, least, greatest, and how often it was measured."""

    median: float
    least: float
    greatest: float
    n: int


def timing(seconds: Sequence[float]) -> Timing:
    """The summary of some wall times."""
    return Timing(float(np.median(seconds)), min(seconds), max(seconds), len(seconds))


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = perf_counter()
    work()
    return perf_counter() - started


def in_turn(
    slow: Callable[[], object], fast: Callable[[], object], repeats: int, fast_repeats: int
) -> tuple[Timing, Timing]:
    """Time two pieces of work alternately; the fast one several times after each slow one."""
    fast()  # warm: compiled, cached
    slow_times, fast_times = [], []
    for _ in range(repeats):
        slow_times.append(seconds_of(slow))
        fast_times += [seconds_of(fast) for _ in range(fast_repeats)]
    return timing(slow_times), timing(fast_times)


def matmul_peak(cores: int, repeats: int = 15) -> float:
    """The machine's float32 matrix-product rate, FLOP/s: the best median over two sizes.

    Args:
        cores: threads of the product.
        repeats: products per size.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(cores)
    try:
        rates = []
        for n in (1024, 2048):
            a, b, c = (torch.randn(n, n) for _ in range(3))
            torch.mm(a, b, out=c)
            times = [
                seconds_of(lambda a=a, b=b, c=c: torch.mm(a, b, out=c)) for _ in range(repeats)
            ]
            rates.append(2 * n**3 / float(np.median(times)))
        return max(rates)
    finally:
        torch.set_num_threads(threads)


def load_average() -> tuple[float, ...]:
    """Processes that want to run, means of 1, 5 and 15 minutes; empty where no system tells."""
    return os.getloadavg() if hasattr(os, "getloadavg") else ()


def circumstances(script: str, **places: Path) -> dict[str, Any]:
    """How a stored result was made: command, date and machine.

    Args:
        script: the name of the benchmark that runs.
        places: paths among its arguments; the command shows their names in capitals instead.
    """
    arguments = " ".join(sys.argv[1:])
    for name, place in places.items():
        arguments = arguments.replace(str(place), name.upper())
    return {
        "command": f"python benchmarks/{script}.py {arguments}".rstrip(),
        "date": strftime("%Y-%m-%d"),
        "machine": this_machine().model_dump(),
    }


def in_process(script: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """What a script of this folder prints in a process of its own.

    Raises:
        FclabError: it failed; the line ends with its last words.
    """
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    if done.returncode:
        raise FclabError(f"{script} {' '.join(arguments)} failed: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
