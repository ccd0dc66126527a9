"""A study is killed (SIGKILL) at random moments, again and again: is anything lost or doubled?

    python benchmarks/kills.py               500 kills, half an hour on two busy cores
    python benchmarks/kills.py --kills 40    a glance

Rounds of 100 kills, each in a folder of its own, by the program that the tests use
(``tests/study/killed.py``): a small study (55 runs) on made-up pictures is started,
killed after a random time, started again on the same store, and so on until it comes to its end or
was killed twelve times. After about half of the kills a reader opens what is left. In the end every
store must hold the runs of an undisturbed study, each once, each as its digests say, and give its
table; so must a store on which two processes worked at once. Writes benchmarks/results/kills.json.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cyclopts

from fclab.engines.job import this_machine
from fclab.store.database import Store
from fclab.values.files import write_atomic

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "tests" / "study" / "killed.py"
RESULT = Path(__file__).parent / "results" / "kills.json"
ROUND = 100  # kills


@dataclass(frozen=True)
class Found:
    """What the stores of killed studies hold beside that of the undisturbed one.

    Attributes:
        studies: that were killed, some of them many times, and came to their end.
        runs: of one undisturbed study.
        other_tables: studies whose table differs.
        lost, doubled: runs, over all stores.
    """

    studies: int
    runs: int
    other_tables: int
    lost: int
    doubled: int


def killed(folder: Path, seed: int, kills: int) -> dict[str, Any]:
    """One round; what the program tells of it."""
    command = [sys.executable, str(PROGRAM), str(folder), str(seed), str(kills)]
    paths = os.pathsep.join([str(PROGRAM.parent), str(ROOT / "src"), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return json.loads(told.stdout)


def examined(folder: Path) -> Found:
    """What is in the folder of a round.

    Raises:
        DataError: a run is damaged, or does not agree with its seal.
    """
    tables = {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    whole = next(table for name, table in tables.items() if name.startswith("undisturbed."))
    keys: dict[str, list[str]] = {}
    for path in folder.glob("*.db"):
        with Store(path, create=False) as store:
            entries = store.listing()
            assert len(list(store.select())) == len(entries)  # every digest is looked at
            keys[path.stem] = [entry.key for entry in entries]
    wanted = set(keys["undisturbed"])
    return Found(
        studies=sum(name.startswith("killed-") for name in keys),
        runs=len(wanted),
        other_tables=sum(table != whole for table in tables.values()),
        lost=sum(len(wanted - set(found)) for found in keys.values()),
        doubled=sum(len(found) - len(set(found)) for found in keys.values()),
    )


def main(kills: int = 500, seed: int = 1) -> None:
    """Kill, look, and keep what was found.

    Args:
        kills: how many in all.
        seed: of the moments of the first round; each round has the next one.
    """
    before, done, rounds, moments = time.perf_counter(), 0, [], []
    left: Counter[int] = Counter()
    while done < kills:
        with tempfile.TemporaryDirectory(prefix="fclab-kills-") as name:
            told = killed(Path(name), seed + len(rounds), min(ROUND, kills - done))
            found = examined(Path(name))
        done += told["kills"]
        moments += [moment / told["whole"] for moment in told["moments"]]
        left.update(told["found"])
        rounds.append(found)
        print(f"{done} kills: {found}", flush=True)
    result = {
        "what": "a study killed (SIGKILL) at random moments and started again until it is done",
        "command": " ".join(["python benchmarks/kills.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "kills": done,
        "rounds": len(rounds),
        "studies": sum(found.studies for found in rounds),
        "runs_of_a_study": rounds[0].runs,
        "other_tables": sum(found.other_tables for found in rounds),
        "runs_lost": sum(found.lost for found in rounds),
        "runs_doubled": sum(found.doubled for found in rounds),
        "looked_at_after_a_kill": left.total(),
        "runs_found_after_a_kill": {str(count): times for count, times in sorted(left.items())},
        "moments": {
            "unit": "share of the time of an undisturbed study",
            "least": round(min(moments), 4),
            "greatest": round(max(moments), 4),
            "distinct": len({round(moment, 4) for moment in moments}),
        },
        "each_round": [asdict(found) for found in rounds],
        "seconds": round(time.perf_counter() - before, 1),
        "machine": this_machine().model_dump(),
    }
    write_atomic(RESULT, json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if result["other_tables"] or result["runs_lost"] or result["runs_doubled"]:
        sys.exit("something was lost, doubled or changed: see benchmarks/results/kills.json")


if __name__ == "__main__":
    cyclopts.run(main)
