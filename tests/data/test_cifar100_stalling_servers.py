"""Servers that never finish: each is left for the next address, and given up when it is alone."""

import re
import time
from collections.abc import Callable

import pytest

from fclab.data.cifar100 import Limits, download
from fclab.values.errors import FclabError

Send = Callable[[bytes], None]
IMPATIENT = Limits(attempts=1, pause=0, silence=0.8, least=25e3)
OK = b"HTTP/1.1 200 OK\r\n"


def drip(send: Send, content: bytes) -> None:
    for i in range(len(content)):
        send(content[i : i + 1])
        time.sleep(0.02)


def nothing_at_all(send: Send, _: bytes) -> None:
    while True:
        send(b"")
        time.sleep(0.02)


def redirections_to_itself_slowly(send: Send, _: bytes) -> None:
    time.sleep(0.1)
    send(b"HTTP/1.1 302 Found\r\nLocation: /fake.tar.gz\r\nContent-Length: 0\r\n\r\n")


def head(archive: bytes) -> bytes:
    return OK + b"Content-Length: %d\r\n\r\n" % len(archive)


def nothing_after_the_headers(send: Send, archive: bytes) -> None:
    send(head(archive))
    nothing_at_all(send, archive)


def half_and_then_nothing(send: Send, archive: bytes) -> None:
    send(head(archive) + archive[:400_000])
    nothing_at_all(send, archive)


def half_and_then_one_byte_at_a_time(send: Send, archive: bytes) -> None:
    send(head(archive) + archive[:400_000])
    drip(send, archive[400_000:])


def half_without_a_length_and_then_nothing(send: Send, archive: bytes) -> None:
    send(OK + b"\r\n" + archive[:400_000])
    nothing_at_all(send, archive)


STALLING = [
    (nothing_at_all, "read timeout", 0),
    (redirections_to_itself_slowly, "too many redirects", 0),
    (nothing_after_the_headers, "read timeout", 0),
    (half_and_then_nothing, "read timeout", 400_000),
    (half_and_then_one_byte_at_a_time, "slow", 400_000),
    (half_without_a_length_and_then_nothing, "read timeout", 400_000),
]


@pytest.mark.parametrize(("play", "told", "brought"), STALLING)
def test_a_stalling_server_is_left_for_the_next(
    fake, server, raw_server, tmp_path, play, told, brought
):
    stalling = raw_server(lambda send: play(send, fake.archive))
    mirror = server.add("mirror.tar.gz", fake.archive)
    archive = download(tmp_path, release=fake.at(stalling.url), mirrors=[mirror.url],
                       limits=IMPATIENT)  # fmt: skip
    assert archive.read_bytes() == fake.archive
    if play is not redirections_to_itself_slowly:
        assert len(stalling.heads) == 1
    start = int(re.findall(r"\d+", (mirror.asked[0] or "0"))[0])  # it went on with what was got
    assert brought <= start < brought + 10_000


@pytest.mark.parametrize(("play", "told", "brought"), STALLING)
def test_a_stalling_server_alone_is_given_up(fake, raw_server, tmp_path, play, told, brought):
    stalling = raw_server(lambda send: play(send, fake.archive))
    with pytest.raises(FclabError, match=re.escape(f"{stalling.url}: {told}")) as raised:
        download(tmp_path, release=fake.at(stalling.url), limits=IMPATIENT)
    assert "\n" not in str(raised.value)
    part = tmp_path / "fake.tar.gz.part"
    assert (part.stat().st_size if part.exists() else 0) >= brought


def test_a_few_bytes_each_time_are_no_progress(fake, raw_server, tmp_path):
    def play(send: Send) -> None:
        found = re.search(rb"(?i)range: bytes=(\d+)-", stalling.heads[-1])
        start, size = int(found[1]) if found else 0, len(fake.archive)
        send(
            b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n" % (size - start)
            + b"Content-Range: bytes %d-%d/%d\r\n\r\n" % (start, size - 1, size)
        )
        drip(send, fake.archive[start:])

    stalling = raw_server(play)
    part = tmp_path / "fake.tar.gz.part"
    part.write_bytes(fake.archive[:1000])
    limits = Limits(attempts=2, pause=0, silence=0.3, least=60e3)
    with pytest.raises(FclabError, match="slow, "):
        download(tmp_path, release=fake.at(stalling.url), limits=limits)
    assert len(stalling.heads) == 2
    assert part.read_bytes() == fake.archive[: part.stat().st_size]
    assert part.stat().st_size > 1000


def test_a_slow_server_that_keeps_sending_is_waited_for(fake, server, tmp_path):
    slow = server.add("slow", fake.archive, block=30_000, pause=0.1)  # 3 s in all
    limits = Limits(attempts=1, pause=0, silence=2, least=10e3)
    assert download(tmp_path, release=fake.at(slow.url), limits=limits).is_file()
    assert slow.asked == [None]


def test_speed_is_judged_anew_all_the_time(fake, server, raw_server, tmp_path):
    """Half of it fast, then far too slow for one who has a choice: the mean would hide it."""

    def play(send: Send) -> None:
        send(head(fake.archive) + fake.archive[:800_000])
        for begin in range(800_000, len(fake.archive), 2_000):
            send(fake.archive[begin : begin + 2_000])
            time.sleep(0.05)

    slowing = raw_server(play)
    mirror = server.add("mirror.tar.gz", fake.archive)
    limits = Limits(attempts=1, pause=0, slow=150e3, silence=0.3, least=1)
    download(tmp_path, release=fake.at(slowing.url), mirrors=[mirror.url], limits=limits)
    assert len(mirror.asked) == 1
