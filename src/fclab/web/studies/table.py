"""Studies read: which there are, the final table of one, two rows against each other."""

from collections.abc import Iterator
from typing import Any, Final

from fclab.analysis.effects import QUANTITIES, change
from fclab.labs.kept import kept_lab, lab_names
from fclab.labs.lab1.content.comments import comment, said
from fclab.labs.lab1.content.ladder import conclusions, label, word
from fclab.labs.lab1.content.study_table import table_text, table_values
from fclab.labs.lab1.content.two_rows import paragraphs
from fclab.labs.lab1.study import study_name
from fclab.labs.lab1.tasks import answered, claims
from fclab.report.recipes import configuration, hyperparameters
from fclab.store.database import Store
from fclab.study.kept import load_definition, load_study, newest_study
from fclab.study.partial import kept_table
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.study.two_rows import compare_rows
from fclab.tuning.kept_ladder import load_ladder
from fclab.tuning.rungs import LadderTable, RungLine, ladder_table
from fclab.values.errors import FclabError
from fclab.web.studies.opened import is_there, opened
from fclab.web.tasks.study import CompareWish, StudiesWish, StudyWish
from fclab.web.tasks.task import SPOKEN, Alive, Emit, Event
from fclab.words.said import said as error_text
from fclab.words.spans import plain_text
from fclab.words.wording import Wording, wording

MOST: Final = 500
"""Studies, and labs, that are listed."""


