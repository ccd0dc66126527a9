"""Train into the store, then write everything into one folder from what it keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from fclab.cli.images import images_of
from fclab.cli.options import Common
from fclab.cli.place import open_store
from fclab.cli.progress import output, progress_bar, say, work_bar
from fclab.cli.separation import advice
from fclab.cli.title import title_for, title_values
from fclab.labs.lab1.clouds import failed_clouds, train_trials, trial_epochs
from fclab.labs.lab1.lab import (
    Cloud,
    Images,
    KeptPart,
    Lab,
    LabResults,
    Plan,
    joined,
    keep_lab,
    lab_before,
    lab_results,
    train_plans,
)
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import do_study
from fclab.labs.lab1.trials import KeptTrial
from fclab.labs.lab1.variant import Variant
from fclab.store import DEFAULT
from fclab.store.database import Store
from fclab.store.folder import write_run
from fclab.store.remembered import recall, remember, written_store
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.quantities import LARGEST_SEED
from fclab.values.recipe import Recipe
from fclab.values.run import Run

if TYPE_CHECKING:
    from fclab.report import Format, TitleSettings


@dataclass(frozen=True)
class Wanted:
    """What is asked for beyond the training of the parts.

    Attributes:
        variant: how the classes follow from group and variant.
        typed: the classes in the order in which they were named, or of the rule.
        study: settings of the self-study tasks; None: they are not done.
        images: of the study.
        tries: seeds of each change that is tried on a point cloud that was not separated; 0: none.
        title: what the title page says; None: no title page.
        formats: of the report.
    """

    variant: Variant | None = None
    typed: tuple[int, ...] = ()
    study: Settings | None = None
    images: Dataset | None = None
    tries: int = 0
    title: Mapping[str, str] = field(default_factory=dict)
    settings: Path | None = None
    title_page: bool = False
    formats: tuple["Format", ...] = ("html",)


def train_and_write(
    plans: Sequence[Plan], common: Common, wanted: Wanted | None = None, *, default_name: str
) -> None:
    """Train every plan and the study, write runs, figures and report, and print where they are.

    Raises:
        FclabError: the folder cannot be written, a plan cannot be trained.
    """
    wanted = wanted or Wanted()
    folder = common.out or DEFAULT.parent / default_name
    check_writable(folder)
    for plan in plans:
        _check(plan, common)
    use = "train" if common.out else "write"
    with open_store(
        common.store, folder, common.language, use, create=True, trains=True, folder=folder
    ) as store:
        names, data = (recall(folder).lab, default_name), _data(plans, wanted)
        name, before = lab_before(store, names, data) or (default_name, Lab())
        title, language, memory = title_for(
            folder, wanted.title, wanted.settings, common.lang, before.title
        )
        written = written_store(store.address, folder)
        remember(folder, memory.model_copy(update={"lab": name, "store": written}))
        common = replace(common, lang=language)
        lab = joined(before, _trained(store, plans, common, wanted), title_values(memory))
        keep_lab(store, name, lab)
        results = lab_results(store, lab, _images(plans) or wanted.images or images_of(lab, None))
    done = [result.run for result in results.parts if result.run.dataset.fingerprint in
            {plan.dataset.fingerprint for plan in plans}]  # fmt: skip
    for run in done:
        write_run(run, folder / "runs" / run.dataset.name)
    has_title = wanted.title_page or bool(title_values(memory))
    formats = _formats(wanted.formats, folder)
    paths = write_all(results, folder, language, formats, title if has_title else None)
    _print_summary(done, language)
    clouds = {p.fingerprint: p.data for p in lab.parts if isinstance(p.data, Cloud)}
    say(*advice(results, clouds, language))
    for path in paths:
        say(f"{_REPORT[language]}: {path.resolve()}")
    if diverged := [run for run in done if run.diverged_at is not None]:
        where = ", ".join(f"{run.dataset.name} at epoch {run.diverged_at}" for run in diverged)
        raise FclabError(f"the training diverged: {where}; the report says so too")


def _data(plans: Sequence[Plan], wanted: Wanted) -> Images | None:
    """Which images the command is about."""
    found = next((plan.data for plan in plans if isinstance(plan.data, Images)), None)
    if found is None and wanted.images is not None:
        info = wanted.images.info
        numbers = tuple(name.number for name in info.class_names)
        return Images(classes=numbers, source=info.source)
    return found


def _images(plans: Sequence[Plan]) -> Dataset | None:
    return next((plan.dataset for plan in plans if isinstance(plan.data, Images)), None)


def _formats(wanted: tuple["Format", ...], folder: Path) -> tuple["Format", ...]:
    """The formats that are asked for, and those that are there already: none is left behind."""
    all_formats: tuple[Format, ...] = ("html", "docx", "pdf")
    return tuple(
        one for one in all_formats if one in wanted or (folder / f"report.{one}").is_file()
    )


def write_all(
    results: LabResults,
    folder: Path,
    language: str,
    formats: tuple["Format", ...],
    title: "TitleSettings | None",
) -> tuple[Path, ...]:
    """Draw and write figures and report.

    Raises:
        FclabError: a file cannot be written.
    """
    from fclab.labs.lab1.content import build
    from fclab.report import write_figures, write_report

    report = build(results, language, title)
    with progress_bar(_FIGURES[language], len(report.figures)) as advance:
        write_figures(report, folder / "figures", done=advance)
    with progress_bar(_FORMATS[language], len(formats)) as advance:
        return write_report(report, folder, formats, done=advance)


def _trained(store: Store, plans: Sequence[Plan], common: Common, wanted: Wanted) -> Lab:
    """Everything that is asked for, in the store."""
    total = sum(plan.recipe.epochs for plan in plans)
    if _compiles_first(plans, common):
        say(_COMPILING[common.language])
    with progress_bar(_TRAINING[common.language], total) as advance:
        parts = train_plans(
            store,
            plans,
            common.seed,
            engine=common.engine,
            device=common.device,
            progress=lambda _plan, epochs: advance(epochs),
        )
    trials = _tried(store, plans, parts, common, wanted.tries)
    lab = Lab(parts=parts, variant=wanted.variant, typed=wanted.typed, trials=trials)
    if wanted.study is None or wanted.images is None:
        return lab
    with work_bar(_STUDY[common.language]) as tell:
        name, _ = do_study(
            store,
            wanted.images,
            wanted.study,
            engine=common.engine,
            device=common.device,
            progress=tell,
        )
    return lab.model_copy(update={"study": name})


def _tried(
    store: Store, plans: Sequence[Plan], parts: Sequence[KeptPart], common: Common, tries: int
) -> tuple[KeptTrial, ...]:
    """What may separate the point clouds that are not separated, tried from so many seeds."""
    clouds = failed_clouds(store, plans, parts) if tries else ()
    if not clouds:
        return ()
    first = min(common.seed, LARGEST_SEED - tries + 1)
    seeds = range(first, first + tries)
    with progress_bar(_TRYING[common.language], trial_epochs(clouds, seeds)) as advance:
        return train_trials(
            store, clouds, seeds, engine=common.engine, device=common.device, progress=advance
        )


def _compiles_first(plans: Sequence[Plan], common: Common) -> bool:
    """Whether an engine of the plans has not been compiled since the installation."""
    from fclab.engines import choose
    from fclab.engines.compiled.ahead import is_compiled

    chosen = (choose(p.dataset, p.recipe, common.engine, common.device) for p in plans)
    return any(not is_compiled(choice.name) for choice in chosen)


_COMPILING = {
    "ru": "Первое обучение после установки: движок сначала компилируется, один раз, около минуты; "
    "в показанное время обучения это не входит.",
    "en": "The first training after an installation: the engine is compiled first, once, for about "
    "a minute; the times shown do not include it.",
}
_TRAINING = {"ru": "обучение, эпохи", "en": "training, epochs"}
_TRYING = {"ru": "что разделяет облака, эпохи", "en": "what separates the clouds, epochs"}
_STUDY = {"ru": "исследование", "en": "study"}
_FORMATS = {"ru": "отчёт, файлы", "en": "report, files"}
_FIGURES = {"ru": "рисунки", "en": "figures"}
_REPORT = {"ru": "Отчёт", "en": "Report"}
_HEADINGS = {
    "ru": ("Данные", "Сеть", "Эпох", "Обучающая", "Тестовая", "Движок", "Время, с"),
    "en": ("Data", "Network", "Epochs", "Train", "Test", "Engine", "Time, s"),
}


def _check(plan: Plan, common: Common) -> None:
    """Say what is wrong with a plan before the first one is trained."""
    from fclab.engines import check, choose

    check(plan.dataset, plan.recipe)
    choose(plan.dataset, plan.recipe, common.engine, common.device)


def check_writable(folder: Path) -> None:
    """A folder that cannot be written is better known before the training than after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".fclab-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FclabError(f"cannot write to {folder}: {error.strerror or error}") from error


