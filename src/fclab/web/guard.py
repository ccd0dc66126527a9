"""Who may talk to the server, and what a page may do.

The server is bound to loopback unless it is asked otherwise. A page of another site that a browser
shows could still send requests to it, or give a name of its own to 127.0.0.1 (DNS rebinding), so
``Host`` and ``Origin`` must be the server's own; where other machines may come, every request must
also carry the token of the link, or the cookie that it became.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Door:
    """Where the server is found.

    Attributes:
        hosts: names by which it may be called, without the port.
        port: that it listens on.
        token: without which nobody is let in; empty: none is needed (loopback).
    """

    hosts: tuple[str, ...] = LOOPBACK
    port: int = 0
    token: str = field(default="", repr=False)

    @property
    def cookie(self) -> str:
        """The name of the cookie: a browser sends those of a host to all its ports."""
        return f"fclab-{self.port}"

    def is_own(self, netloc: str) -> bool:
        """Whether a ``Host``, or the place of an ``Origin``, is this server."""
        try:
            parts = urlsplit(f"//{netloc}")
            port = parts.port or 80
        except ValueError:
            return False
        if parts.netloc != netloc or "@" in netloc:
            return False
        return netloc.removesuffix(f":{parts.port}").lower() in self.hosts and port == self.port


class Guard:
    """Turns away whoever may not come in, and adds to every answer what pages may do."""

    def __init__(self, app: ASGIApp, door: Door):
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (k.encode(), v.encode())
                        for k, v in HEADERS.items()
                        if k.encode() not in own
                    ),
                ]
            await send(message)

        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = self._door.is_own(headers.get("host", "")) and (
            (origin is None and scope["type"] == "http")
            or (origin is not None and origin.startswith("http://")
            and self._door.is_own(origin.removeprefix("http://")))
        )  # fmt: skip
        if not allowed:
            await _refuse(
                scope, receive, with_headers, 421, "this is not the address of this server"
            )
            return
        if self._door.token and not self._knows(headers):
            if scope["type"] == "http" and self._brings(scope):
                answer = RedirectResponse(scope["path"], 303)
                answer.set_cookie(
                    self._door.cookie, self._door.token, httponly=True, samesite="strict"
                )
                await answer(scope, receive, with_headers)
                return
            await _refuse(scope, receive, with_headers, 403, "the link with its token is needed")
            return

        await self._app(scope, receive, with_headers)

    def _knows(self, headers: Mapping[str, str]) -> bool:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._door.cookie)
        except ValueError:
            return False
        return morsel is not None and self._same(morsel.value)

    def _brings(self, scope: Scope) -> bool:
        found = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return self._same(found[0])

    def _same(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self._door.token.encode())


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4000 + status - 400, "reason": why})
        return
    await PlainTextResponse(f"{why}\n", status)(scope, receive, send)
