"""A search on the terminal and in a folder: progress, tables, figures, the winner's recipe."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import TextColumn
from rich.table import Table

from fclab.cli.progress import bar, output, progress_bar, say
from fclab.figures import save, search_history, search_importances
from fclab.store import DEFAULT
from fclab.store.database import Store
from fclab.store.export import write_table
from fclab.study.rows import Row
from fclab.tuning.confirm import Confirmation, Outcome, confirm, fresh_seeds, winning_row
from fclab.tuning.rules import SearchSettings
from fclab.tuning.search import run_search
from fclab.tuning.space import Space
from fclab.tuning.trials import FinishedTrial, Search
from fclab.tuning.written import add_command, candidate_table, study_command, winner_toml
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic
from fclab.values.progress import Progress
from fclab.values.recipe import Recipe
from fclab.words.wording import wording

_SHOWN = 5
"""Candidates of the table."""


class Result:
    """What a search leaves behind.

    Args:
        dataset: the images.
        base: the recipe that the winner is compared to.
        name: of the search.
        row_name: of the winner as a row of a study.
        folder: for files.
        language: of what is said.
        written: language of figures.
        trained_by: engine and device.
    """

    def __init__(
        self,
        *,
        dataset: Dataset,
        base: Recipe,
        name: str,
        row_name: str,
        folder: Path,
        language: Any,
        written: Any,
        trained_by: dict[str, Any],
    ):
        self.dataset, self.base, self.folder = dataset, base, folder
        self.name, self.row_name = name, row_name
        self.words, self.written = wording(language), written
        self.trained_by = trained_by
        self.found: Search | None = None

    def search(
        self, store: Store, space: Space, place: str | Path, settings: SearchSettings
    ) -> None:
        """Search, with a bar, and leave tables and files.

        Raises:
            FclabError: every candidate failed, or a file cannot be written.
        """
        fields = len(space.searched)
        say(self._text("begin", name=self.name, trials=settings.trials, fields=fields))
        with self._bar(settings.trials) as (progress, best_so_far):
            found = self.found = run_search(
                self.dataset, store, space, place, self.name, settings,
                **self.trained_by, progress=progress, best_so_far=best_so_far,
            )  # fmt: skip
        out = output()
        failed = [trial for trial in found.tried if trial.state == "failed"]
        if found.tried and len(failed) == len(found.tried):
            reason = self._reason(failed[0])
            raise FclabError(
                "none of {n} candidates could be trained: {reason}", n=len(failed), reason=reason
            )
        if found.best:
            out.print(self._table(found))
            key = "table_note" if found.importances else "no_importance"
            self._say(out, key, n=len(found.tried) - len(failed))
        if found.tried:
            self._counts(out, found, failed)
            self._write(found)
        if found.best:
            row = self.row
            self._say(out, "files.written", recipe=row.name, folder=self.folder)
            self._say(out, "files.add")
            out.print(self._command(store), soft_wrap=True, markup=False, highlight=False)
        if found.running:
            self._say(out, "others", n=found.running)

    def _command(self, store: Store) -> str:
        """What makes the winner a row of the study of these images: of one that is kept, or of one
        that is done with it."""
        where = {"store": None if store.address == str(DEFAULT) else store.address}
        study = self._study(store)
        if study is not None:
            return add_command(self.row, self.base, study=study, **where)
        if self.dataset.pictures:
            images = self.dataset.pictures.folder
            about = {"images": images.place, "size": f"{images.side}",
                     "split_seed": f"{images.seed}"}  # fmt: skip
            return study_command(self.folder / "winner.toml", (), **about, **where)
        classes = [name.number for name in self.dataset.class_names]
        data = "synthetic" if self.dataset.source == "synthetic" else None
        return study_command(self.folder / "winner.toml", classes, data=data, **where)

    def _study(self, store: Store) -> str | None:
        """The name of the study of these images that was changed last, if there is one."""
        for name in store.names("study"):
            definition = store.definition("study", name)
            if definition and definition.get("fingerprint") == self.dataset.fingerprint:
                return name
        return None

    @property
    def is_finished(self) -> bool:
        """Whether there is a winner, and no other process is at work."""
        return self.found is not None and self.found.best is not None and not self.found.running

    @property
    def best(self) -> FinishedTrial:
        """The winner, where there is one."""
        assert self.found is not None
        assert self.found.best is not None
        return self.found.best

    @property
    def row(self) -> Row:
        """The winner as a row of a study."""
        assert self.found is not None
        assert self.best.recipe is not None
        return winning_row(self.row_name, self.best.recipe, len(self.found.tried))

    def confirm(self, store: Store, count: int) -> None:
        """Train the winner and the base recipe from fresh seeds and compare them."""
        assert self.found is not None
        recipe = self.row.recipe
        seeds = fresh_seeds(self.found.seeds, count)
        with progress_bar(self._text("bar_confirm")) as progress:
            done = confirm(
                self.dataset, store, recipe, self.base, seeds,
                **self.trained_by, progress=progress,
            )  # fmt: skip
        out = output()
        out.print(self._confirmed(done))
        self._say(
            out, "confirm.note",
            seeds=len(seeds), first=seeds[0], last=seeds[-1],
        )  # fmt: skip
        if done.winner.diverged or done.base.diverged:
            diverged = {"winner": done.winner.diverged, "base": done.base.diverged}
            self._say(out, "confirm.diverged", **diverged)
        if done.verdict:
            self._say(
                out, "confirm.difference",
                word=done.verdict.decision.value, size=done.verdict.difference,
                low=100 * done.verdict.low, high=100 * done.verdict.high, p=done.verdict.p_adjusted,
            )  # fmt: skip
        self._say(out, "confirm.optimism", chosen=self.best.accuracy)

    def _text(self, key: str, **values: Any) -> str:
        return self.words.plain(f"search.{key}", **values)

    def _say(self, out: Console, key: str, **values: Any) -> None:
        out.print(self._text(key, **values), markup=False, highlight=False)

    @contextmanager
    def _bar(self, trials: int) -> Iterator[tuple[Progress, Callable[[float], None]]]:
        """A bar of candidates, and of the best accuracy so far."""
        columns = TextColumn("{task.fields[count]}"), TextColumn("{task.fields[best]}")
        first = {"total": trials, "count": f"0/{trials}", "best": ""}
        with bar(self._text("bar"), *columns, **first) as update:

            def move(done: float, total: float) -> None:
                update(completed=done, count=f"{int(done)}/{int(total)}")

            def show_best(accuracy: float) -> None:
                update(best=self._text("bar_best", share=accuracy))

            yield move, show_best

    def _table(self, found: Search) -> Table:
        """The best candidates side by side, with the importance of every field."""
        best = found.ranking[:_SHOWN]
        table = Table(title=self._text("title"), box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(self._text("place"), no_wrap=True)
        for number in range(1, len(best) + 1):
            table.add_column(str(number), overflow="fold", style="bold" if number == 1 else "")
        if found.importances:
            table.add_column(self._text("importance"), justify="right", no_wrap=True)
        table.add_row(self._text("number"), *(str(trial.number) for trial in best))
        table.add_row(
            self._text("accuracy"), *(self.words.pct(trial.accuracy, 2) for trial in best)
        )
        table.add_row(self._text("loss"), *(self.words.sig(trial.loss) for trial in best))
        table.add_section()
        for field in self._fields(found):
            shown = (_shown(trial.values[field]) for trial in best)
            share = found.importances.get(field)
            table.add_row(field, *shown, "" if share is None else self.words.pct(share, 0))
        return table

    @staticmethod
    def _fields(found: Search) -> list[str]:
        """The searched fields, most important first."""
        return list(dict.fromkeys([*found.importances, *found.space.searched]))

    def _counts(self, out: Console, found: Search, failed: Sequence[FinishedTrial]) -> None:
        self._say(
            out, "counts",
            finished=found.count("finished"), pruned=found.count("pruned"), failed=len(failed),
            runs=found.runs, full=found.seeds * (len(found.tried) - len(failed)),
        )  # fmt: skip
        reasons: dict[str, list[int]] = {}
        for trial in failed:
            reasons.setdefault(self._reason(trial), []).append(trial.number)
        for reason, numbers in reasons.items():
            self._say(out, "failed", numbers=numbers, reason=reason)

    def _reason(self, trial: FinishedTrial) -> str:
        if trial.diverged is None:
            return trial.conflict
        seed, epoch = trial.diverged
        return self._text("diverged", seed=seed, epoch=epoch)

    def _write(self, found: Search) -> None:
        """The candidates as a table, the figures, and the winner."""
        columns, rows = candidate_table(found)
        write_table(self.folder / "candidates.csv", columns, rows)
        accuracies = [trial.accuracy for trial in found.tried]
        pruned = [trial.state == "pruned" for trial in found.tried]
        source = found.dataset
        figure = search_history(accuracies, pruned, self.written, source)
        save(figure, self.folder / "history")
        if found.importances:
            figure = search_importances(found.importances, self.written, source)
            save(figure, self.folder / "importances")
        if found.best:
            write_atomic(self.folder / "winner.toml", winner_toml(self.row, self.base))

    def _confirmed(self, done: Confirmation) -> Table:
        def cells(outcome: Outcome) -> Iterator[str]:
            for mean in (outcome.train, outcome.test, outcome.on_new_images):
                if mean is None:
                    yield "—"
                else:
                    low, high = (self.words.fixed(100 * end, 1) for end in (mean.low, mean.high))
                    yield f"{self.words.pct(mean.mean)} [{low}; {high}]"

        headings = (self._text(f"confirm.{key}") for key in ("row", "train", "test", "images"))
        table = Table(
            *headings, title=self._text("confirm.title"), box=box.SIMPLE_HEAD, pad_edge=False
        )
        for key, outcome in (("winner", done.winner), ("base", done.base)):
            table.add_row(self._text(f"confirm.{key}"), *cells(outcome))
        return table


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
