"""`fclab run`, `regression`, `binary`, `cifar`: train the lab's networks, leave a folder."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from fclab.cli.classes import (
    CHOICE,
    EXAMPLE_CLASSES,
    PICTURES,
    Chosen,
    ClassChoice,
    ClassNumbers,
    FlattenedChoice,
    FlattenedPictures,
)
from fclab.cli.options import (
    BINARY_FIELDS,
    COMMON,
    FIELDS,
    REGRESSION_FIELDS,
    TITLE,
    BinaryFields,
    Common,
    Flattened,
    FlattenedFields,
    FlattenedTitle,
    Many,
    RegressionFields,
    recipe_from,
)
from fclab.cli.results import train_and_write
from fclab.data.binary import BinaryShape
from fclab.data.kept import Cloud, Curve, Images, OwnCloud, OwnCurve
from fclab.data.own import data_name
from fclab.data.own_cloud import NAME as OWN_CLOUD
from fclab.data.own_cloud import read_cloud
from fclab.data.own_curve import read_points
from fclab.data.regression import Target
from fclab.labs.do import Handed
from fclab.labs.lab import find_lab
from fclab.labs.lab1.lab import CLOUDS, LAB, Options1, fit_epochs
from fclab.labs.lab1.settings import Settings, recipe_for
from fclab.labs.lab1.trials import SEEDS
from fclab.labs.title import title_of
from fclab.labs.values import Options, Plan
from fclab.report.formats import FORMATS
from fclab.study.rows import Protocol
from fclab.values.errors import UsageError
from fclab.values.recipe import BEST, BINARY, CIFAR, REGRESSION

PartName = Literal["regression", "binary", "cifar", "study"]
PARTS: tuple[PartName, ...] = ("regression", "binary", "cifar", "study")


def run(
    *,
    choice: FlattenedChoice = CHOICE,
    parts: Annotated[tuple[PartName, ...], Many] = PARTS,
    seeds: int = 32,
    protocol: Protocol = "lab",
    lab: str = LAB.name,
    title: FlattenedTitle = TITLE,
    common: Flattened = COMMON,
) -> None:
    """Do the whole lab for a variant and leave a folder of results with a report.

    The report is written as report.html, report.docx and report.pdf. Its title page is filled from
    the section [report] of fclab.toml and from the options below; what is not given is left blank.

    Examples:

        fclab run --group ИУ5-25М --variant 1 --department iu5

        fclab run --classes 0 55 58 --lang en --out results/mine

        fclab run --images photos --student "Иванов И. И."

        fclab run --group 25 --variant 7 --parts cifar --data ~/cifar-100-python

        fclab run --group ИУ5-25М --variant 1 --student "Иванов И. И." --seeds 8

    Parameters
    ----------
    choice
        Which classes.
    parts
        Which parts to do; "study" is the self-study tasks with the final table.
    seeds
        Of the study: how many times each row is trained; up to 8 of them for what is tried on point
        clouds that part 2 does not separate.
    protocol
        Of the study: lab chooses on the test set, as the lab asks; validation on a held-out part.
    lab
        Which lab, where others are installed beside it.
    title
        What the title page says.
    common
        Options of every training.
    """
    from fclab.cli.images import asked_images

    if seeds < 1:
        raise UsageError("--seeds is a number of runs from 1, not {seeds}", seeds=seeds)
    given = {**({"group": choice.group} if choice.group is not None else {}), **title.given}
    # What is wrong with it is better known before any training.
    find_lab(lab).appendices_of(title_of(given, title.settings).appendix)
    handed = Handed(
        formats=FORMATS, title=given, settings=title.settings, title_page=True, lang=common.lang
    )
    if lab != LAB.name:
        other = find_lab(lab)
        plain = Options(seed=common.seed, engine=common.engine, device=common.device)
        plans = other.plans(other.parts, plain)
        train_and_write(other, plans, plain, common, handed, default_name=lab)
        return
    images = study = None
    folder = choice.folder()
    if "cifar" in parts or "study" in parts:  # first, so that missing data is known at once
        chosen, images = asked_images(choice, common.language)
    elif folder:
        chosen = choice.chosen_beside(common.language)
    else:
        chosen = choice.chosen(common.language)
    if images is not None and "study" in parts:
        study = Settings(seeds=seeds, protocol=protocol, base=recipe_for(images.info))
    options = Options1(
        seed=common.seed, engine=common.engine, device=common.device, variant=chosen.variant,
        typed=chosen.numbers, study=study, images=images, tries=min(SEEDS, seeds),
    )  # fmt: skip
    plans = LAB.plans(parts, options)
    name = data_name(folder) if folder else name_of(chosen)
    train_and_write(LAB, plans, options, common, handed, default_name=name, images=images)


def _one_part(plans: list[Plan], common: Common, name: str, **asked: Any) -> None:
    """Do some networks of one part."""

    options = Options1(seed=common.seed, engine=common.engine, device=common.device, **asked)
    train_and_write(LAB, plans, options, common, Handed(lang=common.lang), default_name=name)


def regression(
    *,
    target: Target = "sigmoid",
    points: int = 100,
    repeats: int = 5,
    noise: float = 0.05,
    xy: Path | None = None,
    fields: RegressionFields = REGRESSION_FIELDS,
    check_gradients: Annotated[bool, Parameter(negative="")] = False,
    common: Flattened = COMMON,
) -> None:
    """Part 1: fit a curve with a network whose gradients are derived by hand.

    Examples:

        fclab regression

        fclab regression --target sine --layers "FC(32), FC(32), FC(1)" --activation tanh

        fclab regression --xy measured.csv --noise 0

        fclab regression --check-gradients

    Parameters
    ----------
    target
        The curve.
    points
        Distinct inputs: x = arange(points)/points − 0.5.
    repeats
        Noisy targets of each input.
    noise
        Standard deviation of the noise.
    xy
        A curve of your own in place of a formula: a file with x and y in each line.
    fields
        The recipe.
    check_gradients
        Compare the hand gradients with finite differences and autograd, and stop.
    common
        Options of every training.
    """
    recipe = recipe_from(REGRESSION, **fields.given)

    kept = {"repeats": repeats, "noise": noise, "seed": common.seed}
    data = (
        Curve(target=target, points=points, **kept)
        if xy is None
        else OwnCurve(points=read_points(xy), **kept)
    )
    curve = data.make()
    if check_gradients:
        from fclab.cli.results import print_gradient_check

        print_gradient_check(curve, recipe, common.seed)
        return
    plan = Plan(data, curve, recipe, fit_epochs(recipe.epochs))
    _one_part([plan], common, f"regression-{curve.name}")


def binary(
    *,
    shapes: Annotated[tuple[BinaryShape, ...], Many] = CLOUDS,
    points: int = 1000,
    noise: float | None = None,
    points_seed: int | None = None,
    xy: Path | None = None,
    fields: BinaryFields = BINARY_FIELDS,
    tries: int = SEEDS,
    common: Flattened = COMMON,
) -> None:
    """Part 2: tell two classes of points apart, gradients by autograd.

    Examples:

        fclab binary

        fclab binary --shapes circles moons --init-scale 1

        fclab binary --shapes spiral --activation relu --init-scale 1

        fclab binary --shapes moons --layers "FC(64), FC(1)" --tries 0

        fclab binary --xy points.csv --activation tanh

    Parameters
    ----------
    shapes
        Which point clouds; default: the three of the lab.
    points
        Points of each cloud.
    noise
        Standard deviation of the noise; default: 0.1 for xor, else 0.025.
    points_seed
        Seed of the points, for networks of other seeds on the same points; default: --seed.
    xy
        Points of your own in place of the shapes: a file with x, y and class, 0 or 1, in each line.
    fields
        The recipe.
    tries
        Where a cloud is not separated: seeds from which each of some changes is tried (learning
        rate, activation, initial weights, width, epochs); 0: nothing is tried.
    common
        Options of every training.
    """
    recipe = recipe_from(BINARY, **fields.given)
    if tries < 0:
        raise UsageError("--tries is a number of seeds from 0, not {tries}", tries=tries)

    if xy is not None:
        cloud = OwnCloud(points=read_cloud(xy))
        plans = [Plan(cloud, cloud.make(), recipe)]
        _one_part(plans, common, f"binary-{OWN_CLOUD}", tries=tries)
        return
    seed = common.seed if points_seed is None else points_seed
    clouds = [Cloud(shape=s, points=points, noise=noise, seed=seed) for s in shapes]
    plans = [Plan(cloud, cloud.make(), recipe) for cloud in clouds]
    _one_part(plans, common, "binary-" + "-".join(shapes), tries=tries)


def cifar(
    *,
    classes: ClassNumbers | None = None,
    data: str | None = None,
    accept_other: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    own: FlattenedPictures = PICTURES,
    fields: FlattenedFields = FIELDS,
    best: Annotated[bool, Parameter(negative="")] = False,
    hold_out: float | None = None,
    common: Flattened = COMMON,
) -> None:
    """Part 3: train a fully connected network on classes of CIFAR-100.

    Examples:

        fclab cifar --classes 0 55 58

        fclab cifar --classes 0 55 58 --layers "FC(32), FC(3)" --lr 0.002 --epochs 120 --seed 3

        fclab cifar --hold-out 0.2 --patience 20

        fclab cifar --classes 0 55 58 --best

        fclab cifar --images photos --size 48

    Parameters
    ----------
    classes
        The classes, by number or name; default: 0 55 58, apple otter pickup_truck.
    data
        CIFAR-100: a folder or archive; "cifar100" forbids the stand-in, "synthetic" asks for it.
    accept_other
        Take what --data names also if it differs from CIFAR-100; every result is marked.
    own
        Pictures of your own.
    fields
        The recipe.
    best
        The recipe of the highest test accuracy, one for every variant, in place of all options
        of the recipe.
    hold_out
        Share of the training images held out for validation.
    common
        Options of every training.
    """
    from fclab.cli.images import asked_images

    if "patience" in fields.given and hold_out is None:
        raise UsageError("--patience watches a validation part: add --hold-out 0.2")
    if hold_out is not None and not 0 < hold_out < 1:
        raise UsageError("--hold-out is a share between 0 and 1, not {hold_out}", hold_out=hold_out)
    recipe_from(CIFAR, **fields.given)  # what is wrong with it comes before any images are read
    if best:
        for name in fields.given:
            option = name.replace("_", "-")
            raise UsageError(
                "--best is a whole recipe: leave out --{option}, or --best", option=option
            )
    choice = ClassChoice(classes=classes, data=data, accept_other=accept_other, **vars(own))
    chosen, dataset = asked_images(choice, common.language, default=EXAMPLE_CLASSES)
    recipe = recipe_from(recipe_for(dataset.info, BEST if best else CIFAR), **fields.given)
    if hold_out is not None:
        dataset = dataset.hold_out(hold_out, seed=common.seed)
    plan = Plan(Images.of(dataset, hold_out, common.seed), dataset, recipe)
    _one_part([plan], common, dataset.name, typed=chosen.numbers)


def name_of(chosen: Chosen) -> str:
    """Of the folder of results."""
    variant = chosen.variant
    if variant is None:
        return "classes-" + "-".join(map(str, sorted(chosen.numbers)))
    return f"{variant.department}-group-{variant.group}-variant-{variant.number}{chosen.other_rule}"
