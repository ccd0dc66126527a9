"""Lab 1 as one object: its three parts, the study, and what is kept beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from fclab.analysis.agreement import Agreement, kept_agreement, measure_agreement
from fclab.analysis.surface import separated
from fclab.data.binary import BINARY_SHAPES, BinaryShape
from fclab.data.kept import Cloud, Curve, Images, KeptData, OwnCloud, OwnCurve
from fclab.labs.lab import Lab, train_parts
from fclab.labs.lab1.settings import Settings, recipe_for
from fclab.labs.lab1.study import do_study
from fclab.labs.lab1.tasks import claims
from fclab.labs.lab1.trials import KeptTrial, Trial, load_trial, try_changes
from fclab.labs.lab1.variant import Variant
from fclab.labs.values import (
    KeptLab,
    KeptPart,
    LabResults,
    MadeResult,
    Options,
    PartResult,
    Plan,
    Show,
)
from fclab.report.model import Report
from fclab.report.title import TitleSettings
from fclab.store.database import Store
from fclab.study.expectations import Claim
from fclab.study.table import Line
from fclab.study.trainer import Trainer
from fclab.values.dataset import Dataset, Substitute
from fclab.values.fields import Whole
from fclab.values.progress import Progress
from fclab.values.quantities import LARGEST_SEED
from fclab.values.recipe import BINARY, REGRESSION
from fclab.words.languages import DEFAULT, Lang

CLOUDS: Final[tuple[BinaryShape, ...]] = ("xor", "circles", "moons")
"""The point clouds of the lab's text."""

APPENDICES = ("defence", "schemes", "details", "methods")
"""Of the report: answers to the lab's questions; of them the schemes of the networks alone; all
that stands behind the short body; how it was made."""


class KeptLab1(KeptLab, frozen=True):
    """All that makes a report again from a store.

    Attributes:
        variant: how the classes follow from group and variant, if they do.
        typed: the classes in the order in which they were named, or of the rule; empty: it was
            not kept (fclab 0.1.0).
        trials: what was tried on the point clouds that were not separated.
    """

    variant: Variant | None = None
    typed: tuple[Whole, ...] = ()
    trials: tuple[KeptTrial, ...] = ()


@dataclass(frozen=True, eq=False)
class Lab1Results(LabResults):
    """What the lab came to.

    Attributes:
        variant: how the classes follow from group and variant; None if chosen directly.
        typed: the classes in the order in which they were named, or of the rule; empty: unknown.
        trials: what was tried on the clouds of part 2 that were not separated.
        images: of part 3 and of the study; None where they are not at hand.
        agreements: how near each run is to PyTorch's own loop, by the fingerprint of its data.
    """

    variant: Variant | None = None
    typed: tuple[int, ...] = ()
    trials: tuple[Trial, ...] = ()
    images: Dataset | None = None
    agreements: Mapping[str, Agreement] = field(default_factory=dict)

    @property
    def regression(self) -> MadeResult | None:
        """Part 1."""
        return next(self._made("regression"), None)

    @property
    def binary(self) -> tuple[MadeResult, ...]:
        """Part 2, one result per point cloud."""
        return tuple(self._made("binary"))

    @property
    def cifar(self) -> PartResult | None:
        """Part 3."""
        return next(iter(self.of_task("multiclass")), None)

    @property
    def substitute(self) -> Substitute:
        """What some of it is made from in place of CIFAR-100, if anything."""
        infos = [part.run.dataset for part in self.parts]
        if self.study is not None:
            infos.append(self.study.study.dataset)
        found: list[Substitute] = [info.substitute for info in infos if info.substitute]
        return found[0] if found else ""

    def _made(self, task: str) -> Iterator[MadeResult]:
        return (part for part in self.of_task(task) if isinstance(part, MadeResult))


@dataclass(frozen=True)
class Options1(Options):
    """What is asked for beyond the training of the parts.

    Attributes:
        variant: how the classes follow from group and variant.
        typed: the classes in the order in which they were named, or of the rule.
        study: settings of the self-study tasks; None: they are not done.
        images: of part 3 and of the study.
        tries: seeds of each change that is tried on a point cloud that was not separated; 0: none.
    """

    variant: Variant | None = None
    typed: tuple[int, ...] = ()
    study: Settings | None = None
    images: Dataset | None = None
    tries: int = 0


