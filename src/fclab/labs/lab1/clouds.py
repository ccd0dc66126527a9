"""The point clouds of a lab that its networks do not separate, and what is tried on them."""

from collections.abc import Callable, Sequence

from fclab.analysis.surface import separated
from fclab.labs.lab1.lab import Cloud, KeptPart, Plan
from fclab.labs.lab1.trials import KeptTrial, changes, try_changes
from fclab.store.database import Store


def failed_clouds(
    store: Store, plans: Sequence[Plan], parts: Sequence[KeptPart]
) -> tuple[Plan, ...]:
    """The point clouds that were trained without divergence and are not separated.

    Args:
        parts: what `train_plans` made of the plans.
    """

    def failed(part: KeptPart) -> bool:
        runs = store.get(part.fingerprint, part.recipe, [part.seed], part.engine)
        run = runs.get(part.seed)
        return run is not None and run.diverged_at is None and not separated(run)

    pairs = zip(plans, parts, strict=True)
    return tuple(plan for plan, part in pairs if isinstance(plan.data, Cloud) and failed(part))


def train_trials(
    store: Store,
    clouds: Sequence[Plan],
    seeds: Sequence[int],
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
) -> tuple[KeptTrial, ...]:
    """Try on each cloud what may separate it: kept runs are not trained.

    Args:
        progress: told how many more epochs are done; `trial_epochs` are expected.
    """
    return tuple(
        try_changes(
            store, plan.dataset, plan.recipe, seeds,
            engine=engine, device=device, progress=progress,
        )
        for plan in clouds
    )  # fmt: skip


def trial_epochs(clouds: Sequence[Plan], seeds: Sequence[int]) -> int:
    """Epochs that `train_trials` trains where nothing is kept."""
    recipes = (it for plan in clouds for it in changes(plan.recipe).values())
    return len(seeds) * sum(it.epochs for it in recipes)
