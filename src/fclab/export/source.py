"""What is exported: networks and their trainings, out of folders or out of a store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fclab.store.database import Store
from fclab.store.folder import find_models, has_run, read_run
from fclab.study.kept import load_definition, load_study, newest_study
from fclab.tuning.kept_ladder import load_ladder
from fclab.values.errors import UsageError
from fclab.values.model import Model
from fclab.values.run import Run


@dataclass(frozen=True, eq=False)
class Source:
    """A network, and its training where it is told.

    Attributes:
        model: of most runs of a store without weights, see `Model.check_weights`.
        run: None: of the network alone there are files.
    """

    model: Model
    run: Run | None = None

    @classmethod
    def of(cls, run: Run) -> "Source":
        """A network whose training is known."""
        return cls(run.model, run)


def from_folder(place: Path, *, several: bool = False) -> list[Source]:
    """The networks of a folder: that of a model or a run, or those of a folder of results.

    Args:
        place: a folder, or a file of a model.
        several: all that are there; else of several the only one that sees images.

    Raises:
        UsageError: there are several, and one must be named.
        DataError: there is none, or one is damaged.
    """
    models = find_models(place)
    seeing = [folder for folder, model in models.items() if len(model.dataset.input_shape) == 3]
    if several:
        chosen = list(models)
    elif len(models) == 1 or len(seeing) == 1:
        chosen = seeing or list(models)
    else:
        names = ", ".join(map(str, models))
        raise UsageError(
            "{folder} has {n} models: name one of {names}",
            folder=place, n=len(models), names=names,
        )  # fmt: skip
    return [
        Source.of(read_run(folder)) if has_run(folder) else Source(models[folder])
        for folder in chosen
    ]


def from_store(store: Store, name: str) -> list[Run]:
    """The runs of a row of a study or of a rung of a ladder, in the order of their seeds; as the
    store keeps them, that is with weights for seed 0 alone.

    Args:
        store: where they are kept.
        name: of a row of the study that was changed last, ``STUDY:ROW``, or of a rung.

    Raises:
        UsageError: there is none of that name; the line says which there are.
        DataError: a run is missing or damaged, or another version of fclab wrote it.
    """
    study, colon, row = name.rpartition(":")
    studies = store.names("study")
    if not (colon and study in studies):
        study, row = (newest_study(store) if studies else ""), name
    rows = [one.name for one in load_definition(store, study).rows] if study else []
    if row in rows:
        return load_study(store, study).runs[row]
    rungs = _rungs(store)
    if row in rungs:
        return list(rungs[row])
    known = ", ".join(dict.fromkeys([*rows, *rungs]))
    if not known:
        raise UsageError(
            "{name} is no folder, and no rows are kept in {store}: name the folder of a model",
            name=name, store=store.name,
        )  # fmt: skip
    raise UsageError(
        "{name} is no folder and no row: there are the rows {known}", name=name, known=known
    )


def _rungs(store: Store) -> dict[str, Sequence[Run]]:
    found: dict[str, Sequence[Run]] = {}
    for name in store.names("ladder"):
        if ladder := load_ladder(store, name):
            found = dict(ladder.runs) | found
    return found
