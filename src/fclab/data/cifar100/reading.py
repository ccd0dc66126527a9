"""CIFAR-100 out of whatever it lies in: a folder, an archive, a file; and what else lies there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fclab.data.cifar100.content import difference
from fclab.data.cifar100.leaves import Leaf, leaves, told_by_name
from fclab.data.cifar100.parquet import shard_of
from fclab.data.cifar100.pickles import cut_short
from fclab.data.cifar100.pieces import Piece, read_piece
from fclab.data.cifar100.release import OFFICIAL, PARTS, Release
from fclab.data.cifar100.sniff import is_unfinished
from fclab.data.cifar100.streams import Budget
from fclab.values.errors import Clause, DataError, system_reason
from fclab.values.files import reading
from fclab.values.progress import Progress, no_progress

_ABOVE = 2
"""Folders above a path that are looked into, where the path itself lacks something."""
_KNOWN = ("train", "test", "train.bin", "test.bin")


@dataclass(frozen=True)
class Images:
    """What was read.

    Attributes:
        path: what was asked for.
        parts: ``"train"`` and ``"test"``.
        differences: of the parts that are not those of CIFAR-100: how they differ.
    """

    path: Path
    parts: Mapping[str, Piece]
    differences: Mapping[str, Clause]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files on the disk that they were read from."""
        return tuple(dict.fromkeys(file for part in PARTS for file in self.parts[part].files))

    @property
    def other(self) -> DataError | None:
        """What these are in place of CIFAR-100; None: they are CIFAR-100."""
        return other_than(self.path, self.differences)


def other_than(path: Path, differences: Mapping[str, Clause]) -> DataError | None:
    """What lies there in place of CIFAR-100; None where nothing differs."""
    if not differences:
        return None
    if len(differences) == 1:
        ((part, reason),) = differences.items()
        return DataError("{path} is not CIFAR-100 itself: {part}: {reason}", path=path, part=part,
                         reason=reason)  # fmt: skip
    return DataError("{path} is not CIFAR-100 itself: train: {train}; test: {test}", path=path,
                     train=differences["train"], test=differences["test"])  # fmt: skip


def read(path: Path, *, release: Release = OFFICIAL, progress: Progress | None = None) -> Images:
    """Reads the images of a file or folder, in any form that they are known to have.

    Nothing is written but a nameless temporary file for a zip inside another archive, and nothing
    is executed. What is read is recognised by its content: names only tell what to try first, and
    which part it is where the number of images does not.

    Args:
        path: a file or a folder; the images may lie up to three folders below it, or beside it in
            the two folders above.
        release: what is looked for.
        progress: called with bytes read and in all, for a file.

    Raises:
        DataError: there are no images there; one line says what is there instead, and what to do.
    """
    with reading(path):
        size = path.stat().st_size if path.is_file() else 0
    budget = Budget(total=size, progress=progress or no_progress)
    found = _Found(release, budget)
    with reading(path):
        for leaf in leaves(path, release, budget):
            found.take(leaf, whole=isinstance(leaf, Leaf) and leaf.name == str(path))
            if found.complete:
                break
        else:
            found.end()
            for leaf in _above(path, release, budget) if found.may_be_beside(path) else ():
                found.take(leaf)
    images = found.images(path)
    budget.finish()
    return images


def _above(path: Path, release: Release, budget: Budget) -> Iterator[Leaf | DataError]:
    for folder in path.absolute().parents[:_ABOVE]:
        for file in (folder / name for name in _KNOWN):
            if file.is_file() and file != path:
                yield from leaves(file, release, budget)