def list_studies(wish: StudiesWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """What the store has; without a store nothing."""
    if not is_there():
        yield {"kind": "done", "store": "", "studies": [], "labs": [], "more": 0}
        return
    with opened() as store:
        names = store.names("study")
        studies = [_listed(store, name, alive) for name in names[:MOST]]
        labs = [_lab(store, name) for name in lab_names(store)[:MOST]]
        yield {
            "kind": "done",
            "store": store.name,
            "studies": studies,
            "labs": labs,
            "more": max(0, len(names) - MOST),
        }


def _listed(store: Store, name: str, alive: Alive) -> dict[str, Any]:
    alive()
    try:
        found = load_definition(store, name)
    except FclabError as error:
        return {"name": name, "unread": error_text(error, SPOKEN.get())}
    return {
        "name": name,
        "classes": found.classes,
        "source": found.source,
        "seeds": found.settings.seeds,
        "protocol": found.settings.protocol,
        "rows": [[row.name, _row_title(row)] for row in found.rows],
        "data": found.fingerprint[:12],
    }


def _lab(store: Store, name: str) -> dict[str, Any]:
    try:
        _, _, kept = kept_lab(store, name)
    except FclabError as error:
        return {"name": name, "unread": error_text(error, SPOKEN.get())}
    study = kept.study if isinstance(kept.study, str) else ""
    return {"name": name, "parts": [part.name for part in kept.parts], "study": study}


def _row_title(row: Row) -> str:
    return wording(SPOKEN.get()).title(row)


def open_study(wish: StudyWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The final table of what the store still has of a study, its effects, the answers to the
    tasks, and the ladder on its images.

    Raises:
        DataError: there is no such study, it is of another version, or a run is damaged.
    """
    words = wording(SPOKEN.get())
    with opened() as store:
        name = wish.study or newest_study(store)
        definition = load_definition(store, name)
        alive()
        table, lost = kept_table(store, definition, claims)
        alive()
        told: dict[str, Any] = {
            "name": name,
            "lost": [[row, n] for row, n in lost],
            "classes": definition.classes,
            "source": definition.source,
            "seeds": definition.settings.seeds,
            "labs": [one for one in lab_names(store) if _is_of(store, one, name)],
        }
        if table is None:
            yield {"kind": "done", **told, "lines": []}
            return
        yield {"kind": "table", **told, **_table(table, name, words)}
        alive()
        ladder = load_ladder(store, table.study.dataset.name)
    if ladder and ladder.dataset.fingerprint == definition.fingerprint:
        yield {"kind": "ladder", **climbed(ladder_table(ladder), words)}
    answers = [
        {
            "title": words.plain(f"tasks.{task.name}.title"),
            "paragraphs": [plain_text(words.text(*paragraph)) for paragraph in told],
        }
        for task, told in answered(table)
    ]
    yield {"kind": "done", "answers": answers}


def _is_of(store: Store, lab: str, study: str) -> bool:
    try:
        return kept_lab(store, lab)[2].study == study
    except FclabError:
        return False


def _table(table: FinalTable, name: str, words: Wording) -> dict[str, Any]:
    text, values = table_text(table, name, words), table_values(table, words)
    info = table.study.dataset
    return {
        "caption": text.caption,
        "headings": dict(text.headings),
        "substitute": info.substitute,
        "named": [words.called(one) for one in info.class_names],
        "usual": name == study_name(info, table.study.definition.settings.protocol),
        "lines": [
            {"cells": {column: [*pieces] for column, pieces in cells.items()}}
            | _line(line, shown, table, words)
            for line, shown, cells in zip(table.lines, values, text.rows, strict=True)
        ],
    }


def _line(line: Line, shown: dict[str, Any], table: FinalTable, words: Wording) -> dict[str, Any]:
    told = comment(table, line)
    computed = told[: len(told) - len(said(line))]
    row = line.row
    return {
        "name": row.name,
        "title": words.title(row),
        "kind": row.kind,
        "own": row.kind == "own",
        "parent": row.parent,
        "parent_title": words.title(line.parent.row) if line.parent else "",
        "said": row.comment,
        "computed": plain_text(words.text(*computed)),
        "figures": {key: shown[key] for key in _FIGURES},
        "recipe": row.recipe.model_dump(mode="json", include=_RECIPE)
        | {"hidden": row.recipe.layers[:-1]},
        "effects": {name: _effect(line, name) for name in QUANTITIES},
    }


_FIGURES: Final = (
    "train", "train_low", "train_high", "test", "test_low", "test_high", "difference",
    "corrected_low", "corrected_high", "p_adjusted", "verdict", "detectable", "seeds", "diverged",
)  # fmt: skip
_RECIPE: Final = {"lr", "batch_size", "epochs", "activation", "momentum", "weight_decay", "dropout",
                  "flip", "shift"}  # fmt: skip


def _effect(line: Line, quantity: str) -> list[float] | None:
    found = change(line, quantity)
    return [found.difference, found.low, found.high] if found else None


def climbed(table: LadderTable, words: Wording) -> dict[str, Any]:
    """A ladder, as far as it is climbed."""
    return {
        "rungs": [_rung(line, words) for line in table.rungs],
        "ablation": [_rung(line, words) for line in table.ablation],
        "conclusions": [plain_text(words.text(one)) for one in conclusions(words, table)],
    }


def _rung(line: RungLine, words: Wording) -> dict[str, Any]:
    test, verdict, recipe = line.test, line.verdict, line.rung.row.recipe
    return {
        "name": line.rung.row.name,
        "title": label(words, line),
        "aside": line.rung.aside,
        "configuration": configuration(recipe),
        "hyperparameters": hyperparameters(recipe),
        "test": [test.mean, test.low, test.high] if test else None,
        "change": [line.comparison.difference, verdict.low, verdict.high]
        if line.comparison and verdict else None,
        "verdict": verdict.decision.value if verdict else None,
        "word": word(words, verdict),
        "seeds": line.n_seeds,
        "diverged": line.diverged,
    }  # fmt: skip


def compare(wish: CompareWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Two rows, of one study or of two on the same images, as ``fclab compare`` does.

    Raises:
        UsageError: no such row, or the studies are of different images.
        DataError: no such study, runs of it are missing or damaged.
        FclabError: all runs of a row diverged.
    """
    words = wording(SPOKEN.get())
    with opened() as store:
        name = wish.study or newest_study(store)
        first = load_study(store, name)
        alive()
        same = wish.other in ("", name)
        other = first if same else load_study(store, wish.other)
    alive()
    found = compare_rows(first, wish.first, other, wish.second)
    yield {
        "kind": "done",
        "names": found.names,
        "paragraphs": [plain_text(words.text(*paragraph)) for paragraph in paragraphs(found)],
        "accuracies": found.accuracies,
        "change": [found.change.difference, found.verdict.low, found.verdict.high],
        "verdict": found.verdict.decision.value,
        "classes": [
            {
                "name": words.called(one.name),
                "number": one.name.number,
                "shares": [one.first, one.second],
                "change": [one.verdict.difference, one.verdict.low, one.verdict.high],
                "verdict": one.verdict.decision.value,
            }
            for one in found.classes
        ],
    }
