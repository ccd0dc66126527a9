"""Where the server keeps and finds what pages ask about: told on its command line alone."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from fclab.store import DEFAULT


@dataclass(frozen=True)
class Place:
    """What the server was started with.

    Attributes:
        store: where studies and their runs are kept: a file or an address.
        data: where CIFAR-100 is; None: wherever it is on this machine.
        scratch: a folder for files on their way to a page; whatever is left in it goes with the
            server.
    """

    store: str | Path = DEFAULT
    data: str | None = None
    scratch: Path = Path(gettempdir())


_place = Place()


def settle(place: Place) -> None:
    """Let this process work for a server that was started so."""
    global _place
    _place = place


def here() -> Place:
    """What the server of this process was started with."""
    return _place


def store_name(store: str | Path) -> str:
    """A store as a command names it, without a password."""
    from fclab.store.connect import is_address, without_password

    return without_password(str(store)) if is_address(store) else str(store)