@dataclass
class _Found:
    """What has been found so far: of each part the official images, or the first other ones."""

    release: Release
    budget: Budget
    parts: dict[str, Piece] = field(default_factory=dict)
    differences: dict[str, Clause] = field(default_factory=dict)
    reason: DataError | None = None
    _shards: dict[tuple[Path, str], dict[int, Piece]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Both parts are CIFAR-100's."""
        return len(self.parts) == len(PARTS) and not self.differences

    def may_be_beside(self, path: Path) -> bool:
        """A part is missing that may lie above: a file of a folder, or an empty one, was given."""
        one = len(self.parts) == 1 and path.is_file()
        return one or (not self.parts and not self.reason and path.is_dir())

    def take(self, leaf: Leaf | DataError, whole: bool = False) -> None:
        """Reads a file; what is no good is kept as a reason.

        Args:
            leaf: the file, or why an archive cannot be read.
            whole: it is what was asked for.
        """
        if isinstance(leaf, DataError):
            self._note(leaf, of_archive=True)
            return
        try:
            with told_by_name(leaf.name):
                piece = read_piece(leaf, self.release, self.budget)
        except EOFError:  # told of the archive, too, where it is the archive that ends
            self._note(cut_short(leaf.name))
            return
        except DataError as error:
            if whole or _is_telling(leaf):
                self._note(error)
            return
        except OSError as error:
            if not whole and not _is_telling(leaf):
                return
            reason = system_reason(error)
            self._note(DataError("cannot read {path}: {reason}", path=leaf.name, reason=reason))
            return
        if piece is not None:
            self._add(piece)

    def _note(self, reason: DataError, *, of_archive: bool = False) -> None:
        """Keeps the first reason, or that of the archive which it was in. No more are told, and an
        exception keeps what was read in its frames."""
        if self.reason is None or of_archive:
            self.reason = reason.with_traceback(None)
            self.reason.__cause__ = self.reason.__context__ = None

    def _add(self, piece: Piece) -> None:
        if piece.form == "parquet":
            name, shard, of = shard_of(piece.leaf.stem)
            shards = self._shards.setdefault((piece.leaf.file.parent, name), {})
            shards[shard] = piece
            if len(shards) == of:
                self._judge(_joined(shards))
                shards.clear()
        else:
            self._judge(piece)

    def end(self) -> None:
        """No more files: pieces of a table are judged though some are missing."""
        for shards in self._shards.values():
            if shards:
                self._judge(_joined(shards))
                shards.clear()

    def _judge(self, piece: Piece) -> None:
        part = self.release.part_of(len(piece.labels)) or _part_by_name(piece.leaf)
        if part is None:
            unclear = DataError("{name} holds {n:,} images, and is named neither train nor test",
                                name=piece.leaf.name, n=len(piece.labels))  # fmt: skip
            self._note(unclear)
            return
        if part in self.parts and part not in self.differences:
            return
        differs = difference(piece.pixels, piece.labels, self.release.parts[part])
        if differs is None:
            self.parts[part] = piece
            self.differences.pop(part, None)
        elif part not in self.parts:
            self.parts[part], self.differences[part] = piece, differs

    def images(self, path: Path) -> Images:
        """Both parts.

        Raises:
            DataError: one is missing, or both.
        """
        if len(self.parts) == len(PARTS):
            return Images(path, self.parts, self.differences)
        reason = self.reason
        if self.parts:
            here, lacking = sorted(PARTS, key=lambda part: part not in self.parts)
            if reason:
                raise DataError("{path} holds {here} of CIFAR-100, but lacks {lacking}: {reason}",
                                path=path, here=here, lacking=lacking, reason=reason)  # fmt: skip
            raise DataError("{path} holds {here} of CIFAR-100, but lacks {lacking}",
                            path=path, here=here, lacking=lacking)  # fmt: skip
        raise reason or DataError(
            "{path} holds no CIFAR-100: a folder or archive of its Python or binary version, or "
            "Parquet is expected", path=path,
        )  # fmt: skip


def _is_telling(leaf: Leaf) -> bool:
    """It is called as a file of images would be, so that what is wrong with it is worth telling."""
    stem = leaf.stem.casefold()
    return (
        "cifar" in stem
        or stem.split(".")[0].split("-")[0] in PARTS
        or stem.startswith(("data_batch", "test_batch"))
        or stem.endswith((".gz", ".tgz", ".tar", ".zip", ".7z", ".rar", ".bz2", ".xz", ".parquet"))
        or is_unfinished(stem)
    )


def _part_by_name(leaf: Leaf) -> str | None:
    return next((part for part in PARTS if part in leaf.stem.casefold()), None)


def _joined(shards: Mapping[int, Piece]) -> Piece:
    pieces = [shards[place] for place in sorted(shards)]
    if len(pieces) == 1:
        return pieces[0]
    return replace(
        pieces[0],
        files=tuple(file for piece in pieces for file in piece.files),
        pixels=np.concatenate([piece.pixels for piece in pieces]),
        labels=np.concatenate([piece.labels for piece in pieces]),
    )
