"""A process that fulfils wishes, one at a time, and gives one up when it is told to."""

import os
import signal
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread

from pydantic import ValidationError

from fclab.values.errors import FclabError
from fclab.values.fields import first_problem
from fclab.web.place import Place, settle
from fclab.web.tasks import load_task
from fclab.web.tasks.task import SPOKEN, Event, GivenUp
from fclab.web.wire import Message, pack
from fclab.words.languages import LANGUAGES
from fclab.words.said import said

Asked = tuple[int, Message]
"""A number of the server's, and what is asked under it."""


def main(connection: Connection, nice: int, alone: bool, place: Place) -> None:
    """Serve until the connection is closed.

    What comes is ``(number, message)``, or a number that is given up; what goes is a number,
    what is told (`fclab.web.process.Told`), and the event as bytes.

    Args:
        connection: to the server.
        nice: how far this process gives way to others.
        alone: whether it takes one core only.
        place: of the server.
    """
    settle(place)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to hear
    if hasattr(os, "nice"):
        os.nice(nice)
    import threadpoolctl

    import fclab.web.preload  # noqa: F401 (where a process is not forked from one that has it)

    limits = threadpoolctl.threadpool_limits(1 if alone else None)
    Worker(connection).serve()
    limits.restore_original_limits()


class Worker:
    """What the process does."""

    def __init__(self, connection: Connection):
        self._connection, self._sending = connection, Lock()
        self._given_up = 0
        self._waiting: SimpleQueue[Asked] = SimpleQueue()

    def serve(self) -> None:
        """Wishes, one after the other."""
        Thread(target=self._listen, daemon=True).start()
        number = 0
        while True:
            self._send(number, "free")
            number, message = self._waiting.get()
            for event in self._events(number, message):
                self._emit(number, event)

    def _listen(self) -> None:
        try:
            while True:
                match self._connection.recv():
                    case int(number):
                        self._given_up = number  # numbers grow: all before it are over
                    case asked:
                        self._waiting.put(asked)
        except (EOFError, OSError):
            os._exit(0)  # the server is gone: nobody waits for what is being done

    def _emit(self, number: int, event: Event) -> None:
        kind = event["kind"]
        self._send(number, kind if kind in ("done", "error") else "event", pack(event))

    def _send(self, number: int, told: str, event: bytes = b"") -> None:
        try:
            with self._sending:
                self._connection.send((number, told, event))
        except OSError:
            os._exit(0)

    def _events(self, number: int, message: Message) -> Iterator[Event]:
        def alive() -> None:
            if number <= self._given_up:
                raise GivenUp

        def emit(event: Event) -> None:
            self._emit(number, event)

        lang = message.lang if message.lang in LANGUAGES else "en"
        SPOKEN.set(lang)
        try:
            alive()
            task = load_task(message.task or "")
            for event in task.do(task.wish.model_validate(message.wish), emit, alive):
                yield event
                alive()
        except GivenUp:
            return
        except ValidationError as error:
            wrong = first_problem(error)
            yield {"kind": "error", "field": wrong.field, "text": said(wrong.reason, lang)}
        except FclabError as error:
            yield {"kind": "error", "text": said(error, lang)}
        except Exception:
            traceback.print_exc()
            yield {"kind": "error", "lost": True}
