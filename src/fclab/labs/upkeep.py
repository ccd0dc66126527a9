"""What of a store is still needed: runs that a kept study, lab or ladder names, weights that are to
be measured."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fclab.analysis.agreement import REFERENCE
from fclab.analysis.measures import SeenRuns, measure_study, weights_asked
from fclab.labs.lab import images_of
from fclab.store.database import Store
from fclab.store.pack import Keep, Record
from fclab.store.seals import definition_key
from fclab.store.upkeep import Fault
from fclab.study.kept import load_study
from fclab.values.errors import FclabError
from fclab.values.recipe import Recipe

_FINGERPRINT = 64  # hexadecimal digits


@dataclass(frozen=True)
class Named:
    """What a definition names.

    Attributes:
        datasets: fingerprints.
        recipes: their keys.
        parts: runs by dataset, recipe and seed.
    """

    datasets: frozenset[str]
    recipes: frozenset[str]
    parts: frozenset[tuple[str, str, int]]

    def needs(self, run: Record) -> bool:
        """Whether a run may be one of the definition's: of its data, and of a recipe that it names
        or of the reference engine, which others are compared with."""
        reference = run["engine"].get("name") == REFERENCE.name
        return run["dataset"] in self.datasets and (reference or run["recipe_key"] in self.recipes)


def named_by(definition: Any) -> Named:
    """What a definition names, of whatever kind and version: its JSON is searched for fingerprints
    and recipes."""
    datasets, recipes, parts = set[str](), set[str](), set[tuple[str, str, int]]()
    for one in _values(definition):
        if isinstance(one, str) and len(one) == _FINGERPRINT:
            datasets.add(one)
        elif isinstance(one, dict) and (key := _recipe_key(one)):
            recipes.add(key)
        elif isinstance(one, dict) and {"fingerprint", "recipe", "seed"} <= one.keys():
            parts.add((str(one["fingerprint"]), _recipe_key(one["recipe"]) or "", one["seed"]))
    return Named(frozenset(datasets), frozenset(recipes), frozenset(parts))


def needed_by(definitions: Sequence[Record]) -> Callable[[Record], bool]:
    """Whether one of the definitions needs a run, see `Named.needs`."""
    of_data: dict[str, list[Named]] = {}
    for named in (named_by(row["definition"]) for row in definitions):
        for fingerprint in named.datasets:
            of_data.setdefault(fingerprint, []).append(named)
    return lambda run: any(named.needs(run) for named in of_data.get(run["dataset"], ()))


def hit_by(store: Store, faults: Iterable[Fault]) -> Mapping[str, list[str]]:
    """The studies, labs and ladders, as kind/name, that a fault hits, by the key of the fault."""
    found: dict[str, list[str]] = {}
    kept: list[tuple[str, Named]] = []
    for kind in ("study", "lab", "ladder"):
        try:
            kept += [(definition_key(kind, name), named_by(store.definition(kind, name)))
                     for name in store.names(kind)]  # fmt: skip
        except FclabError:
            continue  # it is among the faults
    for fault in faults:
        run = {"dataset": fault.dataset, "recipe_key": fault.recipe, "engine": {}}
        found[fault.key] = [
            key for key, named in kept
            if (fault.what == "run" and named.needs(run))
            or (fault.what == "dataset" and fault.key in named.datasets)
        ]  # fmt: skip
    return found


class Keeping:
    """What runs keep when a store is packed anew: everything those of a lab's parts, and those of
    which a study still asks something; their outputs those of a ladder. Made once for a store, it
    measures what it can.

    Attributes:
        waiting: the studies whose weights stay: their images are not at hand, or runs are missing.
    """

    def __init__(self, store: Store):
        self.waiting: list[str] = []
        self._asked: set[str] = set()
        self._unread: list[Named] = []
        self._parts = {part for kind in ("lab", "study", "ladder") for name in store.names(kind)
                       for part in named_by(store.definition(kind, name)).parts}  # fmt: skip
        self._ladders = [named_by(store.definition("ladder", name))
                         for name in store.names("ladder")]  # fmt: skip
        for name in store.names("study"):
            self._measure(store, name)

    def __call__(self, run: Record) -> Keep:
        """Told a row of ``runs``."""
        part = (run["dataset"], run["recipe_key"], run["seed"])
        unread = any(named.needs(run) for named in self._unread)
        if run["key"] in self._asked or part in self._parts or unread:
            return "whole"
        return "outputs" if any(ladder.needs(run) for ladder in self._ladders) else "light"

    def _measure(self, store: Store, name: str) -> None:
        try:
            study = load_study(store, name)
        except FclabError:  # runs of it are gone, or another version wrote it: what is left stays
            self.waiting.append(name)
            self._unread.append(named_by(store.definition("study", name)))
            return
        if not weights_asked(study):
            return
        images = None
        with suppress(FclabError):
            images = images_of(study.definition).make()
        if images is not None and images.fingerprint == study.definition.fingerprint:
            study = measure_study(store, study, images, SeenRuns(images))
        if asked := weights_asked(study):
            self.waiting.append(name)
            self._asked |= asked


def _values(value: Any) -> Iterator[Any]:
    """A value and all that is in it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one


def _recipe_key(value: Any) -> str | None:
    if not isinstance(value, dict) or not {"layers", "epochs"} <= value.keys():
        return None
    try:
        return Recipe.model_validate(value).key
    except (ValidationError, FclabError):
        return None
