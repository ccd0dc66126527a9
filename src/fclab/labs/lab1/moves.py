"""Moves: the steps of the lab's self-study tasks, each a pure function from a recipe to a recipe.

The lab compares rows at a constant number of iterations: "five large steps with five small ones,
not with seven". A batch k times larger needs k times more epochs for that, and a learning rate
k times smaller is given k times more epochs. With a partial last batch ⌈n/batch⌉ is not exactly
proportional to 1/batch, so the epochs are those whose iterations come nearest.
"""

from dataclasses import dataclass

from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe


@dataclass(frozen=True)
class BatchArithmetic:
    """How the epochs follow from a batch size at a constant number of iterations.

    Attributes:
        n: training examples.
        batch, per_epoch, epochs, iterations: of the row before; and of the new row with
            ``new_`` in front. ``last`` and ``new_last`` are the examples of the last batch.
    """

    n: int
    batch: int
    per_epoch: int
    epochs: int
    new_batch: int
    new_per_epoch: int
    new_epochs: int

    @property
    def iterations(self) -> int:
        """Steps of the row before."""
        return self.epochs * self.per_epoch

    @property
    def new_iterations(self) -> int:
        """Steps of the new row: equal, or as near as whole epochs allow."""
        return self.new_epochs * self.new_per_epoch

    @property
    def last(self) -> int:
        """Examples of the last batch of an epoch, before."""
        return self.n - (self.per_epoch - 1) * self.batch

    @property
    def new_last(self) -> int:
        """Examples of the last batch of an epoch, after."""
        return self.n - (self.new_per_epoch - 1) * self.new_batch


def batch_arithmetic(recipe: Recipe, batch_size: int, n_train: int) -> BatchArithmetic:
    """The epochs that keep the iterations of ``recipe`` constant with another batch size.

    Raises:
        UsageError: the batch is smaller than one example.
    """
    if batch_size < 1:
        raise UsageError("a batch has at least 1 example, not {batch_size}", batch_size=batch_size)
    changed = recipe.replace(batch_size=batch_size)
    new_per_epoch = changed.iterations_per_epoch(n_train)
    return BatchArithmetic(
        n=n_train,
        batch=recipe.batch(n_train),
        per_epoch=recipe.iterations_per_epoch(n_train),
        epochs=recipe.epochs,
        new_batch=changed.batch(n_train),
        new_per_epoch=new_per_epoch,
        new_epochs=max(1, round(recipe.iterations(n_train) / new_per_epoch)),
    )


def stop_at(recipe: Recipe, epoch: int) -> Recipe:
    """Task 2: train up to the over-fitting epoch only."""
    return recipe.replace(epochs=epoch)


def change_batch(recipe: Recipe, batch_size: int, n_train: int) -> Recipe:
    """Task 3: another batch size, the number of iterations kept (see `batch_arithmetic`)."""
    sums = batch_arithmetic(recipe, batch_size, n_train)
    return recipe.replace(batch_size=sums.new_batch, epochs=sums.new_epochs)


def lower_lr(recipe: Recipe, factor: float) -> Recipe:
    """Task 4: the learning rate divided by ``factor``, the epochs multiplied by it.

    Raises:
        UsageError: the factor is not above 0.
    """
    if not factor > 0:
        raise UsageError(
            "the learning rate is divided by a number above 0, not {factor}", factor=factor
        )
    return recipe.replace(lr=recipe.lr / factor, epochs=max(1, round(recipe.epochs * factor)))


def change_layers(recipe: Recipe, hidden: tuple[int, ...]) -> Recipe:
    """Task 5: other hidden layers, the output layer kept."""
    return recipe.replace(layers=(*hidden, recipe.layers[-1]))
