"""Train plans with progress and write everything into one folder."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fclab.cli.options import Common
from fclab.cli.progress import progress_bar, say
from fclab.dataset import Dataset
from fclab.errors import FclabError
from fclab.recipe import Recipe
from fclab.run import Run
from fclab.store.folder import write_run
from fclab.study.lab import LabResults, PartResult, Plan, train_plans
from fclab.variant import Variant


def train_and_write(
    plans: Sequence[Plan], common: Common, variant: Variant | None = None, *, default_name: str
) -> None:
    """Train every plan, write runs, figures and report, and print where they are.

    Raises:
        FclabError: the folder cannot be written, a plan cannot be trained.
    """
    from fclab.report import build, write_figures, write_html

    folder = common.out or Path("results") / default_name
    _check_writable(folder)
    for plan in plans:
        _check(plan, common)
    total = sum(plan.recipe.epochs for plan in plans)
    with progress_bar(_TRAINING[common.language], total) as advance:
        results = train_plans(
            plans,
            common.seed,
            engine=common.engine,
            device=common.device,
            progress=lambda _plan, epochs: advance(epochs),
        )
    for result in results:
        write_run(result.run, folder / "runs" / result.dataset.name)
    report = build(_lab_results(results, variant), common.language)
    with progress_bar(_FIGURES[common.language], len(report.figures)) as advance:
        write_figures(report, folder / "figures", done=advance)
    page = write_html(report, folder / "report.html")
    _print_summary([result.run for result in results], common.language)
    say(f"{_REPORT[common.language]}: {page.resolve()}")


_TRAINING = {"ru": "обучение, эпохи", "en": "training, epochs"}
_FIGURES = {"ru": "рисунки", "en": "figures"}
_REPORT = {"ru": "Отчёт", "en": "Report"}
_HEADINGS = {
    "ru": ("Данные", "Сеть", "Эпох", "Обучающая", "Тестовая", "Движок", "Время, с"),
    "en": ("Data", "Network", "Epochs", "Train", "Test", "Engine", "Time, s"),
}


def _check(plan: Plan, common: Common) -> None:
    """Say what is wrong with a plan before the first one is trained."""
    from fclab.train import check, choose

    check(plan.dataset, plan.recipe)
    choose(plan.dataset, plan.recipe, common.engine, common.device)


def _check_writable(folder: Path) -> None:
    """A folder that cannot be written is better known before the training than after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".fclab-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FclabError(f"cannot write to {folder}: {error.strerror or error}") from error


def _lab_results(results: Sequence[PartResult], variant: Variant | None) -> LabResults:
    by_task: dict[str, list[PartResult]] = {"regression": [], "binary": [], "multiclass": []}
    for result in results:
        by_task[result.dataset.task].append(result)
    return LabResults(
        regression=next(iter(by_task["regression"]), None),
        binary=tuple(by_task["binary"]),
        cifar=next(iter(by_task["multiclass"]), None),
        variant=variant,
    )


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
    Console().print(table)


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
    from fclab.train.gradients import check_gradients

    table = Table("gradient of", "finite differences", "autograd", title=str(recipe.layers))
    rows = check_gradients(dataset, recipe, seed)
    for row in rows:
        table.add_row(row.name, f"{row.finite_differences:.1e}", f"{row.autograd:.1e}")
    Console().print(table)
    worst = max(max(row.finite_differences, row.autograd) for row in rows)
    if worst > 1e-6:
        raise FclabError(f"the gradients differ by {worst:.1e}, more than 1e-6")
