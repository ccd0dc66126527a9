"""What a search writes: the table of its candidates, and the winner as a row of a study."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fclab.store.export import Columns, recipe_columns
from fclab.study.rows import Row
from fclab.tuning.trials import Search
from fclab.values.recipe import Recipe
from fclab.values.text import quoted


def candidate_table(found: Search) -> tuple[Columns, list[dict[str, Any]]]:
    """All candidates as a table for other programs: columns with their types, and rows."""
    fields: Columns = {name: recipe_columns()[name] for name in found.space.searched}
    columns: Columns = {
        "number": "integer", "state": "string", "seeds": "integer",
        "valid_accuracy": "number", "valid_loss": "number", **fields,
    }  # fmt: skip
    rows = [
        {
            "number": trial.number,
            "state": trial.state,
            "seeds": len(trial.accuracies),
            "valid_accuracy": trial.accuracy if trial.accuracies else None,
            "valid_loss": trial.loss if trial.losses else None,
            **trial.values,
        }
        for trial in found.tried
    ]
    return columns, rows


def winner_toml(row: Row, base: Recipe) -> str:
    """A row as TOML, as `fclab study --rows` reads it: name, parent, and the fields in which it
    differs from the parent."""
    named = {"name": row.name, "parent": row.parent, **_changes(row.recipe, base)}
    return "\n".join(["[[rows]]", *(f"{key} = {_toml(v)}" for key, v in named.items())]) + "\n"


def add_command(row: Row, base: Recipe, **where: str | None) -> str:
    """The command that adds a row to a study.

    Args:
        row: of the winner.
        base: the recipe of its parent.
        where: options that say which study; those that are None are left out.
    """
    given = {"name": row.name, "parent": row.parent, **where, **_changes(row.recipe, base)}
    options = (_option(key.replace("_", "-"), v) for key, v in given.items() if v is not None)
    return " ".join(["fclab study add", *options])


def study_command(rows: Path, classes: Sequence[int], **where: str | None) -> str:
    """The command that does the study of some classes with the rows of a file in it.

    Args:
        rows: the file, as `winner_toml` writes it.
        classes: numbers; none of pictures of one's own.
        where: further options; those that are None are left out.
    """
    given = {**where, "rows": rows}
    options = (_option(key.replace("_", "-"), v) for key, v in given.items() if v is not None)
    chosen = ["--classes", *map(str, classes)] if classes else []
    return " ".join(["fclab study", *chosen, *options])


def _changes(recipe: Recipe, base: Recipe) -> Mapping[str, Any]:
    changed = recipe.changes_from(base)
    values = recipe.model_dump(mode="json")
    return {name: values[name] for name in changed}


def _toml(value: Any) -> str:
    """Text, numbers and truth values are written alike in JSON and in TOML: no library for it."""
    return json.dumps(value, ensure_ascii=False)


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {quoted(value)}"
