"""A process that fulfils wishes, one at a time, and gives one up when it is told to."""

import os
import signal
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


def main(connection: Connection, nice: int, place: Place) -> None:
    """Serve until the connection is closed.

    What comes is ``(number, message)``, or a number that is given up; what goes is a number
    and an event as bytes, and None after the last one of a number.
    """
    settle(place)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to hear
    if hasattr(os, "nice"):
        os.nice(nice)
    Worker(connection).serve()


class Worker:
    """What the process does."""

    def __init__(self, connection: Connection):
        self._connection, self._sending = connection, Lock()
        self._given_up: set[int] = set()
        self._waiting: SimpleQueue[Asked | None] = SimpleQueue()

    def serve(self) -> None:
        """Wishes, one after the other."""
        Thread(target=self._listen, daemon=True).start()
        self._send(0, None)  # it is ready
        while (asked := self._waiting.get()) is not None:
            number, message = asked
            for event in self._events(number, message):
                self._send(number, event, message.id)
            self._send(number, None)
            self._given_up.discard(number)

    def _listen(self) -> None:
        try:
            while True:
                match self._connection.recv():
                    case int(number):
                        self._given_up.add(number)
                    case asked:
                        self._waiting.put(asked)
        except (EOFError, OSError):
            os._exit(0)  # the server is gone, and nobody waits for what is being done

    def _send(self, number: int, event: Event | None, id: int = 0) -> None:
        with self._sending:
            packed = None if event is None else pack({"id": id, **event})
            self._connection.send((number, event and event["kind"], packed))

    def _events(self, number: int, message: Message) -> Iterator[Event]:
        def alive() -> None:
            if number in self._given_up:
                raise GivenUp

        def emit(event: Event) -> None:
            self._send(number, event, message.id)

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
