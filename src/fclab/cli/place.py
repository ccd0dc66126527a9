"""Which store a command uses: one rule for all commands.

1. ``--store``.
2. With ``--out``, a folder of results: the store that the folder remembers, else ``store.db`` in
   it. Commands that train make it there (`fclab run`, its parts, `study`, `ladder`); for those
   that may write into a folder without a store (`report`, `search`) the next rules go on.
3. The store of the last command that trained and was started from this folder
   (``results/last.json`` remembers it), if it is still there.
4. ``results/store.db``.

A command says on stderr which store it used.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field

from fclab.cli.progress import say
from fclab.cli.remembered import read, read_store, recall, written_store
from fclab.errors import DataError, FclabError
from fclab.files import write_atomic
from fclab.lang import Lang
from fclab.store import DEFAULT

if TYPE_CHECKING:
    from fclab.store.database import Store

LAST = DEFAULT.parent / "last.json"

Address = Annotated[str | None, Parameter(show_default=False)]
"""The option ``--store`` of a command."""

Use = Literal["train", "find", "write"]
"""Of ``--out`` without a store: it is made there, it is an error, the rules go on."""

_USED = {"ru": "Хранилище: {name}", "en": "Store: {name}"}
_GONE = {
    "ru": "Хранилища последнего запуска больше нет: {name}",
    "en": "The store of the last run is gone: {name}",
}


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


def last() -> Last | None:
    """The last command that trained from this folder, if any did.

    Raises:
        DataError: what is remembered of it is damaged.
    """
    return read(LAST, Last) if LAST.is_file() else None


def find_store(store: str | None, out: Path | None, lang: Lang, use: Use = "find") -> str | Path:
    """The store of a command, by the rule above.

    Args:
        store: what ``--store`` said.
        out: what ``--out`` said.
        lang: of messages.
        use: what the command does with the folder of ``--out``.

    Raises:
        DataError: what is remembered is damaged, or ``out`` has no store and should.
    """
    if store is not None:
        return store
    if out is not None:
        written = recall(out).store
        if found := read_store(written, out) if written else None:
            return found
        beside = out / DEFAULT.name
        if use == "train" or beside.is_file():
            return beside
        if use == "find":
            raise DataError(f"there is no store in {out}, nor does it remember one")
    before = last()
    if before is None:
        return DEFAULT
    found = read_store(before.store, Path())
    if found is None:
        say(_GONE[lang].format(name=before.store))
    return found or DEFAULT


def open_store(
    store: str | None,
    out: Path | None,
    lang: Lang,
    use: Use = "find",
    *,
    create: bool = False,
    trains: bool = False,
    folder: Path | None = None,
) -> "Store":
    """The store of a command, opened; its name is said on stderr.

    Args:
        store, out, lang, use: see `find_store`.
        create: make it if there is none.
        trains: remember it as that of the last command that trained from here.
        folder: of the results of that command.

    Raises:
        UsageError, DataError, FclabError: see `find_store` and `Store`.
    """
    from fclab.store.database import Store

    where = find_store(store, out, lang, use)
    opened = Store(where, create=create)
    say(_USED[lang].format(name=opened.name))
    if trains:
        try:
            _remember(where, folder)
        except FclabError as error:  # what is trained is kept all the same
            say(f"fclab: {error}")
    return opened


def _remember(where: str | Path, folder: Path | None) -> None:
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

    usual = DEFAULT.parent / lab
    before = last()
    places = [Path(before.folder)] if before and before.folder else []
    places += [] if is_address(where) else [Path(where).parent]
    for place in places:
        if recall(place).lab == lab:
            return place
    return usual
