"""Pictures of one's own, before and after they became a dataset: values without pixels."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fclab.values.fields import Seed

SIDE = 32
"""Pixels of a side, as the images of CIFAR-100 have them."""

TEST_SHARE = 0.2
"""Of every class, where fclab divides the pictures."""

LEAST_SIDE, LARGEST_SIDE = 4, 256
Side = Annotated[int, Field(ge=LEAST_SIDE, le=LARGEST_SIDE)]
Size = tuple[int, int]


class Folder(BaseModel):
    """Where pictures of one's own are, and how they are read: enough to read them again.

    Attributes:
        place: absolute path of a folder or a zip.
        side: pixels of a side of every image.
        seed: of the division into train and test, where fclab divides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str
    side: Side = SIDE
    seed: Seed = 0


class Pictures(BaseModel):
    """What became of the pictures of a folder.

    Attributes:
        folder: where they were.
        divided: whether train and test have folders of their own; else fclab divides.
        found: files in the folders of classes.
        unread: files that are no picture, or cannot be read.
        repeated: pictures that are left out because a class has them already.
        in_both: pictures of both train and test.
        in_two_classes: pictures of more than one class.
        smallest, largest: width and height of the pictures with the fewest and most pixels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Folder
    divided: bool
    found: int
    unread: int
    repeated: int
    in_both: int
    in_two_classes: int
    smallest: Size
    largest: Size
