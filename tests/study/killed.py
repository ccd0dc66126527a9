"""Studies in processes of their own: killed by SIGKILL at random moments, or two at once.

A program, not a test: `test_kept.py` starts it, so that the processes are forked from one that
has nothing but this study in it.

    python killed.py FOLDER SEED KILLS
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from small_study import pictures, settings, values

from fclab.labs.lab1.study import run_study
from fclab.store.database import Store
from fclab.study.kept import keep_study
from fclab.values.errors import DataError

DATA, SETTINGS = pictures(), settings()
DATA.fingerprint  # noqa: B018 (once, for all processes)


def do(path: Path) -> None:
    with Store(path) as store:
        study = run_study(DATA, store, SETTINGS)
        keep_study(store, "small", study)
    (path.parent / f"{path.stem}.{os.getpid()}.json").write_text(json.dumps(values(study)), "utf-8")


def started(path: Path) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            do(path)
            code = 0
        finally:
            os._exit(code)
    return child


def runs_in(path: Path) -> int:
    """How many runs a reader finds; a store that is not there, or not filled yet, holds none. What
    does not agree with its seals ends this program."""
    try:
        with Store(path, create=False) as store:
            return len(store.listing())
    except DataError as error:
        if "nothing has been kept there yet" not in str(error):
            raise
        return 0


def finished(child: int) -> bool:
    """Whether it came to its end by itself; an error in it ends this program."""
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.waitstatus_to_exitcode(status) == 0
        return True
    return False


def main(folder: Path, seed: int, kills: int) -> None:
    rng = random.Random(seed)
    do(folder / "undisturbed.db")  # here: its children need not load and compile anything
    before = time.perf_counter()
    assert finished(started(folder / "another.db"))
    whole = time.perf_counter() - before
    done, life, moments, found = 0, 0, [], []
    while done < kills:
        path, resumed = folder / f"killed-{life}.db", 0
        while True:
            child = started(path)
            wait = rng.uniform(0, whole / 3)
            time.sleep(wait)
            os.kill(child, signal.SIGKILL)
            if finished(child):
                break
            moments.append(wait)
            done, resumed = done + 1, resumed + 1
            if rng.random() < 0.5:  # else the next process is the first one to open it again
                found.append(runs_in(path))
            if resumed == 12:  # as often as one study is disturbed
                assert finished(started(path))
                break
        life += 1
    two = [started(folder / "two.db") for _ in range(2)]
    ended = [finished(child) for child in two]
    assert all(ended)
    told = {"kills": done, "lives": life, "whole": whole, "moments": moments, "found": found}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
