"""The lab as a whole: its parts and its study, what is kept of it, and what it came to.

Nothing is handed from the training to the report but the store: the parts are trained into it, a
small definition says which of its runs belong to the lab, and results are read from there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.data import BINARY_SHAPES, binary_points, regression_curve
from fclab.data.binary import BinaryShape
from fclab.data.regression import Target
from fclab.labs.lab1.trials import KeptTrial, Trial, load_trial
from fclab.labs.lab1.variant import Variant
from fclab.store.database import Store
from fclab.study.get_or_train import obtain
from fclab.study.kept import load_definition
from fclab.study.partial import kept_table
from fclab.study.rows import Definition
from fclab.study.table import FinalTable
from fclab.tuning.kept_ladder import load_ladder
from fclab.tuning.rungs import LadderTable, ladder_table
from fclab.values.dataset import Dataset
from fclab.values.errors import DataError, UsageError
from fclab.values.fields import Real, Seed, Whole
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run


class Curve(BaseModel):
    """The data of part 1 by the formula that makes them again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["curve"] = "curve"
    target: Target = "sigmoid"
    points: Whole = 100
    repeats: Whole = 5
    noise: Real = 0.05
    seed: Seed = 0

    def make(self) -> Dataset:
        """The points."""
        return regression_curve(
            self.target,
            points=self.points,
            repeats=self.repeats,
            noise=self.noise,
            seed=self.seed,
        )


class Cloud(BaseModel):
    """The data of part 2 by the formula that makes them again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["cloud"] = "cloud"
    shape: BinaryShape
    points: Whole = 1000
    noise: Real | None = None
    seed: Seed = 0

    def make(self) -> Dataset:
        """The points."""
        return binary_points(self.shape, points=self.points, noise=self.noise, seed=self.seed)


class Images(BaseModel):
    """The data of part 3: which images they are. They are not kept in a store.

    Attributes:
        classes: numbers, ascending.
        source: "cifar100" or "synthetic".
        hold_out: share of the training images held out for validation, if any.
        seed: of the held-out part.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["images"] = "images"
    classes: tuple[int, ...]
    source: str
    hold_out: Real | None = None
    seed: Seed = 0


Data = Annotated[Curve | Cloud | Images, Field(discriminator="kind")]


class KeptPart(BaseModel):
    """Where the run of one network is found in the store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    data: Data
    fingerprint: str
    recipe: Recipe
    seed: int
    engine: EngineChoice


class Lab(BaseModel):
    """All that makes a report again from a store.

    Attributes:
        format: version of this value.
        parts: the networks of parts 1 to 3.
        variant: how the classes follow from group and variant, if they do.
        typed: the classes in the order in which they were named, or of the rule; empty: it was
            not kept (fclab 0.1.0).
        study: name of the kept study of the self-study tasks, if they were done; in labs of
            fclab 0.1.0 a copy of its definition.
        title: what the title page says, by the names of its settings.
        trials: what was tried on the point clouds that were not separated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1, 2] = 2
    parts: tuple[KeptPart, ...] = ()
    variant: Variant | None = None
    typed: tuple[Whole, ...] = ()
    study: str | Definition | None = None
    title: dict[str, str] = {}
    trials: tuple[KeptTrial, ...] = ()

    @property
    def images(self) -> Images | None:
        """The images that part 3 and the study need."""
        return next((part.data for part in self.parts if isinstance(part.data, Images)), None)


@dataclass(frozen=True, eq=False)
class PartResult:
    """One network of the lab: the data (with arrays) and the run trained on it."""

    dataset: Dataset
    run: Run


@dataclass(frozen=True, eq=False)
class ImagesResult:
    """The network of part 3; the images themselves are None where they are not at hand."""

    dataset: Dataset | None
    run: Run


