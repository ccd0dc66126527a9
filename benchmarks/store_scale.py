"""A store of 10^5 and 10^6 runs: how long its commands take, how large it is, what memory it needs.

    fclab study --classes 0 55 58 --store STUDY          the study that is copied and asked for
    .ci/postgresql python benchmarks/store_scale.py STUDY FOLDER       some 40 minutes, 20 GB

Fills two databases of the server that FCLAB_TEST_POSTGRESQL names and a file in FOLDER
(`store_fill.py` says with what), asks what people ask, each command in a process of its own, and
then vacuums and thins out the file and the smaller database. What was filled before is not filled
again: start it with a server of your own to keep the databases. Writes
benchmarks/results/store_scale.json.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import cyclopts
from sqlalchemy import create_engine, delete, select, text
from sqlalchemy.exc import ProgrammingError

from fclab.labs.lab1.study import final_table
from fclab.store import schema
from fclab.store.database import Store
from fclab.store.upkeep import facts
from fclab.store.wanted import Wanted
from fclab.study.kept import load_definition, load_study, newest_study
from fclab.values.files import write_atomic
from fclab.values.run import EngineChoice
from measure import circumstances, load_average, seconds_of, timing
from store_fill import SEEDS, copy_store, fill, fingerprint_of, triples

RESULT = Path(__file__).parent / "results" / "store_scale.json"
FCLAB = [sys.executable, "-c", "from fclab.cli import main; main()"]
LIMIT = 50
_ADDED = 1_000_000  # seeds of runs that are put to see how long that takes, and removed


def process(arguments: Sequence[str], where: str) -> dict[str, Any]:
    """A command in a process of its own: seconds by the clock and of its processor, without the
    server's, megabytes at most, what it prints."""
    started = perf_counter()
    with subprocess.Popen(
        [*FCLAB, *arguments, "--store", where, "--lang", "en"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stderr is not None
        out = child.stdout.read()
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, said
    return {
        "seconds": perf_counter() - started,
        "processor_seconds": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
        "out": out,
    }


QUESTIONS: dict[str, Callable[[int], list[str]]] = {
    "nothing": lambda pages: ["store", "--help"],
    "table": lambda pages: ["table", "--format", "csv"],
    "runs": lambda pages: ["runs"],
    "page in the middle": lambda pages: ["runs", "--page", str(max(1, pages // 2))],
    "last page": lambda pages: ["runs", "--page", str(pages)],
    "of a learning rate": lambda pages: ["runs", "--lr", "0.001"],
    "of two classes": lambda pages: ["runs", "--classes", "5", "7"],
    "diverged": lambda pages: ["runs", "--diverged"],
    "info": lambda pages: ["store", "info"],
    "what is unused": lambda pages: ["store", "vacuum", "--unused", "--dry-run"],
}


def asked(stores: dict[str, str], runs: dict[str, int], repeats: int) -> dict[str, list[Any]]:
    """What people ask, of all stores in turn, so that a busy minute hits all of them."""
    found: dict[str, list[Any]] = {name: [] for name in stores}
    for what, words in QUESTIONS.items():
        told: dict[str, list[dict[str, Any]]] = {name: [] for name in stores}
        for _ in range(repeats):
            for name, where in stores.items():
                told[name].append(process(words(-(-runs[name] // LIMIT)), where))
        for name, every in told.items():
            seconds = timing([one["seconds"] for one in every])
            found[name].append({
                "what": what,
                "command": f"fclab {' '.join(words(-(-runs[name] // LIMIT)))}",
                **asdict(seconds),
                "processor_seconds": min(one["processor_seconds"] for one in every),
                "megabytes": max(one["megabytes"] for one in every),
                "lines": len(every[-1]["out"].splitlines()),
            })  # fmt: skip
        print(what, {name: f"{all_[-1]['median']:.2f} s" for name, all_ in found.items()},
              flush=True)  # fmt: skip
    return found


def inside(store: Store, repeats: int) -> dict[str, Any]:
    """The store's share of it, without the start of Python and statistics."""
    name = newest_study(store)
    definition = load_definition(store, name)
    study = load_study(store, name)
    engine = EngineChoice(name=definition.engines[study.rows[0].name])
    prints = [fingerprint_of(one, 0) for place, one in enumerate(triples()[: 10 * repeats])
              if place % 10]  # fmt: skip
    one = study.runs[study.rows[0].name][1]

    def get(fingerprint: str) -> float:
        before = perf_counter()
        found = store.get(fingerprint, study.rows[0].recipe, range(SEEDS), engine)
        assert len(found) in (0, SEEDS)  # none where nothing was filled in
        return perf_counter() - before

    def put(place: int) -> float:
        run = replace(one, seed=_ADDED + place)
        return seconds_of(lambda: store.put(run))

    puts = [put(place) for place in range(10 * repeats)]
    added = select(schema.runs.c.key).where(schema.runs.c.seed >= _ADDED)
    with store.engine.begin() as connection:
        connection.execute(delete(schema.seals).where(schema.seals.c.key.in_(added)))
        connection.execute(delete(schema.runs).where(schema.runs.c.seed >= _ADDED))
    return {
        "load_study": spread([seconds_of(lambda: load_study(store, name)) for _ in range(repeats)]),
        "statistics": spread([seconds_of(lambda: final_table(study)) for _ in range(2)]),
        "get_32_seeds": spread([get(fingerprint) for fingerprint in prints]),
        "page": spread([seconds_of(store.page) for _ in range(repeats)]),
        "put": spread(puts),
    }


def spread(seconds: Sequence[float]) -> dict[str, Any]:
    """The summary of some wall times."""
    return asdict(timing(seconds))


def sizes(store: Store) -> dict[str, Any]:
    """Bytes of a store, in all and a run."""
    told = facts(store)
    runs = told.counts["runs"]
    found: dict[str, Any] = {
        "bytes": told.size,
        "bytes_a_run": told.size / runs,
        "of_a_run": {name: size / runs for name, size in told.sizes.items()},
        "runs": runs,
        "datasets": told.counts["datasets"],
        "with_weights": told.with_weights,
        "database": told.kind,
    }
    if told.kind.startswith("PostgreSQL"):
        chosen = text(
            "SELECT sum(pg_relation_size(oid)), sum(pg_indexes_size(oid)), "
            "sum(pg_table_size(oid)) FROM pg_class WHERE oid = ANY(ARRAY[to_regclass('runs'), "
            "to_regclass('datasets'), to_regclass('seals'), to_regclass('measures')])"
        )
        with store.engine.connect() as connection:
            heap, indexes, table = map(int, connection.execute(chosen).one())
        found["parts_of_a_run"] = {"heap": heap / runs, "indexes": indexes / runs,
                                   "toast": (table - heap) / runs}  # fmt: skip
    return found


def filled(where: str, study: Path, runs: int, before: Any) -> dict[str, Any]:
    """Fill a store up to so many copies, if it is not."""
    with Store(where) as store:
        if not store.names("study"):
            copy_store(study, store)
        of_study = Wanted(data=lambda info: "-0-55-58" in info.name)
        there = store.count() - store.count(of_study)
        if there >= runs:
            return before or {"seconds": None, "runs": 0}
        print(f"{where}: {runs - there} runs more", flush=True)
        seconds = seconds_of(lambda: fill(store, study, there, runs))
        return {"seconds": seconds, "runs": runs - there}


def vacuumed(where: str, *, thin: bool) -> list[dict[str, Any]]:
    """How long it takes to make a store smaller, and what is left; the study stays as it is."""
    steps = {"plain": ["vacuum"]}
    thinner = {
        "weights left out": ["vacuum", "--light", "--yes"],
        "runs of some data removed": ["vacuum", "--unused", "--yes", "--dataset", "cifar100-1"],
    }
    if thin:
        steps |= thinner
    if thin and "://" in where:
        steps["given back to the disk"] = ["vacuum", "--full"]
    table = ["table", "--format", "csv"]
    expected, found = process(table, where)["out"], []
    for name, arguments in steps.items():
        told = process(["store", *arguments], where)
        with Store(where, create=False) as store:
            size = sizes(store)
        assert process(table, where)["out"] == expected
        print(f"  {name}: {told['seconds']:.1f} s, {size['bytes'] / 1e6:.0f} MB", flush=True)
        found.append({"what": name, "command": f"fclab store {' '.join(arguments)}",
                      "seconds": told["seconds"], "processor_seconds": told["processor_seconds"],
                      "megabytes": told["megabytes"],
                      "bytes": size["bytes"], "runs": size["runs"]})  # fmt: skip
    return found


def database(base: str, name: str) -> str:
    """The address of a database of a server, made if there is none."""
    engine = create_engine(
        base.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection, suppress(ProgrammingError):  # it is there
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{base.rpartition('/')[0]}/{name}"


def main(
    study: Path, folder: Path, *, small: int = 100_000, large: int = 1_000_000, repeats: int = 3,
    only: tuple[Literal["fill", "ask", "vacuum"], ...] = ("fill", "ask", "vacuum"),
) -> None:  # fmt: skip
    """Fill, ask, vacuum, and keep what was found.

    Args:
        study: a store with a default study.
        folder: for the file.
        small: runs of the file and of the smaller database.
        large: runs of the larger one.
        repeats: of each command.
        only: these; what is stored of the others stays.
    """
    base = os.environ["FCLAB_TEST_POSTGRESQL"]
    copies = {"alone": 0, "sqlite": small, "postgresql": small, "large": large}
    stores = {
        "alone": str(folder / "alone.db"),
        "sqlite": str(folder / "scale.db"),
        "postgresql": database(base, f"fclab_{small}"),
        "large": database(base, f"fclab_{large}"),
    }
    before = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {"stores": {}}
    found: dict[str, dict[str, Any]] = {
        name: before["stores"].get(name, {}) | {"copies": n} for name, n in copies.items()
    }
    result: dict[str, Any] = {
        "what": "a store filled with copies of the runs of a study",
        **circumstances("store_scale", study=study, folder=folder),
        "limit": LIMIT,
        "load": before.get("load", {}),
        "stores": found,
    }
    if "fill" in only:
        for name, where in stores.items():
            found[name]["fill"] = filled(where, study, copies[name], found[name].get("fill"))
            with Store(where, create=False) as store:
                found[name]["size"] = sizes(store)
    if "ask" in only:
        result["load"]["before"] = load_average()
        runs = {name: one["size"]["runs"] for name, one in found.items()}
        for name, commands in asked(stores, runs, repeats).items():
            found[name]["commands"] = commands
        for name, where in stores.items():
            with Store(where, create=False) as store:
                found[name] |= inside(store, repeats)
        result["load"]["after"] = load_average()
    if "vacuum" in only:
        for name, where in stores.items():
            if copies[name]:
                found[name]["vacuum"] = vacuumed(where, thin=name != "large")
    write_atomic(RESULT, json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    cyclopts.run(main)
