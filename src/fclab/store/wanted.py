"""Which of the kept runs are wanted, as conditions that the database can answer by its indexes."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Text,
    any_,
    false,
    func,
    literal,
    or_,
    select,
)

from fclab.store import schema
from fclab.store.pack import check_digest
from fclab.values.dataset import DatasetInfo
from fclab.values.recipe import Recipe

_FEW = 100  # values that are written one by one
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Wanted:
    """Which runs; all conditions that are given must hold.

    Attributes:
        data: whether runs on a dataset are.
        recipe: whether runs of a recipe are.
        engine: the name of who trained.
        seeds: one of these.
        diverged: only runs that did, or only those that did not.
        key: the first characters of the key.
    """

    data: Callable[[DatasetInfo], bool] | None = None
    recipe: Callable[[Recipe], bool] | None = None
    engine: str | None = None
    seeds: tuple[int, ...] = ()
    diverged: bool | None = None
    key: str = ""

    def conditions(self, connection: Connection) -> list[ColumnElement[bool]]:
        """The conditions on the columns of ``schema.runs`` that its index of listings holds.

        Raises:
            Corrupt: a dataset is damaged.
        """
        runs, found = schema.runs.c, []
        if self.data is not None:
            found.append(among(connection, runs.dataset, _datasets(connection, self.data)))
        if self.recipe is not None:
            found.append(among(connection, runs.recipe_key, _recipes(connection, self.recipe)))
        if self.engine is not None:
            of_device = runs.family.startswith(f"{self.engine}-", autoescape=True)
            found.append(or_(runs.family == self.engine, of_device))
        if self.seeds:
            found.append(runs.seed.in_(self.seeds))
        if self.diverged is not None:
            found.append(runs.diverged_at.is_not(None) == self.diverged)
        if key := self.key.lower():
            found += [runs.key >= key, runs.key < f"{key}g"]  # what a prefix is to an index
            found += [] if _HEXADECIMAL.issuperset(key) else [false()]
        return found


EVERYTHING = Wanted()


def among(
    connection: Connection, column: ColumnElement[Any], values: Collection[str]
) -> ColumnElement[bool]:
    """That a column has one of some values, however many these are."""
    if len(values) <= _FEW:
        return column.in_(values)
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(Text)))
    each = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(each.c.value))


def _datasets(connection: Connection, data: Callable[[DatasetInfo], bool]) -> list[str]:
    chosen = select(schema.datasets).execution_options(yield_per=500)
    found = []
    for row in connection.execute(chosen).mappings():
        check_digest(row)
        if data(DatasetInfo.model_validate(row["info"])):
            found.append(row["fingerprint"])
    return found


def _recipes(connection: Connection, recipe: Callable[[Recipe], bool]) -> list[str]:
    runs = schema.runs.c
    first = select(func.min(runs.key)).group_by(runs.recipe_key)
    chosen = select(runs.recipe_key, runs.recipe).where(runs.key.in_(first))
    return [row.recipe_key for row in connection.execute(chosen)
            if recipe(Recipe.model_validate(row.recipe))]  # fmt: skip
