"""What a row of a study is called on a page; the command line knows it by its name."""

from fclab.figures.texts import Lang, has_text, number, text
from fclab.recipe import format_layers
from fclab.study.rows import Row


def row_title(row: Row, lang: Lang) -> str:
    """The title of a row by the move that made it: "stopped at epoch 56" is `stop`.

    A row of the student's own is called as the student called it, a rung of the ladder too.
    """
    recipe, key = row.recipe, f"row_{row.kind}"
    if not has_text(key):
        return row.name
    return text(
        key,
        lang,
        epochs=number(recipe.epochs, lang),
        batch="—" if recipe.batch_size is None else number(recipe.batch_size, lang),
        lr=decimal(recipe.lr, lang),
        layers=format_layers(recipe.layers),
    )


def decimal(value: float, lang: Lang) -> str:
    """As many digits as it has: 0.005, 0,005."""
    return f"{value:.6g}".replace(".", "," if lang == "ru" else ".")
