"""Packages that not everybody needs: a sentence where one is missing."""

import re
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires

from fclab.values.errors import UsageError


def require(module: str, extra: str, what: str) -> None:
    """See that a package of an extra is there.

    Args:
        module: that is imported.
        extra: of fclab that brings it.
        what: needs it, as it is called on the command line.

    Raises:
        UsageError: it is not installed, or does not work; the line says how to install it.
    """
    try:
        import_module(module)
    except ImportError as error:
        raise UsageError(
            "{what} needs the package {module}: {install}",
            what=what,
            module=module,
            install=installing(extra),
        ) from error


def installing(extra: str) -> str:
    """The command that installs what an extra of fclab brings, for this very Python: packages by
    their own names, so that it does not matter where fclab itself came from."""
    marked = re.compile(rf"(?P<package>[^;]+);\s*extra\s*==\s*['\"]{re.escape(extra)}['\"]")
    try:
        found = [marked.fullmatch(line.strip()) for line in requires("fclab") or ()]
    except PackageNotFoundError:  # run from its source alone
        found = []
    packages = [one["package"].strip() for one in found if one]
    return pip(*packages or [f"fclab[{extra}]"])


def pip(*packages: str) -> str:
    """The command that installs packages for this very Python, as every shell reads it."""
    return " ".join([f'"{sys.executable}" -m pip install', *(f'"{name}"' for name in packages)])
