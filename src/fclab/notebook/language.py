"""The language of a notebook's displays."""

from typing import get_args

from fclab.values.errors import UsageError
from fclab.values.lang import Lang, default_lang

_chosen: list[Lang] = []


def lang(choice: Lang | None = None) -> Lang:
    """The language in which displays, figures and progress speak; with an argument, set it.

    Args:
        choice: "ru" or "en", from now on; None: only tell.

    Returns:
        What was set last; before that FCLAB_LANG, else Russian.

    Raises:
        UsageError: another language.
    """
    if choice is not None:
        if choice not in get_args(Lang):
            raise UsageError(f"no texts in {choice!r}: choose one of {', '.join(get_args(Lang))}")
        _chosen[:] = [choice]
    return _chosen[0] if _chosen else default_lang()
