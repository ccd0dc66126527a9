"""Runs for a study, and how much of the work is done: one measure for unlike trainings."""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from threading import Lock

import numpy as np

from fclab.store.database import Store
from fclab.study.get_or_train import obtain
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import Run

Progress = Callable[[float, float], None]
"""Told the work done and the work expected in all, see `work`. Runs that are kept are no work."""

_LEAST_WIDTH = 10
"""Below this width an epoch takes its time whatever the width is."""


def work(recipes: Iterable[Recipe]) -> float:
    """Work of one training of each recipe: epochs × neurons of the first layer, near enough to
    the time that it takes."""
    return float(sum(r.epochs * max(r.layers[0], _LEAST_WIDTH) for r in recipes))


class Trainer:
    """Obtains runs (see `obtain`) and keeps count of the work."""

    def __init__(self, store: Store, engine: str, device: str, told: Progress):
        self._store, self._told = store, told
        self.engine, self.device = engine, device
        self._done = 0.0
        self._lock = Lock()

    def __call__(
        self,
        dataset: Dataset,
        recipes: Sequence[Recipe],
        seeds: Iterable[int],
        later: float = 0.0,
    ) -> dict[Recipe, list[Run]]:
        """Runs of every recipe from every seed.

        Args:
            later: the work that is expected after this call.
        """
        seeds = tuple(seeds)
        missing: list[Recipe] = []
        ends, works = [], []
        epochs, before = 0, self._done

        def found_kept(recipe: Recipe, count: int) -> None:
            missing.extend([recipe] * (len(seeds) - count))

        def tick(more: int) -> None:
            nonlocal epochs
            with self._lock:  # told by many threads
                epochs += more
                if not ends:
                    # Runs are trained nearly in this order: the epochs done say which these were.
                    ends.extend(accumulate((r.epochs for r in missing), initial=0))
                    works.extend(accumulate((work([r]) for r in missing), initial=0.0))
                self._done = before + float(np.interp(epochs, ends, works))
                self._told(self._done, before + works[-1] + later)

        runs = obtain(
            self._store, dataset, recipes, seeds,
            engine=self.engine, device=self.device, progress=tick, found_kept=found_kept,
        )  # fmt: skip
        self._done = before + work(missing)
        return runs

    def finished(self) -> None:
        """Tell that all is done."""
        self._told(self._done, self._done)
