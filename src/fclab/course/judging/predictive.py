"""How far a single honest run may be from the runs of a check: predictive distributions.

A student trained once; the check trains the row from some seeds. What one more run gives is
predicted by Student's t around their mean, wider than their standard deviation s by √(1 + 1/m).
A p-value of 10⁻⁵ cannot be counted from 16 runs, so it follows from the form of the distribution,
and where the form is not sure the wider one is taken:

- **Spread.** 16 runs know their s to ±18 % only. It is shrunk towards what such networks usually
  have, as a share of the binomial variance p(1 − p)/images (Smyth 2004: a scaled inverse χ² prior),
  but only upwards: s is never made smaller than it was measured, nor than half a point.
- **Upper tail.** Accuracies are at most slightly skewed upwards; t holds.
- **Lower tail.** Now and then a network gets stuck, and no few seeds show it; then both of its
  accuracies are low. A figure that is too low is *unusual* at most where the other one is low too,
  or is not there.
- **Digits.** What was written stands for all that is written so, rounded or cut off.
- **Habits.** The p-value is that of the least favourable of honest habits: the figure at the end,
  or that of the epoch of the highest test accuracy or the least test loss; of one run or, upwards,
  of the best of ten. A train accuracy may be as low as it is at the first epoch whose test accuracy
  can be the stated one: the best epoch of a lucky run comes early.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from fclab.course.judging.traces import Traces
from fclab.course.values import Figure
from fclab.statistics.distributions import t_above, t_below, t_quantile

Part = Literal["test", "train"]

BEST_OF: Final = 10
"""Runs of which an honest student may show the best."""
PRIOR: Final[dict[str, tuple[float, float]]] = {"test": (0.30, 4.0), "train": (1.6, 2.0)}
"""Usual variance over seeds as a share of the binomial one, and how many degrees of freedom that
is worth (benchmarks/claims.py, "spread")."""
LEAST_SD: Final = 0.5
"""Percent: no prediction is surer."""
REACH: Final = 3.0
"""Standard deviations within which a run may have a test accuracy at an epoch."""
LOW: Final = 0.05
"""The other figure is low too if so few honest runs are as low."""


@dataclass(frozen=True)
class Student:
    """A predictive distribution: Student's t.

    Attributes:
        mean, scale: percent.
        df: degrees of freedom.
        step: percent between two possible values, 100 / images.
    """

    mean: float
    scale: float
    df: float
    step: float

    def above(self, value: float) -> float:
        """P(a run is at ``value`` or above)."""
        return float(t_above((value - self.step / 2 - self.mean) / self.scale, self.df))

    def below(self, value: float) -> float:
        """P(a run is at ``value`` or below)."""
        return float(t_below((value + self.step / 2 - self.mean) / self.scale, self.df))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Where so many runs lie, within 0 to 100."""
        half = float(t_quantile((1 + level) / 2, self.df)) * self.scale
        return max(0.0, self.mean - half), min(100.0, self.mean + half)


