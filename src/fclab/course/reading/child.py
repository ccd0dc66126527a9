"""The process in which submissions are read: it reaches, starts and writes nothing.

Told on its standard input: a line of JSON with the roster, then one for each submission; it answers
each with one line. Started by `fclab.course.reading.reader` as ``python -m``.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MOST_MEMORY = 2**30
"""Bytes of address space, on systems that can bound it."""
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.startfile", "pickle.find_class", "os.remove", "os.rename", "os.rmdir", "os.mkdir",
    "os.chmod", "os.chown", "os.symlink", "os.link", "os.truncate", "shutil.", "urllib.", "ftplib.",
    "http.", "smtplib.", "webbrowser.", "pty.", "winreg.", "os.putenv", "os.kill", "tempfile.",
)  # fmt: skip
"""What nothing that reads has to do (audit events of Python)."""


class Forbidden(Exception):
    """Something that reads a submission tried what it must not."""


def guard() -> None:
    """Bound this process, and forbid it whatever reading does not need; for good."""
    try:
        import resource
    except ImportError:  # Windows: time and sizes are bounded there
        pass
    else:
        for what, most in (
            (resource.RLIMIT_AS, MOST_MEMORY),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            try:
                _, hard = resource.getrlimit(what)
                if hard != resource.RLIM_INFINITY:
                    most = min(most, hard)
                resource.setrlimit(what, (most, most))
            except (ValueError, OSError):
                continue  # the system does not bound it
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        opened = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or opened:
            raise Forbidden("write")
    elif event.startswith(_FORBIDDEN):
        raise Forbidden(event)


def main() -> None:
    """Read what is asked for until the standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    sys.stdout = sys.stderr  # a library that prints does not disturb the answers
    asked = iter(sys.stdin.buffer.readline, b"")

    # Whatever reads is imported before the guard, which forbids what imports do.
    import openpyxl
    import pdfplumber
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
    from markdown_it import MarkdownIt

    from fclab.course.reading import docx, notebook, pdf, sheets, tex, web
    from fclab.course.reading.people import known
    from fclab.course.values import Student

    del openpyxl, pdfplumber, etree, MarkdownIt, docx, notebook, pdf, sheets, tex, web
    _silence()
    people = known([Student.model_validate(one) for one in json.loads(next(asked))])
    guard()
    answers.write("ready\n")
    answers.flush()
    for line in asked:
        answers.write(json.dumps(_answer(json.loads(line), people)) + "\n")
        answers.flush()


def _silence() -> None:
    import logging
    import warnings

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(3_000)


def _answer(asked: dict[str, Any], people: Sequence[Any]) -> dict[str, Any]:
    from fclab.course.reading.document import Document, Note, Unreadable
    from fclab.course.reading.files import read_file
    from fclab.course.reading.places import Place, load
    from fclab.course.reading.understood import understand

    documents: list[Document] = []
    notes: list[Note] = []
    pictures: list[Note] = []
    for one in asked["files"]:
        place = Place(Path(one["path"]), tuple(one["inside"]), one["name"])
        try:
            documents.append(read_file(place.name, load(place)))
        except Unreadable as error:
            (pictures if error.code == "picture" else notes).append((error.code, place.name))
        except MemoryError:
            notes.append(("too_large", place.name))
        except RecursionError:
            notes.append(("too_deep", place.name))
        except Forbidden:
            notes.append(("forbidden", place.name))
        except Exception:
            notes.append(("damaged", place.name))
    if not documents:
        notes += pictures[:1]
    return understand(asked["place"], documents, notes, people).model_dump(mode="json")


if __name__ == "__main__":
    main()
