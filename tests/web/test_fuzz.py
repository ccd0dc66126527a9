"""Whatever comes over the socket: nothing breaks, nothing is executed, a good wish is answered."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from client import client

from fclab.web.tasks import load_task, task_names
from fclab.web.wire import read_message

MESSAGES, PAGES = 10_000, 40
GOOD: dict[str, Any] = {"v": 1, "id": 7, "panel": "p", "task": "regression", "wish": {}}
ODD: list[Any] = [
    None, True, -1, 0, 2, 1.5, 2**31, 2**53, 2**64, -(2**70), 10**400, 1e308, float("nan"),
    float("inf"), "", "x", "а", "\0", "\u202e", "x" * 5000,
    "__import__('os').system('touch executed')",
    "../../../etc/passwd", "file:///etc/passwd", "%s%n{0.__class__}", "; touch executed;",
    [], [[]], {},
    {"__class__": "os"}, [1] * 3000, {"a": {"b": {}}}, "postgresql://x@127.0.0.1:1/x",
]  # fmt: skip
KEYS = ["v", "id", "panel", "task", "wish", "lang", "__proto__", "path", "store"]


def deep(rng: random.Random) -> str:
    opening, closing = rng.choice([("[", "]"), ('{"a":', "}"), ("[{" + '"a":', "}]")])
    depth = rng.choice([150, 250, 300, 5000])
    return f'{{"v": 1, "id": 1, "panel": "p", "task": "regression", "wish": {opening * depth}1' + (
        closing * depth + "}"
    )


def broken(rng: random.Random) -> str | bytes:
    """A good message with some characters changed, cut off, or as bytes."""
    text = json.dumps(GOOD)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text))
        odd = rng.choice(["", "\0", "{", '"', "é", "\ud7ff", "9" * 40])
        text = text[:at] + odd + text[at + 1 :]
    return text.encode() if rng.random() < 0.3 else text[: rng.randint(0, len(text))]


def outside(rng: random.Random) -> str:
    """A wish of a real task with a field that is out of its bounds, of another type, or unknown."""
    task = rng.choice(task_names())
    fields = [*load_task(task).wish.model_fields, "points", "path", "unknown"]
    wish = {rng.choice(fields): rng.choice(ODD) for _ in range(rng.randint(1, 3))}
    return json.dumps({**GOOD, "task": task, "wish": {**wish, "no_such_field": 1}})


def odd(rng: random.Random) -> str:
    """A message with fields of other types, too many or too few of them."""
    message = dict(GOOD)
    for _ in range(rng.randint(1, 3)):
        message[rng.choice(KEYS)] = rng.choice(ODD)
    if rng.random() < 0.3:
        del message[rng.choice([*message])]
    message["wish"] = message.get("wish") if rng.random() < 0.5 else rng.choice(ODD)
    return json.dumps(message | {"no_such_field": 1} if rng.random() < 0.5 else message)


def rubbish(rng: random.Random) -> bytes | str:
    if rng.random() < 0.5:
        return rng.randbytes(rng.randint(0, 200))
    return rng.choice(["null", "[]", "{}", "1", '"x"', "NaN", "\ufeff{}", "{}{}", " " * 1000])


def no_task(rng: random.Random) -> str:
    names = ["os", "system", "__init__", "task", "Regression", "regression ", "../x", "x" * 50]
    return json.dumps({**GOOD, "task": rng.choice(names)})


KINDS = [deep, broken, outside, odd, rubbish, no_task]


def messages(seed: int, count: int) -> list[str | bytes]:
    rng = random.Random(seed)
    return [KINDS[n % len(KINDS)](rng) for n in range(count)]


@pytest.mark.slow
def test_ten_thousand_bad_messages_over_the_socket(server):
    """From many pages at once, since one may send only so many a second."""
    told = len(server.told)

    def annoy(number: int) -> dict[str, Any]:
        with client(server) as page:
            for n, message in enumerate(messages(number, MESSAGES // PAGES)):
                if isinstance(message, str):
                    message = message.replace('"panel": "p"', f'"panel": "p{n % 8}"')
                page.socket.send(message)
            for n in range(8):
                page.give_up(f"p{n}")
            page._latest = 1_000_000
            return page.answer(panel="good", seed=number % 4, steps=100)

    with ThreadPoolExecutor(PAGES) as pool:
        answers = [*pool.map(annoy, range(PAGES))]
    assert {answer["kind"] for answer in answers} == {"done"}
    assert server.told[told:] == ""
    assert not [*server.folder.rglob("executed")]


def test_all_of_them_are_read_or_refused():
    """By the function that the server reads them with; most are refused there."""
    found = [read_message(message) for message in messages(0, 1000)]
    refused = [one for one in found if one is None or one.task not in task_names()]
    assert 600 < len(refused) < 900
