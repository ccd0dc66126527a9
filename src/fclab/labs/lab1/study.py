"""The study of lab 1: its self-study tasks, one row after the other, every run kept."""

from collections.abc import Sequence
from dataclasses import replace

from fclab.analysis.measures import SeenRuns, measure_study
from fclab.engines import check, choose
from fclab.labs.lab1.search import Search
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.tasks import claims, tasks
from fclab.labs.lab1.tasks.task import Start
from fclab.store.database import Store
from fclab.study import table
from fclab.study.choices import overfitting_epoch
from fclab.study.kept import load_definition
from fclab.study.own import own_of, replaced, with_comments
from fclab.study.rows import HOLD_OUT, OwnRow, Protocol
from fclab.study.study import Study, finish_study, split_of, with_own
from fclab.study.table import FinalTable
from fclab.study.trainer import Trainer, work
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import FclabError, UsageError
from fclab.values.progress import Progress


def study_name(dataset: DatasetInfo, protocol: Protocol) -> str:
    """The name of a study that was not given another one: cifar100-0-55-58-lab."""
    return f"{dataset.name}-{protocol}"


def do_study(
    store: Store,
    images: Dataset,
    settings: Settings,
    *,
    name: str | None = None,
    own: Sequence[OwnRow] = (),
    widen: bool = False,
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> tuple[str, Study]:
    """Do a study, or go on with it, and keep it under its name. Rows of the student's own that
    it has already stay in it, as do comments on rows.

    Args:
        store: where runs and study are kept.
        images: without a held-out part.
        settings: what to try.
        name: of the study; default: that of the data and the protocol.
        own: more rows of the student's own; one of the same name as a kept one replaces it.
        widen: what the kept study tries stays too, see `Settings.beside`: a small
            study does not take the place of a large one.
        engine, device: who trains.
        progress: told the work done and expected.

    Returns:
        The name, and the study.

    Raises:
        UsageError: the named study is of other images, or see `run_study`.
        FclabError: see `run_study`.
    """
    name = _name_for(store, images, settings, name)
    while True:
        before = store.definition("study", name)
        kept = load_definition(store, name) if before else None
        wider = settings.beside(Settings.of(kept.settings)) if widen and kept else settings
        study = run_study(
            images, store, wider,
            own=replaced(own_of(kept.rows if kept else ()), own),
            engine=engine, device=device, progress=progress,
        )  # fmt: skip
        rows = with_comments(study.rows, kept.rows if kept else ())
        definition = study.definition.model_copy(update={"rows": rows})
        study = replace(study, definition=definition)
        if store.replace("study", name, definition.model_dump(mode="json"), before):
            return name, study
        # A row was added or removed meanwhile: once more, with what is trained already.


def run_study(
    dataset: Dataset,
    store: Store,
    settings: Settings | None = None,
    *,
    own: Sequence[OwnRow] = (),
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> Study:
    """Do the study, or go on with it: runs that are kept are read, not trained.

    The same settings and the same kept runs give the same rows, so a study that was killed is
    finished by asking for it again.

    In the validation protocol every choice is made on four fifths of the images, and the rows are
    then trained on all of them **for the chosen number of epochs**, which are more iterations (12
    an epoch in place of 10 for 1500 images in batches of 128). An over-fitting epoch says how often
    each image may be seen, so it moves little with the number of images: with 1200 images the test
    loss of the lab's recipe is least at epoch 60, with 1500 at 56 (classes 0, 55, 58), and at 27
    and 29 (classes 22, 40, 57; 32 seeds each). The iterations, 600 and 672, 270 and 348, do move.

    Args:
        dataset: images without a held-out part.
        store: where runs are kept.
        settings: what to try; default: the lab's tasks on 32 seeds.
        own: rows of the student's own, after the default ones.
        engine, device: as for `fclab.engines.train`.
        progress: told the work done and expected.

    Raises:
        UsageError: a recipe does not fit the dataset, an own row has no parent or a taken name.
        FclabError: the base recipe diverges, so that there is nothing to study.
    """
    settings = settings or Settings()
    base, seeds, n_train = settings.base, range(settings.seeds), len(dataset.train)
    held = dataset.hold_out(HOLD_OUT)
    chooser = dataset if settings.protocol == "lab" else held
    likely = Start(settings, max(1, base.epochs // 4), n_train)
    planned = [row for task in tasks() for row in task.planned(likely)]
    for row in with_own(planned, own):  # before any training
        check(dataset, row.recipe)
        choose(dataset, row.recipe, engine, device)
    trainer, seen = Trainer(store, engine, device, progress), SeenRuns(dataset)

    later = _later(likely)
    both = {
        part: trainer.get_or_train(part, [base], seeds, later=later)[base]
        for part in (dataset, held)
    }
    chosen_on, split = both[chooser], split_of(settings)
    found = overfitting_epoch(chosen_on, split)
    if found is None:
        raise FclabError(
            "the base recipe diverges on every seed (lr {lr}): start with a lower lr", lr=base.lr
        )
    start = Start(settings, found.of_mean, n_train)
    search = Search(trainer, held, chooser, split, later=_planned_work(start))
    rows = with_own([row for task in tasks() for row in task.rows(start, search)], own)
    study = finish_study(trainer, dataset, held, settings, rows, chosen_on, both[held], seen)
    return measure_study(store, study, dataset, seen)


def final_table(study: Study) -> FinalTable:
    """The final table with what the lab expects of its moves."""
    return table.final_table(study, claims)


def _name_for(store: Store, images: Dataset, settings: Settings, name: str | None) -> str:
    """The name to keep a study under: never that of a study of other images."""
    wanted = name or study_name(images.info, settings.protocol)
    if store.definition("study", wanted) is None:
        return wanted
    if load_definition(store, wanted).fingerprint == images.fingerprint:
        return wanted
    if name is None:
        return f"{wanted}-{images.fingerprint[:8]}"
    raise UsageError(
        "the study {name} in {store} is of other images: choose another --name",
        name=name,
        store=store.name,
    )


def planned_work(settings: Settings, n_train: int) -> float:
    """The work of a whole study, near enough, before anything is known of it."""
    likely = Start(settings, max(1, settings.base.epochs // 4), n_train)
    return 2 * settings.seeds * work([settings.base]) + _later(likely)


def _later(likely: Start) -> float:
    """The work after the base row."""
    return _planned_work(likely) + sum(task.search_work(likely) for task in tasks())


def _planned_work(start: Start) -> float:
    """The work after the base row, but for the search."""
    rows = [row.recipe for task in tasks() for row in task.planned(start)][1:]
    return work(rows) * start.settings.seeds
