"""How a language writes its numbers, for sentences, figures, tables and the terminal alike."""

import math

from babel import Locale
from babel.numbers import format_decimal

MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Numbers:
    """The numbers of one language, by CLDR. What is not finite is a dash.

    Args:
        locale: Babel's knowledge of the language.
    """

    def __init__(self, locale: Locale):
        self.locale = locale

    def whole(self, n: float) -> str:
        """50 000: an integer with its groups."""
        return self._decimal(n, "#,##0")

    def num(self, x: float, digits: int = 4) -> str:
        """Up to so many significant digits, without closing zeros: 0.005, 1.5, 3·10⁻⁷."""
        return self._significant(x, "@" + "#" * (digits - 1))

    def sig(self, x: float, digits: int = 3) -> str:
        """Exactly so many significant digits: 0.00250."""
        return self._significant(x, "@" * digits)

    def fixed(self, x: float, digits: int = 4) -> str:
        """So many digits after the point: 0.9867."""
        return self._decimal(x, "#,##0." + "0" * digits if digits else "#,##0")

    def pct(self, share: float, digits: int = 1) -> str:
        """A share 0..1 as a percentage in the language's form: 76.5%, 76,5 %."""
        pattern = self.locale.percent_formats[None].pattern
        fraction = "." + "0" * digits if digits else ""
        return self._decimal(share, pattern.replace("0", "0" + fraction))

    def signed(self, difference: float, digits: int = 1) -> str:
        """A difference of two shares in percentage points with its sign, without the unit: +0.6."""
        return self._with_sign(difference, self.fixed(abs(difference) * 100, digits))

    def signed_num(self, difference: float, digits: int = 2) -> str:
        """A difference with its sign and so many significant digits: −0.012."""
        return self._with_sign(difference, self.sig(abs(difference), digits))

    def ceiling(self, x: float) -> str:
        """The least power of ten that a positive number does not exceed: 10⁻⁷ of 3·10⁻⁸."""
        return self.power(math.ceil(math.log10(x))) if x > 0 else self.whole(0)

    @staticmethod
    def power(exponent: int) -> str:
        """A power of ten: 10⁻⁷."""
        return f"10{str(exponent).translate(_SUPERSCRIPTS)}"

    def _with_sign(self, x: float, written: str) -> str:
        if not any(digit in written for digit in "123456789"):
            return written  # zero, or so small that nothing is left of it
        return (MINUS if x < 0 else "+") + written

    def _significant(self, x: float, pattern: str) -> str:
        if x and math.isfinite(x) and not 1e-5 <= abs(x) < 1e6:
            factor, exponent = f"{x:.{len(pattern) - 1}e}".split("e")
            return f"{self._decimal(float(factor), pattern)}·{self.power(int(exponent))}"
        if math.isfinite(x):  # Babel writes 0.0998 with two digits as 0.010
            x = float(f"{x:.{len(pattern) - 1}e}")
        return self._decimal(x, pattern)

    def _decimal(self, x: float, pattern: str) -> str:
        if not math.isfinite(x):
            return "—"
        return format_decimal(x, pattern, self.locale).replace("-", MINUS)
