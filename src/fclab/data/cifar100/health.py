"""What became of the last tries of each mirror; the order of trying follows it."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fclab.data.cifar100.mirrors import Mirror
from fclab.values.errors import Clause, FclabError
from fclab.values.files import open_regular, write_atomic

_REMEMBERED = 7 * 24 * 3600.0
"""Seconds after which a try says nothing any more."""
_MOST = 1 << 16
_FILE = "mirrors.json"


@dataclass(frozen=True)
class Try:
    """The last try of a mirror.

    Attributes:
        when: seconds since 1970.
        speed: bytes per second while bytes came; 0 if none did.
        slow: it was left because others might be faster.
        failed: why it gave nothing, see `_packed`; None: it gave the images, or was slow.
    """

    when: float
    speed: float = 0.0
    slow: bool = False
    failed: Mapping[str, Any] | None = None

    @property
    def error(self) -> FclabError | None:
        """Why it failed, worded as any error."""
        return _unpacked(self.failed) if self.failed else None


class Health:
    """The file of the last tries, in the folder that downloads go to.

    Args:
        folder: holds it, or will.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Any = time.time):
        self.path, self._clock = folder / _FILE, clock

    def tries(self) -> dict[str, Try]:
        """The last try of each mirror, by its key. A file that is damaged says nothing."""
        try:
            with open_regular(self.path) as file:
                kept = json.loads(file.read(_MOST))
            found = {str(key): Try(**one) for key, one in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}
        return {key: one for key, one in found.items() if self._recent(one)}

    def note(
        self, mirror: Mirror, speed: float, *, slow: bool = False, failed: FclabError | None = None
    ) -> None:
        """Remembers a try. A file that cannot be written is no error."""
        one = Try(self._clock(), round(speed, 1), slow, _packed(failed) if failed else None)
        kept = {**self.tries(), mirror.key: one}
        try:
            text = json.dumps({key: asdict(value) for key, value in kept.items()}, indent=1)
            write_atomic(self.path, text)
        except (FclabError, ValueError):
            return

    def ordered(self, mirrors: Iterable[Mirror], begun: Iterable[str] = ()) -> list[Mirror]:
        """In the order of trying: first those of which a part is here already, then those that
        worked, those of which nothing is known, the slow ones (the fastest first), and those that
        failed; as they were given among equals.

        Args:
            mirrors: to be tried.
            begun: keys of mirrors of which a part is here; it counts unless the last try failed or
                was slow.
        """
        tries, begun = self.tries(), set(begun)

        def rank(mirror: Mirror) -> tuple[int, float]:
            last = tries.get(mirror.key)
            if last and last.failed:
                return 4, 0.0
            if last and last.slow:
                return 3, -last.speed
            return (0 if mirror.key in begun else 1 if last else 2), 0.0

        return sorted(mirrors, key=rank)

    def _recent(self, one: Try) -> bool:
        numbers = isinstance(one.when, int | float) and isinstance(one.speed, int | float)
        known = numbers and isinstance(one.failed, dict | None)
        return known and abs(self._clock() - one.when) < _REMEMBERED


def _packed(error: FclabError) -> dict[str, Any]:
    """An error as JSON, to be worded later in any language."""
    values = {
        name: _packed(one) if isinstance(one, FclabError)
        else one if isinstance(one, int | float) else str(one)
        for name, one in error.values.items()
    }  # fmt: skip
    return {"template": error.template, "values": values}


def _unpacked(kept: Mapping[str, Any]) -> FclabError:
    try:
        values = {name: _unpacked(one) if isinstance(one, dict) else one
                  for name, one in kept["values"].items()}  # fmt: skip
        return Clause(kept["template"], **values)
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return Clause("the last try failed")
