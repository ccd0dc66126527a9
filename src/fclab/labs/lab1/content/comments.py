"""Comments on the rows of a study: sentences with the row's own numbers."""

from fclab.labs.lab1.tasks import task_of
from fclab.labs.lab1.tasks.task import changes
from fclab.study.table import FinalTable, Line
from fclab.words.wording import Say, say

_WITH_LOSS = ("stop", "past")
"""Kinds of rows whose loss is said beside their accuracy: they are about over-fitting."""


def comment(table: FinalTable, line: Line) -> list[Say]:
    """What a row shows: the move that made it, what came of that, and what the student says."""
    task = task_of(line.row.kind)
    sentences = list(task.say(table, line)) if task else [_own(line)]
    runs = table.study.runs[line.row.name]
    at = [run.diverged_at for run in runs if run.diverged_at is not None]
    if not line.runs:
        return [*sentences, say("rows.diverged_all", n=len(runs), epoch=min(at),
                                lr=line.recipe.lr), *said(line)]  # fmt: skip
    if at:
        sentences.append(say("rows.diverged_some", count=len(at), n=len(runs)))
    parent = line.parent
    if line.comparison is not None and line.verdict is not None and parent is not None:
        key = f"rows.{line.verdict.decision.key}"
        sentences.append(say(key, parent=parent.row, change=line.comparison, verdict=line.verdict))
    if line.row.kind in _WITH_LOSS and parent and parent.test_loss and line.test_loss:
        loss, before = line.test_loss.mean, parent.test_loss.mean
        sentences.append(say("rows.loss", loss=loss, before=before, parent=parent.row))
    return [*sentences, *said(line)]


def said(line: Line) -> list[Say]:
    """What the student says about a row."""
    return [say("rows.own.said", text=line.row.comment)] if line.row.comment else []


def in_short(line: Line) -> list[Say]:
    """The same in a few words: by which move the row came about."""
    values = {"factor": line.row.factor, "epochs": line.recipe.epochs,
              "batch": line.recipe.batch_size, "lr": line.recipe.lr,
              "candidates": line.row.candidates, "choice": line.row.choice}  # fmt: skip
    sentences = [say(f"rows.{line.row.kind}.short", **values)]
    if line.diverged:
        n, runs = line.diverged, line.diverged + len(line.runs)
        sentences.append(say("rows.diverged", n=n, all=runs))
    return sentences


def _own(line: Line) -> Say:
    """Of a row that no task made: how it differs."""
    kind, found = line.row.kind, changes(line)
    key = "own.comment" if kind == "own" else "changed"
    parent = line.parent.row if line.parent else line.row
    return say(f"rows.{key if found else 'same'}", parent=parent, changes=found)
