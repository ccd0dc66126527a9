"""`fclab course atlas`: how hard variants and any three classes are."""

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import RULE, FlattenedRule
from fclab.cli.elsewhere import CLUSTER_TRAINER, FlattenedClusterTrainer
from fclab.cli.options import Many
from fclab.cli.place import KEPT, FlattenedKept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fclab.cli.classes import Chosen
    from fclab.course.atlas.kept import Atlas
    from fclab.course.atlas.listing import Line
    from fclab.course.atlas.training import Settings
    from fclab.course.atlas.values import Classes, Difficulty, Estimate, Hardest
    from fclab.labs.lab1.variant import Department
    from fclab.words.languages import Lang
    from fclab.words.wording import Wording

FOLDER = Path("results/atlas")
"""Where an atlas of one's own is kept, if --out names no other folder."""


def atlas(
    *,
    rule: FlattenedRule = RULE,
    course: Path | None = None,
    groups: Annotated[tuple[int, ...], Many] = (),
    variants: Annotated[tuple[int, ...], Many] = (),
    departments: Annotated[tuple[str, ...], Many] = (),
    top: int = 10,
    out: Path | None = None,
    train: Annotated[bool, Parameter(negative="")] = False,
    seeds: int = 8,
    reach_seeds: int = 2,
    reach_epochs: int = 80,
    ceilings: Annotated[bool, Parameter(negative="")] = False,
    data: str | None = None,
    trainer: FlattenedClusterTrainer = CLUSTER_TRAINER,
    where: FlattenedKept = KEPT,
) -> None:
    """Say how hard the variants of a year are, or any three classes.

    Looking up is instant and needs no images: the base rows of the years 2024 to 2026 come with
    fclab, the base row of any other three classes is predicted. With --train both the base row and
    what the best recipe reaches are trained here; every network is kept, so that a stopped atlas
    goes on where it was.

    Examples:

        fclab course atlas --scheme 2026

        fclab course atlas --scheme 2026 --group 3 --variant 9

        fclab course atlas --classes 0 55 58

        fclab course atlas --scheme 2026 --out atlas

        fclab course atlas --scheme 2026 --departments iu5 --train --out atlas

        fclab course atlas --course course-2026 --train

    Parameters
    ----------
    rule
        Which classes; without group, variant and classes all variants of the year.
    course
        Folder of a course: in place of all variants of the year those that its students have.
    groups
        Of all variants only those of these groups; default: 1 to 5 where the rule counts groups, 21
        to 25 where it takes the number in their name.
    variants
        Of all variants only these; default: 1 to 30.
    departments
        Of all variants only those of these departments.
    top
        How many of the hardest and of the easiest variants are printed.
    out
        Folder in which the page (atlas.html), the table (atlas.csv) and what was trained
        (atlas.json) are written; what is trained is looked up there the next time. Default, with
        --train: results/atlas, of a course teacher/atlas in its folder.
    train
        Train what is asked for, in place of looking it up.
    seeds
        Networks of the base row.
    reach_seeds
        Networks of the best recipe of free weights; 0: none.
    reach_epochs
        Epochs of that recipe: 240 are all of it, a third of them costs about a point.
    ceilings
        With --train: measure what other methods reach, as fclab ceilings does; about a minute for
        each three classes.
    data
        CIFAR-100: a folder or archive; default: FCLAB_DATA or the cache.
    trainer
        Who trains.
    where
        Which store, and the language.
    """
    from fclab.cli.progress import say
    from fclab.course.atlas.kept import read_atlas, write_atlas
    from fclab.course.atlas.listing import harder_than, lines_of, write_csv
    from fclab.course.atlas.looking import lookup
    from fclab.course.atlas.page import write_page
    from fclab.course.atlas.places import VARIANTS, places_of, places_of_course, triples_of
    from fclab.course.atlas.values import three
    from fclab.course.folder import read_course, teacher_folder
    from fclab.labs.lab1.variant import DEPARTMENTS, find_scheme, parse_department, rule_of
    from fclab.values.errors import UsageError

    words = where.words
    if top < 1:
        raise UsageError("--top is a number of variants from 1, not {top}", top=top)
    if ceilings and not train:
        raise UsageError("--ceilings goes with --train: they are measured, not looked up")
    if course is not None and (groups or variants or departments):
        raise UsageError("with --course the variants are those of its students: leave out "
                         "--groups, --variants and --departments")  # fmt: skip
    of_course = read_course(course) if course is not None else None
    scheme = of_course.scheme if of_course else find_scheme(rule.scheme, rule.schemes)
    folder = out or (teacher_folder(course) / "atlas" if course is not None else FOLDER)
    year_rule = rule_of(scheme, where.language)
    chosen: list[Department] = [parse_department(one) for one in departments]
    if of_course is not None:
        year = places_of_course(of_course)
    else:
        year = places_of(scheme, groups, variants or VARIANTS, chosen or DEPARTMENTS)
    asked = _asked(rule, where.language) if rule.is_given else None
    kept = folder / "atlas.json"
    own = read_atlas(kept) if kept.is_file() else None
    if train:
        triples = (three(asked.numbers),) if asked else triples_of(year)
        settings = _settings(seeds, reach_seeds, reach_epochs)
        own = _trained(triples, settings, own, data, trainer, where, ceilings=ceilings)
        write_atlas(kept, own)
    lines = lines_of(year, own=own)
    if asked is not None:
        found = lookup(asked.numbers, own)
        _print_one(asked.numbers, found, words)
        print(words.plain("atlas.rank", share=harder_than(found, lines), rule=year_rule))
    else:
        _print_lines(lines, top, words, year_rule)
    if out is not None or train:
        files = [
            write_csv(folder / "atlas.csv", lines, words),
            write_page(folder / "atlas.html", lines, own, words, year_rule),
        ]
        say(words.plain("atlas.written", files=[str(path) for path in files]))


