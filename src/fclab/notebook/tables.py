"""Displays of a study: its final table in the lab's columns, with verdicts; parts of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from fclab.labs.lab1.study import final_table
from fclab.labs.lab1.tasks import tasks
from fclab.notebook.page import render, say, words
from fclab.report.recipes import configuration, hyperparameters
from fclab.study.rows import Kind
from fclab.study.study import Study, split_of
from fclab.study.table import FinalTable, Line
from fclab.values.errors import UsageError


@dataclass(frozen=True, eq=False)
class Excerpt:
    """Some lines of a final table, see `excerpt`."""

    table: FinalTable
    lines: tuple[Line, ...]


def excerpt(table: FinalTable, *kinds: Kind) -> Excerpt:
    """The lines of some kinds, with those that they are compared to, in the order of the table.

    Args:
        table: of a study. Its verdicts stay as they are: corrected for all of its rows.
        kinds: "stop", "batch", "past", "lr", "layers", "own", ...

    Raises:
        UsageError: there is no such kind.
    """
    known = ("own", *(kind for task in tasks() for kind in task.kinds))
    for kind in kinds:
        if kind not in known:
            raise UsageError(
                "no kind {kind!r} of row: choose from {known}", kind=kind, known=", ".join(known)
            )
    wanted = {line.row.name for line in table.lines if line.row.kind in kinds}
    parents = {line.row.parent for line in table.lines if line.row.name in wanted}
    return Excerpt(table, tuple(line for line in table.lines if line.row.name in wanted | parents))


def study_html(study: Study) -> str:
    """What was studied, where over-fitting sets in, and the final table."""
    return render("study", **_about(final_table(study)), whole=True)


def table_html(table: FinalTable) -> str:
    """The final table."""
    return render("study", **_about(table), whole=False)


def excerpt_html(part: Excerpt) -> str:
    """The lines of the excerpt."""
    return render("study", **_about(part.table, part.lines), whole=False)


def _about(table: FinalTable, lines: Iterable[Line] | None = None) -> dict:
    study = table.study
    return {
        "study": study,
        "settings": study.definition.settings,
        "names": study.dataset.class_names,
        "substitute": study.dataset.substitute,
        "split": split_of(study.definition.settings),
        "overfitting": study.overfitting,
        "epochs": table.epochs,
        "lines": [
            (line, configuration(line.recipe), hyperparameters(line.recipe))
            for line in (table.lines if lines is None else lines)
        ],
        "family": table.family,
    }


def study_line(study: Study) -> str:
    """``Study(cifar100-0-55-58, 16 seeds: base, stop, ...)``."""
    names = ", ".join(row.name for row in study.rows)
    return f"Study({study.dataset.name}, {study.definition.settings.seeds} seeds: {names})"


def table_line(table: FinalTable) -> str:
    """A line for each row: name, test accuracy with its interval, verdict."""
    return "\n".join(map(_line, table.lines))


def excerpt_line(part: Excerpt) -> str:
    """The same of an excerpt."""
    return "\n".join(map(_line, part.lines))


def _line(line: Line) -> str:
    name, spoken = f"{line.row.name:<12} {configuration(line.recipe):<24}", words()
    if line.test is None:
        return f"{name} {say('all_diverged')}"
    mean, low, high = map(spoken.pct, (line.test.mean, line.test.low, line.test.high))
    accuracy = f"{mean} [{low}; {high}]"
    if line.verdict is None:
        return f"{name} {accuracy}"
    verdict = spoken.plain(f"verdict.{line.verdict.decision.name.lower()}")
    return f"{name} {accuracy}  {spoken.signed(line.verdict.difference)}  {verdict}"
