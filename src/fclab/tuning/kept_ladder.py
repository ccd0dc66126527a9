"""Ladders that are kept: which rungs were climbed; their runs are in the store already."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fclab.store.database import Store
from fclab.study.rows import Row
from fclab.tuning.causes import Cause
from fclab.tuning.ladder import Ladder, Rung
from fclab.values.errors import DataError
from fclab.values.run import EngineChoice


class _Kept(BaseModel):
    """A row and the engine that trained it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: Row
    engine: EngineChoice
    cause: Cause | None = None
    together: bool = False
    aside: bool = False

    @property
    def rung(self) -> Rung:
        return Rung(self.row, self.cause, self.together, self.aside)


class _KeptLadder(BaseModel):
    """All that makes a climbed ladder again from the runs of a store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    fingerprint: str
    seeds: int
    rungs: tuple[_Kept, ...]
    ablation: tuple[_Kept, ...]


def keep_ladder(store: Store, ladder: Ladder) -> None:
    """Keep a ladder under the name of its dataset, in place of an older one."""

    def kept(rungs: tuple[Rung, ...]) -> tuple[_Kept, ...]:
        return tuple(
            _Kept(**vars(rung), engine=ladder.runs[rung.row.name][0].engine) for rung in rungs
        )

    seeds = len(next(iter(ladder.runs.values())))
    definition = _KeptLadder(
        fingerprint=ladder.dataset.fingerprint,
        seeds=seeds,
        rungs=kept(ladder.rungs),
        ablation=kept(ladder.ablation),
    )
    store.keep("ladder", ladder.dataset.name, definition.model_dump(mode="json"))


def load_ladder(store: Store, name: str) -> Ladder | None:
    """The ladder that was climbed on a dataset of this name: read, never trained. None if there
    is none, or some of its runs are no longer in the store.

    Raises:
        DataError: a run is damaged, or another version of fclab wrote the ladder.
    """
    found = store.definition("ladder", name)
    if found is None:
        return None
    try:
        definition = _KeptLadder.model_validate(found)
    except ValidationError as error:
        raise DataError(
            "the ladder of {name} in the store {store} was written by another version of "
            "fclab: climb it again with `fclab ladder`",
            name=name,
            store=store.name,
        ) from error
    runs = {}
    for kept in (*definition.rungs, *definition.ablation):
        seeds = range(definition.seeds)
        of_row = store.get(definition.fingerprint, kept.row.recipe, seeds, kept.engine)
        if len(of_row) < definition.seeds:
            return None
        runs[kept.row.name] = [of_row[seed] for seed in seeds]
    first = next(iter(runs.values()))[0]
    return Ladder(
        first.dataset,
        tuple(kept.rung for kept in definition.rungs),
        tuple(kept.rung for kept in definition.ablation),
        runs,
    )
