"""One line of fclab on the error stream."""

import sys

from fclab.values.text import shown
from fclab.words.said import said


def tell(error: Exception, lang: str) -> None:
    """Print an error, or a remark of the same form, in a language."""
    print(f"fclab: {shown(' '.join(said(error, lang).split()))}", file=sys.stderr)