@dataclass(frozen=True, eq=False)
class LabResults:
    """What the lab came to; a part that was not asked for is None or empty.

    Attributes:
        regression: part 1.
        binary: part 2, one result per point cloud.
        cifar: part 3.
        variant: how the classes follow from group and variant; None if chosen directly.
        typed: the classes in the order in which they were named, or of the rule; empty: unknown.
        study: the final table of the self-study tasks; None if they were not done.
        ladder: the ladder of accuracy on the same images; None if it was not climbed.
        lost: names of the data whose runs are no longer in the store.
        lost_runs: of the study, runs asked for that are not in the store, by row.
        trials: what was tried on the clouds of part 2 that were not separated.
    """

    regression: PartResult | None = None
    binary: tuple[PartResult, ...] = ()
    cifar: ImagesResult | None = None
    variant: Variant | None = None
    typed: tuple[int, ...] = ()
    study: FinalTable | None = None
    ladder: LadderTable | None = None
    lost: tuple[str, ...] = ()
    lost_runs: tuple[tuple[str, int], ...] = ()
    trials: tuple[Trial, ...] = ()

    @property
    def parts(self) -> tuple[PartResult | ImagesResult, ...]:
        """All results in the order of the lab."""
        single = [self.regression, *self.binary, self.cifar]
        return tuple(part for part in single if part is not None)


@dataclass(frozen=True, eq=False)
class Plan:
    """One network to be trained: on what, how, and after which epochs its fit is drawn."""

    data: Curve | Cloud | Images
    dataset: Dataset
    recipe: Recipe
    snapshots: tuple[int, ...] = ()


