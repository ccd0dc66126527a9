"""PostgreSQL goes away while it is worked with: what comes back in time is waited for."""

import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from kept import assert_same, made
from server import Server, programs
from sqlalchemy import Connection, event

from fclab.labs.lab1.study import run_study
from fclab.labs.upkeep import needed_by
from fclab.store import schema
from fclab.store.database import Store
from fclab.store.pack import pack_dataset
from fclab.store.retention import Retention, remove_unused
from fclab.store.upkeep import facts, faults
from fclab.study.kept import keep_study, load_study
from fclab.values.errors import FclabError

sys.path += [str(Path(__file__).parents[1] / "study")]

from small_study import pictures, settings, values

pytestmark = pytest.mark.skipif(programs() is None, reason="no PostgreSQL is installed here")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


def test_a_study_outlives_its_server(server, tmp_path):
    """Stopped in the middle of writing, again and again, for longer and longer."""
    data, chosen = pictures(), settings(hidden=(), seeds=3)
    with Store(tmp_path / "undisturbed.db") as calm:
        expected = run_study(data, calm, chosen)
        keys = {entry.key for entry in calm.listing()}
    written, pauses = 0, {4: 0.0, 14: 0.4}
    restarts: list[threading.Thread] = []

    def restart(pause: float) -> None:
        time.sleep(pause)
        server.start()

    def cut(_connection: Connection) -> None:
        nonlocal written
        written += 1
        if written in pauses:  # after what is written, before it is committed
            server.stop()
            restarts.append(threading.Thread(target=restart, args=(pauses[written],)))
            restarts[-1].start()

    with Store(server.address) as store:
        event.listen(store.engine, "commit", cut)
        study = run_study(data, store, chosen)
        keep_study(store, "small", study)
        for thread in restarts:
            thread.join()
        assert len(restarts) == len(pauses)
        assert values(study) == values(load_study(store, "small")) == values(expected)
        entries = store.listing()
        assert {entry.key for entry in entries} == keys
        assert len(entries) == len(keys)
        assert list(faults(store)) == []


def test_an_answer_that_is_lost_doubles_nothing(server):
    """The commit came through, its answer did not."""
    with Store(server.address) as store:
        store.keep("lab", "mine", {"n": 1})
        told = []

        def lost(connection: Connection) -> None:
            if not told:
                told.append(True)
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.commit()
                server.stop()
                server.start()

        event.listen(store.engine, "commit", lost)
        assert store.replace("lab", "mine", {"n": 2}, {"n": 1})
        assert store.definition("lab", "mine") == {"n": 2}
        told.clear()
        run = made(77)
        assert_same(store.put(run), run)
        assert list(store.select())[-1].seed == 77
        assert not store.replace("lab", "mine", {"n": 3}, {"n": 1})


def test_a_server_that_stays_away_is_said_in_one_line(server):
    with Store(server.address, lost_seconds=0.5) as store:
        store.put(made(78))
        server.stop()
        try:
            for ask in (lambda: store.put(made(79)), lambda: store.page(), store.listing):
                before = time.monotonic()
                with pytest.raises(
                    FclabError, match=r"does not answer .*see that the server"
                ) as said:
                    ask()
                assert time.monotonic() - before < 5
                assert "\n" not in str(said.value)
        finally:
            server.start()
        store.put(made(79))
        assert {78, 79} <= {entry.seed for entry in store.listing()}


def test_a_dataset_that_is_removed_under_a_run_is_there_again(server):
    """A vacuum takes a dataset that had no run left, in the moment in which one is kept."""
    with Store(server.address) as store, Store(server.address) as other:
        data, rows = pictures(train=30, seed=9), schema.datasets
        run = made(80, dataset=data)
        with other.engine.begin() as connection:
            connection.execute(rows.insert().values(pack_dataset(run)))
        taken = []

        def take(_connection, _cursor, statement, *_) -> None:
            if statement.startswith("INSERT INTO datasets") and not taken:
                taken.append(statement)
                assert remove_unused(other, needed_by, Retention(timedelta(days=1))) == 0
                assert facts(other).counts["datasets"] < before

        before = facts(other).counts["datasets"]
        event.listen(store.engine, "after_cursor_execute", take)
        assert_same(store.put(run), run)
        assert taken
        assert store.get(data.fingerprint, run.recipe, [80], run.engine)
        assert list(faults(store)) == []
