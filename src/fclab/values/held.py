"""Files that another program holds.

Windows refuses to replace or remove a file that Word or Excel has open, or that a virus scanner
reads just now. The scanner lets go within a moment, so the move is tried again for some seconds;
whoever has the file open is asked to close it.
"""

import errno
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from fclab.values.errors import Clause

PATIENCE: Final = 5.0
"""Seconds for which a move is tried."""
_PAUSE: Final = 0.1  # seconds between two tries

_PROGRAMS: Final[Mapping[str, str]] = {
    ".docx": "Word", ".csv": "Excel", ".xlsx": "Excel", ".pdf": "Acrobat", ".ipynb": "Jupyter",
}  # fmt: skip


def move(source: Path, target: Path) -> None:
    """Move a file onto another one, or to where there is none; both lie in one file system.

    Raises:
        PermissionError: the file at ``target`` is held for longer than `PATIENCE`, or may not be
            replaced; its second argument says what to do, see `fclab.values.errors.system_reason`.
        OSError: whatever else the system refuses, at once.
    """
    stop = monotonic() + PATIENCE
    while True:
        try:
            source.replace(target)
            return
        except PermissionError as error:
            if monotonic() >= stop:
                raise PermissionError(error.errno or errno.EACCES, _advice(target)) from error
        sleep(_PAUSE)


def discard(path: Path) -> None:
    """Remove a file that nobody needs, if it is there; one that is held stays."""
    with suppress(PermissionError):
        path.unlink(missing_ok=True)


def _advice(target: Path) -> Clause:
    name, program = target.name, _PROGRAMS.get(target.suffix.lower())
    if program is None:
        return Clause("another program holds it: close {name} there and try again", name=name)
    return Clause(
        "another program holds it: close {name} in {program} and try again",
        name=name,
        program=program,
    )
