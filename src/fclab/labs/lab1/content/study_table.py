"""The final table of a study: its cells in words, and its values for other programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fclab.labs.lab1.content.comments import comment
from fclab.report.recipes import configuration, hyperparameters
from fclab.statistics import SeedMean
from fclab.study.rows import Choice, Row
from fclab.study.table import FinalTable, Line
from fclab.words.spans import plain_text
from fclab.words.wording import Wording, say

COLUMNS = (
    "row", "configuration", "hyperparameters", "train", "test", "iterations", "compared", "comment",
)  # fmt: skip

Pieces = tuple[str, ...]
"""A cell in short pieces, the most important one first: a narrow table puts them on lines."""


@dataclass(frozen=True)
class TableText:
    """The final table in one language.

    Attributes:
        title, caption: above and below it.
        headings: by column, see `COLUMNS`.
        rows: the cells of every row by column.
    """

    title: str
    caption: str
    headings: Mapping[str, str]
    rows: tuple[Mapping[str, Pieces], ...]


def table_text(table: FinalTable, name: str, words: Wording) -> TableText:
    """The table in words.

    Args:
        name: of the study.
    """
    study = table.study
    settings, sizes = study.definition.settings, study.dataset.sizes
    sentences = [
        say(
            "study_table.caption",
            seeds=settings.seeds,
            images=sizes["test"],
            family=table.family,
        ),
        say(f"study_table.protocol_{settings.protocol}"),
    ]
    if study.dataset.substitute:
        sentences.append(say("study_table.stand_in", substitute=study.dataset.substitute))
    if len(table.arithmetics) > 1:
        sentences.append(say("study_table.mixed", processors=table.arithmetics))
    return TableText(
        title=words.plain("study_table.title", name=name),
        caption=plain_text(words.text(*sentences)),
        headings={column: words.plain(f"study_table.{column}") for column in COLUMNS},
        rows=tuple(_cells(table, line, words) for line in table.lines),
    )


def _cells(table: FinalTable, line: Line, words: Wording) -> Mapping[str, Pieces]:
    return {
        "row": _name(line.row, words),
        "configuration": (configuration(line.recipe),),
        "hyperparameters": (hyperparameters(line.recipe),),
        "train": _accuracy(line.train, words),
        "test": _accuracy(line.test, words),
        "iterations": (words.whole(line.iterations) if line.runs else "—",),
        "compared": _compared(line, words),
        "comment": (plain_text(words.text(*comment(table, line))),),
    }


def _name(row: Row, words: Wording) -> Pieces:
    """The title of a row, then the name that commands know it by, where that is another one."""
    title = words.title(row)
    return (title,) if title == row.name else (title, f"({row.name})")


def _accuracy(found: SeedMean | None, words: Wording) -> Pieces:
    if found is None:
        return (words.plain("study_table.none"),)
    keys = ("mean", "alone") if found.n_seeds == 1 else ("mean", "interval", "range")
    return tuple(words.plain(f"study_table.{key}", **asdict(found)) for key in keys)


def _compared(line: Line, words: Wording) -> Pieces:
    if line.parent is None:
        return (words.plain("study_table.base"),)
    if line.verdict is None:
        return (words.plain("study_table.none"),)
    word, values = line.verdict.decision.key, asdict(line.verdict)
    keys = ("difference", "limits", word, "detectable")
    return tuple(
        words.plain(f"study_table.{key}", parent=line.parent.row.name, **values) for key in keys
    )


def table_values(table: FinalTable, words: Wording) -> list[dict[str, Any]]:
    """The rows as plain values: shares from 0 to 1, None for what there is not; the comment in the
    language of the words.

    ``difference_low``, ``difference_high`` and ``p`` are those of the comparison alone (95 %);
    ``corrected_low``, ``corrected_high``, ``p_adjusted``, ``verdict`` and ``detectable`` those of
    the whole study, judged at ``level``.
    """
    return [_values(table, line, words) for line in table.lines]


def _values(table: FinalTable, line: Line, words: Wording) -> dict[str, Any]:
    recipe, change, verdict = line.recipe, line.comparison, line.verdict
    return {
        "row": line.row.name,
        "kind": line.row.kind,
        "parent": line.row.parent,
        "configuration": configuration(recipe),
        "hyperparameters": hyperparameters(recipe),
        **_mean("train", line.train),
        **_mean("test", line.test),
        "seeds": len(line.runs),
        "diverged": line.diverged,
        "iterations": line.iterations,
        "difference": change.difference if change else None,
        "difference_low": change.low if change else None,
        "difference_high": change.high if change else None,
        "p": change.p_value if change else None,
        "level": verdict.level if verdict else None,
        "corrected_low": verdict.low if verdict else None,
        "corrected_high": verdict.high if verdict else None,
        "p_adjusted": verdict.p_adjusted if verdict else None,
        "verdict": verdict.decision.value if verdict else None,
        "detectable": verdict.detectable if verdict else None,
        **_choice(line.row.choice),
        "comment": plain_text(words.text(*comment(table, line))),
    }


def _choice(choice: Choice | None) -> dict[str, float | int | None]:
    flattery = choice.flattery if choice else None
    return {
        "choice_seeds": choice.rounds[-1].seeds if choice else None,
        "choice_certainty": choice.certainty if choice else None,
        "chosen_by_few": choice.chosen_by_few if choice else None,
        "optimism": flattery.difference if flattery else None,
        "optimism_low": flattery.low if flattery else None,
        "optimism_high": flattery.high if flattery else None,
    }


def _mean(name: str, found: SeedMean | None) -> dict[str, float | None]:
    fields = {"": "mean", "_low": "low", "_high": "high", "_worst": "least", "_best": "greatest"}
    return {
        f"{name}{suffix}": getattr(found, field) if found else None
        for suffix, field in fields.items()
    }
