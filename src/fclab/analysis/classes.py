"""Which classes a row of a study confuses, over all of its seeds."""

from dataclasses import dataclass

import numpy as np

from fclab.study.table import Line
from fclab.values.metrics import Extremes, Mistake, confused_pairs, extremes, recall, worst_mistakes


@dataclass(frozen=True)
class Classes:
    """Where a row errs. Classes are labels, 0 to k − 1.

    Attributes:
        extremes: the hardest and the easiest ones, over all seeds.
        hardest_in: in how many of the seeds the first of the hardest is the hardest (ties count).
        taken_for: what the first of the hardest is taken for most often; counts over all seeds.
        share: of the test images of that class, how many are taken for each of them.
        pair: the two classes that are confused most, both ways together; None without mistakes
            and where two pairs are confused equally often.
        pair_share: share of all mistakes that are between these two.
    """

    extremes: Extremes
    hardest_in: int
    taken_for: tuple[Mistake, ...]
    share: float
    pair: tuple[int, int] | None
    pair_share: float


def classes_of_row(line: Line) -> Classes | None:
    """Where a row errs; None where it has no healthy run."""
    if not line.runs:
        return None
    matrices = [run.confusion("test") for run in line.runs]
    together = np.sum(matrices, axis=0)
    found = extremes(together)
    first = found.hardest[0]
    per_seed = np.array([recall(matrix) for matrix in matrices])
    worst = worst_mistakes(together, first)
    pairs = confused_pairs(together)
    mistakes = int(together.sum() - np.trace(together))
    leads = mistakes > 0 and (len(pairs) == 1 or pairs[0].value > pairs[1].value)
    return Classes(
        extremes=found,
        hardest_in=int((per_seed[:, first] <= np.nanmin(per_seed, axis=1)).sum()),
        taken_for=worst,
        share=worst[0].count / int(together[first].sum()) if worst else 0.0,
        pair=(pairs[0].first, pairs[0].second) if leads else None,
        pair_share=pairs[0].value / mistakes if leads else 0.0,
    )
