"""`fclab web`: the lab in a browser."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fclab.cli.place import WHERE, FlattenedWhere, Where


def web(
    *,
    host: str = "127.0.0.1",
    port: int = 8642,
    open_page: Annotated[bool, Parameter(name="--open")] = True,
    data: str | None = None,
    where: FlattenedWhere = WHERE,
) -> None:
    """Play the lab in a browser: curves, points and images, trained anew while a slider moves.

    The page is served by this machine and needs no network. Ctrl-C ends it.

    Examples:

        fclab web

        fclab web --port 9000 --no-open

        fclab web --host 0.0.0.0

        fclab web --out results/mine

    Parameters
    ----------
    host
        The address to serve on; 0.0.0.0 lets everybody on the network in who has the link with its
        token.
    port
        The port; another one that is free is taken if it is in use.
    open_page
        Open the page in the browser.
    data
        CIFAR-100: a folder or archive; default: wherever it is on this machine.
    where
        Which store, and the language.
    """
    import webbrowser

    from fclab.cli.progress import say
    from fclab.values.extras import require

    for module in ("starlette", "uvicorn", "websockets", "msgpack"):
        require(module, "web", "fclab web")
    from fclab.web.guard import Door
    from fclab.web.place import Place
    from fclab.web.serve import serve

    spoken, words = where.language, where.words
    place = Place(_store(where), data)

    def ready(address: str, door: Door) -> None:
        say(words.plain("cli.web.ready", address=address))
        if door.token:
            say(words.plain("cli.web.open", hosts=", ".join(door.hosts)))
        if open_page:
            webbrowser.open(f"{address}#lang={spoken}")

    serve(host, port, ready, place)


def _store(where: Where) -> str | Path:
    """The store of the pages: seen to be one, if it is there already. It is made by the first
    training.

    Raises:
        UsageError, DataError, FclabError: it cannot be opened.
    """
    from fclab.cli.place import find_store
    from fclab.store.connect import is_address
    from fclab.store.database import Store

    found = find_store(where.store, where.out, where.language, "train")
    if is_address(found):
        Store(found).close()
        return found
    path = Path(found).absolute()
    if path.exists():
        Store(path, create=False).close()
    return path
