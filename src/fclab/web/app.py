"""The application: files of the page, its texts and bounds, and one socket for every open page."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from time import monotonic
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from fclab.version import __version__
from fclab.web.guard import Door, Guard
from fclab.web.tasks import load_task, task_names
from fclab.web.uploads import read_upload
from fclab.web.wire import pack, read_message
from fclab.web.workers import User, Workers
from fclab.words.languages import LANGUAGES

STATIC: Final = files("fclab.web") / "static"
TEXTS: Final = files("fclab.web") / "texts"
MOST_USERS: Final = 100
MOST_UNSENT: Final = 4 << 20
"""Bytes that wait for a page that does not read: then it is left."""

MESSAGES_PER_SECOND: Final = 60
"""Of one page, on average; twice as many in a burst."""


def make_app(door: Door, workers: Workers | None = None) -> Starlette:
    """The application, which starts and ends its workers with itself."""
    staff = workers or Workers()

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        staff.start()
        try:
            yield
        finally:
            staff.stop()

    app = Starlette(
        routes=[
            WebSocketRoute("/socket", socket),
            Route("/setup/{lang}.json", setup),
            Route("/picture", read_upload, methods=["POST"]),
            Mount("/", StaticFiles(directory=str(STATIC), html=True)),
        ],
        middleware=[Middleware(Guard, door=door)],
        lifespan=life,
    )
    app.state.workers, app.state.users = staff, set()
    return app


def setup(request: Request) -> Response:
    """The texts of a language, and fields, defaults and bounds of everything that may be wished."""
    lang = request.path_params["lang"]
    if lang not in LANGUAGES:
        return Response(status_code=404)
    wishes = {name: load_task(name).wish.model_json_schema() for name in task_names()}
    told = {
        "version": __version__, "lang": lang, "languages": [*LANGUAGES], "words": texts(lang),
        "tag": LANGUAGES[lang].tag, "wishes": wishes,
    }  # fmt: skip
    return Response(json.dumps(told, ensure_ascii=False), media_type="application/json")


def texts(lang: str) -> dict[str, Any]:
    """The texts of the page in a language: of every TOML file a table, by its name."""
    found = sorted((TEXTS / lang).iterdir(), key=lambda path: path.name)
    return {
        path.name.removesuffix(".toml"): tomllib.loads(path.read_text("utf-8"))
        for path in found if path.name.endswith(".toml")
    }  # fmt: skip


async def socket(websocket: WebSocket) -> None:
    """One open page: its wishes come, their events go."""
    workers: Workers = websocket.app.state.workers
    users: set[User] = websocket.app.state.users
    if len(users) >= MOST_USERS:
        await websocket.close(1013)
        return
    await websocket.accept()
    outbox = Outbox()
    user = User(outbox.put)
    users.add(user)
    ways = (outbox.send_all(websocket), _listen(websocket, workers, user), outbox.is_full.wait())
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        workers.leave(user)
        users.discard(user)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
            raise error
    if outbox.is_full.is_set():
        await websocket.close(1013)


async def _listen(websocket: WebSocket, workers: Workers, user: User) -> None:
    allowance, last = 2.0 * MESSAGES_PER_SECOND, monotonic()
    while (received := await websocket.receive())["type"] != "websocket.disconnect":
        now = monotonic()
        allowance += (now - last) * MESSAGES_PER_SECOND
        allowance, last = min(allowance, 2.0 * MESSAGES_PER_SECOND) - 1, now
        if allowance < 0:
            await asyncio.sleep(-allowance / MESSAGES_PER_SECOND)
        message = read_message(received.get("text") or "")
        if message is None or (message.task is not None and message.task not in task_names()):
            user.send(pack({"id": -1, "kind": "error", "text": "this is no message of the page"}))
        elif message.task is None:
            workers.give_up(user, message.panel)
        else:
            workers.wish(user, message)


class Outbox:
    """Events on their way to a page.

    Attributes:
        is_full: set once the page has stopped to read.
    """

    def __init__(self) -> None:
        self.is_full = asyncio.Event()
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._bytes = 0

    def put(self, event: bytes) -> None:
        """One more event."""
        self._bytes += len(event)
        if self._bytes > MOST_UNSENT:
            self.is_full.set()
        else:
            self._queue.put_nowait(event)

    async def send_all(self, websocket: WebSocket) -> None:
        """Send what comes, until cancelled."""
        while True:
            event = await self._queue.get()
            await websocket.send_bytes(event)
            self._bytes -= len(event)
