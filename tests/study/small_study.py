"""A study that is done in a second: small pictures that can be learned, few epochs, few seeds."""

import numpy as np

from fclab.labs.lab1.content.study_table import table_values
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table
from fclab.study.study import Study
from fclab.values.dataset import CIFAR_PREPROCESSING, Dataset, Split
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import Recipe
from fclab.words.wording import wording

SIDE = 6  # pixels
BASE = Recipe(layers=(4, 3), lr=0.05, batch_size=16, epochs=12)


def pictures(train: int = 90, test: int = 60, *, seed: int = 5) -> Dataset:
    """Three classes of noisy pictures, each with a shade of its own."""
    rng = np.random.default_rng(seed)

    def split(n: int) -> Split:
        y = np.arange(n) % 3
        x = rng.normal(110 + 25 * y[:, None, None, None], 60, (n, SIDE, SIDE, 3))
        return Split(np.clip(x, 0, 255).astype(np.uint8), y)

    return Dataset(
        name="pictures-0-55-58",
        task="multiclass",
        source="synthetic",
        train=split(train),
        test=split(test),
        class_names=tuple(CLASS_NAMES[k] for k in (0, 55, 58)),
        preprocessing=CIFAR_PREPROCESSING,
    )


def settings(**changes) -> Settings:
    """Every task, as small as it can be."""
    values = {
        "seeds": 3, "base": BASE, "batch_factors": (0.5, 2), "lr_factors": (2,),
        "hidden": ((3,), (4, 4)), "search_seeds": 2, "search_lr": (0.02, 0.05),
        "search_batch": (16,),
    }  # fmt: skip
    return Settings(**(values | changes))


def values(study: Study) -> list[dict]:
    """The final table with its comments, as plain values."""
    return table_values(final_table(study), wording("en"))
