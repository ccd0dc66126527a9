"""One line of fclab on the error stream."""

import sys


def tell(error: Exception, lang: str) -> None:
    """Print an error, or a remark of the same form, in a language."""
    from fclab.cli.streams import wrapped
    from fclab.values.text import shown  # not for help, which comes at once
    from fclab.words.said import said

    line = f"fclab: {shown(' '.join(said(error, lang).split()))}"
    print(wrapped(line, sys.stderr), file=sys.stderr)
