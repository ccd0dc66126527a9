"""An atlas as a file: compact JSON, numbers only; so is the one that comes with fclab."""

import json
from collections.abc import Iterable
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from fclab.course.atlas.predictor import Predictor
from fclab.course.atlas.values import Classes, Difficulty, Estimate, Hardest
from fclab.values.errors import DataError
from fclab.values.files import write_atomic

_FIGURES: Final = ("test", "train", "epoch")
_PLACES: Final = 2
"""Decimals of the figures."""


class About(BaseModel):
    """Where the figures of an atlas come from.

    Attributes:
        version: of fclab.
        engine: that trained the lab's recipe.
        data: what the images are, see `fclab.data.cifar100.Content.key`.
        base, reach: keys of the recipes.
        reach_epochs: of the best recipe.
        machine: the processor.
        packages: versions of what computes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    engine: str
    data: str
    base: str
    reach: str = ""
    reach_epochs: int = 0
    machine: str = ""
    packages: dict[str, str] = {}


class Atlas(BaseModel):
    """Difficulties of many sets of classes.

    Attributes:
        about: where they come from.
        rows: each of other classes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: About
    rows: tuple[Difficulty, ...]

    @cached_property
    def by_classes(self) -> dict[Classes, Difficulty]:
        """The rows by their classes."""
        return {one.classes: one for one in self.rows}


def merged(own: Atlas | None, about: About, rows: Iterable[Difficulty]) -> Atlas:
    """An atlas with new rows in place of those on the same classes.

    Where the new rows say nothing of the best recipe or of other methods, what was known of them
    stays.

    Args:
        own: what there is; None: nothing.
        about: where the new rows come from.
        rows: the new rows.
    """
    found = dict(own.by_classes) if own else {}
    for row in rows:
        before = found.get(row.classes)
        if row.reach is None and before is not None:
            reach = {"reach": before.reach, "reach_seeds": before.reach_seeds}
            row = row.model_copy(update=reach)
        if not row.ceilings and before is not None:
            row = row.model_copy(update={"ceilings": before.ceilings})
        found[row.classes] = row
    if own and not about.reach:
        kept = {"reach": own.about.reach, "reach_epochs": own.about.reach_epochs}
        about = about.model_copy(update=kept)
    return Atlas(about=about, rows=tuple(found[classes] for classes in sorted(found)))


def write_atlas(path: Path, atlas: Atlas) -> Path:
    """Write an atlas; a line for each set of classes.

    Raises:
        FclabError: it cannot be written.
    """
    rows = ",\n".join(json.dumps(_packed(one), separators=(",", ":")) for one in atlas.rows)
    about = atlas.about.model_dump_json()
    return write_atomic(path, f'{{"format": 1, "about": {about},\n"rows": [\n{rows}\n]}}\n')


def read_atlas(path: Path) -> Atlas:
    """Read an atlas that `write_atlas` wrote.

    Raises:
        DataError: it is something else, or damaged.
    """
    try:
        return _read(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise DataError(
            "{path} is no atlas, or it is damaged: make it anew, with fclab course atlas --train",
            path=path,
        ) from error


@cache
def shipped() -> Atlas:
    """The atlas that comes with fclab: the years 2024 to 2026, and triples drawn at random."""
    return _read((_FOLDER / "atlas.json").read_text("utf-8"))


@cache
def predictor() -> Predictor:
    """The predictor that comes with fclab."""
    return Predictor.model_validate_json((_FOLDER / "predictor.json").read_text("utf-8"))


_FOLDER = files("fclab.course.atlas") / "shipped"


def _read(text: str) -> Atlas:
    content = json.loads(text)
    if content["format"] != 1:
        raise ValueError(content["format"])
    rows = tuple(map(_unpacked, content["rows"]))
    return Atlas(about=About.model_validate(content["about"]), rows=rows)


def _packed(one: Difficulty) -> list[Any]:
    """Classes, seeds, figures with their intervals, hardest class with its recall, fingerprint;
    then the best recipe, if it was trained, and other methods by their names, if they were
    measured."""
    if one.source != "trained" or one.hardest is None:
        raise ValueError("a prediction is not kept")
    found: list[Any] = [*one.classes, one.seeds]
    for name in _FIGURES:
        found += _three(getattr(one, name))
    found += [one.hardest.number, *_three(one.hardest.recall), one.fingerprint]
    if one.reach is not None:
        found += [one.reach_seeds, *_three(one.reach)]
    ceilings = {name: _three(figure) for name, figure in one.ceilings.items()}
    return [*found, ceilings] if ceilings else found


def _three(figure: Estimate) -> list[float]:
    return [round(value, _PLACES) for value in (figure.mean, figure.low, figure.high)]


def _unpacked(row: list[Any]) -> Difficulty:
    *row, last = row
    ceilings = last if isinstance(last, dict) else {}
    row = row if ceilings else [*row, last]
    first, second, third, seeds = row[:4]
    test, train, epoch = (_estimate(row[at : at + 3]) for at in (4, 7, 10))
    return Difficulty(
        classes=(first, second, third),
        source="trained",
        seeds=seeds,
        test=test,
        train=train,
        epoch=epoch,
        hardest=Hardest(number=row[13], recall=_estimate(row[14:17])),
        fingerprint=row[17],
        ceilings={name: _estimate(figure) for name, figure in ceilings.items()},
        reach_seeds=row[18] if len(row) > 18 else 0,
        reach=_estimate(row[19:22]) if len(row) > 18 else None,
    )


def _estimate(three: list[float]) -> Estimate:
    mean, low, high = three
    return Estimate(mean=mean, low=low, high=high)
