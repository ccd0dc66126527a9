"""The one function that trains, and how an engine is chosen."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from importlib import import_module
from itertools import islice
from threading import Event
from types import ModuleType
from typing import cast

from threadpoolctl import threadpool_limits

from fclab.engines.compiled.ahead import get_ready
from fclab.engines.job import Job, Tick, check, usable_cores, with_views
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.quantities import check_seed
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

# In the order of preference of "auto": each is exact for what it does not refuse.
_MODULES = {
    "fused": "fclab.engines.fused.engine",
    "gram": "fclab.engines.gram.engine",
    "torch": "fclab.engines.torch",
    "reference": "fclab.engines.reference",
}
_STRENGTHS = {
    "fused": "the whole loop is compiled for small dense inputs",
    "gram": "plain SGD on images: the first layer is trained in sample space",
    "torch": "any recipe, tensors resident",
    "reference": "PyTorch as the lab writes it",
}
ENGINES = ("auto", *_MODULES)


def choose(
    dataset: Dataset, recipe: Recipe, engine: str = "auto", device: str = "cpu"
) -> EngineChoice:
    """Which engine trains this recipe, and why.

    Args:
        engine: a name of `ENGINES`; "auto" takes the first of fused, gram and torch that is
            exact for the recipe.
        device: "cpu" or "cuda"; on "cuda" "auto" takes the torch engine.

    Raises:
        UsageError: unknown engine, or one that refuses this recipe or device.
    """
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}: choose one of {', '.join(ENGINES)}")
    if engine != "auto":
        if reason := _refuses(engine, dataset, recipe, device):
            raise UsageError(f"the engine {engine} cannot train this recipe: {reason}")
        return EngineChoice(name=engine, device=device, reason="asked for")
    passed_over = []
    for name in ("fused", "gram", "torch"):
        reason = _refuses(name, dataset, recipe, device)
        if reason is None:
            why = "; ".join([_STRENGTHS[name], *passed_over])
            return EngineChoice(name=name, device=device, reason=why)
        passed_over.append(f"not {name}: {reason}")
    raise UsageError(f"no engine can train this on {device}: {passed_over[-1]}")


def _refuses(name: str, dataset: Dataset, recipe: Recipe, device: str) -> str | None:
    if name == "torch":
        return _engine(name).refuses(dataset, recipe, device)
    if device != "cpu":
        return f"it computes on the CPU only, not on {device}"
    return _engine(name).refuses(dataset, recipe)


def _engine(name: str) -> ModuleType:
    return import_module(_MODULES[name])


def train(
    dataset: Dataset,
    recipes: Sequence[Recipe],
    seeds: Iterable[int],
    *,
    engine: str = "auto",
    device: str = "cpu",
    snapshots: Iterable[int] = (),
    progress: Tick | None = None,
    workers: int | None = None,
) -> Iterator[Run]:
    """Train every recipe from every seed and yield the runs as they finish.

    A run is a function of dataset, recipe and seed alone: not of the number of workers, of its
    neighbours, or of the order of the runs. One that diverges says so; the others go on.
    Recipes that differ only in how an image is answered (``tta``) are trained once.

    Args:
        dataset: what to learn from; shared by all workers, not copied.
        recipes: one or many.
        seeds: whole numbers from 0 to 2^63 − 1; every recipe is trained from each of them.
        engine: a name of `ENGINES`; "auto" takes the fastest that is exact for the recipe.
        device: "cpu" or "cuda".
        snapshots: epochs after which the outputs on the training inputs are kept.
        progress: told how many more epochs are done; called from worker threads.
        workers: runs trained at once, one thread inside each; default: the usable cores. A run of
            the gram engine that is the only one has so many threads for itself.

    Raises:
        UsageError: a recipe does not fit the dataset or the memory, no engine trains it, or a
            seed is none. Raised by the call itself, before anything is trained.
    """
    seeds, wanted = tuple(check_seed(seed) for seed in seeds), tuple(snapshots)
    todo: dict[str, list[tuple[Job, EngineChoice]]] = {}
    asked: dict[Recipe, list[Recipe]] = {}
    for recipe in recipes:
        check(dataset, recipe)
        alike = asked.setdefault(recipe.training, [])
        alike.append(recipe)
        if len(alike) == 1:
            choice = choose(dataset, recipe, engine, device)
            jobs = [(Job(dataset, recipe, seed, wanted), choice) for seed in seeds]
            todo.setdefault(choice.name, []).extend(jobs)
    trained = _runs(todo, progress or (lambda epochs: None), workers or usable_cores())
    return _as_asked(dataset, trained, asked)


def _as_asked(
    dataset: Dataset, trained: Iterator[Run], asked: Mapping[Recipe, Sequence[Recipe]]
) -> Iterator[Run]:
    """The runs of all recipes out of one training of each that is different."""
    with closing(cast(Generator[Run], trained)):
        for run in trained:
            for recipe in asked[run.recipe.training]:
                yield run if recipe == run.recipe else with_views(run, dataset, recipe)


def _runs(
    todo: dict[str, list[tuple[Job, EngineChoice]]], tick: Tick, workers: int
) -> Iterator[Run]:
    for name, jobs in todo.items():
        module = _engine(name)
        get_ready(name)
        if name == "gram":
            for job, _ in jobs:  # built once with all cores, before one thread each
                module.prepare(job.dataset, job.recipe)
        if name == "torch":
            yield from module.train_many(*zip(*jobs, strict=True), tick=tick, workers=workers)
        elif name == "gram" and len(jobs) == 1:
            with threadpool_limits(1):
                job, choice = jobs[0]
                yield module.train_one(job, tick, choice, threads=workers)
        elif name == "reference" or len(jobs) == 1:
            # PyTorch's number of threads belongs to the process, so the lab's loops take turns.
            with threadpool_limits(1):
                yield from (module.train_one(job, tick, choice) for job, choice in jobs)
        else:
            yield from _in_threads(module, jobs, tick, workers)


class _Stopped(Exception):
    """Raised inside a worker whose result nobody waits for any more."""


def _in_threads(
    module: ModuleType, jobs: Sequence[tuple[Job, EngineChoice]], tick: Tick, workers: int
) -> Iterator[Run]:
    """Runs of a compiled engine, which lets go of the GIL, side by side."""
    stop = Event()

    def told(epochs: int) -> None:
        if stop.is_set():
            raise _Stopped
        tick(epochs)

    waiting = iter(jobs)
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:

        def start(count: int) -> set[Future[Run]]:
            return {
                pool.submit(module.train_one, job, told, choice)
                for job, choice in islice(waiting, count)
            }

        running = start(workers)
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= start(len(done))
                for future in done:
                    yield future.result()
        finally:
            stop.set()  # Ctrl-C, an error or a caller who has seen enough
