"""Rows of the student's own out of a TOML file.

[[rows]]
name = "wide and slow"      # unique in the study
parent = "stop"             # the row it starts from and is compared to; this is the default
layers = "FC(32), FC(3)"    # any fields of a recipe that differ from the parent's
lr = 0.001
epochs = 300
comment = "I expected more" # stands behind the computed comment of the row
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fclab.study.rows import Definition, OwnRow, Row
from fclab.values.errors import Clause, RecipeError, UsageError
from fclab.values.fields import reason_of
from fclab.values.files import read_toml
from fclab.values.recipe import Recipe
from fclab.values.text import one_line, quoted

_OF_THE_ROW = ("name", "parent", "comment")
"""Keys of a row that are no fields of its recipe."""


def read_rows(path: Path) -> tuple[OwnRow, ...]:
    """The rows of a file, in its order.

    Raises:
        UsageError: the file cannot be read or is not TOML, or a row says what cannot be meant; file
            and field are named.
    """
    found = read_toml(path)
    if unknown := found.keys() - {"rows"}:
        raise UsageError(
            "{path}: {unknown}: a file of rows has [[rows]] only",
            path=path,
            unknown=", ".join(sorted(unknown)),
        )
    tables = found.get("rows")
    if not isinstance(tables, list) or not tables:
        raise UsageError("{path}: there are no rows: each begins with [[rows]]", path=path)
    rows = tuple(_row(path, number, table) for number, table in enumerate(tables, start=1))
    for number, row in enumerate(rows):
        if row.name in {other.name for other in rows[:number]}:
            raise UsageError("{path}: two rows are called {name!r}", path=path, name=row.name)
    return rows


def _row(path: Path, number: int, table: object) -> OwnRow:
    if not isinstance(table, dict):
        raise UsageError(
            "{path}: row {number} is not a table: each begins with [[rows]]",
            path=path,
            number=number,
        )
    changes = {key: value for key, value in table.items() if key not in _OF_THE_ROW}
    where = Clause("{path}: row {number}", path=path, number=number)
    try:
        own = asked(changes, **{key: table[key] for key in _OF_THE_ROW if key in table})
    except UsageError as error:
        raise UsageError("{where}: {reason}", where=where, reason=error) from error
    for field, value in changes.items():  # each alone: what they are together, the parent decides
        try:
            Recipe(**{field: value})
        except RecipeError as error:
            if error.field:
                raise UsageError(
                    "{where} ({name}): {reason}", where=where, name=own.name, reason=error
                ) from error
    return own


def asked(changes: Mapping[str, Any], **names: Any) -> OwnRow:
    """A row as a student asks for it.

    Args:
        changes: fields of the recipe that differ from the parent's.
        names: name, parent if it is not ``stop``, and comment.

    Raises:
        UsageError: a name is empty, too long, or cannot be shown as it is.
    """
    try:
        if isinstance(name := names.get("name"), str):
            names["name"] = one_line(name)
        return OwnRow.model_validate({**names, "changes": changes})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(
            "{field}: {reason}", field=first["loc"][0], reason=reason_of(first)
        ) from error
    except ValueError as error:
        raise UsageError("name: {reason}", reason=error) from error


def own_of(rows: Sequence[Row]) -> tuple[OwnRow, ...]:
    """The student's own rows among those of a study, as they were asked for; of rows that
    fclab 0.1.0 kept, as what they change in their parents."""
    by_name = {row.name: row for row in rows}

    def wish(row: Row) -> OwnRow:
        if row.own is not None:
            return row.own.model_copy(update={"whole": row.recipe})
        parent = row.parent or "base"
        changes = row.recipe.changes_from(by_name[parent].recipe)
        return OwnRow(
            name=row.name,
            parent=parent,
            changes={field: after for field, (_, after) in changes.items()},
            whole=row.recipe,
            comment=row.comment,
        )

    return tuple(wish(row) for row in rows if row.kind == "own")


def replaced(own: Sequence[OwnRow], anew: Sequence[OwnRow]) -> tuple[OwnRow, ...]:
    """OwnRow rows with those that are given anew under their names, at their places, and with new
    ones after them."""
    given = {row.name: row for row in anew}
    names = {row.name for row in own}
    return (
        *(given.get(row.name, row) for row in own),
        *(row for row in anew if row.name not in names),
    )


def without_own(definition: Definition, names: Collection[str]) -> Definition:
    """A study without some of the student's own rows; their runs stay in the store.

    Raises:
        UsageError: a row is missing or not the student's own, or another row starts from it.
    """
    by_name = {row.name: row for row in definition.rows}
    for name in names:
        if name not in by_name:
            raise UsageError(
                "no row {name!r}: there are {rows}", name=name, rows=", ".join(by_name)
            )
        if by_name[name].kind != "own":
            raise UsageError("{name!r} is a row of the lab's tasks, not one of your own", name=name)
    rows = tuple(row for row in definition.rows if row.name not in names)
    if others := _that_start_from(rows, names):
        all_of_them = quoted(*names, *others)
        raise UsageError(
            "{others} would be left without the row that they start from: to remove all, "
            "fclab study remove {all_of_them}",
            others=", ".join(map(repr, others)),
            all_of_them=all_of_them,
        )
    engines = {row.name: definition.engines[row.name] for row in rows}
    return definition.model_copy(update={"rows": rows, "engines": engines})


def _that_start_from(rows: Sequence[Row], names: Collection[str]) -> list[str]:
    """The rows that start from some others, from those that start from them, and so on."""
    found: list[str] = []
    for row in rows:  # a row stands behind the one that it starts from
        if {row.parent, row.own.parent if row.own else None} & {*names, *found}:
            found.append(row.name)
    return found


def with_comments(rows: Sequence[Row], before: Sequence[Row]) -> tuple[Row, ...]:
    """Rows of a lab's tasks with what the student said about those of the same names before; own
    rows have their comments themselves."""
    said = {row.name: row.said for row in before if row.said}
    return tuple(
        row.model_copy(update={"said": said[row.name]}) if row.name in said and not row.own else row
        for row in rows
    )


def free_name(rows: Sequence[Row]) -> str:
    """The next name for a row that was not given one: own-1, own-2, ..."""
    taken = {row.name for row in rows}
    return next(name for k in range(1, len(rows) + 2) if (name := f"own-{k}") not in taken)