def _asked(rule: FlattenedRule, lang: "Lang") -> "Chosen":
    """The classes that are asked for, as the atlas knows them."""
    from fclab.course.atlas.values import three

    chosen = rule.chosen(lang)
    three(chosen.numbers)
    return chosen


def _settings(seeds: int, reach_seeds: int, reach_epochs: int) -> "Settings":
    """What is trained.

    Raises:
        UsageError: a number is out of range.
    """
    from fclab.course.atlas.training import REACH, Settings
    from fclab.values.quantities import check_whole

    return Settings(
        seeds=check_whole("--seeds", seeds, 1, 1000),
        reach_seeds=check_whole("--reach-seeds", reach_seeds, 0, 1000),
        reach=REACH.replace(epochs=check_whole("--reach-epochs", reach_epochs, 1, 100_000)),
    )


def _trained(
    triples: "Sequence[Classes]",
    settings: "Settings",
    own: "Atlas | None",
    data: str | None,
    trainer: FlattenedClusterTrainer,
    where: FlattenedKept,
    *,
    ceilings: bool,
) -> "Atlas":
    """What is trained, with what was trained before."""
    from fclab.cli.fetched import found_or_fetched
    from fclab.cli.progress import progress_bar
    from fclab.cli.wait import say_how_long, training_seconds
    from fclab.course.atlas.kept import merged
    from fclab.course.atlas.measuring import with_ceilings
    from fclab.course.atlas.training import about, measure_all, plan, train_atlas
    from fclab.data.cifar100 import chooser

    words = where.words
    source = found_or_fetched(data, words)
    images = chooser(source)
    first, work = images(triples[0]), sum(chunk.work for chunk in plan(triples, settings))
    engines = trainer.engine, trainer.device
    recipes = [settings.base] + [settings.reach] * bool(settings.reach_seeds)
    if trainer.cluster is None:
        say_how_long(words, training_seconds(work, first, recipes, *engines))
    with where.open(use="train", create=True, trains=True) as store:
        with trainer.elsewhere(words, store), progress_bar(words.plain("atlas.bar")) as progress:
            rows = train_atlas(store, images, triples, settings, **trainer.given, progress=progress)
        if ceilings:
            with progress_bar(words.plain("atlas.methods_bar")) as progress:
                rows = with_ceilings(rows, measure_all(store, images, triples, progress))
    return merged(own, about(first, source.content.key, settings, *engines), rows)


