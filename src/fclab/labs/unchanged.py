"""Whether figures and report of a folder already are what would be written now.

Drawing and setting them takes most of the time of a lab whose networks are all kept. So the folder
keeps, in ``made.json``, what they were made of and the digests of the files; as long as both are
the same, nothing is made again. What they were made of are all values that the report is built
from, the package itself and the libraries that draw and write.
"""

import hashlib
import inspect
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fclab.values.files import write_atomic
from fclab.version import __version__

FILE = "made.json"
_LARGEST = 1 << 20  # bytes
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class Made(BaseModel):
    """What is in a folder.

    Attributes:
        format: version of this value.
        of: the digest of what the files were made of, see `made_of`.
        files: the digests of the files, by their paths from the folder on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    of: str
    files: dict[str, str]


def made_of(*values: object) -> str:
    """A digest of values (dataclasses, models, arrays) and of the program that makes files of them.

    Args:
        values: all that the files depend on.
    """
    import joblib  # only for who writes a report

    digest = joblib.hash((*values, _program()), hash_name="sha1")
    assert digest is not None
    return digest


def written_by(some: object) -> tuple[str, int, int]:
    """The module in which an object's class is written, as it is now: it may be of another
    package."""
    path = Path(inspect.getfile(type(some)))
    return path.name, path.stat().st_size, path.stat().st_mtime_ns


def remember_made(folder: Path, of: str, paths: Iterable[Path]) -> None:
    """Keep what the files of a folder were made of.

    Raises:
        FclabError: it cannot be written.
    """
    made = Made(of=of, files={p.relative_to(folder).as_posix(): _digest(p) for p in paths})
    write_atomic(folder / FILE, made.model_dump_json(indent=1) + "\n")


def is_made(folder: Path, of: str, wanted: Iterable[Path]) -> bool:
    """Whether the folder has the wanted files, and all that were made with them, unharmed, made of
    just this. A record that cannot be read says nothing.

    Args:
        of: see `made_of`.
        wanted: files in the folder.
    """
    try:
        path = folder / FILE
        if path.stat().st_size > _LARGEST:
            return False
        made = Made.model_validate_json(path.read_text("utf-8"))
        names = {file.relative_to(folder).as_posix() for file in wanted}
        return (
            made.of == of
            and names <= made.files.keys()
            and all(_inside(name) for name in made.files)
            and all(_digest(folder / name) == kept for name, kept in made.files.items())
        )
    except (OSError, ValueError):  # of a record that is none, too
        return False


def _inside(name: str) -> bool:
    """Whether it is a path below a folder: the record may be anybody's."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _program() -> tuple[object, ...]:
    """The package and what it stands on, as they are now."""
    package = Path(str(files("fclab")))
    ours = sorted(
        (path.relative_to(package).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return (__version__, tuple(ours), tuple(_libraries()))


def _libraries() -> Iterable[tuple[str, str]]:
    try:
        lines = requires("fclab") or []
    except PackageNotFoundError:  # run from its folder, without being installed
        return
    for line in lines:
        if name := _NAME.match(line):
            try:
                yield name[0], version(name[0])
            except PackageNotFoundError:  # of an extra
                continue
