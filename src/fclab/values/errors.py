"""What can go wrong, in one line that tells a person what to do."""


class FclabError(Exception):
    """Anything that fclab reports in one line instead of a traceback (exit code 1)."""

    exit_code = 1


class UsageError(FclabError):
    """The request itself cannot be meant: unknown class, negative lr, zero epochs (exit code 2)."""

    exit_code = 2


class DataError(FclabError):
    """A data file is missing, damaged or not what it claims to be; the message names the file."""
