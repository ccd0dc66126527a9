"""`python -m fclab.notebook`: build the notebooks of a checkout, executed, in both languages."""

import sys
from pathlib import Path

import nbformat

from fclab.labs.lab1.notebook.source import build
from fclab.notebook.execute import execute
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic
from fclab.words.languages import LANGUAGES

FOLDER = Path("notebooks")


def main(folder: Path = FOLDER) -> None:
    """Write ``lab1.ru.ipynb`` and ``lab1.en.ipynb`` into the folder.

    CIFAR-100 is looked for as everywhere: FCLAB_DATA, the cache, the network. Without the real
    images nothing is written.

    Raises:
        FclabError: a cell failed, or showed results of the stand-in.
    """
    for lang in LANGUAGES:
        made = nbformat.writes(execute(build(lang)))
        if 'class=\\"note\\"' in made:
            raise FclabError("CIFAR-100 is needed for the outputs: set FCLAB_DATA")
        path = write_atomic(folder / f"lab1.{lang}.ipynb", made + "\n")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    try:
        main()
    except FclabError as error:
        sys.exit(f"fclab.notebook: {error}")
