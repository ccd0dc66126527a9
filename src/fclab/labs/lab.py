"""A lab: networks that are trained in parts, a study, and a report of what they came to.

Nothing is handed from the training to the report but the store: the parts are trained into it, a
small definition says which of its runs belong to the lab, and results are read from there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, ClassVar

import fclab.labs as home
from fclab.analysis.ceilings.kept import load_ceilings
from fclab.data.kept import Images, KeptData
from fclab.engines import choose
from fclab.engines.compiled.ahead import is_compiled
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
from fclab.study.kept import load_definition
from fclab.study.partial import kept_table
from fclab.study.rows import Definition
from fclab.study.table import Line
from fclab.study.trainer import Trainer, work
from fclab.tuning.kept_ladder import load_ladder
from fclab.tuning.ladder import Ladder
from fclab.tuning.rungs import ladder_table
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import Clause, UsageError
from fclab.words.languages import DEFAULT, Lang


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
            known = ", ".join(self.appendices) or Clause("none")
            raise UsageError(
                "no appendix {name!r}: the report of {lab} has {known}",
                name=min(unknown),
                lab=self.name,
                known=known,
            )
        return tuple(name for name in self.appendices if name in asked)

    def sections(self, lang: Lang) -> Mapping[str, str]:
        """The titles of the sections that its report may have, by their names: a student's own text
        may be for any of them, so that a slip is known before the training. Empty: it is known when
        the report is built."""
        return {}

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
        raise UsageError("no lab {name!r}: there are {labs}", name=name, labs=", ".join(labs()))
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
            snapshots=plan.snapshots, keep="whole",
            later=work(plan.recipe for plan in plans[done:]),
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


def _ladder(store: Store, images: DatasetInfo) -> Ladder | None:
    """The ladder on these images; one on pictures that lay in the same folder before is another."""
    found = load_ladder(store, images.name)
    if found is None or images.pictures is None:
        return found
    return found if found.dataset.fingerprint == images.fingerprint else None


def images_of(study: Definition) -> Images:
    """The images that a study is about."""
    return Images(classes=study.classes, source=study.source, folder=study.folder)


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
    infos = [part.run.dataset for part in parts if part.run.dataset.task == "multiclass"]
    if not infos and table is not None:
        infos = [table.study.dataset]
    climbed = _ladder(store, infos[-1]) if infos else None
    return LabResults(
        parts=tuple(parts),
        study=table,
        ladder=ladder_table(climbed) if climbed else None,
        ceilings=load_ceilings(store, infos[-1]) if infos else None,
        lost=tuple(lost),
        lost_runs=tuple(lost_runs),
    )
