"""Measurements that need a process of their own: `python benchmarks/alone.py NAME`."""

import sys
from pathlib import Path
from time import perf_counter


def first_calls() -> str:
    """Seconds of the first call of every compiled engine, compilation included."""
    from fclab.engines import engine_names, train
    from fclab.engines.registry import load_engine

    examples = [(name, *some) for name in engine_names() for some in load_engine(name).examples()]
    started = perf_counter()
    for engine, dataset, recipe in examples:
        next(iter(train(dataset, [recipe], [0], engine=engine)))
    return f"{perf_counter() - started}"


def memory(data: str, seeds: int) -> str:
    """Bytes that training so many seeds of part 3 needs above the loaded data, at the most."""
    from fclab.data import cifar100
    from fclab.engines import choose, train
    from fclab.values.recipe import CIFAR

    dataset = cifar100((0, 55, 58), data)
    choose(dataset, CIFAR, "gram")  # imports what the engine needs
    for x in dataset.inputs.values():
        x.sum()
    before = start_anew()
    runs = list(train(dataset, [CIFAR.replace(epochs=20)], range(seeds), engine="gram"))
    assert len(runs) == seeds
    return f"{peak() - before}"


def start_anew() -> int:
    """Bytes in use now; where the system can (Linux), the peak is counted from here on, for
    reading the data may have needed more than the training will."""
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        return peak()
    clear.write_text("5", "utf-8")  # proc(5): resets the peak resident set size
    return peak()


def peak() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(s for s in status.read_text("utf-8").splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    print(first_calls() if name == "first_calls" else memory(rest[0], int(rest[1])))
