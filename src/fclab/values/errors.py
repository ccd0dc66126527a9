"""What can go wrong, in one line that tells a person what to do."""

from typing import Any


class FclabError(Exception):
    """Anything that fclab reports in one line instead of a traceback (exit code 1).

    Args:
        template: the line in English; with values, a format string: ``"{path} does not exist"``.
            It is the key under which other languages have their sentence, so values never stand
            in it by themselves.
        values: what stands in the template; another error is worded in the same language.
    """

    exit_code = 1

    def __init__(self, template: str = "", /, **values: Any):
        super().__init__(template.format_map(values) if values else template)
        self.template, self.values = template, values


class UsageError(FclabError):
    """The request itself cannot be meant: unknown class, negative lr, zero epochs (exit code 2)."""

    exit_code = 2


class ArgumentError(UsageError, ValueError):
    """A value given to a function cannot be meant: arrays that do not pair, a field out of its
    range. It is a ``ValueError`` too, as scikit-learn and PyTorch raise it."""


class RecipeError(ArgumentError):
    """A field of a recipe does not exist, is out of its range, or does not go with another one.

    Attributes:
        field: its name; empty where several fields do not agree.
        value: what was given for it.
        reason: what is wrong, without field and value.
    """

    def __init__(self, message: str, field: str = "", value: Any = None, reason: str = ""):
        super().__init__(message)
        self.field, self.value, self.reason = field, value, reason or message


class DataError(FclabError):
    """A data file is missing, damaged or not what it claims to be; the message names the file."""
