"""The network that a name means: a row of a study, a part of a lab, a rung of a ladder."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from fclab.data.kept import Images, KeptData
from fclab.labs.kept import kept_lab, lab_names
from fclab.labs.lab import find_lab, images_of
from fclab.labs.values import Options
from fclab.store.database import Store
from fclab.study.kept import load_definition, newest_study
from fclab.tuning.kept_ladder import load_ladder
from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe

_PARTS: Final = {
    "curve": "regression", "own_curve": "regression", "cloud": "binary", "own_cloud": "binary",
    "images": "cifar",
}  # fmt: skip
"""What commands call a part, by the kind of its data."""


class Named(NamedTuple):
    """What was, or would be, trained."""

    data: KeptData
    recipe: Recipe
    seed: int = 0


def find_network(store: Store | None, name: str | None = None, study: str | None = None) -> Named:
    """A network by its name: of a study a row, ``STUDY:ROW`` or its name alone; of a lab a part,
    by the command that trains it (``regression``) or by its data (``xor``); of a ladder a rung.

    Args:
        store: where studies, labs and ladders are kept; None: the lab's own recipes of parts 1
            and 2 are meant.
        name: None: the base row of the study, or the last part of the lab if there is no study.
        study: default: the one that was changed last.

    Raises:
        UsageError: there is none of that name; the line says which there are.
        DataError: no such study, or another version of fclab wrote it.
    """
    if name is not None and store is not None:
        before, colon, row = name.rpartition(":")
        if colon and before in store.names("study"):
            name, study = row, before
    of_study = dict(_rows(store, study)) if store is not None else {}
    of_lab = dict(_parts(store))
    if name is None:
        if of_study:
            return next(iter(of_study.values()))
        if of_lab and store is not None:
            return list(of_lab.values())[-1]
    there = of_study | {of: found for of, found in of_lab.items() if of not in of_study}
    if name not in there and store is not None:
        there |= {of: found for of, found in _rungs(store) if of not in there}
    if name is not None and name in there:
        return there[name]
    known = ", ".join(there)
    if name is None:
        raise UsageError("which row? There are {known}", known=known)
    raise UsageError("there is no row {name!r}: there are {known}", name=name, known=known)


def _rows(store: Store, study: str | None) -> Iterator[tuple[str, Named]]:
    if study is None and not store.names("study"):
        return
    definition = load_definition(store, study or newest_study(store))
    data = images_of(definition)
    for row in definition.rows:
        yield row.name, Named(data, row.recipe)


def _parts(store: Store | None) -> Iterator[tuple[str, Named]]:
    """Under the names of the commands the first network of each part, then all by their data."""
    if store is not None and lab_names(store):
        _, _, kept = kept_lab(store)
        found = [(part.name, Named(part.data, part.recipe, part.seed)) for part in kept.parts]
    else:
        lab = find_lab("lab1")
        plans = lab.plans(lab.parts, Options())
        found = [(plan.dataset.name, Named(plan.data, plan.recipe)) for plan in plans]
    named = dict(found)
    for part in reversed(found):
        named[_PARTS.get(part[1].data.kind, part[0])] = part[1]
    yield from named.items()


def _rungs(store: Store) -> Iterator[tuple[str, Named]]:
    for name in store.names("ladder"):
        ladder = load_ladder(store, name)
        if ladder is None:
            continue
        numbers = tuple(known.number for known in ladder.dataset.class_names)
        pictures = ladder.dataset.pictures
        data = Images(
            classes=numbers,
            source=ladder.dataset.source,
            folder=pictures.folder if pictures else None,
        )
        for rung in (*ladder.rungs, *ladder.ablation):
            yield rung.row.name, Named(data, rung.row.recipe)
