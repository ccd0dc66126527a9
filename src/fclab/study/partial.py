"""The final table of what a store still has of a study: nothing is trained, no image is needed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from fclab.store import schema
from fclab.store.database import Store
from fclab.store.pack import family
from fclab.study.rows import Definition
from fclab.study.study import Study
from fclab.study.table import Claims, FinalTable, final_table
from fclab.values.run import Run


def kept_table(
    store: Store, definition: Definition, claims: Claims = lambda lines: ()
) -> tuple[FinalTable | None, list[tuple[str, int]]]:
    """The final table of what the store still has.

    Args:
        store: where the runs are.
        definition: which runs.
        claims: what the lab expects.

    Returns:
        The table, None where no run of the study is left; and by the name of each row how many
        of its runs are not in the store, rows that are whole left out.

    Raises:
        DataError: a kept run is damaged.
    """
    seeds, base = range(definition.settings.seeds), definition.settings.base
    kept = _kept(store, definition, seeds)
    runs = {
        row.name: _of_one_engine(kept[definition.fingerprint, row.recipe.key])
        for row in definition.rows
    }
    lost = [(name, len(seeds) - len(some)) for name, some in runs.items() if len(some) < len(seeds)]
    info = next((some[0].dataset for some in runs.values() if some), None)
    if info is None:
        return None, lost
    held_out = _of_one_engine(kept[definition.held_out, base.key])
    whole = _of_one_engine(kept[definition.fingerprint, base.key])
    left = tuple(row for row in definition.rows if runs[row.name])
    names = {row.name for row in left}
    # A row whose parent has no run left is shown without a comparison.
    left = tuple(
        row if row.parent in names else row.model_copy(update={"parent": None}) for row in left
    )
    study = Study(
        definition.model_copy(update={"rows": left}),
        info,
        {name: runs[name] for name in names},
        whole if definition.settings.protocol == "lab" else held_out,
        held_out,
    )
    return final_table(study, claims), lost


def _kept(
    store: Store, definition: Definition, seeds: Iterable[int]
) -> Mapping[tuple[str, str], list[Run]]:
    """The kept runs of a study by dataset and recipe: all in one reading of the store."""
    table = schema.runs
    recipes = {definition.settings.base.key, *(row.recipe.key for row in definition.rows)}
    found: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in store.select(
        table.c.dataset.in_({definition.fingerprint, definition.held_out}),
        table.c.recipe_key.in_(recipes),
        table.c.seed.in_(set(seeds)),
    ):
        found[run.dataset.fingerprint, run.recipe.key].append(run)
    return found


def _of_one_engine(runs: Iterable[Run]) -> list[Run]:
    """Runs of a recipe by seed, of the engine that trained most of them."""
    by_family: dict[str, dict[int, Run]] = defaultdict(dict)
    for run in runs:
        by_family[family(run.engine)][run.seed] = run
    if not by_family:
        return []
    counts = Counter({name: len(runs) for name, runs in sorted(by_family.items())})
    chosen = by_family[counts.most_common(1)[0][0]]
    return [chosen[seed] for seed in sorted(chosen)]
