"""`fclab code`: the program of a network in plain PyTorch."""

from pathlib import Path
from typing import TYPE_CHECKING

from fclab.cli.place import KEPT, FlattenedKept, Kept, find_store, results_folder

if TYPE_CHECKING:
    from fclab.labs.named import Named


def code(
    row: str | None = None,
    /,
    *,
    study: str | None = None,
    seed: int | None = None,
    out: Path | None = None,
    where: FlattenedKept = KEPT,
) -> None:
    """Print the program that trains a row of a study or a part of the lab: plain PyTorch.

    It runs as it stands, without fclab, and gets the numbers of the run up to rounding, which long
    training may amplify. It reads images from the folder cifar-100-python, or the one in
    FCLAB_DATA; pictures of your own from where they were, or from FCLAB_IMAGES. Nothing is trained
    by this command.

    Examples:

        fclab code regression

        fclab code xor --lang en

        fclab code stop --out stop.py

        fclab code cifar100-0-55-58-lab:batch-256 --seed 3

    Parameters
    ----------
    row
        A row of a study: its name, or STUDY:ROW; a part of the lab: regression, binary, cifar, or
        its data (xor, moons); a rung of the ladder (where networks answer together: each of them).
        Default: the base row of the study, or the last part of the lab.
    study
        Name of the study; default: the one that was changed last.
    seed
        Of the run; default: that of the part, 0 of a row.
    out
        Write the program to this file; or a folder of results: its store is meant.
    where
        Which store, and the language of the comments.
    """
    from fclab.cli.progress import output, say
    from fclab.data.cifar100 import find
    from fclab.data.kept import Images
    from fclab.scripts import script
    from fclab.values.files import write_atomic
    from fclab.values.quantities import check_seed

    folder = results_folder(out, where.store)
    found = _find(row, study, where, folder)
    if seed is not None:
        found = found._replace(seed=check_seed(seed))
    program = script(found.data, found.recipe, found.seed, where.written).whole
    of_cifar = isinstance(found.data, Images) and found.data.folder is None
    source = find() if of_cifar else None
    if source is not None and source.unpacked is not None:
        say(where.words.plain("cli.images", path=source.unpacked.resolve()))
    if out is not None and folder is None:
        say(str(write_atomic(out, program)))
        return
    page = output()
    if not page.is_terminal:
        print(program, end="")
        return
    from rich.syntax import Syntax

    coloured = Syntax("", "python", theme="ansi_dark", background_color="default")
    page.print(coloured.highlight(program), soft_wrap=True, end="")


def _find(row: str | None, study: str | None, where: Kept, folder: Path | None) -> "Named":
    """The network that is meant; parts 1 and 2 as the lab has them need no store."""
    from fclab.labs.named import find_network

    if where.store is None and folder is None:
        place = find_store(None, None, where.language)
        if isinstance(place, Path) and not place.exists():
            return find_network(None, row, study)
    with where.open(folder) as kept:
        return find_network(kept, row, study)
