"""The store of a command, by the rule of `fclab.store.place`, and said on stderr."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.language import Spoken
from fclab.cli.progress import say
from fclab.cli.tell import tell
from fclab.store.place import Use, find_place, remember_last
from fclab.values.errors import FclabError, UsageError
from fclab.words.languages import Lang, spoken_lang, written_lang
from fclab.words.wording import Wording, wording

if TYPE_CHECKING:
    from fclab.store.database import Store

_STORE = (
    "Where runs are kept: a file, or postgresql://user@host/base; default: that of --out, of the "
    "last run from here, or results/store.db."
)


@Parameter(name="*")
@dataclass(frozen=True)
class Kept:
    """Options of a command that reads a store, and says so."""

    store: Annotated[str | None, Parameter(show_default=False, help=_STORE)] = None
    lang: Spoken = None

    @property
    def language(self) -> Lang:
        """The language of what is said on the terminal."""
        return spoken_lang(self.lang)

    @property
    def written(self) -> Lang:
        """The language of files that are handed in."""
        return written_lang(self.lang)

    @property
    def words(self) -> Wording:
        """The sentences of the language."""
        return wording(self.language)

    def open(
        self,
        out: Path | None = None,
        use: Use = "find",
        *,
        create: bool = False,
        trains: bool = False,
    ) -> "Store":
        """The store, opened: see `open_store`."""
        return open_store(self.store, out, self.language, use, create=create, trains=trains)


@Parameter(name="*")
@dataclass(frozen=True)
class Where(Kept):
    """Those of a command whose ``--out`` is a folder of results."""

    out: Path | None = None
    """A folder of results: its store is meant."""


KEPT, WHERE = Kept(), Where()
FlattenedKept = Annotated[Kept, Parameter(name="*")]
FlattenedWhere = Annotated[Where, Parameter(name="*")]


def find_store(store: str | None, out: Path | None, lang: Lang, use: Use = "find") -> str | Path:
    """The store of a command.

    Args:
        store: what ``--store`` said.
        out: what ``--out`` said.
        lang: of messages.
        use: what the command does with the folder of ``--out``.

    Raises:
        DataError: what is remembered is damaged, or ``out`` has no store and should.
    """
    found = find_place(store, out, use)
    if found.gone:
        say(wording(lang).plain("cli.store_gone", name=found.gone))
    return found.where


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
    say(wording(lang).plain("cli.store", name=opened.name))
    if trains:
        _say_if_slow(lang)
        try:
            remember_last(where, folder)
        except FclabError as error:  # what is trained is kept all the same
            tell(error, lang)
    return opened


def _say_if_slow(lang: Lang) -> None:
    """Tell once, before training, that nothing can be compiled here."""
    from fclab.engines.compiled.ahead import products_fail
    from fclab.words.reasons import reason_text

    if reason := products_fail():
        words = wording(lang)
        say(words.plain("cli.slow", why=reason_text(words, reason)))


def results_folder(out: Path | None, store: str | None) -> Path | None:
    """The folder of results that ``--out`` of a command names which writes a file; None: it names
    the file, or nothing.

    Raises:
        UsageError: it is a folder, though the store is named.
    """
    if out is None or not out.is_dir():
        return None
    if store is not None:
        raise UsageError(
            "--out {out} is a folder, and --store says where to look: name a file", out=out
        )
    return out
