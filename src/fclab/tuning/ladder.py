"""The ladder: from the lab's base row upward, one cause of a better accuracy at a time.

Everything that is chosen (over-fitting epochs, learning rate, batch size) is chosen on a held-out
part of train; the test set is looked at once per row. All seeds of a row are kept in the store as
soon as they are trained, so a ladder that was killed goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fclab.engines import check, choose
from fclab.engines.tying import free_unless_filled
from fclab.store.database import Store
from fclab.study.choices import best_candidate
from fclab.study.rows import HOLD_OUT, Row, Seeds
from fclab.study.trainer import Trainer, work
from fclab.tuning.causes import (
    BATCH_FACTORS,
    CAUSES,
    CHOSEN,
    LR_FACTORS,
    Cause,
    add,
    climbed,
    is_aside,
    take_out,
)
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import FclabError, UsageError
from fclab.values.progress import Progress
from fclab.values.recipe import BEST, CIFAR, Recipe
from fclab.values.run import Run


@dataclass(frozen=True)
class Rung:
    """One step of a ladder, or one row of its ablation.

    Attributes:
        row: what is trained, and the rung that it is compared with.
        cause: what it adds (or in the ablation takes away); None for the start.
        together: whether the networks of all seeds answer as one.
        aside: tried, but not part of what follows.
    """

    row: Row
    cause: Cause | None = None
    together: bool = False
    aside: bool = False


@dataclass(frozen=True, eq=False)
class Ladder:
    """A climbed ladder.

    Attributes:
        dataset: the images, without arrays.
        rungs: from the base row upward.
        ablation: the whole recipe as single networks, then without each of its causes.
        runs: of every row by its name, in the order of the seeds.
    """

    dataset: DatasetInfo
    rungs: tuple[Rung, ...]
    ablation: tuple[Rung, ...]
    runs: dict[str, list[Run]]


def order_of(
    order: Sequence[Cause] | None = None, without: Sequence[Cause] = ()
) -> tuple[Cause, ...]:
    """The causes in the order in which they are climbed.

    Args:
        order: the causes that come first, in this order; the others follow in their usual one.
        without: causes that are left out.

    Raises:
        UsageError: a cause does not exist, is named twice, or is both wanted and left out.
    """
    named = tuple(order or ())
    if unknown := set(named).union(without).difference(CAUSES):
        raise UsageError(
            "no cause {name!r}: there are {causes}", name=min(unknown), causes=", ".join(CAUSES)
        )
    if len(set(named)) != len(named):
        raise UsageError("a cause is named twice: {named}", named=", ".join(named))
    if both := set(named).intersection(without):
        raise UsageError("{name} is both in the order and left out", name=min(both))
    all_causes = dict.fromkeys((*named, *CAUSES))
    return tuple(cause for cause in all_causes if cause not in set(without))


def climb(
    dataset: Dataset,
    store: Store,
    *,
    seeds: Seeds = 5,
    causes: Sequence[Cause] = CAUSES,
    base: Recipe = CIFAR,
    best: Recipe = BEST,
    ablation: bool = True,
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
    stepped: Callable[[Ladder], None] | None = None,
) -> Ladder:
    """Climb the ladder, or go on with it: runs that are kept are read, not trained.

    While the learning rate is constant and ``stop`` is among the causes, every rung is trained to
    its own over-fitting epoch on the held-out part; a schedule has a length of its own.

    Args:
        dataset: images without a held-out part.
        store: where runs are kept.
        seeds: runs per row, of the seeds 0, 1, ...; choices are made on as many.
        causes: what is climbed, in this order; see `order_of`.
        base: the lowest rung.
        best: where causes get their values from; its last layer is fitted to the dataset.
        ablation: whether to take each cause out of the whole recipe at the end.
        engine, device: as for `fclab.engines.train`.
        progress: told the work done and expected.
        stepped: shown the ladder as far as it is climbed, after every rung; each is trained by
            itself then, and not beside the others at the end.

    Raises:
        UsageError: a recipe does not fit the dataset or no engine trains it.
        FclabError: a rung diverges on every seed, so that nothing can be chosen on it.
    """
    outputs = dataset.n_outputs
    base, best = base.for_outputs(outputs), best.for_outputs(outputs)
    causes = climbed(causes, best)
    for recipe in (base, best):
        check(dataset, recipe)
        choose(dataset, recipe, engine, device)
    trainer = Trainer(store, engine, device, progress)
    later = planned_work(base, best, causes, seeds, ablation=ablation)
    climber = _Climber(dataset, trainer, seeds, later)
    rungs = [Rung(Row(name="base", recipe=base, parent=None, kind="base"))]
    top, stopping = rungs[0], False

    trained: dict[Recipe, list[Run]] = {}

    def so_far(without: Sequence[Rung] = ()) -> Ladder:
        rows = [rung.row for rung in (*rungs, *without)]
        more = [row.recipe for row in rows if row.recipe not in trained]
        trained.update(climber.train(dataset, more) if more else {})
        runs = {row.name: trained[row.recipe] for row in rows}
        return Ladder(dataset.info, tuple(rungs), tuple(without), runs)

    if stepped:
        stepped(so_far())
    for cause in causes:
        stopping = stopping or cause == "stop"
        recipe = climber.step(cause, top.row.recipe, best, base.epochs, stopping)
        row = Row(name=cause, recipe=recipe, parent=top.row.name, kind="rung")
        together = top.together or cause == "ensemble"
        rungs.append(Rung(row, cause, together, is_aside(cause, best)))
        top = top if rungs[-1].aside else rungs[-1]
        if stepped:
            stepped(so_far())
    without = _ablation(rungs, top.row.recipe, dataset.info.input_shape) if ablation else ()
    ladder = so_far(without)
    trainer.finished()
    return ladder


def planned_work(
    base: Recipe, best: Recipe, causes: Sequence[Cause], seeds: int, *, ablation: bool = True
) -> float:
    """The work of a whole ladder, near enough, before anything is known of it; as `climb`."""
    likely = _likely(base, best, causes, ablation)
    return seeds * sum(share * work([recipe]) for recipe, share in likely)


def _ablation(rungs: Sequence[Rung], whole: Recipe, shape: tuple[int, ...]) -> list[Rung]:
    """The whole recipe, and without each cause that it still has; weights are tied where layers
    then still fill their places on images of this shape."""
    found = [Rung(Row(name="best", recipe=whole, parent=None, kind="ablation"))]
    recipes = {rung.row.name: rung.row.recipe for rung in rungs}
    for rung in rungs[1:]:
        if rung.aside or rung.cause is None or rung.cause in CHOSEN:
            continue  # what was chosen on the way was replaced by the optimiser's own values
        below = recipes[rung.row.parent or "base"]
        recipe = free_unless_filled(take_out(rung.cause, whole, below), shape)
        if recipe != whole:
            row = Row(name=f"no-{rung.cause}", recipe=recipe, parent="best", kind="ablation")
            found.append(Rung(row, rung.cause))
    return found


def _likely(
    base: Recipe, best: Recipe, causes: Sequence[Cause], ablation: bool
) -> list[tuple[Recipe, float]]:
    """What will be trained, and as which share of its epochs: before anything is known."""
    likely, recipe = [(base, 1.0), (base, 1.0)], base
    rungs = []
    for cause in causes:
        tried = add(cause, recipe, best)
        constant = tried.schedule == "constant"
        factors = {"lr": len(LR_FACTORS), "batch": len(BATCH_FACTORS)}.get(cause, 1)
        if constant and cause != "ensemble":
            likely += [(tried, 1.0)] * factors
        likely.append((tried, 0.3 if constant else 1.0))
        rungs.append((cause, tried, recipe))
        recipe = recipe if is_aside(cause, best) else tried
    if ablation:
        likely += [
            (take_out(cause, recipe, below), 1.0)
            for cause, _, below in rungs
            if cause not in CHOSEN and not is_aside(cause, best)
        ]
    once: dict[Recipe, tuple[Recipe, float]] = {}
    for tried, share in likely:  # schedules are trained once each, whatever answers them
        if tried.schedule != "constant":
            once[tried.training] = (tried, share)
    return [pair for pair in likely if pair[0].schedule == "constant"] + [*once.values()]


@dataclass(eq=False)
class _Climber:
    """Trains and chooses.

    Attributes:
        later: the work that is expected after what was trained.
        held: the dataset without its held-out part, and this part.
    """

    dataset: Dataset
    trainer: Trainer
    seeds: int
    later: float
    held: Dataset = field(init=False)

    def __post_init__(self):
        self.held = self.dataset.hold_out(HOLD_OUT)

    def train(self, dataset: Dataset, recipes: Sequence[Recipe]) -> dict[Recipe, list[Run]]:
        """Runs of all recipes from all seeds, with their answers on train: an ensemble has some."""
        now = self.seeds * work(dict.fromkeys(recipe.training for recipe in recipes))
        self.later = max(0.0, self.later - now)
        seeds = range(self.seeds)
        return self.trainer.get_or_train(dataset, recipes, seeds, later=self.later, keep="outputs")

    def step(
        self, cause: Cause, recipe: Recipe, best: Recipe, longest: int, stopping: bool
    ) -> Recipe:
        """The recipe with a cause more; what has to be chosen is chosen on the held-out part.

        Args:
            cause: what is added.
            recipe: that of the rung below.
            best: where values come from.
            longest: epochs within which the over-fitting epoch is looked for.
            stopping: whether trainings of constant lr end at their over-fitting epoch.
        """
        if cause == "ensemble":
            return recipe
        more = free_unless_filled(add(cause, recipe, best), self.dataset.info.input_shape)
        finds_epoch = stopping and more.schedule == "constant"
        tried = self._candidates(cause, more)
        if finds_epoch:
            tried = [candidate.replace(epochs=longest) for candidate in tried]
        elif len(tried) == 1:
            return tried[0]
        trained = self.train(self.held, [candidate.replace(tta="none") for candidate in tried])
        chosen = best_candidate(trained, "valid") if finds_epoch else _best_at_the_end(trained)
        if chosen is None:
            raise FclabError(
                "the rung {cause} diverges on every seed: leave it out with --without {cause}",
                cause=cause,
            )
        found = chosen if isinstance(chosen, Recipe) else chosen.recipe
        return found.replace(tta=tried[0].tta)

    def _candidates(self, cause: Cause, recipe: Recipe) -> list[Recipe]:
        n = len(self.held.train)
        match cause:
            case "lr":
                return [recipe.replace(lr=recipe.lr * factor) for factor in LR_FACTORS]
            case "batch":
                size = recipe.batch(n)
                sizes = {max(1, min(n, round(size * f))) for f in BATCH_FACTORS}
                return [recipe.replace(batch_size=size) for size in sorted(sizes)]
        return [recipe]


def _best_at_the_end(trained: dict[Recipe, list[Run]]) -> Recipe | None:
    """The recipe of least mean validation loss at the end of training."""
    losses = {
        recipe: sum(run.metrics["valid_loss"] for run in runs)
        for recipe, runs in trained.items()
        if all(run.diverged_at is None for run in runs)
    }
    return min(losses, key=lambda recipe: losses[recipe], default=None)
