"""A lab: networks that are trained in parts, a study, and a report of what they came to.

Nothing is handed from the training to the report but the store: the parts are trained into it, a
small definition says which of its runs belong to the lab, and results are read from there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ValidationError

import fclab.labs as home
from fclab.data.kept import AnyData, Images, KeptData
from fclab.engines import choose
from fclab.engines.compiled.ahead import is_compiled
from fclab.report.model import Report
from fclab.report.title import TitleSettings
from fclab.store.database import Store
from fclab.study.expectations import Claim
from fclab.study.kept import load_definition
from fclab.study.partial import kept_table
from fclab.study.rows import Definition
from fclab.study.table import FinalTable, Line
from fclab.study.trainer import Trainer, work
from fclab.tuning.kept_ladder import load_ladder
from fclab.tuning.rungs import LadderTable, ladder_table
from fclab.values.dataset import Dataset
from fclab.values.errors import DataError, UsageError
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run
from fclab.words.languages import DEFAULT, Lang


class KeptPart(BaseModel, frozen=True, extra="forbid"):
    """Where the run of one network is found in the store. A lab of other data has a class of its
    own, with its own ``data``."""

    name: str
    data: AnyData
    fingerprint: str
    recipe: Recipe
    seed: int
    engine: EngineChoice


class KeptLab(BaseModel, frozen=True, extra="forbid"):
    """All that makes a report again from a store. A lab that keeps more has a class of its own.

    Attributes:
        format: version of this value.
        lab: the name of the lab.
        parts: its networks.
        study: name of its kept study, if it was done; in labs of fclab 0.1.0 a copy of its
            definition.
        title: what the title page says, by the names of its settings.
    """

    format: Literal[1, 2] = 2
    lab: str = "lab1"
    parts: tuple[KeptPart, ...] = ()
    study: str | Definition | None = None
    title: dict[str, str] = {}

    @property
    def images(self) -> Images | None:
        """The images that a part needs."""
        return next((part.data for part in self.parts if isinstance(part.data, Images)), None)


@dataclass(frozen=True, eq=False)
class Plan:
    """One network to be trained: on what, how, and after which epochs its fit is drawn."""

    data: AnyData
    dataset: Dataset
    recipe: Recipe
    snapshots: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class PartResult:
    """One network of a lab: the run, and the data that it was trained on; None where they are not
    at hand."""

    dataset: Dataset | None
    run: Run


@dataclass(frozen=True, eq=False)
class MadeResult(PartResult):
    """One network whose data are made by a formula, so that they are always at hand."""

    dataset: Dataset


@dataclass(frozen=True, eq=False)
class LabResults:
    """What a lab came to.

    Attributes:
        parts: its networks, in the order of the lab; those that were not asked for are missing.
        study: the final table of the study; None if it was not done.
        ladder: the ladder of accuracy on the same images; None if it was not climbed.
        lost: names of the data whose runs are no longer in the store.
        lost_runs: of the study, runs asked for that are not in the store, by row.
    """

    parts: tuple[PartResult, ...] = ()
    study: FinalTable | None = None
    ladder: LadderTable | None = None
    lost: tuple[str, ...] = ()
    lost_runs: tuple[tuple[str, int], ...] = ()

    def of_task(self, task: str) -> tuple[PartResult, ...]:
        """The networks whose data are of this task: "regression", "binary", "multiclass"."""
        return tuple(part for part in self.parts if part.run.dataset.task == task)


@dataclass(frozen=True)
class Options:
    """How everything is trained; a lab that is asked for more has a class of its own.

    Attributes:
        seed: of the parts, and of the data that are made.
        engine, device: who trains.
    """

    seed: int = 0
    engine: str = "auto"
    device: str = "cpu"


class Show(Protocol):
    """What is told while a lab is done; keys are entries of the texts."""

    def speaking(self, language: Lang) -> "Show":
        """The same in another language."""
        ...

    def progress(self, key: str, *, things: bool = False) -> AbstractContextManager[Progress]:
        """How far something is, as an amount of work or as a number of things."""
        ...

    def say(self, key: str) -> None:
        """A line."""
        ...


class Quiet:
    """Tells nothing: for programs."""

    def speaking(self, language: Lang) -> "Quiet":
        """The same."""
        return self

    def progress(self, key: str, *, things: bool = False) -> AbstractContextManager[Progress]:
        """No bar."""
        return nullcontext(no_progress)

    def say(self, key: str) -> None:
        """No line."""


class Lab:
    """A lab is one folder of `fclab.labs` with a module ``lab`` that has such an object as ``LAB``,
    and its texts. What it does not say is as here: parts alone, no study.

    Attributes:
        name: of its folder.
        parts: what may be asked for, in the order of the lab.
        appendices: of its report, those that may be asked for.
        kept: what is kept of it.
    """

    name: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    appendices: ClassVar[tuple[str, ...]] = ()
    kept: ClassVar[type[KeptLab]] = KeptLab

    def plans(self, parts: Sequence[str], options: Options) -> list[Plan]:
        """The networks of these parts as the lab asks for them."""
        raise NotImplementedError

    def train(self, store: Store, plans: Sequence[Plan], options: Options, show: Show) -> KeptLab:
        """Train everything that was asked for into the store."""
        return self.kept(lab=self.name, parts=train_parts(store, plans, options, show))

    def claims(self, lines: Sequence[Line]) -> Iterable[Claim]:
        """What it expects of the rows of its study."""
        return ()

    def place(self, data: KeptData) -> tuple[Any, ...]:
        """The place of data among its parts: parts are in this order, and a part that is done
        again takes the place of the one before."""
        return (data.kind,)

    def joined(self, before: Any, done: Any, title: Mapping[str, str]) -> Any:
        """What is kept, with what was done now in place of what was done of it before; the rest
        stays."""
        anew = {self.place(part.data) for part in done.parts}
        parts = [part for part in before.parts if self.place(part.data) not in anew]
        return done.model_copy(
            update={
                "parts": tuple(sorted([*parts, *done.parts], key=lambda p: self.place(p.data))),
                "study": done.study or before.study,
                "title": {**before.title, **title},
            }
        )

    def results(self, store: Store, kept: Any, images: Dataset | None = None) -> LabResults:
        """What the lab came to, from what the store keeps. Nothing is trained.

        Args:
            store: where the runs are.
            kept: which runs.
            images: the images of a part, with their held-out part if there is one; None if they
                are not at hand.

        Raises:
            DataError: a kept run is damaged.
        """
        return read_results(store, kept, images, self.claims)

    def advice(self, kept: Any, results: Any, lang: Lang) -> Iterable[str]:
        """Lines for the person who did it, beside the report."""
        return ()

    def appendices_of(self, names: str) -> tuple[str, ...]:
        """The appendices with these names, a space between them, in the order of the lab; "all" and
        "none" are such names.

        Raises:
            UsageError: the report of this lab has no such appendix.
        """
        asked = set(names.split()) - {"none"}
        if "all" in asked:
            return self.appendices
        if unknown := asked - set(self.appendices):
            known = ", ".join(self.appendices) or "none"
            raise UsageError(f"no appendix {min(unknown)!r}: the report of {self.name} has {known}")
        return tuple(name for name in self.appendices if name in asked)

    def build(
        self,
        results: Any,
        lang: Lang = DEFAULT,
        title: TitleSettings | None = None,
        appendices: Sequence[str] = (),
    ) -> Report:
        """The report of what the lab came to.

        Args:
            results: what was trained; any part may be missing.
            lang: the code of a language.
            title: what the title page says; None: no title page.
            appendices: which of the lab's stand behind its body.
        """
        raise NotImplementedError


@cache
def labs() -> dict[str, Lab]:
    """All labs by name: the object ``LAB`` of the module ``lab`` of every folder here."""
    folders = (found.name for found in iter_modules(home.__path__) if found.ispkg)
    names = (f"{home.__name__}.{name}.lab" for name in folders)
    found = [import_module(name).LAB for name in names if find_spec(name)]
    return {lab.name: lab for lab in found}


def find_lab(name: str) -> Lab:
    """A lab by its name.

    Raises:
        UsageError: there is none.
    """
    if name not in labs():
        raise UsageError(f"no lab {name!r}: there are {', '.join(labs())}")
    return labs()[name]


def train_parts(
    store: Store, plans: Sequence[Plan], options: Options, show: Show
) -> tuple[KeptPart, ...]:
    """See that the store has a run of each plan: kept ones are not trained."""
    chosen = (choose(p.dataset, p.recipe, options.engine, options.device) for p in plans)
    if not all(is_compiled(choice.name) for choice in chosen):
        show.say("do.compiling")
    with show.progress("do.training") as progress:
        trainer = Trainer(store, options.engine, options.device, progress)
        return train_plans(trainer, plans, options.seed)


def train_plans(trainer: Trainer, plans: Sequence[Plan], seed: int) -> tuple[KeptPart, ...]:
    """See that the store has a run of each plan from the seed: kept ones are not trained."""
    parts = []
    for done, plan in enumerate(plans, start=1):
        (run,) = trainer.get_or_train(
            plan.dataset, [plan.recipe], [seed],
            snapshots=plan.snapshots, later=work(plan.recipe for plan in plans[done:]),
        )[plan.recipe]  # fmt: skip
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
    trainer.finished()
    return tuple(parts)


def keep_lab(store: Store, name: str, kept: KeptLab) -> None:
    """Keep the definition of a lab under its name, in place of an older one."""
    store.keep("lab", name, kept.model_dump(mode="json"))


def lab_names(store: Store) -> list[str]:
    """The names of the labs of a store, the one that was done last in front."""
    return store.names("lab")


def kept_lab(store: Store, name: str | None = None) -> tuple[str, Lab, KeptLab]:
    """A lab by the name that it was kept under, or the one that was done last: name, lab, and what
    is kept of it.

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
        lab = labs()[definition.get("lab", "lab1")]
        return name, lab, lab.kept.model_validate(definition)
    except (KeyError, AttributeError, ValidationError) as error:
        raise DataError(
            f"lab {name} in the store {store.name} was written by another version of fclab"
        ) from error


