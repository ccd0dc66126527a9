"""Submissions are read beside each other, each in a bounded process; one that fails is named."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from pydantic import ValidationError

from fclab.course.extra import require_course
from fclab.course.reading.people import known, match
from fclab.course.reading.places import Submission, submissions
from fclab.course.values import Claims, Course, Student
from fclab.values.progress import Progress

MOST_SECONDS = 10.0
"""In which a submission is read on a machine that has nothing else to do; one that takes longer is
given up."""
_BEGIN_SECONDS = 60.0
"""In which a process begins, on a machine that has much to do."""
_MOST_ANSWER = 16 * 2**20


def read_submissions(
    folder: str | os.PathLike[str],
    course: Course | None = None,
    *,
    workers: int | None = None,
    seconds: float = MOST_SECONDS,
    progress: Progress | None = None,
) -> Iterator[Claims]:
    """What every submission in a folder claims, in the order of their names.

    Nothing in a submission is run and no link is followed; each is read in a process with bounds of
    time and (on Linux and macOS) memory, that can write nothing and reach no network. Whatever
    cannot be read or understood stands in `Claims.unread`; one bad submission stops no other.

    Args:
        folder: a folder or zip with a file or a folder of each student, or the files of a learning
            platform.
        course: whose students submissions are matched to; None: nobody's.
        workers: processes beside each other, by default 4 or the number of cores, if that is less.
        seconds: for a submission.
        progress: told the submissions read and in all.

    Raises:
        UsageError: the extra ``course`` is not installed.
        DataError: there is no such folder, or nothing in it.
    """
    require_course()
    students = course.students if course else ()
    people = known(students)

    def whose(name: str) -> str | None:
        return match(people, name, "")[0] if people else None

    found = submissions(Path(folder), whose)
    return _read(found, students, workers, seconds, progress)


def _read(
    found: Sequence[Submission], students: Sequence[Student], workers: int | None, seconds: float,
    progress: Progress | None,
) -> Iterator[Claims]:  # fmt: skip
    number = max(1, min(workers or min(4, os.cpu_count() or 1), len(found)))
    free: queue.SimpleQueue[_Child] = queue.SimpleQueue()
    for _ in range(number):
        free.put(_Child(students))

    def one(submission: Submission) -> Claims:
        child = free.get()
        try:
            return child.read(submission, seconds)
        finally:
            free.put(child)

    pool = ThreadPoolExecutor(number, thread_name_prefix="fclab reading")
    try:
        for done, claims in enumerate(pool.map(one, found), start=1):
            if progress:
                progress(done, len(found))
            yield claims
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        pool.shutdown(wait=True)
        while not free.empty():
            free.get().end()


def _crowd() -> float:
    """How many processes share a core of this machine: so much longer may each take."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return min(6.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


class _Child:
    """A process that reads; it is begun when first needed, and again after it was ended."""

    def __init__(self, students: Sequence[Student]):
        self._roster = json.dumps([student.model_dump(mode="json") for student in students])
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read(self, submission: Submission, seconds: float) -> Claims:
        """What a submission claims."""
        files = [
            {"path": str(place.path.absolute()), "inside": place.inside, "name": place.name}
            for place in submission.files
        ]
        names = tuple(place.name for place in submission.files) or (submission.place,)
        line = self._ask({"place": submission.place, "files": files}, seconds)
        if line is None and len(files) > 1:  # one of them is to blame: each by itself
            return self._apart(submission, seconds)
        if isinstance(line, bytes) and line:
            with suppress(ValueError, ValidationError):
                claims = Claims.model_validate_json(line)
                return claims.model_copy(
                    update={"files": names, "unread": (*submission.notes, *claims.unread)}
                )
        code = "too_long" if line is None else "failed"
        return Claims(files=names, unread=(*submission.notes, (code, submission.place)))

    def _apart(self, submission: Submission, seconds: float) -> Claims:
        """A submission without those of its files that are not read in the time."""
        good, notes = [], list(submission.notes)
        for place in submission.files:
            alone = Submission(submission.place, (place,), ())
            claims = self.read(alone, seconds / len(submission.files) + 1)
            failed = [note for note in claims.unread if note[0] in ("too_long", "failed")]
            if failed:
                notes += [(code, place.name) for code, _ in failed]
            else:
                good.append(place)
        if len(good) == len(submission.files):
            good, notes = good[:1], [*notes, ("too_long", submission.place)]
        left = Submission(submission.place, tuple(good), tuple(notes))
        if not good:
            names = tuple(place.name for place in submission.files)
            return Claims(files=names, unread=tuple(notes))
        return self.read(left, seconds)

    def _ask(self, message: dict[str, Any], seconds: float) -> bytes | None:
        """The answer; None: not in time; empty: the process ended."""
        try:
            if self._process is None:
                self._begin()
                self._answers.get(timeout=_BEGIN_SECONDS)  # it is ready
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=seconds * _crowd())
        except queue.Empty:
            self.end()
            return None
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self.end()
            return b""
        return line

    def _begin(self) -> None:
        one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            # -P: no module of the current folder, in which submissions may lie
            [sys.executable, "-P", "-m", "fclab.course.reading.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, **one},
        )  # fmt: skip
        self._answers = queue.SimpleQueue()
        process, answers = self._process, self._answers
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.write(self._roster.encode() + b"\n")
            process.stdin.flush()

        def listen() -> None:
            assert process.stdout is not None
            with suppress(OSError, ValueError):
                while line := process.stdout.readline(_MOST_ANSWER):
                    answers.put(line)
            answers.put(b"")

        Thread(target=listen, daemon=True).start()

    def end(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
