"""What the lab trains pictures of one's own with, and what is kept of them."""

import numpy as np
import pytest

from fclab.data.kept import Images
from fclab.data.synthetic import synthetic
from fclab.labs.lab1.settings import lab_iterations, recipe_for
from fclab.values.dataset import PICTURES, Dataset, DatasetInfo
from fclab.values.pictures import Folder, Pictures
from fclab.values.recipe import BEST, CIFAR, Recipe


def own(train: int, classes: int = 3, valid: int = 0) -> DatasetInfo:
    """Pictures of one's own, so many in all."""
    x, y = np.zeros((classes, 4, 4, 3), np.uint8), np.arange(classes)
    info = Dataset.from_arrays(x, y, x, y).info
    pictures = Pictures(
        folder=Folder(place="/photos"), divided=False, found=9, unread=0, repeated=0, in_both=0,
        in_two_classes=0, smallest=(4, 4), largest=(9, 9),
    )  # fmt: skip
    sizes = {"train": train - valid, "test": 9, **({"valid": valid} if valid else {})}
    return info.model_copy(update={"source": PICTURES, "pictures": pictures, "sizes": sizes})


@pytest.mark.parametrize("recipe", [CIFAR, BEST])
@pytest.mark.parametrize("n", [12, 240, 289, 1500, 5000])
def test_the_iterations_are_those_of_the_lab(n: int, recipe: Recipe):
    found, wanted = recipe_for(own(n), recipe), lab_iterations(own(n), recipe)
    assert abs(found.iterations(n) - wanted) <= found.iterations_per_epoch(n) / 2
    assert found.changes_from(recipe).keys() <= {"epochs"}


def test_on_as_many_images_as_the_lab_has_nothing_changes():
    assert recipe_for(own(1500)) == CIFAR
    assert recipe_for(own(1500, valid=300)) == CIFAR  # a held-out part counts
    assert recipe_for(own(1000, classes=2)) == CIFAR.for_outputs(2)
    assert recipe_for(own(10**9)).epochs == 1


def test_other_images_keep_the_epochs_of_the_lab():
    assert recipe_for(synthetic((0, 1)).info) == CIFAR.for_outputs(2)


def test_only_pictures_of_ones_own_have_a_folder_in_what_is_kept():
    plain = Images.of(synthetic((0, 1, 2)))
    assert "folder" not in plain.model_dump(mode="json")
    kept = Images(classes=(0, 1), source=PICTURES, folder=Folder(place="/photos", side=48))
    assert Images.model_validate(kept.model_dump(mode="json")) == kept
    assert not kept.is_of(kept.model_copy(update={"folder": Folder(place="/others")}))
    assert kept.is_of(kept.model_copy(update={"hold_out": 0.2}))
    assert kept.make() is None  # they are nowhere
    assert DatasetInfo.model_validate_json(own(9).model_dump_json()) == own(9)
