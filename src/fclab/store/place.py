"""Which store is meant: one rule for all commands and for notebooks.

1. The one that is named (``--store``).
2. With ``--out``, a folder of results: the store that the folder remembers, else ``store.db`` in
   it. Commands that train make it there (`fclab run`, its parts, `study`, `ladder`); for those
   that may write into a folder without a store (`report`, `search`) the next rules go on.
3. The store of the last command that trained and was started from this folder
   (``results/last.json`` remembers it), if it is still there.
4. ``results/store.db``.

Commands say on stderr which store they used, notebooks in the output of the cell.
"""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from fclab.store import DEFAULT
from fclab.store.remembered import read, read_store, recall, written_store
from fclab.values.errors import DataError
from fclab.values.files import write_atomic
from fclab.values.text import file_name

LAST = DEFAULT.parent / "last.json"

Use = Literal["train", "find", "write"]
"""Of ``--out`` without a store: it is made there, it is an error, the rules go on."""


class Last(BaseModel):
    """The last command that trained from this folder.

    Attributes:
        format: version of this value.
        store: an address, or a file: absolute, or relative to the folder.
        folder: of its results, if it left any; absolute, or relative.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    store: Annotated[str, Field(min_length=1, max_length=10_000)]
    folder: Annotated[str, Field(max_length=10_000)] = ""


class StoreLocation(NamedTuple):
    """Where a store is.

    Attributes:
        where: a file or an address.
        gone: the store of the last run, if it is no longer there and another one is taken.
    """

    where: str | Path
    gone: str = ""


def last() -> Last | None:
    """The last command that trained from this folder, if any did.

    Raises:
        DataError: what is remembered of it is damaged.
    """
    return read(LAST, Last) if LAST.is_file() else None


def find_place(
    named: str | Path | None, out: Path | None = None, use: Use = "find"
) -> StoreLocation:
    """The store that is meant, by the rule above.

    Args:
        named: the store, if it was named.
        out: a folder of results.
        use: what is done with that folder.

    Raises:
        DataError: what is remembered is damaged, or ``out`` has no store and should.
    """
    if named is not None:
        return StoreLocation(named)
    if out is not None:
        written = recall(out).store
        if found := read_store(written, out) if written else None:
            return StoreLocation(found)
        beside = out / DEFAULT.name
        if use == "train" or beside.is_file():
            return StoreLocation(beside)
        if use == "find":
            raise DataError("there is no store in {out}, nor does it remember one", out=out)
    before = last()
    if before is None:
        return StoreLocation(DEFAULT)
    found = read_store(before.store, Path())
    return StoreLocation(found) if found is not None else StoreLocation(DEFAULT, before.store)


def remember_last(where: str | Path, folder: Path | None = None) -> None:
    """Remember a store as that of the last command that trained from here.

    Args:
        where: the store.
        folder: of the results of that command, if it left any.

    Raises:
        FclabError: what is remembered is damaged, or it cannot be written.
    """
    before = last() if folder is None else None
    store = written_store(where, Path())
    if before is not None and before.store == store:
        return
    if store == DEFAULT.as_posix() and folder is None and not LAST.exists():
        return  # as it would be without
    place = written_store(folder, Path()) if folder is not None else ""
    write_atomic(LAST, Last(store=store, folder=place).model_dump_json(indent=1) + "\n")


def results_folder(lab: str, where: str | Path) -> Path:
    """The folder of the results of a lab: the one that remembers it, among that of the last run,
    the one of its store, and results/ and its name, which is also the folder of a new one."""
    from fclab.store.connect import is_address

    usual = DEFAULT.parent / file_name(lab)
    before = last()
    places = [Path(before.folder)] if before and before.folder else []
    places += [] if is_address(where) else [Path(where).parent]
    for place in places:
        if recall(place).lab == lab:
            return place
    return usual