@dataclass(frozen=True)
class Prediction:
    """What honest rows may say of one figure.

    Attributes:
        part: of which images.
        mean, sd: over the seeds of the check, at the end of training, percent.
        end: one run's figure at the end.
        best: at its epoch of highest test accuracy.
        stopped: at its epoch of least test loss.
        epochs: the figures of the check's runs after every epoch, percent, ``(seeds, epochs)``.
    """

    part: Part
    mean: float
    sd: float
    end: Student
    best: Student
    stopped: Student
    epochs: np.ndarray

    def p_high(self, claimed: Figure) -> float:
        """How seldom an honest habit gives a figure as high."""
        least = written(claimed)[0]
        once = max(one.above(least) for one in (self.end, self.best, self.stopped))
        return float(-np.expm1(BEST_OF * np.log1p(-min(once, 1 - 1e-12))))

    def p_low(self, claimed: Figure) -> float:
        """How seldom an honest habit gives a figure as low, of networks that are not stuck."""
        most = written(claimed)[1]
        return max(one.below(most) for one in (self.end, self.best, self.stopped))

    def first(self, claimed: Figure) -> int:
        """The first epoch (from 0) at which a run may have a figure as high; else the last."""
        mean, sd = self.epochs.mean(axis=0), self.epochs.std(axis=0, ddof=1)
        reached = written(claimed)[0] <= mean + REACH * np.maximum(sd, LEAST_SD)
        return int(reached.argmax()) if reached.any() else len(mean) - 1

    def at(self, epoch: int) -> Student:
        """Of one run after an epoch (from 0)."""
        return student(self.epochs[:, epoch], self.part, round(100 / self.end.step))

    def is_low(self, claimed: Figure) -> bool:
        """Whether few runs end as low."""
        return self.end.below(written(claimed)[1]) < LOW

    def is_usual(self, claimed: Figure, *, best_epoch: bool) -> bool:
        """Whether it is where 95 % of single runs are: at the end, or at the best epoch where the
        row says so."""
        least, most = written(claimed)
        taken = self.best if best_epoch else self.end
        return min(taken.above(least), taken.below(most)) >= 0.025


def predictions(traces: Traces) -> dict[Part, Prediction]:
    """What honest rows may say.

    Args:
        traces: of the row's recipe, of two seeds or more, up to its last epoch.
    """
    at_best = traces.test.argmax(axis=1)
    at_least = np.where(np.isfinite(traces.loss), traces.loss, np.inf).argmin(axis=1)
    every = np.arange(traces.seeds)
    found: dict[Part, Prediction] = {}
    for part, images in zip(("test", "train"), traces.images, strict=True):
        values = traces.test if part == "test" else traces.train
        end, best, stopped = (
            student(one, part, images)
            for one in (values[:, -1], values[every, at_best], values[every, at_least])
        )
        sd = float(values[:, -1].std(ddof=1))
        found[part] = Prediction(part, end.mean, sd, end, best, stopped, epochs=values)
    return found


def student(values: np.ndarray, part: Part, images: int) -> Student:
    """The predictive distribution of one more run.

    Args:
        values: of the runs that there are, percent, ``(seeds,)``, two or more.
        part, images: which images they are a share of, and how many.
    """
    n, mean = len(values), float(values.mean())
    share, worth = PRIOR[part]
    p = min(max(mean / 100, 1 / images), 1 - 1 / images)
    usual = share * 1e4 * p * (1 - p) / images
    seen = float(values.var(ddof=1))
    shrunk = (worth * usual + (n - 1) * seen) / (worth + n - 1)
    spread = max(seen, shrunk, LEAST_SD**2)
    return Student(mean, float(np.sqrt(spread * (1 + 1 / n))), worth + n - 1, 100 / images)


def written(claimed: Figure) -> tuple[float, float]:
    """The least and the most that is written as a figure, rounded or cut off."""
    unit = 10.0**-claimed.decimals
    return claimed.value - unit / 2 - 1e-9, claimed.value + unit + 1e-9


def p_values(predicted: dict[Part, Prediction], claimed: dict[Part, Figure]) -> dict[Part, float]:
    """Two-sided p-values of a row's figures, by the least favourable honest habit.

    Args:
        predicted: of both parts.
        claimed: the figures that the row has.
    """
    found: dict[Part, float] = {}
    for part, figure in claimed.items():
        one = predicted[part]
        other: Part = "train" if part == "test" else "test"
        stuck = other not in claimed or predicted[other].is_low(claimed[other])
        low = 1.0 if stuck else one.p_low(figure)
        if part == "train" and low < LOW:  # the best epoch of a lucky run comes early
            early = one.at(predicted[other].first(claimed[other]))
            low = max(low, early.below(written(figure)[1]))
        found[part] = min(1.0, 2 * min(one.p_high(figure), low))
    return found


def are_at_chance(claimed: Sequence[Figure], chance: float) -> bool:
    """Whether all figures are what guessing gives, give or take five points."""
    return bool(claimed) and all(abs(one.value - chance) <= 5 for one in claimed)
