"""`fclab search`: look for the hyper-parameters that suit the images best."""

from pathlib import Path
from typing import Any

from fclab.cli.classes import CHOICE, EXAMPLE_CLASSES, FlattenedChoice
from fclab.cli.elsewhere import CLUSTER_TRAINER, FlattenedClusterTrainer
from fclab.cli.place import KEPT, FlattenedKept


def search(
    *,
    trials: int = 40,
    space: Path | None = None,
    choice: FlattenedChoice = CHOICE,
    seeds: int = 5,
    first: int = 2,
    batch: int = 4,
    confirm: int = 10,
    seed: int = 0,
    name: str | None = None,
    storage: str | None = None,
    out: Path | None = None,
    trainer: FlattenedClusterTrainer = CLUSTER_TRAINER,
    where: FlattenedKept = KEPT,
) -> None:
    """Search for the hyper-parameters that suit the images best, and confirm what was found.

    Every candidate is trained from several seeds on four fifths of the training images; its value
    is the mean accuracy on the others. After the first seeds only the best third goes on. The
    sampler (Optuna's TPE) learns from what came of earlier candidates. The test set has no
    influence on the search; the winner meets it afterwards, trained on all training images from
    fresh seeds, beside the base row of the lab.

    Whatever ends the search, the same command goes on with it, and a larger --trials lengthens it.
    The same command in a second terminal, at the same time, helps it.

    Examples:

        fclab search --trials 40 --classes 0 55 58

        fclab search --trials 100 --space mine.toml --name mine --seeds 8

        fclab search --group 25 --variant 1 --storage postgresql://student@db.example.org/lab

    Parameters
    ----------
    trials
        Candidates in all; those of an earlier call count.
    space
        TOML file: fields of the recipe with the values to try, such as
        lr = {low = 0.001, high = 0.1, log = true}, layers = {choices = ["FC(64), FC(3)"]},
        epochs = 60. Default: a space around wide networks with augmentation.
    choice
        Which classes; default: 0 55 58.
    seeds
        Runs of a candidate that is not pruned.
    first
        Runs after which two of three candidates are pruned; as many as --seeds: none is.
    batch
        Candidates that are trained side by side, unaware of each other's results.
    confirm
        Fresh seeds that the winner is confirmed on; 0: it is not.
    seed
        Of the sampler: the same seed, space and batch try the same candidates.
    name
        Of the search; default: that of the images.
    storage
        Where the search is kept: a journal file, or postgresql://user@host/base;
        default: results/search-NAME.log.
    out
        Folder for table, figures and the winner's recipe; default: results/search-NAME.
    trainer
        Who trains.
    where
        Which store, and the language.
    """
    from fclab.values.extras import require

    require("optuna", "search", "fclab search")
    from fclab.cli.images import asked_images
    from fclab.cli.search_result import Result
    from fclab.cli.wait import say_how_long, training_seconds
    from fclab.labs.lab1.settings import recipe_for
    from fclab.study.trainer import work
    from fclab.tuning.space import default_space, read_space
    from fclab.values.errors import UsageError
    from fclab.values.text import file_name

    language = where.language
    settings = _settings(trials=trials, seeds=seeds, first=first, batch=batch, seed=seed)
    if confirm < 0:
        raise UsageError(
            "--confirm is a number of seeds, 0 for none, not {confirm}", confirm=confirm
        )
    given = None if space is None else read_space(space)  # before any data is fetched
    _, images = asked_images(choice, language, default=EXAMPLE_CLASSES)
    chosen = given.for_outputs(images.n_outputs) if given else default_space(images.n_outputs)
    named = name or images.name
    if not named.strip() or set(named) & set("/\\"):
        raise UsageError("--name {named!r}: a name has letters and no slashes", named=named)
    of_files = file_name(f"search-{named}")
    folder = out or Path("results") / of_files
    place = storage or Path("results") / f"{of_files}.log"
    result = Result(
        dataset=images,
        base=recipe_for(images.info),
        name=named,
        row_name=name or "search",
        folder=folder,
        language=language,
        written=where.written,
        trained_by=trainer.given,
    )
    engines = (trainer.engine, trainer.device)
    expected = settings.trials * settings.seeds * work([result.base])
    expected += 2 * confirm * work([result.base])
    if trainer.cluster is None:
        say_how_long(where.words, training_seconds(expected, images, [result.base], *engines))
    with (
        where.open(out, "write", create=True, trains=True) as kept,
        trainer.elsewhere(where.words, kept),
    ):
        result.search(kept, chosen, place, settings)
        if confirm and result.is_finished:
            result.confirm(kept, confirm)


def _settings(**given: int) -> Any:
    from pydantic import ValidationError

    from fclab.cli.options import complaint
    from fclab.tuning.rules import SearchSettings

    try:
        return SearchSettings(**given)
    except ValidationError as error:
        raise complaint(error) from error
