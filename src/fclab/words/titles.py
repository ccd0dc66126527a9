"""What a row of a study is called on a page; the command line knows it by its name."""

from typing import Protocol

from fclab.values.recipe import Recipe, format_layers
from fclab.words.figures import Lang, has_text, number, text


class Titled(Protocol):
    """A row of a study, as far as its title goes."""

    @property
    def name(self) -> str:
        """The name that commands know it by."""
        ...

    @property
    def kind(self) -> str:
        """The move that made it."""
        ...

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        ...


def row_title(row: Titled, lang: Lang) -> str:
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