def _print_summary(runs: Sequence[Run], lang: str) -> None:
    table = Table(*_HEADINGS[lang])
    for run in runs:
        table.add_row(
            run.dataset.name,
            run.recipe.model_dump()["layers"],
            str(run.epochs),
            _result(run, "train", lang),
            _result(run, "test", lang),
            run.engine.name,
            f"{run.seconds:.2f}",
        )
    output().print(table)


def _result(run: Run, split: str, lang: str) -> str:
    if run.diverged_at is not None:
        where = f"{run.diverged_at}"
        return f"разошлось на эпохе {where}" if lang == "ru" else f"diverged at epoch {where}"
    if run.dataset.task == "regression":
        return f"MSE {run.metrics[f'{split}_loss']:.5f}"
    return f"{run.metrics[f'{split}_accuracy']:.1%}"


def print_gradient_check(dataset: Dataset, recipe: Recipe, seed: int) -> None:
    """Print how far the hand gradients are from finite differences and from autograd.

    Raises:
        FclabError: they differ by more than 1e-6.
    """
    from fclab.engines.reference.gradients import check_gradients

    table = Table("gradient of", "finite differences", "autograd", title=str(recipe.layers))
    rows = check_gradients(dataset, recipe, seed)
    for row in rows:
        table.add_row(row.name, f"{row.finite_differences:.1e}", f"{row.autograd:.1e}")
    output().print(table)
    worst = max(max(row.finite_differences, row.autograd) for row in rows)
    if worst > 1e-6:
        raise FclabError(f"the gradients differ by {worst:.1e}, more than 1e-6")
