"""`fclab ceilings`: what other methods reach on the same images."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import CHOICE, FlattenedChoice
from fclab.cli.place import WHERE, FlattenedWhere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fclab.analysis.ceilings.standing import Place
    from fclab.analysis.ceilings.values import Ceiling, Ceilings
    from fclab.store.database import Store
    from fclab.values.dataset import Dataset
    from fclab.values.run import Run
    from fclab.words.wording import Wording

BASE_SEEDS = 8
"""Networks of the lab that the methods are compared with."""


def ceilings(
    *,
    choice: FlattenedChoice = CHOICE,
    seeds: int = 3,
    again: Annotated[bool, Parameter(negative="")] = False,
    pretrain: Annotated[bool, Parameter(negative="")] = False,
    where: FlattenedWhere = WHERE,
) -> None:
    """Measure what other methods reach on the same images, and where the network stands.

    k nearest neighbours, logistic regression, a support vector machine, the lab's network with
    infinitely many neurons (NNGP and NTK), and a small convolutional network, which is not fully
    connected. Their settings are chosen on held-out fifths of train. It takes a minute, once: it
    is kept, and the report of a lab on the same classes (fclab run, fclab report) shows it.

    With --pretrain also the best recipe of weights that are never tied, after pre-training on the
    train images of all other classes of CIFAR-100: fully connected, but with knowledge from outside
    of the task, so that it cannot be handed in; no row of a final table.

    Examples:

        fclab ceilings --group ИУ5-25М --variant 1

        fclab ceilings --classes 0 55 58

        fclab ceilings --classes 0 55 58 --pretrain

    Parameters
    ----------
    choice
        Which classes.
    seeds
        Convolutional networks, 0: none; and networks that go on from the pre-training.
    again
        Measure again what is kept; a pre-trained line goes unless --pretrain is given, too.
    pretrain
        Pre-train on the other classes, once; a minute or two on two cores. Needs CIFAR-100 itself.
    where
        Which store, and the language.
    """
    from fclab.analysis.ceilings.kept import keep_ceilings, load_ceilings
    from fclab.analysis.ceilings.measuring import measure_ceilings
    from fclab.analysis.ceilings.pretraining import check_pretraining
    from fclab.analysis.ceilings.standing import standing
    from fclab.cli.images import asked_images
    from fclab.cli.progress import progress_bar
    from fclab.labs.lab1.settings import recipe_for
    from fclab.values.quantities import check_whole

    check_whole("--seeds", seeds, 1 if pretrain else 0, 100)
    words = where.words
    if pretrain and choice.images is None and choice.data is None:
        choice = replace(choice, data="cifar100")  # no stand-in
    _, images = asked_images(choice, where.language)
    if pretrain:
        check_pretraining(images.info)
    recipe = recipe_for(images.info)
    with where.open(where.out, "train", create=True, trains=True) as store:
        found = None if again else load_ceilings(store, images.info)
        if found is None:
            with progress_bar(words.plain("ceilings.bar")) as progress:
                found = measure_ceilings(images, recipe, seeds=seeds, progress=progress)
            keep_ceilings(store, images.info, found)
        if pretrain and "pretrained" not in found.correct:
            found = _with_pretraining(found, images, seeds, choice.data, words)
            keep_ceilings(store, images.info, found)
        networks = _networks(store, images, words)
    _print_table(found, standing(found, networks), list(networks)[-1], words, images.name)


def _with_pretraining(
    found: "Ceilings", images: "Dataset", seeds: int, data: str | None, words: "Wording"
) -> "Ceilings":
    """The same with the figure of pre-training, which needs all images of train."""
    from fclab.analysis.ceilings.pretraining import with_pretraining
    from fclab.cli.fetched import found_or_fetched
    from fclab.cli.progress import progress_bar
    from fclab.data.cifar100 import other_classes

    source = found_or_fetched(None if data == "cifar100" else data, words)
    others = other_classes(source, [name.number for name in images.info.class_names])
    with progress_bar(words.plain("ceilings.pretraining_bar")) as progress:
        return with_pretraining(found, images, others, seeds, progress=progress)


def _networks(store: "Store", images: "Dataset", words: "Wording") -> "dict[str, Sequence[Run]]":
    """The lab's networks, and those of the whole recipe where a ladder was climbed."""
    from fclab.labs.lab1.settings import recipe_for
    from fclab.study.study import healthy
    from fclab.study.trainer import get_or_train
    from fclab.tuning.kept_ladder import load_ladder
    from fclab.tuning.rungs import ladder_table
    from fclab.values.errors import FclabError

    recipe = recipe_for(images.info)
    runs = healthy(get_or_train(store, images, [recipe], range(BASE_SEEDS))[recipe])
    if not runs:
        raise FclabError("every network of the lab diverged on {data}", data=images.name)
    found: dict[str, Sequence[Run]] = {words.plain("ceilings.base"): runs}
    ladder = load_ladder(store, images.name)
    if ladder is not None and ladder.dataset.fingerprint == images.fingerprint:
        top = healthy(ladder.runs[ladder_table(ladder).single.rung.row.name])
        if top:
            found[words.plain("ceilings.best")] = top
    return found


def _print_table(
    found: "Ceilings", places: "Sequence[Place]", last: str, words: "Wording", data: str
) -> None:
    from rich import box
    from rich.table import Table

    from fclab.cli.progress import wide_output
    from fclab.labs.lab1.content.standing import names

    table = Table(title=words.plain("ceilings.title", data=data), box=box.SIMPLE_HEAD,
                  pad_edge=False, title_justify="left")  # fmt: skip
    columns = ("method", "settings", "held_out", "test", "change", "verdict")
    for column in columns:
        side = "right" if column in ("held_out", "test", "change") else "left"
        table.add_column(words.plain(f"ceilings.{column}"), justify=side)
    measured = {line.method: line for line in found.lines}
    for place in places:
        line = None if place.is_network else next(
            one for name, one in measured.items() if name == place.name
        )  # fmt: skip
        name, more = names(words, place)
        test, verdict = place.test, place.verdict
        table.add_row(
            f"{name}: {more}" if more else name,
            _settings(line, words) if line else "",
            words.fixed(100 * line.held_out, 1) if line and line.held_out is not None else "",
            f"{words.fixed(100 * test.mean, 1)} "
            f"({words.fixed(100 * test.low, 1)}–{words.fixed(100 * test.high, 1)})",
            words.signed(verdict.difference) if verdict else "",
            words.plain(f"verdict.{verdict.decision.key}") if verdict else "",
            style="bold" if place.is_network else "",
        )
    out = wide_output()
    out.print(table)
    out.print(words.plain("ceilings.protocol", name=last), highlight=False)


def _settings(line: "Ceiling", words: "Wording") -> str:
    """What was chosen, in the letters of the formulas."""
    if line.held_out is None:
        return words.plain("ceilings.fixed")
    letters = {"gamma": "\u03b3", "noise": "\u03c3\u00b2"}
    return ", ".join(
        f"{letters.get(name, name)} = {words.num(value)}" for name, value in line.settings.items()
    )
