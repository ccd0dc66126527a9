"""The language of a notebook's displays."""

from fclab.values.errors import UsageError
from fclab.words.languages import LANGUAGES, Lang, written_lang

_chosen: list[Lang] = []


def lang(choice: Lang | None = None) -> Lang:
    """The language in which displays, figures and progress speak; with an argument, set it.

    Args:
        choice: the code of a language, from now on; None: only tell.

    Returns:
        What was set last; before that `written_lang`.

    Raises:
        UsageError: another language.
    """
    if choice is not None:
        if choice not in LANGUAGES:
            raise UsageError(
                "no texts in {choice!r}: choose one of {languages}",
                choice=choice,
                languages=", ".join(LANGUAGES),
            )
        _chosen[:] = [choice]
    return _chosen[0] if _chosen else written_lang()
