"""`fclab web`: the lab in a browser."""

from typing import Annotated

from cyclopts import Parameter

from fclab.cli.language import Spoken


def web(
    *,
    host: str = "127.0.0.1",
    port: int = 8642,
    open_page: Annotated[bool, Parameter(name="--open")] = True,
    lang: Spoken = None,
) -> None:
    """Play the lab in a browser: curves, points and images, trained anew while a slider moves.

    The page is served by this machine and needs no network. Ctrl-C ends it.

    Examples:

        fclab web

        fclab web --port 9000 --no-open

        fclab web --host 0.0.0.0

    Parameters
    ----------
    host
        The address to serve on; 0.0.0.0 lets everybody on the network in who has the link with its
        token.
    port
        The port; another one that is free is taken if it is in use.
    open_page
        Open the page in the browser.
    """
    import webbrowser

    from fclab.cli.progress import say
    from fclab.values.extras import require
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    for module in ("starlette", "uvicorn", "websockets", "msgpack"):
        require(module, "web", "fclab web")
    from fclab.web.guard import Door
    from fclab.web.serve import serve

    spoken = spoken_lang(lang)
    words = wording(spoken)

    def ready(address: str, door: Door) -> None:
        say(words.plain("cli.web.ready", address=address))
        if door.token:
            say(words.plain("cli.web.open", hosts=", ".join(door.hosts)))
        if open_page:
            webbrowser.open(f"{address}#lang={spoken}")

    serve(host, port, ready)
