"""Studies that are kept: a definition by its name, and the runs that it stands for."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from fclab.store.database import Store
from fclab.study.own import without_own
from fclab.study.rows import Definition, OwnRow, Row
from fclab.study.study import Study, extend_study, row_named
from fclab.values.dataset import Dataset
from fclab.values.errors import Clause, DataError, UsageError
from fclab.values.fields import first_problem
from fclab.values.progress import Progress
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run


def keep_study(store: Store, name: str, study: Study) -> None:
    """Keep the definition of a study under a name, in place of an older one. Its runs are kept
    already, each since it was trained.

    Raises:
        FclabError: the store cannot be written.
    """
    store.keep("study", name, study.definition.model_dump(mode="json"))


def add_row(
    store: Store,
    name: str,
    images: Callable[[Definition], Dataset],
    own: Callable[[Sequence[Row]], OwnRow],
    *,
    progress: Progress | None = None,
) -> Study:
    """Add a row of the student's own to a kept study; only this row is trained.

    Args:
        store: where the study is.
        name: of the study.
        images: gives those of the study.
        own: gives the row, told the rows that there are.
        progress: told the work done and expected.

    Raises:
        UsageError, DataError: see `load_study` and `fclab.study.study.extend_study`.
    """
    while True:
        before = store.definition("study", name)
        study = load_study(store, name)
        done = extend_study(
            study, images(study.definition), store, [own(study.rows)], progress=progress
        )
        if store.replace("study", name, done.definition.model_dump(mode="json"), before):
            return done


def remove_rows(store: Store, name: str, rows: Sequence[str]) -> None:
    """Remove rows of the student's own from a kept study; their runs stay in the store.

    Raises:
        UsageError: see `fclab.study.own.without_own`.
        DataError: no such study.
    """
    while True:
        before = store.definition("study", name)
        left = without_own(load_definition(store, name), rows)
        if store.replace("study", name, left.model_dump(mode="json"), before):
            return


def comment_row(store: Store, name: str, row: str, comment: str) -> Row:
    """Change what the student says about a row of a kept study; nothing is trained.

    Args:
        store: where the study is.
        name: of the study.
        row: by its name.
        comment: on one line; empty: nothing is said.

    Returns:
        The row as it is kept now.

    Raises:
        UsageError: there is no such row, or the comment cannot be shown or is too long.
        DataError: no such study.
    """
    while True:
        before = store.definition("study", name)
        definition = load_definition(store, name)
        try:
            changed = row_named(definition.rows, row).commented(comment)
        except ValidationError as error:
            raise UsageError("comment: {reason}", reason=first_problem(error).reason) from error
        rows = tuple(changed if one.name == row else one for one in definition.rows)
        after = definition.model_copy(update={"rows": rows})
        if store.replace("study", name, after.model_dump(mode="json"), before):
            return changed


def newest_study(store: Store) -> str:
    """The name of the study that was changed last.

    Raises:
        DataError: none is kept.
    """
    for name in store.names("study"):
        return name
    raise DataError("no study is kept in {store}: `fclab study` makes one", store=store.name)


def load_definition(store: Store, name: str) -> Definition:
    """The definition of a study.

    Raises:
        DataError: there is none of that name, or this fclab cannot read it.
    """
    kept = store.definition("study", name)
    if kept is None:
        names = ", ".join(store.names("study")) or Clause("none")
        raise DataError(
            "no study {name!r} in {store}: there are {names}",
            name=name,
            store=store.name,
            names=names,
        )
    try:
        return Definition.model_validate(kept)
    except ValidationError as error:
        raise DataError(
            "the study {name} in {store} was written by another version of fclab: upgrade "
            "fclab, or make it again with `fclab study`",
            name=name,
            store=store.name,
        ) from error


def load_study(store: Store, name: str) -> Study:
    """A kept study with its runs: read, never trained, and without the images.

    Raises:
        DataError: no such study, a run of it is missing or damaged.
    """
    definition = load_definition(store, name)
    seeds = range(definition.settings.seeds)

    def runs(row: str, fingerprint: str, recipe: Recipe) -> list[Run]:
        choice = EngineChoice(name=definition.engines[row], device=definition.device)
        found = store.get(fingerprint, recipe, seeds, choice)
        return _complete(store, name, row, seeds, found)

    of_rows = {row.name: runs(row.name, definition.fingerprint, row.recipe)
               for row in definition.rows}  # fmt: skip
    first = definition.rows[0]
    held_out = runs(first.name, definition.held_out, first.recipe)
    lab = definition.settings.protocol == "lab"
    return Study(
        definition=definition,
        dataset=of_rows[first.name][0].dataset,
        runs=of_rows,
        chosen_on=of_rows[first.name] if lab else held_out,
        held_out=held_out,
    )


def _complete(
    store: Store, study: str, row: str, seeds: Sequence[int], found: dict[int, Run]
) -> list[Run]:
    if lacking := len(seeds) - len(found):
        raise DataError(
            "{lacking} of {n} runs of row {row!r} of the study {study} are not in {store}: "
            "`fclab study` trains what is missing",
            lacking=lacking,
            n=len(seeds),
            row=row,
            study=study,
            store=store.name,
        )
    return [found[seed] for seed in seeds]