def _print_one(classes: tuple[int, ...], found: "Difficulty", words: "Wording") -> None:
    """What is known about three classes, and how well it is known."""
    from rich import box
    from rich.table import Table

    from fclab.cli.progress import wide_output
    from fclab.course.atlas.kept import predictor
    from fclab.course.atlas.listing import method_text
    from fclab.values.names import CLASS_NAMES

    names = [f"{number} {words.name(CLASS_NAMES[number])}" for number in classes]
    table = Table(title=words.plain("atlas.title", names=names), box=box.SIMPLE_HEAD,
                  pad_edge=False, title_justify="left")  # fmt: skip
    for column in ("figure", "mean", "interval"):
        side = "left" if column == "figure" else "right"
        table.add_column(words.plain(f"atlas.{column}"), justify=side)
    hardest = found.hardest
    recall = hardest.recall if hardest else None
    figures = [("base", found.test), ("train", found.train), ("epoch", found.epoch),
               ("hardest", recall), ("reach", found.reach)]  # fmt: skip
    name = CLASS_NAMES[hardest.number] if hardest else None
    named = [(words.plain(f"atlas.{key}", name=name), figure) for key, figure in figures if figure]
    named += [(method_text(method, words), figure) for method, figure in found.ceilings.items()]
    for title, figure in named:
        mean, *ends = (words.fixed(x, 1) for x in (figure.mean, figure.low, figure.high))
        table.add_row(title, mean, "–".join(ends))
    wide_output(highlight=False).print(table)
    if found.source == "predicted":
        print(words.plain("atlas.predicted", held=predictor().held_out))
    else:
        print(words.plain("atlas.trained", seeds=found.seeds))


def _print_lines(lines: "Sequence[Line]", top: int, words: "Wording", rule: str) -> None:
    """The hardest and the easiest variants of a year, and how they spread."""
    from rich import box
    from rich.table import Table

    from fclab.cli.progress import wide_output
    from fclab.course.atlas.listing import place_text

    table = Table(title=words.plain("atlas.title_year", rule=rule), box=box.SIMPLE_HEAD,
                  pad_edge=False, title_justify="left")  # fmt: skip
    columns = ["place", "classes", "base_short", "train_short", "epoch_short", "hardest_short"]
    reached = any(line.difficulty.reach for line in lines)
    for column in [*columns, "reach_short"][: len(columns) + reached]:
        left = column in ("place", "classes", "hardest_short")
        table.add_column(words.plain(f"atlas.{column}"), justify="left" if left else "right")
    few = len(lines) > 2 * top
    for line in (*lines[:top], None, *lines[-top:]) if few else lines:
        if line is None:
            table.add_row("…")
            continue
        found, hardest = line.difficulty, line.difficulty.hardest
        cells = [place_text(line, words), _names(line.classes, words)]
        cells += [_short(found.test, words), _short(found.train, words), _short(found.epoch, words)]
        cells += [_recall(hardest, words), _short(found.reach, words)][: 1 + reached]
        table.add_row(*cells)
    wide_output(highlight=False).print(table)
    means = [line.difficulty.test.mean for line in lines]
    print(words.plain(
        "atlas.summary", n=len(lines), least=means[0], greatest=means[-1], median=median(means),
        margin=median(line.difficulty.test.margin for line in lines),
    ))  # fmt: skip
    if few:
        print(words.plain("atlas.more", n=len(lines)))


def _names(classes: tuple[int, ...], words: "Wording") -> str:
    from fclab.values.names import CLASS_NAMES

    return ", ".join(f"{number} {words.called(CLASS_NAMES[number])}" for number in classes)


def _short(figure: "Estimate | None", words: "Wording") -> str:
    if figure is None:
        return ""
    return f"{words.fixed(figure.mean, 1)} ± {words.fixed(figure.margin, 1)}"


def _recall(hardest: "Hardest | None", words: "Wording") -> str:
    from fclab.values.names import CLASS_NAMES

    if hardest is None:
        return words.plain("atlas.predicted_short")
    return f"{words.called(CLASS_NAMES[hardest.number])} ({words.fixed(hardest.recall.mean, 0)})"
