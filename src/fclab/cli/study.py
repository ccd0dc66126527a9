"""`fclab study`, `study add`, `study remove`: the self-study tasks on many seeds, and own rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from fclab.cli.classes import CHOICE, FlattenedChoice
from fclab.cli.elsewhere import CLUSTER_TRAINER, FlattenedClusterTrainer
from fclab.cli.options import FIELDS, FlattenedFields, Many
from fclab.cli.place import WHERE, FlattenedWhere

if TYPE_CHECKING:
    from fclab.labs.lab1.settings import Settings
    from fclab.store.database import Store
    from fclab.study.rows import Definition
    from fclab.values.dataset import Dataset
    from fclab.values.recipe import Recipe
    from fclab.words.languages import Lang
    from fclab.words.wording import Wording

Sizes = Annotated[tuple[str, ...] | None, Parameter(consume_multiple=True, negative="--no-hidden")]

study = App(name="study")


@study.default
def run(
    *,
    choice: FlattenedChoice = CHOICE,
    seeds: int = 32,
    protocol: Literal["lab", "validation"] = "lab",
    batch_factors: Annotated[tuple[float, ...], Many] = (0.25, 0.5, 2, 4),
    lr_factors: Annotated[tuple[float, ...], Many] = (2, 5),
    hidden: Sizes = None,
    search_seeds: int = 4,
    rows: Path | None = None,
    fields: FlattenedFields = FIELDS,
    name: str | None = None,
    trainer: FlattenedClusterTrainer = CLUSTER_TRAINER,
    where: FlattenedWhere = WHERE,
) -> None:
    """Do the self-study tasks on many seeds: a final table with verdicts, and answers to 1 to 6.

    Every run is kept as it is done. A study that was stopped goes on where it was; asked for again
    nothing is trained twice.

    Examples:

        fclab study --group ИУ5-25М --variant 1 --department iu5

        fclab study --classes 0 55 58 --seeds 4 --hidden 32 "10, 10"

        fclab study --classes 0 55 58 --protocol validation --rows mine.toml

        fclab study --images photos --seeds 8

        fclab study add --layers "FC(8), FC(8), FC(3)" --lr 0.001 --epochs 352

    Parameters
    ----------
    choice
        Which classes.
    seeds
        Runs per row.
    protocol
        Where choices are made: on the test set, as the lab asks, or on a held-out fifth of train.
    batch_factors
        Task 3: how many times larger (or smaller) the batch becomes.
    lr_factors
        Task 4: how many times lower the learning rate becomes.
    hidden
        Task 5: hidden layers of other models; default: 5 32 64 "10, 10".
    search_seeds
        Task 5: runs per setting that is tried for a model.
    rows
        TOML file with rows of your own: tables [[rows]] with name, parent (default: stop), comment
        and the fields that differ from the parent's.
    fields
        The recipe of the base row.
    name
        Name of the study; default: that of the data and the protocol.
    trainer
        Who trains.
    where
        Which store, and the language.
    """
    from fclab.cli.images import asked_images
    from fclab.cli.options import recipe_from
    from fclab.cli.progress import progress_bar
    from fclab.cli.study_output import print_study
    from fclab.cli.wait import say_how_long, training_seconds
    from fclab.labs.lab1.settings import recipe_for
    from fclab.labs.lab1.study import do_study, planned_work
    from fclab.study.own import read_rows
    from fclab.values.recipe import CIFAR

    language = where.language
    given = _settings(
        fields, CIFAR, seeds=seeds, protocol=protocol, batch_factors=batch_factors,
        lr_factors=lr_factors, hidden=hidden, search_seeds=search_seeds,
    )  # fmt: skip
    own = read_rows(rows) if rows else ()
    _, images = asked_images(choice, language)
    base = recipe_from(recipe_for(images.info), **fields.given)
    settings = given.model_copy(update={"base": base})
    expected = planned_work(settings, len(images.train))
    engines = (trainer.engine, trainer.device)
    if trainer.cluster is None:
        say_how_long(where.words, training_seconds(expected, images, [base], *engines))
    with where.open(where.out, "train", create=True, trains=True) as kept:
        with (
            trainer.elsewhere(where.words, kept),
            progress_bar(where.words.plain("do.study")) as progress,
        ):
            called, done = do_study(
                kept, images, settings, name=name, own=own, **trainer.given, progress=progress
            )
        _tell_kept(kept, called, where.words)
    print_study(done, called, language, images=images)


@study.command(name="add")
def add(
    *,
    name: str | None = None,
    parent: str = "stop",
    comment: str = "",
    study: str | None = None,
    fields: FlattenedFields = FIELDS,
    data: str | None = None,
    images: Path | None = None,
    where: FlattenedWhere = WHERE,
) -> None:
    """Add a row of your own to a kept study; only this row is trained.

    What is not given is that of the parent row.

    Examples:

        fclab study add --layers "FC(8), FC(8), FC(3)" --lr 0.001 --epochs 352

        fclab study add --name flipped --flip --epochs 120

        fclab study add --parent flipped --dropout 0.2 --comment "Less over-fitting, as expected."

    Parameters
    ----------
    name
        Name of the row; default: own-1, own-2, ...
    parent
        The row that it starts from and is compared to.
    comment
        What you say about it; it stands behind the computed comment in the report.
    study
        Name of the study; default: the one that was changed last.
    fields
        What differs from the parent.
    data
        CIFAR-100: a folder or archive; default: FCLAB_DATA or the cache.
    images
        Where your own pictures are, if they have moved since the study.
    where
        Which store, and the language.
    """
    from fclab.cli.progress import progress_bar
    from fclab.cli.study_output import print_study
    from fclab.study.kept import add_row, newest_study
    from fclab.study.own import asked, free_name
    from fclab.values.errors import FclabError, UsageError

    language = where.language
    if not fields.given:
        raise UsageError("what does the row change? Give a field: --lr, --epochs, --layers, ...")
    with where.open(where.out, trains=True) as kept:
        called = study or newest_study(kept)
        with progress_bar(where.words.plain("do.study")) as progress:
            done = add_row(
                kept, called,
                lambda study: _images_of(study, data, images, language),
                lambda rows: asked(
                    fields.given, name=name or free_name(rows), parent=parent, comment=comment
                ),
                progress=progress,
            )  # fmt: skip
        _tell_kept(kept, called, where.words)
    print_study(done, called, language, answers=False)
    row = done.rows[-1].name
    if all(run.diverged_at is not None for run in done.runs[row]):
        raise FclabError("row {row!r} diverged from every seed: the table says so too", row=row)


@study.command(name="remove")
def remove(
    *rows: str,
    yes: Annotated[bool, Parameter(negative="")] = False,
    study: str | None = None,
    where: FlattenedWhere = WHERE,
) -> None:
    """Remove rows of your own from a kept study. Their runs stay in the store: added again, a row
    is not trained again.

    Examples:

        fclab study remove own-1

        fclab study remove flipped wide --yes

    Parameters
    ----------
    rows
        Names of the rows.
    yes
        Do not ask.
    study
        Name of the study; default: the one that was changed last.
    where
        Which store, and the language.
    """
    import sys

    from fclab.cli.progress import say
    from fclab.study.kept import load_definition, newest_study, remove_rows
    from fclab.study.own import without_own
    from fclab.values.errors import UsageError

    words = where.words
    if not rows:
        raise UsageError("which rows? fclab study remove ROW ...")
    with where.open(where.out) as kept:
        called = study or newest_study(kept)
        without_own(load_definition(kept, called), rows)  # what is wrong is said before asking
        named = ", ".join(rows)
        if not yes:
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise UsageError(
                    "nobody is there to be asked: to remove {named}, add --yes", named=named
                )
            print(words.plain("do.ask", rows=named, name=called), end=" ", file=sys.stderr)
            if sys.stdin.readline().strip().casefold() not in words.plain("do.yes").split():
                say(words.plain("do.left"))
                return
        remove_rows(kept, called, rows)
    say(words.plain("do.removed", rows=named, name=called))


def _settings(fields: Any, base: "Recipe", **values: Any) -> "Settings":
    from pydantic import ValidationError

    from fclab.cli.options import complaint, recipe_from
    from fclab.labs.lab1.settings import Settings
    from fclab.values.errors import UsageError
    from fclab.values.recipe import parse_layers

    base = recipe_from(base, **fields.given)
    hidden = values.pop("hidden")
    try:
        if hidden is not None:
            values["hidden"] = [parse_layers(text) for text in hidden]
    except ValueError as error:
        raise UsageError("--hidden: {reason}", reason=error) from error
    try:
        return Settings(base=base, **values)
    except ValidationError as error:
        raise complaint(error) from error


def _images_of(
    study: "Definition", data: str | None, moved: Path | None, language: "Lang"
) -> "Dataset":
    """The images of a study, found again.

    Raises:
        UsageError: only the program that made the study has them.
        DataError, FclabError: they are nowhere, see `fclab.cli.images.get_images`.
    """
    from fclab.cli.images import images_again
    from fclab.values.errors import UsageError

    found = images_again(study.source, study.classes, study.folder, data, moved, language)
    if found is None:
        raise UsageError(
            "only the program that made this study has its data ({source}), fclab has not: "
            "add the row there, with fclab.do_study(..., own=[fclab.OwnRow(...)])",
            source=study.source,
        )
    return found


def _tell_kept(store: "Store", name: str, words: "Wording") -> None:
    from fclab.cli.progress import say

    say(words.plain("do.kept", name=name, store=store.name))
