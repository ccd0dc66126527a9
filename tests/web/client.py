"""A page without a browser: what it sends and what it gets, over the real socket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from served import Served
from websockets.sync.client import ClientConnection, connect

from fclab.web.wire import unpack


class Client:
    """One open page."""

    def __init__(self, socket: ClientConnection):
        self.socket, self._latest = socket, 0

    def wish(self, task: str = "regression", panel: str = "p", **wish: Any) -> int:
        """Wish something; returns its id."""
        self._latest += 1
        self.send({"v": 1, "id": self._latest, "panel": panel, "task": task, "wish": wish})
        return self._latest

    def give_up(self, panel: str = "p") -> None:
        """Nobody waits for the wish of a panel any more."""
        self.send({"v": 1, "id": 0, "panel": panel})

    def send(self, message: Any) -> None:
        """Send JSON, or bytes as they are."""
        self.socket.send(message if isinstance(message, bytes) else json.dumps(message))

    def event(self, seconds: float = 120) -> dict[str, Any]:
        """The next event."""
        data = self.socket.recv(seconds)
        assert isinstance(data, bytes)
        return unpack(data)

    def events(self, id: int) -> list[dict[str, Any]]:
        """All events of a wish from now on; those of others are passed over."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["kind"] not in ("done", "error", "dropped"):
            event = self.event()
            if event["id"] == id:
                found.append(event)
        return found

    def answer(self, **wish: Any) -> dict[str, Any]:
        """The last event of a wish."""
        return self.events(self.wish(**wish))[-1]


@contextmanager
def client(server: Served, **headers: str) -> Iterator[Client]:
    """A page of the server's own, or with other headers."""
    own = server.address.split("?")[0].rstrip("/")
    with connect(
        own.replace("http", "ws", 1) + "/socket", origin=headers.pop("origin", own),  # type: ignore
        additional_headers=headers, max_size=None, open_timeout=120, proxy=None, compression=None,
    ) as socket:  # fmt: skip
        yield Client(socket)
