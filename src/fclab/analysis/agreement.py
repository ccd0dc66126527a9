"""How near a run is to PyTorch's own loops: measured, on its first epochs.

Whoever trained a run, the reference engine trains the same recipe from the same seed for so many
epochs that it takes less than a second, and the losses of the two are compared. These short runs
are kept like all others, so each is trained once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from fclab.engines.registry import load_engine
from fclab.store.database import Store
from fclab.study.trainer import get_or_train
from fclab.values.dataset import Dataset, Task
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

REFERENCE: Final = EngineChoice(name="reference")
EPOCHS: Final[dict[Task, int]] = {"regression": 1000, "binary": 1000, "multiclass": 20}
"""So many first epochs are compared; a run that has fewer, in all of them."""


@dataclass(frozen=True)
class Agreement:
    """A run beside that of the reference engine from the same seed.

    Attributes:
        engine: who trained the run.
        epochs: so many first epochs were compared.
        largest: the largest relative difference of the losses in them, |ours − theirs| / theirs:
            of the batches as they were seen, and of every part that was evaluated.
    """

    engine: str
    epochs: int
    largest: float


def measure_agreement(store: Store, run: Run, dataset: Dataset) -> Agreement | None:
    """How near a run is to the reference engine; what that trains for it is kept in the store.

    Args:
        store: where the run of the reference engine is kept, or will be.
        run: of any engine.
        dataset: what it was trained on.

    Returns:
        None where nothing can be compared: the reference engine trained it itself, or refuses its
        recipe; it diverged; its learning rate depends on how long it is trained.

    Raises:
        FclabError, DataError: the store says so.
    """
    recipe = _shorter(run)
    if recipe is None or load_engine(REFERENCE.name).refuses(dataset, recipe, REFERENCE.device):
        return None
    (reference,) = get_or_train(store, dataset, [recipe], [run.seed], engine=REFERENCE.name)[recipe]
    return compare_losses(run, reference)


def kept_agreement(store: Store, run: Run) -> Agreement | None:
    """What `measure_agreement` found when it was asked about this run. Nothing is trained, and the
    dataset is not needed.

    Returns:
        None also where it was not asked.

    Raises:
        DataError: what is kept is damaged.
    """
    recipe = _shorter(run)
    if recipe is None:
        return None
    kept = store.get(run.dataset.fingerprint, recipe, [run.seed], REFERENCE)
    return compare_losses(run, kept[run.seed]) if kept else None


def compare_losses(run: Run, reference: Run) -> Agreement:
    """The losses of two runs in the epochs that both have.

    Args:
        run: whose agreement is asked.
        reference: of the same dataset and seed, and of the same recipe but for its epochs.
    """
    epochs = min(run.epochs, reference.epochs)
    names = [name for name in run.history if name.endswith("_loss")]
    ours, theirs = (
        np.array([one.history[name][:epochs] for name in names]) for one in (run, reference)
    )
    differences = np.abs(ours - theirs)
    relative = differences / np.where(differences > 0, np.abs(theirs), 1.0)
    return Agreement(run.engine.name, epochs, float(relative.max()))


def _shorter(run: Run) -> Recipe | None:
    """What the reference engine is to train; None if it is not to be compared with the run."""
    recipe = run.recipe.training
    itself = run.engine.name == REFERENCE.name
    if itself or run.diverged_at is not None or recipe.schedule != "constant":
        return None
    return recipe.replace(epochs=min(EPOCHS[run.dataset.task], run.epochs))
