"""What the figures of a study draw, out of its final table."""

from __future__ import annotations

from fclab import figures
from fclab.study.table import FinalTable, Line
from fclab.values.recipe import CIFAR, Recipe
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_SAID = {"layers", "lr", "batch_size", "epochs"}
"""Fields that every label holds; others are named where they are not the lab's."""


def forest_rows(table: FinalTable, lang: Lang) -> tuple[figures.ForestRow, ...]:
    """The rows that have a parent, for `fclab.figures.forest_plot`."""
    words = wording(lang)
    return tuple(
        figures.ForestRow(
            figures.RowLabel(words.title(line.row)),
            line.verdict,
            line.diverged,
        )
        for line in table.lines
        if line.row.parent
    )


def recall_rows(table: FinalTable, lang: Lang) -> tuple[figures.RecallRow, ...]:
    """All rows, for `fclab.figures.recall_map`."""
    words = wording(lang)
    return tuple(
        figures.RecallRow(
            figures.RowLabel(
                title := words.title(line.row),
                "; ".join(
                    [line.row.name] * (title != line.row.name) + [configuration(line, words)]
                ),
            ),
            line.recall if line.runs else None,
        )
        for line in table.lines
    )


def configuration(line: Line, words: Wording) -> str:
    """Layers, learning rate, batch size and epochs of a row, and what else is not the lab's."""
    said = words.plain("figures.configuration", recipe=line.recipe)
    return "; ".join([said, *_others(line.recipe, words)])


def _others(recipe: Recipe, words: Wording) -> list[str]:
    changes = recipe.changes_from(CIFAR)
    return [
        f"{name} = {words.num(value, 6) if isinstance(value, float) else value}"
        for name, (_, value) in changes.items()
        if name not in _SAID
    ]
