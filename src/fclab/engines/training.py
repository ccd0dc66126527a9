"""The one function that trains, and how an engine is chosen."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import cast

from fclab.engines.compiled.ahead import get_ready
from fclab.engines.elsewhere import backend
from fclab.engines.finish import with_views
from fclab.engines.job import Job, Tick, Watch, check, check_initial, usable_cores
from fclab.engines.registry import engine_names, load_engine
from fclab.values.dataset import Dataset
from fclab.values.errors import InWords, UsageError
from fclab.values.model import Weights
from fclab.values.quantities import check_seed
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Reason, Run


def choose(
    dataset: Dataset, recipe: Recipe, engine: str = "auto", device: str = "cpu"
) -> EngineChoice:
    """Which engine trains this recipe, and why.

    Args:
        engine: a name of `engine_names`, or "auto": the first of them that is exact for the
            recipe.
        device: "cpu" or "cuda".

    Raises:
        UsageError: unknown engine, or one that refuses this recipe or device.
    """
    if engine == "auto":
        return _first_fit(dataset, recipe, device)
    if engine not in engine_names():
        known = ", ".join(("auto", *engine_names()))
        raise UsageError(
            "unknown engine {engine!r}: choose one of {known}", engine=engine, known=known
        )
    if reason := load_engine(engine).refuses(dataset, recipe, device):
        raise UsageError(
            "the engine {engine} cannot train this recipe: {reason}",
            engine=engine,
            reason=InWords(partial(_in_words, (reason,))),
        )
    return EngineChoice(name=engine, device=device, reasons=(Reason(code="asked_for"),))


def _first_fit(dataset: Dataset, recipe: Recipe, device: str) -> EngineChoice:
    passed_over: list[Reason] = []
    for name in engine_names():
        engine = load_engine(name)
        reason = engine.refuses(dataset, recipe, device)
        if reason is None:
            why = (engine.strength, *passed_over)
            return EngineChoice(name=name, device=device, reasons=why)
        passed_over.append(reason.model_copy(update={"engine": name}))
    # That an engine has no other device than the CPU tells nobody what to do.
    told = tuple(reason for reason in passed_over if reason.code != "cpu_only")
    why = InWords(partial(_in_words, told))
    raise UsageError("no engine can train this on {device}: {why}", device=device, why=why)


def _in_words(reasons: tuple[Reason, ...], lang: str) -> str:
    from fclab.words.reasons import reasons_text  # only for who is refused: they read the texts
    from fclab.words.wording import wording

    return reasons_text(wording(lang), reasons)


def train(
    dataset: Dataset,
    recipes: Sequence[Recipe],
    seeds: Iterable[int],
    *,
    engine: str = "auto",
    device: str = "cpu",
    snapshots: Iterable[int] = (),
    progress: Tick | None = None,
    watch: Watch | None = None,
    workers: int | None = None,
    light: bool = False,
    initial: Weights | None = None,
    course: bool = True,
) -> Iterator[Run]:
    """Train every recipe from every seed and yield the runs as they finish.

    A run is a function of dataset, recipe and seed alone: not of the number of workers, of its
    neighbours, or of the order of the runs. One that diverges says so; the others go on.
    Recipes that differ only in how an image is answered (``tta``) are trained once.

    Args:
        dataset: what to learn from; shared by all workers, not copied.
        recipes: one or many.
        seeds: whole numbers from 0 to 2^63 − 1; every recipe is trained from each of them.
        engine: a name of `engine_names`; "auto" takes the fastest that is exact for the recipe.
        device: "cpu" or "cuda".
        snapshots: epochs after which the outputs on the training inputs are kept.
        progress: told how many more epochs are done; called from worker threads.
        watch: shown every training as it stands, after each few epochs and after each epoch of
            ``snapshots``; called from worker threads. The runs are the same to the bit.
        workers: threads that train; default: the usable cores. Runs are trained side by side; one
            that is alone may have them all for itself.
        light: whoever trains elsewhere (`fclab.engines.elsewhere`) may leave out of the runs what
            the store would not keep either, and may keep them itself.
        initial: weights, by name, that every training starts from in place of those that are drawn
            from its seed; what is not named is drawn. A run is a function of these weights then,
            too, and it is trained here. Default: none.
        course: whether loss and accuracy of all parts of images are taken after every epoch; False:
            the history has the running loss alone. Final figures are the same.

    Raises:
        UsageError: a recipe does not fit the dataset or the memory, no engine trains it, a seed is
            none, or a weight of ``initial`` is none of the recipe's or the engine cannot start from
            it. Raised by the call itself, before anything is trained.
    """
    seeds, wanted = tuple(check_seed(seed) for seed in seeds), tuple(snapshots)
    asked: dict[Recipe, list[Recipe]] = {}
    given = initial or {}
    if given and engine == "auto":
        engine = "torch"
    for recipe in recipes:
        check(dataset, recipe)
        check_initial(dataset, recipe, given)
        asked.setdefault(recipe.training, []).append(recipe)
    todo: dict[str, list[Job]] = {}
    for recipe, *others in asked.values():
        choice = choose(dataset, recipe, engine, device)
        if given and not load_engine(choice.name).continues:
            raise UsageError(
                "the engine {engine} cannot start from given weights: take torch",
                engine=choice.name,
            )
        as_trained = not others and recipe == recipe.training  # else answers need the weights
        jobs = [
            Job(dataset, recipe, seed, choice, wanted, watch, light and as_trained, given, course)
            for seed in seeds
        ]
        todo.setdefault(choice.name, []).extend(jobs)
    tick, there = progress or (lambda epochs: None), backend()
    if there is not None and watch is None and course and not given:
        trained = there.train([job for jobs in todo.values() for job in jobs], tick)
    else:
        trained = _runs(todo, tick, workers or usable_cores())
    return _as_asked(dataset, trained, asked)


def _as_asked(
    dataset: Dataset, trained: Iterator[Run], asked: Mapping[Recipe, Sequence[Recipe]]
) -> Iterator[Run]:
    """The runs of all recipes out of one training of each that is different."""
    with closing(cast(Generator[Run], trained)):
        for run in trained:
            for recipe in asked[run.recipe.training]:
                yield run if recipe == run.recipe else with_views(run, dataset, recipe)


def _runs(todo: Mapping[str, Sequence[Job]], tick: Tick, workers: int) -> Iterator[Run]:
    for name, jobs in todo.items():
        get_ready(name)
        yield from load_engine(name).train(jobs, tick, workers)