class Lab1(Lab):
    """Regression by hand, points by autograd, three classes of CIFAR-100, and their study."""

    name = "lab1"
    parts = ("regression", "binary", "cifar")
    appendices = APPENDICES
    kept = KeptLab1

    def plans(self, parts: Sequence[str], options: Options) -> list[Plan]:
        """The networks of the lab's text; part 3 on ``options.images``, if there are any."""
        plans: list[Plan] = []
        if "regression" in parts:
            curve = Curve(seed=options.seed)
            epochs = fit_epochs(REGRESSION.epochs)
            plans.append(Plan(curve, curve.make(), REGRESSION, epochs))
        if "binary" in parts:
            clouds = [Cloud(shape=shape, seed=options.seed) for shape in CLOUDS]
            plans += [Plan(cloud, cloud.make(), BINARY) for cloud in clouds]
        images = options.images if isinstance(options, Options1) else None
        if "cifar" in parts and images is not None:
            recipe = recipe_for(images.info)
            plans.append(Plan(Images.of(images), images, recipe))
        return plans

    def train(self, store: Store, plans: Sequence[Plan], options: Options, show: Show) -> KeptLab1:
        """Train the parts, try what may separate a cloud that is not separated, do the study."""
        options = options if isinstance(options, Options1) else Options1(**asdict(options))
        parts = train_parts(store, plans, options, show)
        with show.progress("do.comparing", things=True) as progress:
            _compare(store, plans, parts, progress)
        trials = _tried(store, plans, parts, options, show)
        study = None
        if options.study is not None and options.images is not None:
            with show.progress("do.study") as progress:
                study, _ = do_study(
                    store, options.images, options.study,
                    engine=options.engine, device=options.device, progress=progress,
                )  # fmt: skip
        return KeptLab1(
            parts=parts,
            variant=options.variant,
            typed=options.typed,
            study=study,
            trials=trials,
        )

    def claims(self, lines: Sequence[Line]) -> Iterable[Claim]:
        """What the lab expects of its moves."""
        return claims(lines)

    def place(self, data: KeptData) -> tuple[int, int]:
        """Part 1; part 2, its clouds in their order; part 3."""
        match data:
            case Curve() | OwnCurve():
                return (1, 0)
            case Cloud():
                return (2, BINARY_SHAPES.index(data.shape))
            case OwnCloud():
                return (2, len(BINARY_SHAPES))
        return (3, 0)

    def joined(self, before: Any, done: Any, title: Mapping[str, str]) -> KeptLab1:
        """With the variant, and with what was tried on the clouds that stay."""
        joined = super().joined(before, done, title)
        anew = {self.place(part.data) for part in done.parts}
        stay = {p.fingerprint for p in before.parts if self.place(p.data) not in anew}
        trials = (trial for trial in before.trials if trial.fingerprint in stay)
        return joined.model_copy(
            update={
                "variant": done.variant or before.variant,
                "typed": done.typed or before.typed,
                "trials": (*trials, *done.trials),
            }
        )

    def results(self, store: Store, kept: KeptLab1, images: Dataset | None = None) -> Lab1Results:
        """With the variant, and with what was tried on the clouds."""
        results = super().results(store, kept, images)
        trials, lost = [], list(results.lost)
        for one in kept.trials:
            trial, gone = load_trial(store, one)
            trials += [trial] if trial else []
            lost += [f"{one.cloud} ({name})" for name in gone]
        return Lab1Results(
            parts=results.parts,
            study=results.study,
            ladder=results.ladder,
            ceilings=results.ceilings,
            lost=tuple(lost),
            lost_runs=results.lost_runs,
            variant=kept.variant,
            typed=_typed(kept),
            trials=tuple(trials),
            images=images,
            agreements={
                part.run.dataset.fingerprint: found
                for part in results.parts
                if (found := kept_agreement(store, part.run))
            },
        )

    def advice(self, kept: KeptLab1, results: Lab1Results, lang: Lang) -> Iterator[str]:
        """What separates a point cloud that was not separated."""
        from fclab.labs.lab1.advice import advice

        return advice(kept, results, lang)

    def sections(self, lang: Lang) -> Mapping[str, str]:
        """See `fclab.labs.lab1.content.titles`."""
        from fclab.labs.lab1.content import titles

        return titles(lang)

    def build(
        self,
        results: Lab1Results,
        lang: Lang = DEFAULT,
        title: TitleSettings | None = None,
        appendices: Sequence[str] = (),
    ) -> Report:
        """The report, see `fclab.labs.lab1.content.build`."""
        from fclab.labs.lab1.content import build

        return build(results, lang, title, appendices)


LAB = Lab1()


def _typed(kept: KeptLab1) -> tuple[int, ...]:
    """The classes as they were named, or of the rule; of pictures of one's own there are none."""
    if kept.typed or kept.variant is None or (kept.images and kept.images.folder):
        return kept.typed
    return kept.variant.classes


def fit_epochs(epochs: int, every: int = 10_000) -> tuple[int, ...]:
    """The epochs whose fit is drawn: every 10 000 as in the lab, the last one always; of a
    shorter training, every fifth part."""
    step = every if epochs >= every else max(1, epochs // 5)
    return tuple(sorted({*range(step, epochs + 1, step), epochs}))


def _compare(
    store: Store, plans: Sequence[Plan], parts: Sequence[KeptPart], progress: Progress
) -> None:
    """Measure how near each run is to PyTorch's own loop; the store keeps it."""
    progress(0, len(parts))
    for done, (plan, part) in enumerate(zip(plans, parts, strict=True), start=1):
        run = store.get(part.fingerprint, part.recipe, [part.seed], part.engine).get(part.seed)
        if run is not None:
            measure_agreement(store, run, plan.dataset)
        progress(done, len(parts))


def _tried(
    store: Store, plans: Sequence[Plan], parts: Sequence[KeptPart], options: Options1, show: Show
) -> tuple[KeptTrial, ...]:
    """What may separate the point clouds that are not separated, tried from so many seeds."""
    pairs = zip(plans, parts, strict=True)
    clouds = [plan for plan, part in pairs if options.tries and _failed(store, plan, part)]
    if not clouds:
        return ()
    first = min(options.seed, LARGEST_SEED - options.tries + 1)
    seeds = range(first, first + options.tries)
    with show.progress("do.trying") as progress:
        trainer = Trainer(store, options.engine, options.device, progress)
        tried = try_changes(trainer, [(plan.dataset, plan.recipe) for plan in clouds], seeds)
        trainer.finished()
    return tried


def _failed(store: Store, plan: Plan, part: KeptPart) -> bool:
    """Whether it is a point cloud that was trained without divergence and is not separated."""
    if not isinstance(plan.data, Cloud | OwnCloud):
        return False
    run = store.get(part.fingerprint, part.recipe, [part.seed], part.engine).get(part.seed)
    return run is not None and run.diverged_at is None and not separated(run)
