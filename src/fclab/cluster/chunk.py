"""Work for one worker: some seeds of one recipe, long enough that sending it does not matter."""

import faulthandler
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, islice

from fclab.data.cifar100 import chooser, find
from fclab.engines import train
from fclab.engines.job import Job, usable_cores
from fclab.store.database import Store
from fclab.store.pack import Record, as_kept, pack_dataset, pack_run
from fclab.study.speed import speeds
from fclab.study.trainer import work
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import FclabError
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run
from fclab.version import __version__

SECONDS = 10.0
"""How long a chunk is to take on a core, by what is known of the engine's speed: long beside the
milliseconds of sending it, short beside what is lost with a worker that dies."""


@dataclass(frozen=True)
class Chunk:
    """Runs that a worker trains one after the other.

    Attributes:
        dataset: what they are trained on; its arrays are the worker's own, or travel once to it.
        recipe, seeds, choice, snapshots, light: as of a `fclab.engines.job.Job`.
        store: address of a database that the worker writes into itself; empty: runs come back.
        longest: seconds after which the worker ends itself, if it is not done.
        version: of the fclab that asks.
    """

    dataset: DatasetInfo
    recipe: Recipe
    seeds: tuple[int, ...]
    choice: EngineChoice
    snapshots: tuple[int, ...] = ()
    light: bool = False
    store: str = ""
    longest: float = 600.0
    version: str = __version__

    @property
    def epochs(self) -> int:
        """Of all its runs, at the most."""
        return self.recipe.epochs * len(self.seeds)

    @property
    def is_at_home(self) -> bool:
        """Whether every machine that has CIFAR-100 can make the dataset itself."""
        return self.dataset.source == "cifar100" and "valid" not in self.dataset.sizes


@dataclass(frozen=True)
class Done:
    """A chunk that is trained.

    Attributes:
        runs: unless the chunk is light.
        dataset: the packed dataset, and ``rows``: the packed runs, of a light chunk.
        kept: whether they are in the chunk's store, and did not come along.
    """

    runs: tuple[Run, ...] = ()
    dataset: Record | None = None
    rows: tuple[Record, ...] = ()
    kept: bool = False


class Absent(FclabError):
    """The worker cannot make the dataset itself: it is to be sent."""


def chunks_of(
    jobs: Sequence[Job], cores: int, *, store: str = "", seconds: float = SECONDS
) -> Iterator[tuple[Chunk, float]]:
    """The jobs in chunks of about so many seconds on a core, but not so few that cores are idle;
    and how long each is thought to take.

    Args:
        jobs: in any order; those that differ in their seeds alone and follow each other are parted.
        cores: of the cluster, that these jobs may count on.
        store: see `Chunk`; for runs of which the store keeps all that is wanted.
        seconds: see `SECONDS`.
    """
    total = sum(work([job.recipe]) for job in jobs)
    for _, same in groupby(jobs, _alike):
        first, *others = same
        speed = sum(speeds(first.choice.name)) / 2 / usable_cores()
        most = min(seconds * speed, total if cores < 2 else total / cores / 2)
        count = max(1, round(most / work([first.recipe])))
        seeds = iter([first.seed, *(job.seed for job in others)])
        while part := tuple(islice(seeds, count)):
            chunk = Chunk(
                first.dataset.info, first.recipe, part, first.choice, first.snapshots, first.light,
                store if first.light else "",
            )  # fmt: skip
            yield chunk, len(part) * work([first.recipe]) / speed


def _alike(job: Job) -> tuple:
    return (job.dataset.fingerprint, job.recipe, job.choice, job.snapshots, job.light)


def carry_out(chunk: Chunk, dataset: Dataset | None) -> Done:
    """Train a chunk: what a worker does. One thread: it has a neighbour on every other core.

    Args:
        chunk: what is trained.
        dataset: as it was sent; None: the worker makes it from the CIFAR-100 of its machine.

    Raises:
        Absent: this machine has no such images. FclabError: this worker has another version of
            fclab, or what `train` or the store say.
    """
    if chunk.version != __version__:
        raise FclabError(
            "a worker has fclab {theirs}, {ours} asks: install the same version on both",
            theirs=__version__,
            ours=chunk.version,
        )
    with _ended_after(chunk.longest):
        return _carried_out(chunk, dataset)


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """What takes longer ends this process, whatever it is stuck in; its nanny begins it anew."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _carried_out(chunk: Chunk, dataset: Dataset | None) -> Done:
    images = _of_this_machine(chunk.dataset) if dataset is None else dataset
    trained = train(
        images, [chunk.recipe], chunk.seeds, engine=chunk.choice.name,
        device=chunk.choice.device, snapshots=chunk.snapshots, workers=1,
    )  # fmt: skip
    runs = [replace(run, engine=chunk.choice) for run in trained]
    if not chunk.light:  # what the asker has already stays here
        return Done(runs=tuple(replace(run, targets={}) for run in runs))
    packed = pack_dataset(runs[0])
    rows = tuple(pack_run(as_kept(run, "light")) for run in runs)
    if chunk.store and (store := _store(chunk.store)):
        store.put_many(packed, rows)
        return Done(kept=True)
    return Done(dataset=packed, rows=rows)


@cache
def _store(address: str) -> Store | None:
    """The database, or None where this machine cannot open it: the runs are sent back then."""
    try:
        return Store(address)
    except FclabError:
        return None


@cache
def _chooser() -> Callable[[Iterable[int]], Dataset]:
    """Gives datasets out of the images of this machine, which are read once.

    Raises:
        Absent: there are none.
    """
    try:
        source = find()
    except FclabError as error:
        raise Absent("no CIFAR-100 on this machine") from error
    if source is None:
        raise Absent("no CIFAR-100 on this machine")
    return chooser(source)


def _of_this_machine(info: DatasetInfo) -> Dataset:
    """The dataset, made here.

    Raises:
        Absent: there are no images, or they are others.
    """
    dataset = _chooser()([name.number for name in info.class_names])
    if dataset.fingerprint != info.fingerprint:
        raise Absent("another CIFAR-100 on this machine")
    return dataset
