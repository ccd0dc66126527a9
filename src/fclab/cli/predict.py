"""`fclab predict`: classify pictures with a trained model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from fclab.cli.language import Spoken

if TYPE_CHECKING:
    import numpy as np
    from rich.table import Table

    from fclab.values.errors import DataError
    from fclab.values.model import Model
    from fclab.words.wording import Wording

_STANDARD = Path("-")
_MOST_BYTES = 1 << 28
"""A picture on the standard input is no longer."""
_MOST = 5
"""Classes that have columns of their own; of more, the likeliest are named."""


def predict(
    model: Path,
    /,
    *images: str,
    json: Annotated[bool, Parameter(negative="")] = False,
    lang: Spoken = None,
) -> None:
    """Classify any pictures with a trained model.

    A picture is turned upright, cut to its centred square, made as small as the images that the
    model was trained on, and prepared as these were. The model knows its own classes only: a
    picture of anything else is given to one of them too.

    Examples:

        fclab predict results/classes-0-55-58 apple.jpg

        fclab predict results/mine/runs/cifar100-0-55-58 holiday/ "more/*.png" --lang en

        fclab predict results/mine photo.jpg --json

        fclab predict results/mine - < photo.jpg

    Parameters
    ----------
    model
        Folder with model.json and model.safetensors, or the folder of results that holds it.
    images
        Pictures, folders of pictures, patterns; - is the bytes of one on the standard input.
    json
        Print JSON in place of a table.
    """

    from functools import partial
    from io import BytesIO

    from fclab.cli.progress import output, progress_bar, say
    from fclab.cli.tell import tell
    from fclab.data.pictures import find_pictures, read_sized
    from fclab.values.errors import DataError, FclabError, UsageError
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    words = wording(spoken_lang(lang))
    if not images and model.is_file() and model.suffix not in (".json", ".safetensors"):
        raise UsageError(
            "which model? The folder of results stands before the pictures: "
            "fclab predict FOLDER {picture}",
            picture=model,
        )
    if not images:
        raise UsageError("which pictures? fclab predict MODEL PICTURE ...")
    found = _find_model(model)
    height, width, _ = found.dataset.input_shape
    paths = find_pictures(images)
    standard = _standard_input() if _STANDARD in paths else None
    pictures: dict[Path, np.ndarray] = {}
    errors: dict[Path, DataError] = {}
    with progress_bar(words.plain("predict.reading"), things=True) as progress:
        for done, path in enumerate(paths, start=1):
            try:
                opening = partial(BytesIO, standard or b"") if path == _STANDARD else None
                pictures[path] = read_sized(path, height, width, opening).pixels
            except DataError as error:
                errors[path] = error
            progress(done, len(paths))
    answers = _answers(found, list(pictures.values()))
    if found.dataset.substitute:
        say(f"fclab: {words.plain('predict.stand_in', substitute=found.dataset.substitute)}")
    shares = dict(zip(pictures, answers, strict=True))
    if json:
        print(_json(found, model, paths, shares, errors))
    elif shares:
        out = output()
        if not out.is_terminal:
            out.width = 240  # a file or a pipe has no edge to wrap at
        out.print(_table(found, shares, words))
        note = words.plain("predict.note", names=found.dataset.class_names, most=_MOST)
        out.print(note, markup=False, highlight=False)
    if errors:
        for error in errors.values():
            tell(error, words.language)
        raise FclabError(
            "{failed} of {n} pictures could not be read", failed=len(errors), n=len(paths)
        )


def _find_model(folder: Path) -> "Model":
    """The model for images in a folder, or in the folder of results.

    Raises:
        DataError: there is none, or it is damaged. UsageError: it is not for images, or the
            folder has several.
    """
    from fclab.store.folder import find_models
    from fclab.values.errors import UsageError

    models = find_models(folder)
    seeing = {place: model for place, model in models.items() if _sees_images(model)}
    if len(seeing) == 1:
        return next(iter(seeing.values()))
    if seeing:
        names = ", ".join(map(str, seeing))
        raise UsageError(
            "{folder} has {n} models for images: name one of {names}",
            folder=folder,
            n=len(seeing),
            names=names,
        )
    if len(models) == 1:
        ((place, model),) = models.items()
        raise UsageError(
            "the model in {folder} ({name}) does not see images",
            folder=place,
            name=model.dataset.name,
        )
    raise UsageError(
        "no model in {folder} sees images: train one with `fclab cifar`", folder=folder
    )


def _standard_input() -> bytes:
    """The bytes of a picture that somebody sends.

    Raises:
        UsageError: nobody does. DataError: they are too many.
    """
    import sys

    from fclab.values.errors import DataError, UsageError

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "- is a picture on the standard input: fclab predict MODEL - < picture.png"
        )
    content = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise DataError("{path}: more than {most:,} bytes", path=_STANDARD, most=_MOST_BYTES)
    return content


def _sees_images(model: "Model") -> bool:
    shape = model.dataset.input_shape
    return model.dataset.task == "multiclass" and len(shape) == 3 and shape[2] == 3


def _answers(model: "Model", pictures: "list[np.ndarray]") -> "np.ndarray":
    """Probabilities ``(pictures, classes)``.

    Raises:
        DataError: the model answers with no numbers.
    """
    import numpy as np

    from fclab.values.errors import DataError

    if not pictures:
        return np.empty((0, model.dataset.n_outputs))
    with np.errstate(all="ignore"):
        shares = model.probabilities(np.stack(pictures))
    if not np.isfinite(shares).all():
        raise DataError("the model answers with no numbers: its training diverged")
    return shares


def _table(model: "Model", shares: "dict[Path, np.ndarray]", words: "Wording") -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    names = [words.called(name) for name in model.dataset.class_names]
    few = len(names) <= _MOST
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(words.plain("predict.picture"), overflow="fold")
    table.add_column(words.plain("predict.answer"), style="bold")
    for heading in names if few else [words.plain("predict.likeliest")]:
        table.add_column(Text(heading), justify="right" if few else "left")
    for path, row in shares.items():
        order = (-row).argsort(kind="stable")
        cells = (
            [words.pct(share) for share in row]
            if few
            else [", ".join(f"{names[i]} {words.pct(float(row[i]))}" for i in order[:_MOST])]
        )
        table.add_row(Text(str(path)), Text(names[order[0]]), *map(Text, cells))
    return table


def _json(
    model: "Model",
    folder: Path,
    paths: list[Path],
    shares: "dict[Path, np.ndarray]",
    errors: "dict[Path, DataError]",
) -> str:
    from json import dumps

    names = model.dataset.class_names

    def described(path: Path) -> dict[str, Any]:
        if path in errors:
            return {"path": str(path), "error": " ".join(str(errors[path]).split())}
        row = shares[path]
        answer = names[int(row.argmax())]
        found = {str(name.number): float(share) for name, share in zip(names, row, strict=True)}
        return {"path": str(path), "answer": answer.number, "probabilities": found}

    content = {
        "model": str(folder),
        "stand_in": bool(model.dataset.substitute),
        "classes": {str(name.number): {"en": name.en, "ru": name.ru} for name in names},
        "pictures": [described(path) for path in paths],
    }
    return dumps(content, ensure_ascii=False, indent=1)
