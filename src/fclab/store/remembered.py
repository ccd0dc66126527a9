"""What a folder of results remembers: its lab, where the runs are, what was given for it.

The file ``lab.json`` in the folder. It is data, validated when it is read; no password is written.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.values.errors import Clause, DataError, FclabError
from fclab.values.fields import reason_of
from fclab.values.files import reading, write_atomic

FILE = "lab.json"
_LARGEST = 1 << 20  # bytes

Kept = TypeVar("Kept", bound=BaseModel)
_Text = Annotated[str, Field(max_length=10_000)]


class Remembered(BaseModel):
    """The memory of a folder.

    Attributes:
        format: version of this value.
        lab: the name of the lab in its store.
        store: an address, or a file: absolute, or relative to the folder.
        given: what the title page says and the language, as they were given for this folder.
        found: the same, as found in fclab.toml, and the language of the report that is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    lab: _Text = ""
    store: _Text = ""
    given: dict[str, _Text] = {}
    found: dict[str, _Text] = {}


def recall(folder: Path) -> Remembered:
    """The memory of a folder; an empty one if it has none.

    Raises:
        DataError: the file is damaged or cannot be read.
    """
    path = folder / FILE
    return read(path, Remembered) if path.is_file() else Remembered()


def remember(folder: Path, memory: Remembered) -> None:
    """Write the memory of a folder, in place of an older one.

    Raises:
        FclabError: it cannot be written.
    """
    write_atomic(folder / FILE, memory.model_dump_json(indent=1, exclude_defaults=True) + "\n")


def read(path: Path, kind: type[Kept]) -> Kept:
    """A small JSON file as a value.

    Raises:
        DataError: it is damaged or cannot be read; the line says what to do.
    """
    with reading(path), path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise damaged(path, Clause("it is too large"))
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["loc"] == ("format",) and isinstance(first["input"], int) and first["input"] > 1:
            raise DataError(
                "{path} was written by a newer fclab: upgrade fclab", path=path
            ) from error
        reason, key = reason_of(first), ".".join(map(str, first["loc"]))
        raise damaged(
            path, Clause("{key}: {reason}", key=key, reason=reason) if key else reason
        ) from error


def damaged(path: Path, reason: FclabError) -> DataError:
    """That a remembered file cannot be understood."""
    return DataError(
        "{path} is damaged ({reason}): mend it or delete it, fclab writes it anew",
        path=path,
        reason=reason,
    )


def written_store(where: str | Path, folder: Path) -> str:
    """How a store is written down in a folder: an address without its password, a file in the
    folder or beside it relative to the folder, so that both may be moved, any other one absolute.
    Of the current folder, which has no name here, nothing beside it is relative.
    """
    from fclab.store.connect import is_address, without_password

    if is_address(where):
        return without_password(str(where))
    path, home = Path(where).absolute(), folder.absolute()
    if path.is_relative_to(home):
        return path.relative_to(home).as_posix()
    if folder.name and path.is_relative_to(home.parent):
        return (Path("..") / path.relative_to(home.parent)).as_posix()
    return str(path)


def read_store(written: str, folder: Path) -> str | Path | None:
    """The store that is written down in a folder; None if it is a file that is gone."""
    from fclab.store.connect import is_address

    if is_address(written):
        return written
    path = folder / written
    if folder.name and written.startswith("../"):  # shown shorter: results/store.db
        path = folder.parent / written.removeprefix("../")
    return path if path.is_file() else None
