"""`fclab ladder`: the test accuracy raised one cause at a time."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import CHOICE, FlattenedChoice
from fclab.cli.elsewhere import CLUSTER_TRAINER, FlattenedClusterTrainer
from fclab.cli.options import Many
from fclab.cli.place import WHERE, FlattenedWhere
from fclab.tuning.causes import Cause
from fclab.values.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from fclab.tuning.rungs import LadderTable, RungLine
    from fclab.words.wording import Wording


def ladder(
    *,
    choice: FlattenedChoice = CHOICE,
    seeds: int = 5,
    order: Annotated[tuple[Cause, ...], Many] = (),
    without: Annotated[tuple[Cause, ...], Many] = (),
    ablation: bool = True,
    json: Annotated[bool, Parameter(negative="")] = False,
    trainer: FlattenedClusterTrainer = CLUSTER_TRAINER,
    where: FlattenedWhere = WHERE,
) -> None:
    """Raise the test accuracy from the lab's network upward, one cause at a time.

    Every rung is trained from several seeds and compared with the rung below. All runs are kept:
    a ladder that was stopped goes on where it was when it is asked for again. The report of a lab
    on the same classes (fclab run, fclab report) shows it as a picture.

    Examples:

        fclab ladder --group ИУ5-25М --variant 1

        fclab ladder --classes 0 55 58 --seeds 10 --without contrast ema --no-ablation

        fclab ladder --classes 0 55 58 --order flip shift --json

    Parameters
    ----------
    choice
        Which classes.
    seeds
        Networks per rung.
    order
        The causes that come first, in this order; the others follow in their usual one.
    without
        Causes that are left out.
    ablation
        At the end, take each cause out of the whole recipe once.
    json
        Print the figures as JSON and nothing else.
    trainer
        Who trains.
    where
        Which store, and the language.
    """
    if seeds < 1:
        raise UsageError("--seeds is a number of networks from 1, not {seeds}", seeds=seeds)
    from fclab.cli.images import asked_images
    from fclab.cli.progress import progress_bar
    from fclab.cli.wait import say_how_long, training_seconds
    from fclab.labs.lab1.settings import recipe_for
    from fclab.tuning.kept_ladder import keep_ladder
    from fclab.tuning.ladder import climb, order_of, planned_work
    from fclab.tuning.rungs import ladder_table
    from fclab.values.recipe import BEST

    causes = order_of(order, without)
    language, words = where.language, where.words
    _, images = asked_images(choice, language)
    base, best = recipe_for(images.info), recipe_for(images.info, BEST)
    expected = planned_work(base, best, causes, seeds, ablation=ablation)
    engines = (trainer.engine, trainer.device)
    if trainer.cluster is None:
        say_how_long(words, training_seconds(expected, images, [base, best], *engines))
    with (
        where.open(where.out, "train", create=True, trains=True) as kept,
        trainer.elsewhere(words, kept),
        progress_bar(words.plain("ladder.bar")) as progress,
    ):
        climbed = climb(
            images, kept, seeds=seeds, causes=causes, ablation=ablation, base=base, best=best,
            **trainer.given, progress=progress,
        )  # fmt: skip
        keep_ladder(kept, climbed)
    table = ladder_table(climbed)
    if json:
        _print_json(table)
    else:
        _print_tables(table, words)


def _print_tables(table: "LadderTable", words: "Wording") -> None:
    from fclab.cli.progress import wide_output
    from fclab.labs.lab1.content.ladder import conclusions
    from fclab.words.spans import plain_text

    out = wide_output()
    title = words.plain("ladder.title", data=table.ladder.dataset.name)
    out.print(_table(table.rungs, words, title))
    if table.ablation:
        out.print(_table(table.ablation, words, words.plain("ladder.ablation_title")))
    for sentence in conclusions(words, table):
        out.print(plain_text(words.text(sentence)), highlight=False)


def _table(lines: "tuple[RungLine, ...]", words: "Wording", title: str) -> "Table":
    from rich import box
    from rich.table import Table

    from fclab.labs.lab1.content.ladder import label, word
    from fclab.values.recipe import format_layers

    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    numbers = ("epochs", "train", "test", "change", "together", "time")
    for column in _COLUMNS:
        side = "right" if column in numbers else "left"
        table.add_column(words.plain(f"ladder.{column}"), justify=side)
    for line in lines:
        recipe = line.rung.row.recipe
        cells = [label(words, line), format_layers(recipe.layers), str(recipe.epochs)]
        if line.train is None or line.test is None:
            cells += ["", words.plain("ladder.diverged"), "", "", "", ""]
        else:
            test, change = line.test, line.comparison
            cells += [
                words.fixed(100 * line.train.mean, 1),
                f"{words.fixed(100 * test.mean, 1)} "
                f"({words.fixed(100 * test.low, 1)}–{words.fixed(100 * test.high, 1)})",
                _signed(change.difference, words) if change else "",
                word(words, line.verdict),
                words.fixed(100 * line.ensemble, 1) if line.ensemble is not None else "",
                words.fixed(line.seconds, 1),
            ]
        table.add_row(*cells, style="dim" if line.rung.aside else "")
    return table


_COLUMNS = (
    "rung", "layers", "epochs", "train", "test", "change", "verdict", "together", "time",
)  # fmt: skip


def _signed(difference: float, words: "Wording") -> str:
    rounded = round(100 * difference, 1) + 0.0  # no negative zero
    return f"+{words.fixed(rounded, 1)}" if rounded > 0 else words.fixed(rounded, 1)


def _print_json(table: "LadderTable") -> None:
    import json

    from fclab.tuning.rungs import figures

    print(json.dumps(figures(table), ensure_ascii=False, indent=1, allow_nan=False))
