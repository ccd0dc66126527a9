"""The atlas trained: many sets of classes, each cut into chunks that know nothing of each other.

A `Chunk` is all that must be known to train it, wherever that is; what comes of it lies in a store.
So an atlas that was stopped goes on where it was, and chunks that were trained elsewhere into the
same store are read, not trained.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from fclab.analysis.ceilings.kept import keep_ceilings, load_ceilings
from fclab.analysis.ceilings.values import Ceilings
from fclab.course.atlas.kept import About
from fclab.course.atlas.measuring import difficulty_of, with_reach
from fclab.course.atlas.values import Classes, Difficulty
from fclab.engines import choose
from fclab.engines.elsewhere import side_by_side
from fclab.engines.job import this_machine
from fclab.store.database import Store
from fclab.study.trainer import Trainer, work
from fclab.values.dataset import Dataset
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import CIFAR, FREE, Recipe
from fclab.values.run import Run
from fclab.version import __version__

REACH: Final = FREE.replace(epochs=80)
"""The best recipe of free weights with a third of its epochs: about a point less, in a third of the
time (docs/atlas.md)."""

Images = Callable[[Classes], Dataset]
"""Where the images of classes come from."""


class Settings(BaseModel):
    """What is trained for each three classes.

    Attributes:
        seeds: networks of the lab's recipe.
        reach_seeds: networks of the best recipe; 0: none.
        base, reach: these recipes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: Annotated[int, Field(ge=1)] = 8
    reach_seeds: Annotated[int, Field(ge=0)] = 0
    base: Recipe = CIFAR
    reach: Recipe = REACH


@dataclass(frozen=True)
class Chunk:
    """Work that needs nothing but the images: networks of one recipe on one set of classes."""

    classes: Classes
    recipe: Recipe
    seeds: tuple[int, ...]

    @property
    def work(self) -> float:
        """See `fclab.study.trainer.work`."""
        return work([self.recipe]) * len(self.seeds)

    def train(self, images: Images, trainer: Trainer, later: float = 0.0) -> list[Run]:
        """Its runs, out of the trainer's store or trained into it.

        Args:
            images: where the images come from.
            trainer: who trains.
            later: the work that is expected after this.
        """
        found = trainer.get_or_train(images(self.classes), [self.recipe], self.seeds, later=later)
        return found[self.recipe]


def plan(triples: Iterable[Classes], settings: Settings) -> tuple[Chunk, ...]:
    """All chunks of an atlas: first the lab's recipe on all classes, so that whoever stops early
    has the whole picture of it, then the best recipe."""
    every, chunks = tuple(dict.fromkeys(triples)), []
    recipes = (settings.base, settings.seeds), (settings.reach, settings.reach_seeds)
    for recipe, seeds in recipes:
        chunks += [Chunk(classes, recipe, tuple(range(seeds))) for classes in every if seeds]
    return tuple(chunks)


def train_atlas(
    store: Store,
    images: Images,
    triples: Sequence[Classes],
    settings: Settings,
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> tuple[Difficulty, ...]:
    """The difficulties of all triples, in their order: read from the store or trained into it.

    Args:
        store: where every network is kept as soon as it is trained.
        images: where the images come from.
        triples: ascending classes.
        settings: what is trained.
        engine, device: as for `fclab.engines.train`.
        progress: told the work done and expected.

    Raises:
        UsageError: a recipe cannot be trained. FclabError, DataError: a network diverged, or the
            store or the images are no good.
    """
    trainer = Trainer(store, engine, device, progress)
    difficulties: dict[Classes, Difficulty] = {}
    reached: dict[Classes, list[float]] = {}
    chunks = _with_later(plan(triples, settings))

    def trained(one: tuple[Chunk, float]) -> tuple[Chunk, list[Run]]:
        chunk, later = one
        return chunk, chunk.train(images, trainer, later)

    for chunk, runs in side_by_side(trained, chunks):
        if chunk.recipe == settings.base:
            difficulties[chunk.classes] = difficulty_of(runs)
        if chunk.recipe == settings.reach:
            reached[chunk.classes] = [run.metrics["test_accuracy"] for run in runs]
    trainer.finished()
    return with_reach(tuple(difficulties.values()), reached)


def measure_all(
    store: Store, images: Images, triples: Sequence[Classes], progress: Progress = no_progress
) -> dict[Classes, Ceilings]:
    """What other methods reach on each three classes: read from the store or measured into it.

    Args:
        store: where they are kept, as `fclab ceilings` keeps them.
        images: where the images come from.
        triples: ascending classes.
        progress: told how many are done, and of how many.

    Raises:
        FclabError, DataError: the store or the images are no good.
    """
    from fclab.analysis.ceilings.measuring import measure_ceilings

    found = {}
    progress(0, len(triples))
    for done, classes in enumerate(triples, start=1):
        dataset = images(classes)
        kept = load_ceilings(store, dataset.info)
        if kept is None:
            kept = measure_ceilings(dataset)
            keep_ceilings(store, dataset.info, kept)
        found[classes] = kept
        progress(done, len(triples))
    return found


def about(
    dataset: Dataset, content: str, settings: Settings, engine: str = "auto", device: str = "cpu"
) -> About:
    """Where the figures of an atlas that is trained here come from.

    Args:
        dataset: images of any three classes.
        content: what all images are, see `fclab.data.cifar100.Content.key`.
        settings: what is trained.
        engine, device: as for `fclab.engines.train`.
    """
    machine = this_machine()
    return About(
        version=__version__,
        engine=choose(dataset, settings.base, engine, device).name,
        data=content,
        base=settings.base.key,
        reach=settings.reach.key if settings.reach_seeds else "",
        reach_epochs=settings.reach.epochs if settings.reach_seeds else 0,
        machine=machine.processor,
        packages=machine.packages,
    )


def _with_later(chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, float]]:
    """Each chunk with the work of those after it."""
    whole = sum(chunk.work for chunk in chunks)
    done = accumulate(chunk.work for chunk in chunks)
    return ((chunk, whole - before) for chunk, before in zip(chunks, done, strict=True))
