"""The files of a folder of submissions, those in zips too, and which of them belong together."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fclab.course.reading.archive import MOST_BYTES, Archive
from fclab.course.reading.document import Note, Unreadable
from fclab.course.reading.plain import fold
from fclab.values.errors import DataError

MOST_FILES = 20_000
MOST_OF_ONE = 40
"""Files of one submission that are read."""
_DEEP = 6
_ZIPS_DEEP = 2
_JUNK = re.compile(
    r"__MACOSX|\..*|~\$.*|Thumbs\.db|desktop\.ini|__pycache__|node_modules|cifar-100-python(?:\.tar\.gz)?",
    re.IGNORECASE,
)
_MOODLE = re.compile(r"(?P<who>.+?_\d+)_assignsubmission_\w+?(?:_(?P<rest>.*))?$", re.DOTALL)
_COMMON = re.compile(
    r"(?<![^\W\d_])(?:отч[её]т\w*|otchet|report|лаб\w*|lab\w*|лр|lr|работа|итог\w*|таблиц\w*|table|ноутбук|notebook|part|часть"
    r"|final|финал\w*|final|copy|копия|results?|результат\w*|версия|v|по|и|iu\d*|иу\d*|dl|гмо|задани\w*|submission)(?![^\W\d_])",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """Where a file is.

    Attributes:
        path: of the file, or of the zip that it is in.
        inside: names of zips within that zip, then of the file; none: the file is no zip's.
        name: within the folder of submissions, with ``/``.
    """

    path: Path
    inside: tuple[str, ...]
    name: str


class Submission(NamedTuple):
    """Files that belong together.

    Attributes:
        place: of the folder or file that they are, within the folder of submissions.
        files: to be read.
        notes: about those that are not.
    """

    place: str
    files: tuple[Place, ...]
    notes: tuple[Note, ...]


def load(place: Place) -> bytes:
    """The bytes of a file.

    Raises:
        Unreadable: it is too large, gone, or its zip is broken.
    """
    try:
        with place.path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable("not_regular")
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable("not_opened") from error
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large")
    for name in place.inside:
        data = Archive(data).read(name)
    return data


def submissions(folder: Path, whose: Callable[[str], str | None]) -> tuple[Submission, ...]:
    """What is handed in in a folder (or a zip), a student's files together.

    A folder with files is a submission, one with nothing but folders holds several; files beside
    each other are parted by whose name they have. Links are not followed.

    Args:
        folder: as a learning platform gives it, or put together by hand; or its zip.
        whose: the key of the only student that a name speaks of; None: none, or several.

    Raises:
        DataError: there is no such folder, or nothing in it.
    """
    if not folder.exists():
        raise DataError("{path} does not exist; give a folder of submissions", path=folder)
    groups: dict[str, list[Place]] = {}
    notes: dict[str, list[Note]] = {}
    found = list(_walk(folder, notes))
    if not found and not notes:
        raise DataError("{path} has no files; give a folder of submissions", path=folder)
    owners = _owners([place.name for place in found], whose)
    for place, owner in zip(found, owners, strict=True):
        groups.setdefault(owner, []).append(place)
    for name, told in list(notes.items()):
        (owner,) = _owners([name], whose)
        parent = next((g for g in groups if name.startswith(g + "/")), owner)
        groups.setdefault(parent, [])
        if parent != name:
            notes.setdefault(parent, []).extend(told)
            del notes[name]
    out = []
    for owner, places in sorted(groups.items()):
        told = list(notes.get(owner, ()))
        if len(places) > MOST_OF_ONE:
            told.append(("too_many_files", str(len(places))))
        order = sorted(places, key=lambda p: (_likely(p.name), p.name))
        out.append(Submission(owner, tuple(order[:MOST_OF_ONE]), tuple(told)))
    return tuple(out)


def _likely(name: str) -> int:
    ending = Path(name).suffix.casefold()
    return (
        0 if ending in (".docx", ".pdf", ".ipynb", ".xlsx", ".csv", ".md", ".html", ".odt") else 1
    )


def _walk(folder: Path, notes: dict[str, list[Note]]) -> Iterator[Place]:
    """All files, in the order of their names."""
    if folder.is_file():
        yield from _unzipped(folder, (), "", notes, 0)
        return
    count = 0
    for base, folders, files in os.walk(folder, followlinks=False):
        here = Path(base).relative_to(folder)
        folders[:] = sorted(
            f for f in folders if not _JUNK.fullmatch(f) and not (Path(base) / f).is_symlink()
        )
        if len(here.parts) >= _DEEP:
            folders.clear()
        for file in sorted(files):
            path, name = Path(base) / file, (here / file).as_posix()
            if _JUNK.fullmatch(file):
                continue
            try:
                mode = path.lstat().st_mode
            except OSError:
                continue
            if not stat.S_ISREG(mode):
                notes.setdefault(name, []).append(("not_regular", name))
                continue
            count += 1
            if count > MOST_FILES:
                notes.setdefault(name, []).append(("too_many_files", str(MOST_FILES)))
                return
            if _is_zip(path):
                yield from _unzipped(path, (), name, notes, 0)
            else:
                yield Place(path, (), name)


def _is_zip(path: Path) -> bool:
    """Whether a file is a zip that is no document."""
    if path.suffix.casefold() == ".zip":
        return True
    if path.suffix.casefold() in (".docx", ".xlsx", ".odt", ".docm", ".xlsm", ".ods", ".pptx"):
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04" and not path.suffix
    except OSError:
        return False


def _unzipped(
    path: Path, inside: tuple[str, ...], name: str, notes: dict[str, list[Note]], depth: int
) -> Iterator[Place]:
    """The files of a zip, as if it were a folder of its name without the ending."""
    base = re.sub(r"(?i)\.zip$", "", name)
    try:
        archive = Archive(load(Place(path, inside, name)))
        names = sorted(archive.names())
    except Unreadable as error:
        notes.setdefault(name or path.name, []).append((error.code, name or path.name))
        return
    for one in names:
        if any(_JUNK.fullmatch(part) for part in one.split("/")):
            continue
        whole = f"{base}/{one}" if base else one
        if one.casefold().endswith(".zip"):
            if depth + 1 >= _ZIPS_DEEP:
                notes.setdefault(whole, []).append(("too_deep", whole))
            else:
                yield from _unzipped(path, (*inside, one), whole, notes, depth + 1)
        else:
            yield Place(path, (*inside, one), whole)


def _owners(names: Sequence[str], whose: Callable[[str], str | None]) -> list[str]:
    """For each file the place of the submission that it belongs to."""
    parts = [name.split("/") for name in names]
    common = 0
    while (
        parts
        and all(len(p) > common + 1 and p[common] == parts[0][common] for p in parts)
        and not (whose(parts[0][common]) or _MOODLE.match(parts[0][common]))
    ):
        common += 1  # a folder that holds all others, as zips have one
    endings = {p[-1].rsplit(".", 1)[-1].casefold() for p in parts}
    differ = len(endings) == len(parts) <= 3
    if common and differ and all(len(p) == common + 1 for p in parts):
        common -= 1  # a report, a notebook and a table in a folder are those of one student
    with_files = {tuple(p[:n]) for p in parts for n in (len(p) - 1,)}
    stems: dict[tuple[tuple[str, ...], str], str] = {}
    parted: dict[tuple[str, ...], bool] = {}
    out = []
    for p in parts:
        folder = _folder(tuple(p[:-1]), with_files, common, whose)
        if moodle := next((m for part in p if (m := _MOODLE.match(part))), None):
            out.append(moodle["who"])
        elif len(folder) > common and not parted.setdefault(
            folder, _is_parted(folder, parts, whose)
        ):
            out.append("/".join(folder))
        else:
            key = (tuple(p[:-1]), whose(p[-1]) or _stem(p[-1]))
            out.append(stems.setdefault(key, "/".join(p)))
    return out


def _folder(
    folder: tuple[str, ...],
    with_files: set[tuple[str, ...]],
    common: int,
    whose: Callable[[str], str | None],
) -> tuple[str, ...]:
    """The outermost folder of a file that is a student's: named after one, or with files in it."""
    for length in range(common + 1, len(folder) + 1):
        outer = folder[:length]
        if whose(outer[-1]) or outer in with_files:
            return outer
    return folder


def _is_parted(
    folder: tuple[str, ...], parts: list[list[str]], whose: Callable[[str], str | None]
) -> bool:
    """Whether files in a folder are those of several students."""
    if whose(folder[-1]):
        return False
    inside = [p for p in parts if tuple(p[:-1]) == folder]
    return len({key for p in inside if (key := whose(p[-1]))}) > 1


def _stem(name: str) -> str:
    """The name of a file without its ending and what many have: "Отчёт_Иванов.docx" is "иванов"."""
    bare = _COMMON.sub(" ", re.sub(r"[_\-.\d№()]+", " ", name.rsplit(".", 1)[0]))
    return fold(bare) or fold(name)
