"""Packages that not everybody needs: a sentence where one is missing."""

from importlib import import_module

from fclab.values.errors import UsageError


def require(module: str, extra: str, what: str) -> None:
    """See that a package of an extra is there.

    Args:
        module: that is imported.
        extra: of fclab that brings it.
        what: needs it, as it is called on the command line.

    Raises:
        UsageError: it is not installed, or does not work; the line names the extra.
    """
    try:
        import_module(module)
    except ImportError as error:
        raise UsageError(
            "{what} needs the package {module}: pip install 'fclab[{extra}]'",
            what=what,
            module=module,
            extra=extra,
        ) from error
