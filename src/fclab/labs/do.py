"""The use case: train a lab into a store, then write all that it came to into one folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from fclab.data.kept import Images
from fclab.engines import check, choose
from fclab.labs.kept import keep_lab, kept_lab, lab_before
from fclab.labs.lab import Lab, find_lab, images_of
from fclab.labs.title import title_for, title_values
from fclab.labs.unchanged import is_made, made_of, remember_made, written_by
from fclab.labs.values import KeptLab, KeptPart, LabResults, Options, Plan, Show
from fclab.report.formats import FORMATS, Format
from fclab.report.html import write_figures
from fclab.report.model import Block, Report
from fclab.report.notes import placed, read_notes, with_notes
from fclab.report.title import TitleSettings
from fclab.report.write import write_report
from fclab.store.database import Store
from fclab.store.folder import write_run
from fclab.store.remembered import Remembered, recall, remember, written_store
from fclab.study.kept import load_definition
from fclab.values.dataset import Dataset
from fclab.values.errors import DataError, FclabError, system_reason
from fclab.values.run import Run
from fclab.values.text import file_name
from fclab.words.languages import DEFAULT, LANGUAGES, Lang

OwnText = Callable[[Report], Mapping[str, tuple[Block, ...]]]
"""What the student adds to a report: blocks by the names of its sections."""


@dataclass(frozen=True)
class Handed:
    """How the results are handed in.

    Attributes:
        formats: of the report; those that are in the folder already are written too.
        title: what the title page says.
        settings: a file of such settings.
        title_page: whether there is one though nothing was given for it.
        lang: of the report; None: that of the folder, of the settings, or the default one.
    """

    formats: tuple[Format, ...] = ("html",)
    title: Mapping[str, str] = field(default_factory=dict)
    settings: Path | None = None
    title_page: bool = False
    lang: Lang | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """What was done.

    Attributes:
        lab: which lab, and ``kept``: what is kept of it.
        results: all that it came to.
        runs: of its parts, those that were asked for now.
        reports: the files of the report.
        language: of the report.
    """

    lab: Lab
    kept: KeptLab
    results: LabResults
    runs: tuple[Run, ...]
    reports: tuple[Path, ...]
    language: Lang

    @property
    def diverged(self) -> tuple[Run, ...]:
        """The runs asked for now that diverged."""
        return tuple(run for run in self.runs if run.diverged_at is not None)


def prepare(folder: Path, plans: Iterable[Plan], options: Options) -> None:
    """Say what is wrong with folder and plans before anything is trained.

    Raises:
        FclabError: the folder cannot be written, a plan cannot be trained.
    """
    check_writable(folder)
    for plan in plans:
        check(plan.dataset, plan.recipe)
        choose(plan.dataset, plan.recipe, options.engine, options.device)


def do(
    lab: Lab,
    store: Store,
    folder: Path,
    plans: Sequence[Plan],
    options: Options,
    handed: Handed,
    show: Show,
    *,
    name: str,
    images: Dataset | None = None,
) -> Done:
    """Train what is asked for, keep it as a lab, write runs, figures and report.

    What was done in the folder before stays part of the lab.

    Args:
        lab: whose parts the plans are.
        store: where runs are kept.
        folder: of the results.
        plans: the networks.
        options: how they are trained.
        handed: the report.
        show: what is told meanwhile.
        name: of the lab if the folder has none.
        images: what its study is about.

    Raises:
        FclabError: a file cannot be written, the store says so.
        UsageError: what is asked for the title page cannot be.
    """
    data = Images.of(images) if images is not None else None
    for plan in plans:
        if isinstance(plan.data, Images):
            data, images = plan.data, plan.dataset
            break
    before = lab_before(store, lab, (recall(folder).lab, name), data)
    called, kept = before or (name, lab.kept(lab=lab.name))
    title, language, memory = title_for(
        folder, handed.title, handed.settings, handed.lang, kept.title
    )
    own = own_text(lab, title)
    _remember(folder, memory, called, store)
    kept = lab.joined(kept, lab.train(store, plans, options, show), title_values(memory))
    keep_lab(store, called, kept)
    images = images or _found(kept.images, kept.parts, show)
    with show.progress("do.reading") as progress:
        results = lab.results(store, kept, images)
        progress(1, 1)
    asked = {plan.dataset.fingerprint for plan in plans}
    runs = tuple(part.run for part in results.parts if part.run.dataset.fingerprint in asked)
    for run in runs:
        write_run(run, folder / "runs" / file_name(run.dataset.name))
    with_title = handed.title_page or bool(title_values(memory))
    there = tuple(one for one in FORMATS if (folder / f"report.{one}").is_file())
    formats: tuple[Format, ...] = tuple(one for one in FORMATS if one in (*handed.formats, *there))
    reports = write(
        lab, results, folder, language, formats, title, show, own, with_title=with_title
    )
    return Done(lab, kept, results, runs, reports, language)


def do_report(
    store: Store,
    folder_of: Callable[[str], Path],
    handed: Handed,
    show: Show,
    *,
    name: str | None = None,
    data: str | None = None,
) -> Done:
    """The report of a kept lab, made again without training.

    Args:
        store: where it is kept.
        folder_of: the folder of the results, of the lab's name.
        handed: what to write.
        show: what is told meanwhile.
        name: of the lab; None: the one that was done last.
        data: where images may be.

    Raises:
        UsageError, DataError, FclabError: as `do`.
    """
    called, lab, kept = kept_lab(store, name)
    folder = folder_of(called)
    title, language, memory = title_for(
        folder, handed.title, handed.settings, handed.lang, kept.title
    )
    check_writable(folder)
    own = own_text(lab, title)
    _remember(folder, memory, called, store)
    results = lab.results(store, kept, _found(kept.images, kept.parts, show, data))
    reports = write(lab, results, folder, language, handed.formats, title, show, own)
    return Done(lab, kept, results, (), reports, language)


def do_draft(
    store: Store,
    folder: Path,
    handed: Handed,
    show: Show,
    *,
    name: str | None = None,
    study: str | None = None,
    data: str | None = None,
) -> tuple[Path, ...]:
    """The report of a kept lab, or of a kept study alone, into a folder that remembers nothing:
    without figures beside it. Nothing is trained, nothing is kept.

    Args:
        store: where it is kept.
        folder: for the report.
        handed: what to write.
        show: what is told meanwhile.
        name: of the lab.
        study: of the study, if no lab is named.
        data: where images may be.

    Returns:
        The files.

    Raises:
        UsageError, DataError, FclabError: as `do_report`; there is no such study.
    """
    if study is not None:
        lab = find_lab("lab1")
        images = images_of(load_definition(store, study))
        kept = lab.kept(lab=lab.name, study=study)
    else:
        _, lab, kept = kept_lab(store, name)
        images = None
    title, language, _ = title_for(folder, handed.title, handed.settings, handed.lang, kept.title)
    own = own_text(lab, title)
    found = _found(images or kept.images, kept.parts, show, data)
    results = lab.results(store, kept, found)
    report = built(lab, results, language, _dated(title), show, own, with_title=study is None)
    with show.progress("do.formats", things=True) as progress:
        return write_report(report, folder, handed.formats, progress=progress)


def _remember(folder: Path, memory: Remembered, called: str, store: Store) -> None:
    """Let the folder remember its lab and store, with what was given for it."""
    where = written_store(store.address, folder)
    remember(folder, memory.model_copy(update={"lab": called, "store": where}))


def _found(
    images: Images | None, parts: Sequence[KeptPart], show: Show, where: str | None = None
) -> Dataset | None:
    """The images of a kept lab, found again; of pictures of one's own that are gone, changed or can
    no longer be read it is said: the runs are kept, and the report needs them for samples alone.

    Raises:
        DataError: CIFAR-100 is there and damaged.
    """
    if images is None or images.folder is None:
        return images.make(where) if images else None
    place = where or images.folder.place
    try:
        found = images.make(where)
    except DataError as error:
        show.say("do.pictures_unread", reason=error)
        return None
    of_part = {part.fingerprint for part in parts if isinstance(part.data, Images)}
    if found is None:
        show.say("do.pictures_gone", path=place)
    elif of_part and found.fingerprint not in of_part:
        show.say("do.pictures_changed", path=place)
    return found


def own_text(lab: Lab, title: TitleSettings) -> OwnText:
    """What the student adds to the report; a slip in it is better known before the training.

    Raises:
        UsageError: the file or a picture cannot be read, a heading names no section.
    """
    if title.notes in ("", "none"):
        return lambda report: {}
    path = Path(title.notes)
    notes = read_notes(path)
    if lab.sections(DEFAULT):
        titles = [lab.sections(lang) for lang in LANGUAGES]
        blocks = placed(notes, {name: [one[name] for one in titles] for name in titles[0]}, path)
        return lambda report: blocks
    return lambda report: placed(notes, {one.name: [one.title] for one in report.walk()}, path)


def write(
    lab: Lab,
    results: LabResults,
    folder: Path,
    language: Lang,
    formats: tuple[Format, ...],
    title: TitleSettings,
    show: Show,
    own: OwnText,
    *,
    with_title: bool = True,
) -> tuple[Path, ...]:
    """Draw and write figures and report, in the form that the settings name; nothing where the
    folder has just these already.

    Raises:
        FclabError: a file cannot be written.
    """
    dated, of = _dated(title), None
    if title.notes in ("", "none") and not title.template:  # else files of others stand in it
        of = made_of(lab.name, written_by(lab), results, language, dated.model_dump(), with_title)
        reports = tuple(folder / f"report.{one}" for one in formats)
        if is_made(folder, of, reports):
            show.say("do.unchanged")
            return reports
    report = built(lab, results, language, dated, show, own, with_title=with_title)
    with show.progress("do.figures", things=True) as progress:
        drawn = write_figures(report, folder / "figures", progress=progress)
    with show.progress("do.formats", things=True) as progress:
        reports = write_report(report, folder, formats, progress=progress)
    if of:
        remember_made(folder, of, (*drawn, *reports))
    return reports


def built(
    lab: Lab,
    results: LabResults,
    language: Lang,
    title: TitleSettings,
    show: Show,
    own: OwnText,
    *,
    with_title: bool,
) -> Report:
    """The report in the form that the settings name, with the student's own text."""
    asked = lab.appendices_of(title.appendix)
    report = lab.build(results, language, title if with_title else None, asked)
    blocks = own(report)
    if waiting := blocks.keys() - {section.name for section in report.walk()}:
        show.say("do.notes_wait", names=sorted(waiting))
    return with_notes(replace(report, form=title.form or report.form), blocks)


def _dated(title: TitleSettings) -> TitleSettings:
    """With a year: of today, if none is given."""
    return title.model_copy(update={"year": title.year or str(date.today().year)})


def check_writable(folder: Path) -> None:
    """A folder that cannot be written is better known before the training than after.

    Raises:
        FclabError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".fclab-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FclabError(
            "cannot write to {folder}: {reason}", folder=folder, reason=system_reason(error)
        ) from error
