"""Servers that never finish: each is left for the next address, and given up when it is alone.

A speed is judged by a clock that goes as the servers say, see `Clock`.
"""

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fclab.data.cifar100 import Limits, download
from fclab.values.errors import FclabError

Send = Callable[[bytes], None]
OK = b"HTTP/1.1 200 OK\r\n"
HALF = 400_000
SPEEDS = Limits(attempts=1, pause=0, least=25e3)
SILENCE = Limits(attempts=1, pause=0, silence=1.5)  # of the machine: what is silent has no clock


class Stage:
    """What a server has for one answer: the archive, what of it has arrived, and the clock."""

    def __init__(self, send: Send, archive: bytes, clock):
        self.send, self.archive, self.clock = send, archive, clock
        self._before = len(clock.done)

    def head(self) -> None:
        self.send(OK + b"Content-Length: %d\r\n\r\n" % len(self.archive))

    def half(self) -> None:
        self.send(self.archive[:HALF])
        self.arrived(HALF)

    def arrived(self, size: int) -> None:
        """Waits until this answer has filled the file so far."""
        self.clock.until(lambda: max(self.clock.done[self._before :], default=0) >= size)

    def drip(self, content: bytes) -> None:
        """A byte every half second, for ever."""
        for byte in itertools.cycle(content):
            self.send(bytes([byte]))
            self.clock.passes(0.5)

    def nothing(self) -> None:
        while True:
            self.send(b"")
            time.sleep(0.01)


def nothing_at_all(stage: Stage) -> None:
    stage.nothing()


def redirections_to_itself(stage: Stage) -> None:
    stage.send(b"HTTP/1.1 302 Found\r\nLocation: /fake.tar.gz\r\nContent-Length: 0\r\n\r\n")


def nothing_after_the_headers(stage: Stage) -> None:
    stage.head()
    stage.nothing()


def half_and_then_nothing(stage: Stage) -> None:
    stage.head()
    stage.half()
    stage.nothing()


def half_and_then_one_byte_at_a_time(stage: Stage) -> None:
    stage.head()
    stage.half()
    stage.drip(stage.archive[HALF:])


def half_without_a_length_and_then_nothing(stage: Stage) -> None:
    stage.send(OK + b"\r\n")
    stage.half()
    stage.nothing()


STALLING = [
    (nothing_at_all, SILENCE, "it fell silent", 0),
    (redirections_to_itself, SPEEDS, "it redirects in a circle", 0),
    (nothing_after_the_headers, SILENCE, "it fell silent", 0),
    (half_and_then_nothing, SILENCE, "it fell silent", HALF),
    (half_and_then_one_byte_at_a_time, SPEEDS, "slow", HALF),
    (half_without_a_length_and_then_nothing, SILENCE, "it fell silent", HALF),
]


@pytest.fixture
def part(tmp_path) -> Path:
    return tmp_path / "fake.tar.gz.part"


@pytest.fixture
def stalling(raw_server, fake, clock):
    """Starts a server that does what a play says with its `Stage`."""
    return lambda play: raw_server(lambda send: play(Stage(send, fake.archive, clock)))


@pytest.fixture
def get(fake, tmp_path, clock):
    """Downloads the archive from an address, or else from mirrors."""

    def download_from(url: str, *mirrors: str, limits: Limits) -> Path:
        return download(tmp_path, release=fake.at(url), mirrors=mirrors, limits=limits,
                        progress=clock.progress)  # fmt: skip

    return download_from


@pytest.mark.parametrize(("play", "limits", "told", "brought"), STALLING)
def test_a_stalling_server_is_left_for_the_next(
    fake, server, stalling, get, play, limits, told, brought
):
    never_ending = stalling(play)
    mirror = server.add("mirror.tar.gz", fake.archive)
    archive = get(never_ending.url, mirror.url, limits=limits)
    assert archive.read_bytes() == fake.archive
    if play is not redirections_to_itself:
        assert len(never_ending.heads) == 1
    start = int(re.findall(r"\d+", (mirror.asked[0] or "0"))[0])  # it went on with what was got
    assert brought <= start < brought + 10_000


@pytest.mark.parametrize(("play", "limits", "told", "brought"), STALLING)
def test_a_stalling_server_alone_is_given_up(stalling, get, part, play, limits, told, brought):
    never_ending = stalling(play)
    with pytest.raises(FclabError, match=re.escape(f"{never_ending.url}: {told}")) as raised:
        get(never_ending.url, limits=limits)
    assert "\n" not in str(raised.value)
    assert (part.stat().st_size if part.exists() else 0) >= brought


def start_of_answer(stage: Stage, asked: bytes) -> int:
    """Sends the head of the answer to a request, and says where the answer begins."""
    found = re.search(rb"(?i)range: bytes=(\d+)-", asked)
    start, size = int(found[1]) if found else 0, len(stage.archive)
    stage.send(
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n" % (size - start)
        + b"Content-Range: bytes %d-%d/%d\r\n\r\n" % (start, size - 1, size)
    )
    return start


def test_a_few_bytes_each_time_are_no_progress(fake, stalling, get, part):
    def play(stage: Stage) -> None:
        start = start_of_answer(stage, never_ending.heads[-1])
        stage.send(stage.archive[start : start + 100])
        stage.arrived(start + 100)
        stage.drip(stage.archive[start + 100 :])

    never_ending = stalling(play)
    part.write_bytes(fake.archive[:1000])
    with pytest.raises(FclabError, match="slow, "):
        get(never_ending.url, limits=Limits(attempts=2, pause=0))
    assert len(never_ending.heads) == 2
    assert part.read_bytes()[:1100] == fake.archive[:1100]


def test_a_server_that_falls_silent_is_asked_again(fake, stalling, get, part):
    def play(stage: Stage) -> None:
        start = start_of_answer(stage, falling_silent.heads[-1])
        stage.send(stage.archive[start : start + 700_000])
        if start + 700_000 < len(stage.archive):
            stage.arrived(start + 700_000)
            stage.nothing()

    falling_silent = stalling(play)
    part.write_bytes(fake.archive[:1000])
    assert get(falling_silent.url, limits=SILENCE).read_bytes() == fake.archive
    assert len(falling_silent.heads) == 2


def test_a_slow_server_that_keeps_sending_is_waited_for(stalling, get):
    def play(stage: Stage) -> None:
        stage.head()
        for end in range(30_000, len(stage.archive), 30_000):  # a second each
            stage.send(stage.archive[end - 30_000 : end])
            stage.arrived(end)
            stage.clock.passes(1)
        stage.send(stage.archive[end:])

    slow = stalling(play)
    assert get(slow.url, limits=SPEEDS).is_file()
    assert len(slow.heads) == 1


def test_speed_is_judged_anew_all_the_time(fake, server, stalling, get):
    """Half of it fast, then far too slow for one who has a choice: the mean would hide it."""

    def play(stage: Stage) -> None:
        stage.head()
        stage.send(stage.archive[:800_000])
        for begin in range(800_000, len(stage.archive), 2_000):
            stage.arrived(begin)
            stage.clock.passes(2)
            stage.send(stage.archive[begin : begin + 2_000])

    slowing = stalling(play)
    mirror = server.add("mirror.tar.gz", fake.archive)
    get(slowing.url, mirror.url, limits=Limits(attempts=1, pause=0, slow=5e3, least=1))
    assert len(mirror.asked) == 1
