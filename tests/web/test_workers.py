"""Processes that train for the pages: given up, shared, lost and found."""

import signal
import threading
import time
from contextlib import ExitStack, suppress

import numpy as np
import psutil
import pytest
from client import client
from served import served

LONG = {"task": "cifar", "hidden": (64,), "epochs": 400, "seeds": 8}
"""Some tens of seconds of all cores, if nobody gives it up."""


def workers(server):
    """Processes that fulfil wishes, or are beginning to."""
    begun = ("forkserver", "spawn_main")
    return [one for one in server.family()[1:] if any(name in str(one.cmdline()) for name in begun)]


def until(condition, what: str, seconds: float = 120) -> None:
    stop = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < stop, what
        time.sleep(0.02)


def began(page, id: int) -> None:
    """Until a wish is being fulfilled."""
    while True:
        event = page.event()
        if event["id"] == id:
            assert event["kind"] not in ("done", "error"), event
            return


def test_a_newer_wish_ends_the_older_one(server):
    """Twenty wishes would take many minutes, if each were not ended by the next."""
    with client(server) as page:
        for seed in range(20):
            id = page.wish(**LONG, batch_size=100 + seed)
            began(page, id)
        last = page.wish(task="cifar", epochs=2, seeds=1)
        events = [page.event()]
        while events[-1]["kind"] != "done":
            events.append(page.event())
        assert {"id": id, "kind": "dropped"} in events
        assert events[-1]["id"] == last


def test_what_is_given_up_and_what_a_closed_page_wished_makes_room(server):
    for seed in range(10):
        with client(server) as page:
            began(page, page.wish(**LONG, batch_size=200 + seed))
            if seed % 2:
                page.give_up()
                assert page.events(1)[-1]["kind"] == "dropped"
    with client(server) as page:
        assert page.answer(task="cifar", epochs=2, seeds=1)["kind"] == "done"


def test_equal_wishes_have_one_answer(server):
    with ExitStack() as stack:
        pages = [stack.enter_context(client(server)) for _ in range(4)]
        for page, before in zip(pages, (0, 1, 200, 70_000), strict=True):
            page._latest = before  # ids of one byte and of more
        wished = {"steps": 40_000, "seed": 11}
        answers = [page.events(page.wish(**wished)) for page in pages[:1]]
        ids = [page.wish(**wished | {"seed": 12}) for page in pages]  # all at once
        for page, id in zip(pages, ids, strict=True):
            answers.append(page.events(id))
    kinds = [[event["kind"] for event in events] for events in answers]
    assert kinds[0].count("frame") == 5
    assert kinds == [kinds[0]] * 5
    losses = [[event["loss"] for event in events if "step" in event] for events in answers]
    assert losses[1:] == [losses[1]] * 4
    assert losses[0] != losses[1]
    for events in answers[2:]:
        np.testing.assert_array_equal(events[0]["y"], answers[1][0]["y"])


def test_a_page_may_not_wish_in_many_panels_at_once(server):
    with client(server) as page:
        ids = [page.wish(panel=f"p{n}", **LONG, batch_size=300 + n) for n in range(12)]
        refused = [event for _ in range(30) if (event := page.event())["kind"] == "error"][:4]
        assert [event["id"] for event in refused] == ids[8:]


def test_a_worker_that_dies_is_replaced_and_the_page_is_told(server):
    with client(server) as page:
        id = page.wish(**LONG, batch_size=400)
        began(page, id)
        max(workers(server), key=lambda one: one.nice()).kill()  # the one for long tasks
        lost = page.events(id)[-1]
        assert lost["kind"] == "error"
        assert lost["lost"] is True
        assert page.answer(task="cifar", epochs=3, seeds=1)["kind"] == "done"
        assert page.answer(seed=21)["kind"] == "done"


def test_a_page_that_does_not_read_is_left(server):
    with client(server) as page, client(server) as other:
        page.answer(task="classes")
        page.socket.socket.settimeout(1)
        with suppress(Exception):  # the server leaves at some time
            for _ in range(1000):
                page.wish(task="classes")  # 300 KB each
        most = 1 << 29
        assert sum(one.memory_info().rss for one in server.family()[:1]) < most
        assert other.answer(seed=31)["kind"] == "done"


@pytest.mark.slow
def test_workers_that_never_begin_are_no_storm(tmp_path):
    """Whatever ends them: here, they are killed as soon as they are there."""
    with served(tmp_path) as server, client(server) as page:
        assert page.answer()["kind"] == "done"
        seen, stop = set(), threading.Event()
        known = {one.pid for one in workers(server)}
        forker = min(workers(server), key=lambda one: one.create_time())

        def kill_all() -> None:
            while not stop.is_set():
                for one in forker.children():
                    seen.add(one.pid)
                    with suppress(psutil.NoSuchProcess):
                        one.kill()
                time.sleep(0.002)

        killer = threading.Thread(target=kill_all)
        killer.start()
        try:
            lost = page.answer(seed=1, steps=200_000, hidden=256)
            assert lost.get("lost"), lost
            assert len(seen - known) < 40
        finally:
            stop.set()
            killer.join()
        until(lambda: page.answer(seed=2)["kind"] == "done", "no worker begins any more")


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_all_at_once(tmp_path, times):
    """With a page that waits for something; from a terminal, which tells all processes."""
    with served(tmp_path, "--lang", "en") as server:
        with client(server) as page:
            page.wish(steps=200_000, hidden=256)
            if times == 2:
                began(page, 1)  # else while the workers begin
            family = server.family()
            for one in [*family, *family[: times - 1]]:
                with suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGINT)
            assert server.end(0) == 130
        _, alive = psutil.wait_procs(family, 120)
        assert not alive
        assert server.told.splitlines()[1:] == [
            "fclab: stopped by Ctrl-C; the page is no longer served"
        ]


@pytest.mark.slow
@pytest.mark.needs("os.fork")
def test_nothing_outlives_a_server_that_is_killed(tmp_path):
    with served(tmp_path) as server:
        with client(server) as page:
            began(page, page.wish(steps=200_000, hidden=256))
            family = server.family()
            server.end(signal.SIGKILL)
        _, alive = psutil.wait_procs(family, 120)
        assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
