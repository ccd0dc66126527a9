"""The three parts of the lab, trained one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fclab.dataset import Dataset
from fclab.recipe import Recipe
from fclab.run import Run
from fclab.study.table import FinalTable
from fclab.train import train
from fclab.variant import Variant


@dataclass(frozen=True, eq=False)
class PartResult:
    """One network of the lab: the data (with arrays) and the run trained on it."""

    dataset: Dataset
    run: Run


@dataclass(frozen=True, eq=False)
class LabResults:
    """What the lab came to; a part that was not asked for is None or empty.

    Attributes:
        regression: part 1.
        binary: part 2, one result per point cloud.
        cifar: part 3.
        variant: how the three classes follow from group and variant; None if chosen directly.
        study: the final table of the self-study tasks; None if they were not done.
    """

    regression: PartResult | None = None
    binary: tuple[PartResult, ...] = ()
    cifar: PartResult | None = None
    variant: Variant | None = None
    study: FinalTable | None = None

    @property
    def parts(self) -> tuple[PartResult, ...]:
        """All results in the order of the lab."""
        single = [self.regression, *self.binary, self.cifar]
        return tuple(part for part in single if part is not None)


@dataclass(frozen=True, eq=False)
class Plan:
    """One network to be trained: on what, how, and after which epochs its fit is drawn."""

    dataset: Dataset
    recipe: Recipe
    snapshots: tuple[int, ...] = ()


def fit_epochs(epochs: int, every: int = 10_000) -> tuple[int, ...]:
    """The epochs whose fit is drawn: every 10 000 as in the lab, the last one always; of a
    shorter training, every fifth part."""
    step = every if epochs >= every else max(1, epochs // 5)
    return tuple(sorted({*range(step, epochs + 1, step), epochs}))


def train_plans(
    plans: Sequence[Plan],
    seed: int,
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Callable[[Plan, int], None] | None = None,
) -> list[PartResult]:
    """Train each plan from the seed, in order.

    Args:
        progress: told the plan and how many more of its epochs are done.
    """
    results = []
    for plan in plans:
        tick = (lambda epochs, plan=plan: progress(plan, epochs)) if progress else None
        runs = train(
            plan.dataset,
            [plan.recipe],
            [seed],
            engine=engine,
            device=device,
            snapshots=plan.snapshots,
            progress=tick,
        )
        results.append(PartResult(plan.dataset, next(iter(runs))))
    return results
