"""Which files are pictures of which class: folders are classes, in folders for train and test or
without."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from fclab.data.own.files import Entry, Listing
from fclab.values.errors import DataError
from fclab.values.text import one_line

Part = str
"""train, test; where fclab divides, all."""

MOST_CLASSES = 1000
LONGEST_NAME = 100
_PARTS: Mapping[str, str] = {
    name: part
    for part, names in tomllib.loads(
        (files("fclab.data.own") / "parts.toml").read_text("utf-8")
    ).items()
    for name in names
}
"""What folders of parts are called, in small letters."""


class Layout(NamedTuple):
    """Files by part and class.

    Attributes:
        classes: names, in natural order: 2 before 10, whatever the language of the system.
        files: of each part a list for each class.
        folders: of each part, for each class the folders that they lie in, as the system names
            them, below the one that was given.
        outside: files that lie in no folder of a class.
    """

    classes: tuple[str, ...]
    files: Mapping[Part, tuple[tuple[Entry, ...], ...]]
    folders: Mapping[Part, tuple[tuple[str, ...], ...]]
    outside: int

    @property
    def divided(self) -> bool:
        """Whether train and test have folders of their own."""
        return "train" in self.files


def layout(place: Path, found: Listing) -> Layout:
    """The classes of a folder.

    ``CLASS/...``, or ``train/CLASS/...`` and ``test/CLASS/...``; one folder around all of it is
    passed. What is called a validation part is a test part where there is no other, else it belongs
    to train, from which fclab holds out a part by itself.

    Args:
        place: for messages.
        found: what the folder holds.

    Raises:
        DataError: fewer than two classes, a class without a part, names that cannot be told apart
            or shown.
    """
    top: tuple[str, ...] = ()
    while True:
        names = sorted(path[-1] for path in found.folders if path[:-1] == top)
        parts = {name: _PARTS.get(_plain(name)) for name in names}
        known = set(parts.values()) - {None}
        if "train" in known and known != {"train"}:
            return _divided(place, found, top, {n: p for n, p in parts.items() if p})
        within = (*top, names[0]) if len(names) == 1 else None
        if within is None or not any(path[:-1] == within for path in found.folders):
            break
        top = within
    return _undivided(place, found, top, names)


def natural(name: str) -> tuple:
    """Sorts names as people do: 2 before 10."""
    steps = re.split(r"(\d+)", name.casefold())
    return tuple(int(s) if i % 2 else s for i, s in enumerate(steps)), name


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _undivided(place: Path, found: Listing, top: tuple[str, ...], names: Sequence[str]) -> Layout:
    named = _classes(place, names)
    folders = [tuple(folder for folder, name in named.items() if name == c) for c in _order(named)]
    files = tuple(_inside(found, [(*top, f) for f in of]) for of in folders)
    taken = sum(map(len, files))
    return Layout(
        _order(named), {"all": files}, {"all": tuple(_paths(top, of) for of in folders)},
        len(found.files) - taken,
    )  # fmt: skip


def _divided(place: Path, found: Listing, top: tuple[str, ...], parts: Mapping[str, str]) -> Layout:
    has_test = "test" in parts.values()
    role: dict[str, Part] = {
        name: "test" if part == "test" or (part == "valid" and not has_test) else "train"
        for name, part in parts.items()
    }
    of_class: dict[Part, dict[str, list[tuple[str, ...]]]] = {"train": {}, "test": {}}
    spelled: dict[str, str] = {}
    for path in sorted(found.folders):
        if len(path) == len(top) + 2 and path[:-2] == top and path[-2] in role:
            key = _plain(path[-1])
            if role[path[-2]] == "train" or key not in spelled:
                spelled[key] = path[-1]
            of_class[role[path[-2]]].setdefault(key, []).append(path)
    for part, other in (("train", "test"), ("test", "train")):
        if lacking := sorted(of_class[other].keys() - of_class[part].keys()):
            raise DataError(
                "{path}: the class {name} has a folder in {one} and none in {other}",
                path=place, name=spelled[lacking[0]], one=other, other=part,
            )  # fmt: skip
    named = _classes(place, list(spelled.values()))
    keys = [_plain(name) for name in _order(named)]
    files: dict[Part, tuple[tuple[Entry, ...], ...]] = {}
    folders: dict[Part, tuple[tuple[str, ...], ...]] = {}
    for part, there in of_class.items():
        files[part] = tuple(_inside(found, there[key]) for key in keys)
        folders[part] = tuple(tuple("/".join(path) for path in there[key]) for key in keys)
    taken = sum(len(of) for part in files.values() for of in part)
    return Layout(_order(named), files, folders, len(found.files) - taken)


def _inside(found: Listing, folders: Sequence[tuple[str, ...]]) -> tuple[Entry, ...]:
    within = {(len(path), path) for path in folders}
    lengths = {len(path) for path in folders}
    return tuple(
        entry for entry in found.files
        if any((n, entry.steps[:n]) in within for n in lengths if len(entry.steps) > n)
    )  # fmt: skip


def _paths(top: tuple[str, ...], folders: Sequence[str]) -> tuple[str, ...]:
    return tuple("/".join((*top, folder)) for folder in folders)


def _order(named: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(set(named.values()), key=natural))


def _classes(place: Path, folders: Sequence[str]) -> dict[str, str]:
    """What each folder of a class is called.

    Raises:
        DataError: see `layout`.
    """
    named: dict[str, str] = {}
    for folder in folders:
        try:
            name = one_line(unicodedata.normalize("NFC", folder))
        except ValueError as error:
            raise DataError(
                "{path}: a class is called as its folder, and {name} cannot be: {reason}",
                path=place, name=repr(folder), reason=error,
            ) from error  # fmt: skip
        if not name or len(name) > LONGEST_NAME:
            raise DataError(
                "{path}: a class is called as its folder, and {name} is not a name of 1 to {most} "
                "characters: rename it",
                path=place, name=repr(folder), most=LONGEST_NAME,
            )  # fmt: skip
        named[folder] = name
    plain: dict[str, str] = {}
    for folder, name in named.items():
        other = plain.setdefault(name.casefold(), folder)
        if other != folder:
            raise DataError(
                "{path}: the folders {one!r} and {other!r} have the same name but for case or "
                "marks: rename one",
                path=place, one=other, other=folder,
            )  # fmt: skip
    if len(named) < 2:
        raise DataError(
            "{path}: a folder for each class is needed, two or more, and there are {n}",
            path=place, n=len(named),
        )  # fmt: skip
    if len(named) > MOST_CLASSES:
        raise DataError(
            "{path} has {n} folders of classes, more than {most}: give the folder of the classes",
            path=place, n=len(named), most=MOST_CLASSES,
        )  # fmt: skip
    return named