def lab_before(
    store: Store, lab: Lab, names: Sequence[str], images: Images | None
) -> tuple[str, KeptLab] | None:
    """The first of these names under which the same lab is kept about the same images (or either
    about none): what is done now belongs to it.

    Raises:
        DataError: it was written by another version of fclab.
    """
    there = lab_names(store)
    for name in names:
        if name in there:
            _, same, kept = kept_lab(store, name)
            if same.name == lab.name and _fits(store, kept, images):
                return name, kept
    return None


def _fits(store: Store, kept: KeptLab, images: Images | None) -> bool:
    theirs = kept.images or lab_study(store, kept)
    if images is None or theirs is None:
        return True
    return (theirs.classes, theirs.source) == (images.classes, images.source)


def lab_study(store: Store, kept: KeptLab) -> Definition | None:
    """The study of a lab as it is kept today, with the rows that were added since. A lab of
    fclab 0.1.0 has a copy; the study that it was copied from is looked for.

    Returns:
        None if the lab has none, or it is no longer in the store.

    Raises:
        DataError: another version of fclab wrote it.
    """
    if isinstance(kept.study, str):
        there = store.definition("study", kept.study) is not None
        return load_definition(store, kept.study) if there else None
    copy = kept.study
    if copy is None:
        return None
    data = "-".join(map(str, (copy.source, *copy.classes)))
    for name in (*(part.name for part in kept.parts if isinstance(part.data, Images)), data):
        study = f"{name}-{copy.settings.protocol}"
        if store.definition("study", study) is None:
            continue
        found = load_definition(store, study)
        if found.fingerprint == copy.fingerprint:
            return found
    return copy


def read_results(
    store: Store,
    kept: KeptLab,
    images: Dataset | None,
    claims: Callable[[Sequence[Line]], Iterable[Claim]],
) -> LabResults:
    """The results that every lab has, see `Lab.results`."""
    parts, lost = [], []
    for part in kept.parts:
        run = store.get(part.fingerprint, part.recipe, [part.seed], part.engine).get(part.seed)
        if run is None:
            lost.append(part.name)
            continue
        if isinstance(part.data, Images):
            fits = images is not None and images.fingerprint == part.fingerprint
            parts.append(PartResult(images if fits else None, run))
        elif made := part.data.make():
            parts.append(MadeResult(made, run))
    table, lost_runs = None, []
    definition = lab_study(store, kept)
    if definition is None and isinstance(kept.study, str):
        lost.append(kept.study)
    if definition is not None:
        table, lost_runs = kept_table(store, definition, claims)
    of_images = [part for part in parts if part.run.dataset.task == "multiclass"]
    climbed = load_ladder(store, of_images[-1].run.dataset.name) if of_images else None
    return LabResults(
        parts=tuple(parts),
        study=table,
        ladder=ladder_table(climbed) if climbed else None,
        lost=tuple(lost),
        lost_runs=tuple(lost_runs),
    )
