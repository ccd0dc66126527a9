"""A search, from the images to what came of the candidates."""

from collections.abc import Callable
from pathlib import Path

import optuna
from optuna.trial import TrialState

from fclab.engines import choose
from fclab.store.database import Store
from fclab.study.rows import HOLD_OUT
from fclab.tuning.rules import BestShare, SearchSettings
from fclab.tuning.searcher import Searcher
from fclab.tuning.space import Space
from fclab.tuning.storage import opened
from fclab.tuning.trials import Search, read_trials
from fclab.values.dataset import Dataset
from fclab.values.errors import Clause, UsageError, listed
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import Recipe


def run_search(
    dataset: Dataset,
    store: Store,
    space: Space,
    where: str | Path,
    name: str,
    settings: SearchSettings | None = None,
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
    best_so_far: Callable[[float], None] | None = None,
) -> Search:
    """Search the space, or go on with a search that is kept.

    The value of a candidate is its mean accuracy on a stratified fifth of train, which is held
    out; what is in the test set has no influence on anything. Candidates that were in hand when
    their process was killed are taken over; their runs that are kept are not trained again.

    Asked again with the same seed and batch, on the same machine, a search tries the same
    candidates with the same outcome, whether it was killed in between or not. If several
    processes work on it, what each learns from depends on who is quicker.

    Args:
        dataset: images without a held-out part.
        store: where runs are kept.
        space: what to try.
        where: a journal file, or ``postgresql://user@host/base``; see `fclab.tuning.storage`.
        name: of the search there.
        settings: how.
        engine, device: as for `fclab.engines.train`.
        progress: told how many candidates are done, parts of one included, and how many there are
            to be.
        best_so_far: a callback, given the best accuracy so far.

    Raises:
        UsageError: the space does not fit the dataset, or the search that is kept under this name
            is another one. FclabError, DataError: the store or the storage says so.
    """
    settings = settings or SearchSettings()
    held = dataset.hold_out(HOLD_OUT)
    _check_space(space, held, engine, device)
    with opened(where) as home:
        with home.alone():
            study = optuna.create_study(
                storage=home.storage,
                pruner=BestShare(),
                study_name=name,
                direction="maximize",
                load_if_exists=True,
            )
            _check_same(study, home.name, held, space, settings)
        Searcher(
            study, home, space, settings, store, held, engine, device,
            progress or no_progress, best_so_far or (lambda accuracy: None),
        ).search()  # fmt: skip
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return Search(
            name=name,
            space=space,
            dataset=held.info,
            seeds=settings.seeds,
            first=settings.first,
            tried=read_trials(study.get_trials(deepcopy=False), space),
            running=len(running),
        )


def _check_space(space: Space, held: Dataset, engine: str, device: str) -> None:
    """See that the layers fit, and that the engine trains networks on images at all."""
    layers = space.searched.get("layers")
    for given in getattr(layers, "choices", [space.fixed.get("layers", "")]):
        last = Recipe(layers=given).layers[-1] if given else Recipe().layers[-1]
        if last != held.n_outputs:
            raise UsageError(
                "{name}: layers: {given} end with {last} neurons, but {data} has {n_outputs} "
                "classes",
                name=space.name,
                given=given or Clause("those of the lab"),
                last=last,
                data=held.name,
                n_outputs=held.n_outputs,
            )
    choose(held, Recipe(layers=(10, held.n_outputs)), engine, device)


def _check_same(
    study: optuna.Study, where: str, held: Dataset, space: Space, settings: SearchSettings
) -> None:
    """See that the search that is kept is the one that is asked for; a new one is described."""
    asked = {
        "data": held.fingerprint,
        "space": space.identity,
        "seeds": settings.seeds,
        "first": settings.first,
    }
    kept = study.user_attrs.get("fclab")
    if kept is None:
        if study.get_trials(deepcopy=False):
            raise UsageError(
                "{where} holds an Optuna study {study_name!r} of another program: choose "
                "another name",
                where=where,
                study_name=study.study_name,
            )
        study.set_user_attr("fclab", asked)
        kept = study.user_attrs["fclab"]
    told = {
        "data": Clause("data"), "space": Clause("space"), "seeds": Clause("seeds"),
        "first": Clause("first"),
    }  # fmt: skip
    differing = [told[what] for what, value in asked.items() if kept.get(what) != value]
    if differing:
        raise UsageError(
            "the search {study_name!r} in {where} was begun with other {differing}: choose "
            "another name",
            study_name=study.study_name,
            where=where,
            differing=listed(differing),
        )
