"""What the figures of a study draw, out of its final table."""

from fclab.figures import ForestRow, RecallRow, RowLabel
from fclab.study.table import FinalTable, Line
from fclab.values.recipe import CIFAR, Recipe, format_layers
from fclab.words.figures import Lang, number, text
from fclab.words.titles import decimal, row_title

_SAID = {"layers", "lr", "batch_size", "epochs"}
"""Fields that every label holds; others are named where they are not the lab's."""


def forest_rows(table: FinalTable, lang: Lang) -> tuple[ForestRow, ...]:
    """The rows that have a parent, for `fclab.figures.forest_plot`."""
    return tuple(
        ForestRow(
            RowLabel(
                row_title(line.row, lang),
                f"{line.row.name} ← {line.row.parent}; {configuration(line, lang)}",
            ),
            line.verdict,
            line.diverged,
        )
        for line in table.lines
        if line.row.parent
    )


def recall_rows(table: FinalTable, lang: Lang) -> tuple[RecallRow, ...]:
    """All rows, for `fclab.figures.recall_map`."""
    return tuple(
        RecallRow(
            RowLabel(
                title := row_title(line.row, lang),
                "; ".join([line.row.name] * (title != line.row.name) + [configuration(line, lang)]),
            ),
            line.recall if line.runs else None,
        )
        for line in table.lines
    )


def configuration(line: Line, lang: Lang) -> str:
    """Layers, learning rate, batch size and epochs of a row, and what else is not the lab's."""
    recipe = line.recipe
    batch = recipe.batch_size
    said = text(
        "configuration", lang,
        layers=format_layers(recipe.layers), lr=decimal(recipe.lr, lang),
        batch="—" if batch is None else number(batch, lang), epochs=number(recipe.epochs, lang),
    )  # fmt: skip
    return "; ".join([said, *_others(recipe, lang)])


def _others(recipe: Recipe, lang: Lang) -> list[str]:
    changes = recipe.changes_from(CIFAR)
    return [
        f"{name} = {decimal(value, lang) if isinstance(value, float) else value}"
        for name, (_, value) in changes.items()
        if name not in _SAID
    ]
