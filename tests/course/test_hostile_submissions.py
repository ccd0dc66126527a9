"""Submissions that mean harm do nothing, and stop no other."""

import os
import random
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hostile_submissions import KINDS, Canary
from submissions import STYLES, Told, base_rows

from fclab.course.reading import MOST_SECONDS, read_submissions
from fclab.course.values import Claims

SLOW = {"docx_huge_table", "html_huge", "pdf_words", "pdf_lines", "pdf_bomb", "odt_repeats"}
MODULES = (
    "openpyxl",
    "pdfplumber",
    "lxml",
    "docx",
    "markdown_it",
    "json",
    "fclab",
    "sitecustomize",
)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """An address that nobody may ask."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.setblocking(False)
        yield server


def untouched(canary: Canary, listening: socket.socket) -> bool:
    try:
        listening.accept()
    except BlockingIOError:
        return not canary.file.exists()
    return False


def fill(folder: Path, kinds: list[str], canary: Canary) -> int:
    """Hostile submissions and two honest ones among them; how many are there in all."""
    for place, kind in enumerate(kinds):
        ending, data = KINDS[kind](random.Random(f"{kind} {place}"), canary)
        own = folder / f"s{place:04} {kind}"
        own.mkdir(parents=True)
        (own / f"report{ending}").write_bytes(data)
    honest = STYLES["lab-docx"]
    for name in ("a honest", "z honest"):
        (folder / name).mkdir()
        (folder / name / "report.docx").write_bytes(honest(Told(rows=base_rows())))
    return len(kinds) + 2


def judge(found: list[Claims], number: int) -> None:
    own = {claims.files[0].split("/")[0] for claims in found}
    assert len(own) == number
    honest = [claims for claims in found if "honest" in claims.files[0]]
    assert [len(claims.rows) for claims in honest] == [len(base_rows())] * 2


@pytest.mark.needs("resource")
def test_one_of_each_kind_does_nothing(tmp_path, listening, monkeypatch):
    canary = Canary(tmp_path / "canary", f"http://127.0.0.1:{listening.getsockname()[1]}/x")
    folder = tmp_path / "all"
    number = fill(folder, [kind for kind in KINDS if kind not in SLOW], canary)
    for name in MODULES:  # found before the real ones by whoever looks in the current folder
        (folder / "a honest" / f"{name}.py").write_text(canary.program, "utf-8")
    monkeypatch.chdir(folder / "a honest")
    found = list(read_submissions(folder, workers=2, seconds=4))
    judge(found, number)
    assert untouched(canary, listening)
    told = {code for claims in found for code, _ in claims.unread}
    assert {"entities", "bomb", "damaged", "encrypted", "too_deep"} <= told


@pytest.mark.campaign
@pytest.mark.needs("resource")
def test_a_thousand_do_nothing(tmp_path, listening):
    canary = Canary(tmp_path / "canary", f"http://127.0.0.1:{listening.getsockname()[1]}/x")
    kinds = [kind for kind in KINDS for _ in range(1000 // len(KINDS) + 1)][:1000]
    longest, codes, done = 0.0, dict[str, int](), 0
    for begin in range(0, len(kinds), 100):  # so that not all lie on the disk at once
        folder = tmp_path / "all"
        number = fill(folder, kinds[begin : begin + 100], canary)
        found, last = [], time.monotonic()
        for claims in read_submissions(folder, workers=1):
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
            found.append(claims)
            for code, _ in claims.unread:
                codes[code] = codes.get(code, 0) + 1
        judge(found, number)
        done += number - 2
        shutil.rmtree(folder)
    import resource

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(f"{done} submissions, the longest {longest:.1f} s, at most {peak / 1e6:.0f} MB: {codes}")
    assert untouched(canary, listening)
    assert peak <= 2**30
    assert longest < MOST_SECONDS + 60  # a busy machine may take long to begin the next process


@pytest.mark.needs("symlinks")
def test_links_and_pipes_are_not_followed(tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_bytes(STYLES["lab-markdown"](Told(rows=base_rows())))
    folder = tmp_path / "all" / "Иванов"
    folder.mkdir(parents=True)
    (folder / "report.md").symlink_to(secret)
    (folder / "folder").symlink_to(tmp_path, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "table.csv")
    (claims,) = read_submissions(tmp_path / "all")
    assert not claims.rows
    assert [code for code, _ in claims.unread].count("not_regular") == 2


@pytest.mark.slow
def test_one_that_takes_for_ever_is_given_up_and_its_other_file_read(tmp_path):
    folder = tmp_path / "all" / "Иванов"
    folder.mkdir(parents=True)
    canary = Canary(tmp_path / "canary", "http://127.0.0.1:9/")
    for seed in range(99):  # the long one of its two lengths
        ending, data = KINDS["pdf_words"](random.Random(seed), canary)
        if len(data) > 10**6:
            break
    (folder / f"a{ending}").write_bytes(data)
    (folder / "b.docx").write_bytes(STYLES["lab-docx"](Told(rows=base_rows())))
    (claims,) = read_submissions(tmp_path / "all", seconds=1)
    assert len(claims.rows) == len(base_rows())
    assert ("too_long", "Иванов/a.pdf") in claims.unread
