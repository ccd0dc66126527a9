"""Which runs of two rows belong together: those of the same seed."""

from collections.abc import Sequence

import numpy as np

from fclab.values.errors import UsageError


def pair(
    n: int, n_parent: int, seeds: Sequence[int] | None, parent_seeds: Sequence[int] | None
) -> tuple[np.ndarray, np.ndarray, bool]:
    """The runs of a row and of its parent to compare, in the order of their seeds.

    The common seeds are paired where they are at least two and at least half of the smaller
    row. Otherwise nothing is paired and all runs of both count, as independent ones.

    Args:
        n, n_parent: number of runs of each.
        seeds, parent_seeds: the seed of every run; None for both: run k belongs to run k.

    Returns:
        Positions in the row, positions in the parent (int64), and whether they are pairs.

    Raises:
        UsageError: a seed occurs twice, a row has no run, or the seeds do not fit the runs.
    """
    if seeds is None and parent_seeds is None and n == n_parent:
        seeds = parent_seeds = range(n)
    if seeds is None or parent_seeds is None:
        raise UsageError("name the seeds of both rows: runs are compared seed by seed")
    for given, runs in ((seeds, n), (parent_seeds, n_parent)):
        if runs == 0:
            raise UsageError("a row without a run cannot be compared: train at least one seed")
        if len(given) != runs:
            raise UsageError(
                "{n} seeds do not fit {runs} runs: give one seed per run", n=len(given), runs=runs
            )
        if len(set(given)) != len(given):
            raise UsageError("a seed occurs twice in a row: every run needs a seed of its own")
    common, mine, parents = np.intersect1d(
        np.asarray(seeds), np.asarray(parent_seeds), return_indices=True
    )
    if len(common) == min(n, n_parent) or (
        len(common) >= 2 and 2 * len(common) >= min(n, n_parent)
    ):
        return mine, parents, True
    return np.argsort(seeds), np.argsort(parent_seeds), False
