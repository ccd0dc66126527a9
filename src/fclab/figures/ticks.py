"""The numbers beside an axis, as the language of the figure writes them."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import Formatter

from fclab.words.numbers import Numbers


class Ticks(Formatter):
    """Tick labels: as many digits for all as the finest of them needs.

    Args:
        numbers: of the language.
        shares: write shares as percentages.
        each: digits for each tick by itself, as a logarithmic axis wants them.
    """

    def __init__(self, numbers: Numbers, *, shares: bool = False, each: bool = False):
        self.numbers, self.shares, self.each = numbers, shares, each

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One value."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All the labels of an axis."""
        if self.each:
            return [self._label(value, _digits([value])) for value in values]
        digits = _digits(values) if len(values) else 0
        return [self._label(value, digits) for value in values]

    def _label(self, value: float, digits: int) -> str:
        if self.shares:
            return self.numbers.pct(value, max(0, digits - 2))
        if not value or 1e-5 < abs(value) < 1e6:
            return self.numbers.fixed(value, digits)
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        leading, power = value / 10.0**exponent, self.numbers.power(exponent)
        if math.isclose(leading, 1, abs_tol=1e-6):
            return power
        return f"{self.numbers.fixed(leading, _digits([leading]))}·{power}"


def _digits(values: Sequence[float]) -> int:
    array = np.asarray(values, float)
    smallest = max(np.abs(array).max(), 1e-12) * 1e-6
    fits = (d for d in range(8) if np.allclose(array, array.round(d), rtol=0, atol=smallest))
    return next(fits, 8)
