"""Answers that are kept for whoever wishes the same."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final


class Answers:
    """The answers that were asked for last, as many as fit in `MOST` bytes."""

    MOST: Final = 32 << 20
    LONGEST: Final = 4 << 20
    """Bytes of an answer that is kept at all."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str | None) -> tuple[bytes, ...] | None:
        """The events of a wish, if they are kept."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: str | None, events: Sequence[bytes]) -> None:
        """Keep the events of a wish, unless it has no key."""
        if key is None or key in self._kept:
            return
        self._kept[key] = tuple(events)
        self._bytes += sum(map(len, events))
        while self._bytes > self.MOST:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= sum(map(len, oldest))
