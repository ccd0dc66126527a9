"""A deadline for what a server has to do, however busy it looks.

The timeouts of `httpx` are for one read: a server that sends a byte at a time, or one provisional
answer after the other, never exceeds them.
"""

import math
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Self


class Watch:
    """Cuts the connections of one request when what is expected of it has not happened in time.

    A context manager; the request is made with ``extensions={"trace": watch.trace}``, on a
    connection of its own (no keep-alive), in the block. A connection that was cut reads as one
    that the server has closed.

    Attributes:
        late: what did not happen in time; None so far.
    """

    def __init__(self) -> None:
        self.late: str | None = None
        self._what, self._deadline, self._over = "", math.inf, False
        self._connections: list[socket.socket] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()
        for connection in self._connections:
            connection.close()

    def expect(self, seconds: float, otherwise: str) -> None:
        """From now on that long, in place of what was expected before.

        Args:
            seconds: until the connections are cut, if nothing else is expected by then.
            otherwise: what `late` says after that.
        """
        with self._changed:
            self._what, self._deadline = otherwise, time.monotonic() + seconds
            self._changed.notify()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Takes note of new connections; to be called by `httpx`."""
        if event.endswith("connect_tcp.complete"):
            connection: socket.socket = info["return_value"].get_extra_info("socket")
            with self._changed:
                # A handle of its own: that of httpx is closed, or wrapped in TLS, at any time.
                self._connections.append(connection.dup())
                if self.late:
                    self._cut()

    def _wait(self) -> None:
        with self._changed:
            while not self._over:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    self.late = self._what
                    self._cut()
                    return
                self._changed.wait(None if left == math.inf else left)

    def _cut(self) -> None:
        for connection in self._connections:
            with suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)
