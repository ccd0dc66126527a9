"""The final table of what a store still has of a study: nothing is trained, no image is needed."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from fclab.store import schema
from fclab.store.database import Store
from fclab.store.pack import family
from fclab.study.rows import Definition
from fclab.study.study import Study
from fclab.study.table import Claims, FinalTable, final_table
from fclab.values.recipe import Recipe
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
    seeds = range(definition.settings.seeds)
    runs = {
        row.name: _runs(store, definition.fingerprint, row.recipe, seeds) for row in definition.rows
    }
    lost = [(name, len(seeds) - len(some)) for name, some in runs.items() if len(some) < len(seeds)]
    info = next((some[0].dataset for some in runs.values() if some), None)
    if info is None:
        return None, lost
    base = definition.settings.base
    held_out = _runs(store, definition.held_out, base, seeds)
    whole = _runs(store, definition.fingerprint, base, seeds)
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


def _runs(store: Store, fingerprint: str, recipe: Recipe, seeds: Iterable[int]) -> list[Run]:
    """The kept runs of a recipe by seed, of the engine that trained most of them."""
    table, wanted = schema.runs, set(seeds)
    by_family: dict[str, dict[int, Run]] = defaultdict(dict)
    for run in store.select(
        table.c.dataset == fingerprint, table.c.recipe_key == recipe.key, table.c.seed.in_(wanted)
    ):
        by_family[family(run.engine)][run.seed] = run
    if not by_family:
        return []
    counts = Counter({name: len(runs) for name, runs in sorted(by_family.items())})
    runs = by_family[counts.most_common(1)[0][0]]
    return [runs[seed] for seed in sorted(runs)]
