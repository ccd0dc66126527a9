"""A row against its parent, answer by answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fclab.statistics.binomial import ALPHA
from fclab.statistics.pairing import pair
from fclab.statistics.power import detectable, unanimity
from fclab.statistics.twoway import RESAMPLES, TwoWay, two_way
from fclab.values.errors import UsageError


@dataclass(frozen=True)
class Comparison:
    """How a row's test accuracy differs from its parent's. Accuracies are shares, 0 to 1.

    The truth that the interval is about: the difference of the two recipes' accuracies averaged
    over all seeds and all images of the same classes.

    Whatever is printed of it goes through `fclab.statistics.verdicts`, which knows how many
    comparisons a study has and so at which level.

    Attributes:
        test: what was tested, see `two_way`: mean, p-value, intervals at any level.
        unanimity: how far the seeds of a row agree on an image, 0 to 1, see power.py.
        discordant: share of answers that are right in one of the two rows and wrong in the other.
        n_seeds: seeds of the row that were compared.
        n_images: test images.
        paired: whether row and parent were compared seed by seed.
    """

    test: TwoWay
    unanimity: float
    discordant: float
    n_seeds: int
    n_images: int
    paired: bool

    @property
    def difference(self) -> float:
        """Accuracy of the row less accuracy of the parent."""
        return self.test.mean

    @property
    def p_value(self) -> float:
        """Two-sided, of this comparison alone; below alpha exactly if the interval at that level
        leaves 0 out."""
        return self.test.p_value

    @property
    def image_share(self) -> float:
        """Share of the variance of the difference that more seeds cannot remove."""
        return self.test.image_share

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval, this comparison alone."""
        return self.test.low

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval, this comparison alone."""
        return self.test.high

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        """The interval at a two-sided error rate."""
        return self.test.interval(alpha)

    def detectable(self, alpha: float = ALPHA) -> float:
        """The smallest difference that could have been seen: of true differences of this size
        such comparisons call 8 of 10 at alpha."""
        return detectable(self.test, self.unanimity, alpha)


def compare(
    correct: ArrayLike,
    parent: ArrayLike,
    *,
    seeds: Sequence[int] | None = None,
    parent_seeds: Sequence[int] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """A row against its parent: two-way bootstrap of the paired answers, see `two_way`.

    Runs of the same seed are paired. Where the rows have too few seeds in common (fewer than two,
    or than half of the smaller row) all runs of both are compared as independent ones.

    Args:
        correct: which answers of the row are right, bool ``(seeds, images)``.
        parent: the same of its parent, for the same images in the same order.
        seeds, parent_seeds: the seed of every line; without them the k-th lines belong together.
        resamples: of the bootstrap.
        seed: of the bootstrap; one comparison has one outcome.

    Raises:
        UsageError: different images, no seed, no image, or seeds that do not fit the lines.
    """
    row, other = (np.asarray(table) for table in (correct, parent))
    for table in (row, other):
        if table.dtype != bool or table.ndim != 2:
            raise UsageError("answers are tables of true and false, one line per seed")
    mine, parents, paired = pair(len(row), len(other), seeds, parent_seeds)
    row, other = row[mine].astype(np.float64), other[parents].astype(np.float64)
    return _compared(row, other, paired, resamples, seed)


def compare_together(
    rows: Sequence[ArrayLike], parent: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0
) -> Comparison:
    """The mean of several rows against their common parent, as one comparison: does a change
    that was made in several sizes help on average?

    Args:
        rows: of every row which answers are right, bool ``(seeds, images)``; line k is of the same
            seed in all rows and in the parent.
        parent, resamples, seed: as for `compare`.

    Raises:
        UsageError: there is no row, or the tables differ in size or are empty.
    """
    other, *tables = (np.asarray(table) for table in (parent, *rows))
    if not tables or other.ndim != 2 or any(table.shape != other.shape for table in tables):
        raise UsageError("rows are averaged over the same seeds and images, one table per row")
    return _compared(np.mean(tables, axis=0), other, True, resamples, seed)


def _compared(
    row: np.ndarray, other: np.ndarray, paired: bool, resamples: int, seed: int
) -> Comparison:
    if row.shape[1] != other.shape[1]:
        raise UsageError(
            "the rows were tested on different images ({one} and {other}): test both on the same",
            one=row.shape[1],
            other=other.shape[1],
        )
    test = two_way([row - other] if paired else [row, other], resamples=resamples, seed=seed)
    p, q = row.mean(axis=0), other.mean(axis=0)
    return Comparison(
        test=test,
        unanimity=unanimity([row, other]),
        discordant=float(np.abs(row - other).mean() if paired else (p + q - 2 * p * q).mean()),
        n_seeds=len(row),
        n_images=row.shape[1],
        paired=paired,
    )
