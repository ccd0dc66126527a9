"""Data by the formula that makes them again, or by where they are found: what is kept of them."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_serializer

from fclab.data.binary import BinaryShape, binary_points
from fclab.data.cifar100 import chosen, find
from fclab.data.own import folder_at, own_images
from fclab.data.own_cloud import own_cloud
from fclab.data.own_curve import own_curve
from fclab.data.regression import Target, regression_curve
from fclab.data.synthetic import synthetic
from fclab.values.dataset import OTHER, Dataset
from fclab.values.fields import Real, Seed, Whole, without_none
from fclab.values.pictures import Folder


class KeptData(BaseModel, frozen=True, extra="forbid"):
    """What is kept of the data of a network: enough to make or to find them again."""

    kind: str

    def make(self, where: str | None = None) -> Dataset | None:
        """The data.

        Args:
            where: a folder or archive to look in first, for data that are not made.

        Returns:
            None where they are not on this machine.
        """
        raise NotImplementedError


class Curve(KeptData, frozen=True):
    """A regression curve."""

    kind: Literal["curve"] = "curve"
    target: Target = "sigmoid"
    points: Whole = 100
    repeats: Whole = 5
    noise: Real = 0.05
    seed: Seed = 0

    def make(self, where: str | None = None) -> Dataset:
        """The points."""
        return regression_curve(**self.model_dump(exclude={"kind"}))


class OwnCurve(KeptData, frozen=True):
    """A regression curve by its points."""

    kind: Literal["own_curve"] = "own_curve"
    points: tuple[tuple[Real, Real], ...]
    repeats: Whole = 5
    noise: Real = 0.05
    seed: Seed = 0

    def make(self, where: str | None = None) -> Dataset:
        """The points with their noise."""
        return own_curve(**self.model_dump(exclude={"kind"}))


class Cloud(KeptData, frozen=True):
    """Two classes of points in the plane."""

    kind: Literal["cloud"] = "cloud"
    shape: BinaryShape
    points: Whole = 1000
    noise: Real | None = None
    seed: Seed = 0

    def make(self, where: str | None = None) -> Dataset:
        """The points."""
        return binary_points(**self.model_dump(exclude={"kind"}))


class OwnCloud(KeptData, frozen=True):
    """Two classes of points in the plane by their points: x, y and class."""

    kind: Literal["own_cloud"] = "own_cloud"
    points: tuple[tuple[Real, Real, Literal[0, 1]], ...]

    def make(self, where: str | None = None) -> Dataset:
        """The points."""
        return own_cloud(self.points)


class Images(KeptData, frozen=True):
    """Images of some classes: which they are. They are not kept in a store.

    Attributes:
        classes: numbers, ascending.
        source: "cifar100", "synthetic", "pictures", "other" (they have the form of CIFAR-100
            and are not its own), or that of data which only a program has.
        hold_out: share of the training images held out for validation, if any.
        seed: of the held-out part.
        folder: where pictures of one's own are.
    """

    kind: Literal["images"] = "images"
    classes: tuple[int, ...]
    source: str
    hold_out: Real | None = None
    seed: Seed = 0
    folder: Folder | None = None

    @model_serializer(mode="wrap")
    def _without_folder(self, write: Any) -> dict[str, Any]:
        return without_none(write(self), "folder")

    @classmethod
    def of(cls, dataset: Dataset, hold_out: float | None = None, seed: int = 0) -> "Images":
        """What is kept of a dataset of images.

        Args:
            dataset: with its held-out part, if it has one.
            hold_out, seed: share and seed of that part.
        """
        numbers = tuple(name.number for name in dataset.class_names)
        folder = dataset.pictures.folder if dataset.pictures else None
        return cls(
            classes=numbers, source=dataset.source, hold_out=hold_out, seed=seed, folder=folder
        )

    def is_of(self, other: "Images") -> bool:
        """Whether both mean the same images, held-out parts aside."""
        return (self.classes, self.source, self.folder) == (
            other.classes,
            other.source,
            other.folder,
        )

    def make(self, where: str | None = None) -> Dataset | None:
        """The images, with their held-out part.

        Raises:
            DataError: what is there is damaged.
        """
        if self.folder is not None:
            at = folder_at(where) if where else self.folder
            if not Path(at.place).exists():
                return None
            dataset = own_images(at.place, self.folder.side, self.folder.seed)
        elif self.source == "synthetic":
            dataset = synthetic(self.classes)
        elif self.source not in ("cifar100", OTHER):
            return None
        else:
            found = find(where, accept_other=self.source == OTHER)
            if found is None or bool(found.other) != (self.source == OTHER):
                return None
            dataset = chosen(found, self.classes)
        return dataset.hold_out(self.hold_out, seed=self.seed) if self.hold_out else dataset


AnyData = Annotated[Curve | OwnCurve | Cloud | OwnCloud | Images, Field(discriminator="kind")]
