"""What can go wrong, in one line that tells a person what to do."""

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class FclabError(Exception):
    """Anything that fclab reports in one line instead of a traceback (exit code 1).

    Args:
        template: the line in English; with values, a format string: ``"{path} does not exist"``.
            It is the key under which other languages have their sentence, so values never stand
            in it by themselves.
        values: what stands in the template; another error, or an `InWords`, is said in the same
            language.
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

    def __init__(self, template: str, /, **values: Any):
        super().__init__(template, **values)
        self.field: str = values.get("field", "")
        self.value: Any = values.get("value")
        self.reason: FclabError = values.get("reason", self)


class DataError(FclabError):
    """A data file is missing, damaged or not what it claims to be; the message names the file."""


class Clause(FclabError):
    """A part of the line of an error: it stands among its values, and is never raised."""


@dataclass(frozen=True)
class InWords:
    """A value of an error that the texts of a language word.

    Attributes:
        text: what it says in a language, by its code.
    """

    text: Callable[[str], str]

    def __str__(self) -> str:
        return self.text("en")


def listed(clauses: Iterable[FclabError]) -> FclabError:
    """Clauses one after the other, with commas between them; there is one at least."""
    line, *others = clauses
    for one in others:
        line = Clause("{before}, {one}", before=line, one=one)
    return line


def system_reason(error: OSError) -> FclabError:
    """Why the system refuses, without the number and the name of the file."""
    if isinstance(said := next(iter(error.args[1:]), None), FclabError):
        return said
    number = error.errno or 0
    usual = getattr(error, "winerror", None) or error.strerror == os.strerror(number)
    if usual and (known := _SYSTEM.get(number)):
        return known
    return Clause("{words}", words=error.strerror or str(error))


_SYSTEM: Mapping[int, Clause] = {
    errno.EPERM: Clause("Operation not permitted"),
    errno.ENOENT: Clause("No such file or directory"),
    errno.EIO: Clause("Input/output error"),
    errno.ENXIO: Clause("No such device or address"),
    errno.EAGAIN: Clause("Resource temporarily unavailable"),
    errno.ENOMEM: Clause("Cannot allocate memory"),
    errno.EACCES: Clause("Permission denied"),
    errno.EBUSY: Clause("Device or resource busy"),
    errno.EEXIST: Clause("File exists"),
    errno.ENODEV: Clause("No such device"),
    errno.ENOTDIR: Clause("Not a directory"),
    errno.EISDIR: Clause("Is a directory"),
    errno.EINVAL: Clause("Invalid argument"),
    errno.ENFILE: Clause("Too many open files in system"),
    errno.EMFILE: Clause("Too many open files"),
    errno.EFBIG: Clause("File too large"),
    errno.ENOSPC: Clause("No space left on device"),
    errno.EROFS: Clause("Read-only file system"),
    errno.EPIPE: Clause("Broken pipe"),
    errno.ENAMETOOLONG: Clause("File name too long"),
    errno.ELOOP: Clause("Too many levels of symbolic links"),
    errno.EDQUOT: Clause("Disk quota exceeded"),
    errno.ETIMEDOUT: Clause("Connection timed out"),
    errno.ECONNREFUSED: Clause("Connection refused"),
    errno.ECONNRESET: Clause("Connection reset by peer"),
    errno.ENETUNREACH: Clause("Network is unreachable"),
}
"""What systems say most often, in Linux's words; other systems, and other errors, in their own."""
