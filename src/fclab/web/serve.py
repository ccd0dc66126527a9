"""The server of the page, from its start to Ctrl-C."""

import errno
import logging
import secrets
import socket
from collections.abc import Callable

import uvicorn

from fclab.values.errors import UsageError, system_reason
from fclab.web.app import make_app
from fclab.web.guard import LOOPBACK, Door
from fclab.web.place import Place
from fclab.web.wire import MOST_BYTES
from fclab.web.workers import Workers


def serve(
    host: str, port: int, ready: Callable[[str, Door], None], place: Place | None = None
) -> None:
    """Serve until Ctrl-C.

    Args:
        host: an address of this machine; other than loopback, the link carries a token.
        port: another one if it is in use; 0: any that is free.
        ready: is told the address as soon as the page can be opened.
        place: where it keeps and finds what pages ask about.

    Raises:
        UsageError: the address cannot be listened on.
    """
    is_open = host not in ("127.0.0.1", "localhost", "::1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            listening.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            listening.bind((host, 0))
    except OSError as error:
        raise UsageError(
            "cannot listen on {host}, port {port}: {reason}",
            host=host, port=port, reason=system_reason(error),
        ) from error  # fmt: skip
    port = listening.getsockname()[1]
    names = (*LOOPBACK, *_names_of(host)) if is_open else LOOPBACK
    door = Door(names, port, secrets.token_urlsafe(16) if is_open else "")
    shown = names[len(LOOPBACK)] if is_open else "127.0.0.1"
    token = f"?token={door.token}" if is_open else ""
    config = uvicorn.Config(
        make_app(door, Workers(place)), log_level="warning", access_log=False, server_header=False,
        ws="websockets-sansio", ws_max_size=MOST_BYTES, ws_per_message_deflate=False,
        timeout_graceful_shutdown=1, limit_concurrency=1000,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # What is cut off by the end is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not server.should_exit)
    listening.listen(128)
    ready(f"http://{shown}:{port}/{token}", door)
    server.run(sockets=[listening])


def _names_of(host: str) -> tuple[str, ...]:
    """By which other machines may call this one."""
    if host not in ("0.0.0.0", "::"):
        return (f"[{host}]" if ":" in host else host.lower(),)
    name = socket.gethostname().lower()
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    # The address that a packet to elsewhere would leave from; nothing is sent.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            first = probe.getsockname()[0]
        except OSError:
            first = name
    rest = sorted(f"[{a}]" if ":" in a else a for a in found - {first})
    return (first, *rest, name)
