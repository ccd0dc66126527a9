"""A lab on the terminal: progress while it is done, then what it came to."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from fclab.cli.options import Common
from fclab.cli.place import open_store
from fclab.cli.progress import output, progress_bar, say
from fclab.values.errors import Clause, FclabError, listed
from fclab.values.progress import Progress
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

if TYPE_CHECKING:
    from fclab.labs.do import Done, Handed
    from fclab.labs.lab import Lab
    from fclab.labs.values import Options, Plan
    from fclab.values.dataset import Dataset
    from fclab.values.recipe import Recipe
    from fclab.values.run import Run

_COLUMNS = ("data", "network", "epochs", "train", "test", "engine", "seconds")


@dataclass(frozen=True)
class Terminal:
    """What is told on the error stream while a lab is done; see `fclab.labs.values.Show`."""

    language: Lang

    def progress(self, key: str, *, things: bool = False) -> AbstractContextManager[Progress]:
        """A bar."""
        return progress_bar(wording(self.language).plain(key), things=things)

    def say(self, key: str, **values: object) -> None:
        """A line."""
        say(wording(self.language).plain(key, **values))


def train_and_write(
    lab: "Lab",
    plans: "Sequence[Plan]",
    options: "Options",
    common: Common,
    handed: "Handed",
    *,
    default_name: str,
    images: "Dataset | None" = None,
) -> None:
    """Do what is asked for of a lab, and print what it came to and where the files are.

    Args:
        lab, plans, options, handed, images: see `fclab.labs.do.do`.
        common: options of the command.
        default_name: of folder and lab.

    Raises:
        FclabError: a training diverged, the folder cannot be written, a plan cannot be trained.
    """
    from fclab.labs.do import do, prepare
    from fclab.store import DEFAULT

    folder = common.out or DEFAULT.parent / default_name
    prepare(folder, plans, options)
    use = "train" if common.out else "write"
    with open_store(
        common.store, folder, common.language, use, create=True, trains=True, folder=folder
    ) as store:
        done = do(
            lab, store, folder, plans, options, handed, Terminal(common.language),
            name=default_name, images=images,
        )  # fmt: skip
    print_summary(done.runs, wording(common.language))
    say(*lab.advice(done.kept, done.results, common.language))
    print_reports(done, common.language)
    if done.diverged:
        where = listed(
            Clause("{data} at epoch {epoch}", data=run.dataset.name, epoch=run.diverged_at)
            for run in done.diverged
        )
        raise FclabError("the training diverged: {where}; the report says so too", where=where)


def print_reports(done: "Done", lang: Lang) -> None:
    """Say where the report is."""
    words = wording(lang)
    for path in done.reports:
        say(f"{words.plain('do.report')}: {path.resolve()}")


def print_summary(runs: "Iterable[Run]", words: Wording) -> None:
    """A line for each network that was asked for."""
    table = Table(*(words.plain(f"do.{column}") for column in _COLUMNS))
    for run in runs:
        table.add_row(
            run.dataset.name,
            run.recipe.model_dump()["layers"],
            words.whole(run.epochs),
            _result(run, "train", words),
            _result(run, "test", words),
            run.engine.name,
            words.fixed(run.seconds, 2),
        )
    output().print(table)


def _result(run: "Run", split: str, words: Wording) -> str:
    if run.diverged_at is not None:
        return words.plain("do.diverged", epoch=run.diverged_at)
    if run.dataset.task == "regression":
        return f"MSE {words.fixed(run.metrics[f'{split}_loss'], 5)}"
    return words.pct(run.metrics[f"{split}_accuracy"])


def print_gradient_check(dataset: "Dataset", recipe: "Recipe", seed: int) -> None:
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
        raise FclabError("the gradients differ by {worst:.1e}, more than 1e-6", worst=worst)