def fit_epochs(epochs: int, every: int = 10_000) -> tuple[int, ...]:
    """The epochs whose fit is drawn: every 10 000 as in the lab, the last one always; of a
    shorter training, every fifth part."""
    step = every if epochs >= every else max(1, epochs // 5)
    return tuple(sorted({*range(step, epochs + 1, step), epochs}))


def train_plans(
    store: Store,
    plans: Sequence[Plan],
    seed: int,
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Callable[[Plan, int], None] | None = None,
) -> tuple[KeptPart, ...]:
    """See that the store has a run of each plan from the seed: kept ones are not trained.

    Args:
        progress: told the plan and how many more of its epochs are done.
    """
    parts = []
    for plan in plans:
        tick = (lambda epochs, plan=plan: progress(plan, epochs)) if progress else None
        runs = obtain(
            store,
            plan.dataset,
            [plan.recipe],
            [seed],
            engine=engine,
            device=device,
            snapshots=plan.snapshots,
            progress=tick,
        )
        run = runs[plan.recipe][0]
        parts.append(
            KeptPart(
                name=plan.dataset.name,
                data=plan.data,
                fingerprint=plan.dataset.fingerprint,
                recipe=plan.recipe,
                seed=seed,
                engine=run.engine,
            )
        )
    return tuple(parts)


def keep_lab(store: Store, name: str, lab: Lab) -> None:
    """Keep the definition of a lab under its name, in place of an older one."""
    store.keep("lab", name, lab.model_dump(mode="json"))


def lab_names(store: Store) -> list[str]:
    """The names of the labs of a store, the one that was done last in front."""
    return store.names("lab")


def kept_lab(store: Store, name: str | None = None) -> tuple[str, Lab]:
    """A lab by its name, or the one that was done last.

    Raises:
        UsageError: there is none.
        DataError: it was written by another version of fclab.
    """
    names = lab_names(store)
    if not names:
        raise UsageError(f"no lab is kept in the store {store.name}: do one with fclab run")
    name = name or names[0]
    definition = store.definition("lab", name)
    if definition is None:
        raise UsageError(f"no lab {name!r} in the store {store.name}: there are {', '.join(names)}")
    try:
        return name, Lab.model_validate(definition)
    except ValidationError as error:
        raise DataError(
            f"lab {name} in the store {store.name} was written by another version of fclab"
        ) from error


def lab_before(store: Store, names: Sequence[str], images: Images | None) -> tuple[str, Lab] | None:
    """The first lab of these names that is kept and is about the same images (or either about
    none): what is done now belongs to it.

    Raises:
        DataError: it was written by another version of fclab.
    """
    there = store.names("lab")
    for name in names:
        if name in there and _fits(store, lab := kept_lab(store, name)[1], images):
            return name, lab
    return None


def _fits(store: Store, lab: Lab, images: Images | None) -> bool:
    theirs = lab.images or lab_study(store, lab)
    if images is None or theirs is None:
        return True
    return (theirs.classes, theirs.source) == (images.classes, images.source)


def joined(before: Lab, done: Lab, title: Mapping[str, str]) -> Lab:
    """A lab with what was done now in place of what was done of it before; the rest stays."""
    anew = {_part_of(part.data) for part in done.parts}
    parts = [part for part in before.parts if _part_of(part.data) not in anew]
    return Lab(
        parts=tuple(sorted([*parts, *done.parts], key=lambda part: _part_of(part.data))),
        variant=done.variant or before.variant,
        typed=done.typed or before.typed,
        study=done.study or before.study,
        trials=(
            *(
                trial
                for trial in before.trials
                if trial.fingerprint in {p.fingerprint for p in parts}
            ),
            *done.trials,
        ),
        title={**before.title, **title},
    )


def _part_of(data: Curve | Cloud | Images) -> tuple[int, int]:
    """The place of its part in a lab."""
    match data:
        case Curve():
            return (1, 0)
        case Cloud():
            return (2, BINARY_SHAPES.index(data.shape))
    return (3, 0)


def lab_study(store: Store, lab: Lab) -> Definition | None:
    """The study of a lab as it is kept today, with the rows that were added since. A lab of
    fclab 0.1.0 has a copy; the study that it was copied from is looked for.

    Returns:
        None if the lab has none, or it is no longer in the store.

    Raises:
        DataError: another version of fclab wrote it.
    """
    if isinstance(lab.study, str):
        there = store.definition("study", lab.study) is not None
        return load_definition(store, lab.study) if there else None
    copy = lab.study
    if copy is None:
        return None
    data = "-".join(map(str, (copy.source, *copy.classes)))
    for name in (*(part.name for part in lab.parts if isinstance(part.data, Images)), data):
        study = f"{name}-{copy.settings.protocol}"
        if store.definition("study", study) is None:
            continue
        kept = load_definition(store, study)
        if kept.fingerprint == copy.fingerprint:
            return kept
    return copy


def lab_results(store: Store, lab: Lab, images: Dataset | None = None) -> LabResults:
    """What a lab came to, from what the store keeps. Nothing is trained.

    Args:
        store: where the runs are.
        lab: which runs.
        images: the images of part 3, with their held-out part if there is one; None if they are
            not at hand.

    Raises:
        DataError: a kept run is damaged.
    """
    regression, binary, cifar, lost = None, [], None, []
    for part in lab.parts:
        run = store.get(part.fingerprint, part.recipe, [part.seed], part.engine).get(part.seed)
        if run is None:
            lost.append(part.name)
        elif isinstance(part.data, Images):
            fits = images is not None and images.fingerprint == part.fingerprint
            cifar = ImagesResult(images if fits else None, run)
        elif isinstance(part.data, Curve):
            regression = PartResult(part.data.make(), run)
        else:
            binary.append(PartResult(part.data.make(), run))
    trials = []
    for kept in lab.trials:
        trial, gone = load_trial(store, kept)
        trials += [trial] if trial else []
        lost += [f"{kept.cloud} ({name})" for name in gone]
    table, lost_runs = None, ()
    definition = lab_study(store, lab)
    if definition is None and isinstance(lab.study, str):
        lost.append(lab.study)
    if definition is not None:
        table, lost_runs = kept_table(store, definition)
    climbed = load_ladder(store, cifar.run.dataset.name) if cifar else None
    return LabResults(
        regression=regression,
        binary=tuple(binary),
        trials=tuple(trials),
        cifar=cifar,
        variant=lab.variant,
        typed=lab.typed or (lab.variant.classes if lab.variant else ()),
        study=table,
        ladder=ladder_table(climbed) if climbed else None,
        lost=tuple(lost),
        lost_runs=tuple(lost_runs),
    )
