"""What a default study of lab 1 tries, and what its networks are trained with."""

from pydantic import ConfigDict

from fclab.engines.tying import fitting
from fclab.study.rows import Seeds, StudySettings
from fclab.values.dataset import PICTURES, DatasetInfo
from fclab.values.fields import Positive
from fclab.values.recipe import CIFAR, BatchSize, Recipe, Width

LAB_IMAGES = 500
"""Training images of a class in the lab."""


def recipe_for(images: DatasetInfo, recipe: Recipe = CIFAR) -> Recipe:
    """A recipe of the lab for some images: with an output for each class and, on pictures of one's
    own, which may be few or many, with as many epochs as make the iterations that it has in the
    lab, where a class has 500 images, and with layers that fit their size where weights are tied.

    Args:
        images: which; a held-out part counts as train.
        recipe: `CIFAR` or `BEST`.
    """
    recipe = recipe.for_outputs(images.n_outputs)
    if images.source != PICTURES:
        return recipe
    recipe = fitting(recipe, images.input_shape)
    n_train = images.sizes["train"] + images.sizes.get("valid", 0)
    each = recipe.iterations_per_epoch(n_train)
    return recipe.replace(epochs=max(1, round(lab_iterations(images, recipe) / each)))


def lab_iterations(images: DatasetInfo, recipe: Recipe = CIFAR) -> int:
    """The iterations of a recipe on as many images of so many classes as the lab has."""
    return recipe.iterations(LAB_IMAGES * images.n_outputs)


class Settings(StudySettings):
    """What a default study tries.

    Attributes:
        seeds, protocol, base: see `fclab.study.rows.StudySettings`.
        batch_factors: task 3, how many times larger (or smaller) the batch becomes.
        lr_factors: task 4, how many times lower the learning rate.
        hidden: task 5, the hidden layers of other models.
        search_lr, search_batch: task 5, the grid on which each model is tuned.
        search_seeds: runs of every setting of the grid in the first round of the search; none of
            their seeds is one of a row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_factors: tuple[Positive, ...] = (0.25, 0.5, 2, 4)
    lr_factors: tuple[Positive, ...] = (2, 5)
    hidden: tuple[tuple[Width, ...], ...] = ((5,), (32,), (64,), (10, 10))
    search_seeds: Seeds = 4
    search_lr: tuple[Positive, ...] = (0.0025, 0.005, 0.01)
    search_batch: tuple[BatchSize, ...] = (64, 128, 256)

    @classmethod
    def of(cls, settings: StudySettings) -> "Settings":
        """The settings of a kept study.

        Raises:
            pydantic.ValidationError: it is not one of this lab.
        """
        return cls.model_validate(settings.model_dump())

    def beside(self, kept: "Settings") -> "Settings":
        """These settings and what a kept study tries too: the more seeds of the two, the factors,
        layers and grid of both. Base recipe and protocol are these ones."""

        def both(field: str) -> tuple:
            return tuple(dict.fromkeys((*getattr(kept, field), *getattr(self, field))))

        lists = ("batch_factors", "lr_factors", "hidden", "search_lr", "search_batch")
        return self.model_copy(
            update={
                "seeds": max(self.seeds, kept.seeds),
                "search_seeds": max(self.search_seeds, kept.search_seeds),
                **{field: both(field) for field in lists},
            }
        )
