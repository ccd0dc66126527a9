"""`fclab run`, `regression`, `binary`, `cifar`: train the lab's networks, leave a folder."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from fclab.cli.options import COMMON, Flattened, Many, recipe_from
from fclab.cli.results import train_and_write
from fclab.data import BINARY_SHAPES, binary_points, regression_curve
from fclab.data.binary import BinaryShape
from fclab.data.regression import Target
from fclab.errors import UsageError
from fclab.recipe import BEST, BINARY, CIFAR, REGRESSION, Activation, TestTime
from fclab.schedule import Schedule
from fclab.study.lab import Plan, fit_epochs
from fclab.variant import Variant

Part = Literal["regression", "binary", "cifar"]
PARTS: tuple[Part, ...] = ("regression", "binary", "cifar")
EXAMPLE_CLASSES = (0, 55, 58)


def run(
    *,
    group: str | None = None,
    variant: int | None = None,
    department: str = "iu5",
    scheme: str = "2026",
    schemes: Path | None = None,
    classes: Annotated[tuple[int, ...] | None, Many] = None,
    parts: Annotated[tuple[Part, ...], Many] = PARTS,
    data: str | None = None,
    common: Flattened = COMMON,
) -> None:
    """Do the whole lab for a variant and leave a folder of results with a report.

    Examples:

        fclab run --group ИУ5-25М --variant 1 --department iu5

        fclab run --classes 0 55 58 --lang en --out results/mine

        fclab run --group 25 --variant 7 --parts cifar --data ~/cifar-100-python

    Parameters
    ----------
    group
        Number of the group, or its full name: 25, ИУ5-25М.
    variant
        Number of the variant, from 1.
    department
        iu5 (ИУ5), guimc (ГУИМЦ) or foreign (иностранцы).
    scheme
        The year's rule for the classes; other years come from --schemes.
    schemes
        TOML file with the rules of other years.
    classes
        The classes themselves, in place of group and variant.
    parts
        Which parts to do.
    data
        CIFAR-100: a folder or archive; "cifar100" forbids the stand-in, "synthetic" asks for it.
    common
        Options of every training.
    """
    from fclab.cli.images import get_images

    chosen = chosen_variant(group, variant, department, scheme, schemes, classes)
    numbers = chosen.classes if chosen else (classes or EXAMPLE_CLASSES)
    plans: list[Plan] = []
    if "cifar" in parts:  # first, so that missing data is known before anything is trained
        plans.append(Plan(get_images(numbers, data, common.language), CIFAR))
    if "binary" in parts:
        plans = [Plan(binary_points(s, seed=common.seed), BINARY) for s in BINARY_SHAPES] + plans
    if "regression" in parts:
        curve = regression_curve(seed=common.seed)
        plans = [Plan(curve, REGRESSION, fit_epochs(REGRESSION.epochs)), *plans]
    train_and_write(plans, common, chosen, default_name=_name(chosen, numbers))


def regression(
    *,
    target: Target = "sigmoid",
    points: int = 100,
    repeats: int = 5,
    noise: float = 0.05,
    layers: str = "FC(64), FC(1)",
    activation: Activation = "relu",
    init_scale: float = 0.05,
    lr: float = 1e-4,
    epochs: int = 50_000,
    batch_size: int | None = None,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    schedule: Schedule = "constant",
    check_gradients: Annotated[bool, Parameter(negative="")] = False,
    common: Flattened = COMMON,
) -> None:
    """Part 1: fit a curve with a network whose gradients are derived by hand.

    Examples:

        fclab regression

        fclab regression --target sine --layers "FC(32), FC(32), FC(1)" --activation tanh

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
    layers
        The network; the last layer has one neuron.
    activation
        Nonlinearity of the hidden layers.
    init_scale
        Initial weights are drawn from U(−s, s).
    lr
        Learning rate.
    epochs
        Steps of gradient descent over all points.
    batch_size
        Points per step; default: all.
    momentum
        Momentum of SGD.
    weight_decay
        L2 coefficient.
    schedule
        Course of the learning rate.
    check_gradients
        Compare the hand gradients with finite differences and autograd, and stop.
    common
        Options of every training.
    """
    recipe = recipe_from(
        REGRESSION, layers=layers, activation=activation, init_scale=init_scale, lr=lr,
        epochs=epochs, batch_size=batch_size, momentum=momentum, weight_decay=weight_decay,
        schedule=schedule,
    )  # fmt: skip
    curve = regression_curve(target, points=points, repeats=repeats, noise=noise, seed=common.seed)
    if check_gradients:
        from fclab.cli.results import print_gradient_check

        print_gradient_check(curve, recipe, common.seed)
        return
    plan = Plan(curve, recipe, fit_epochs(epochs))
    train_and_write([plan], common, default_name=f"regression-{target}")


def binary(
    *,
    shapes: Annotated[tuple[BinaryShape, ...], Many] = BINARY_SHAPES,
    points: int = 1000,
    noise: float | None = None,
    layers: str = "FC(16), FC(1)",
    activation: Activation = "sigmoid",
    init_scale: float = 0.05,
    lr: float = 1e-3,
    epochs: int = 10_000,
    batch_size: int | None = None,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    schedule: Schedule = "constant",
    common: Flattened = COMMON,
) -> None:
    """Part 2: tell two classes of points apart, gradients by autograd.

    Examples:

        fclab binary

        fclab binary --shapes moons --layers "FC(8), FC(8), FC(1)" --activation tanh --lr 0.0005

    Parameters
    ----------
    shapes
        Which point clouds.
    points
        Points of each cloud.
    noise
        Standard deviation of the noise; default: 0.1 for xor, 0.025 for circles and moons.
    layers
        The network; the last layer has one neuron.
    activation
        Nonlinearity of the hidden layers.
    init_scale
        Initial weights are drawn from U(−s, s).
    lr
        Learning rate.
    epochs
        Steps of gradient descent over all points.
    batch_size
        Points per step; default: all.
    momentum
        Momentum of SGD.
    weight_decay
        L2 coefficient.
    schedule
        Course of the learning rate.
    common
        Options of every training.
    """
    recipe = recipe_from(
        BINARY, layers=layers, activation=activation, init_scale=init_scale, lr=lr,
        epochs=epochs, batch_size=batch_size, momentum=momentum, weight_decay=weight_decay,
        schedule=schedule,
    )  # fmt: skip
    clouds = [binary_points(s, points=points, noise=noise, seed=common.seed) for s in shapes]
    plans = [Plan(cloud, recipe) for cloud in clouds]
    train_and_write(plans, common, default_name="binary-" + "-".join(shapes))


def cifar(
    *,
    classes: Annotated[tuple[int, ...], Many] = EXAMPLE_CLASSES,
    data: str | None = None,
    layers: str = "FC(10), FC(3)",
    activation: Activation = "relu",
    lr: float = 0.005,
    batch_size: int = 128,
    epochs: int = 250,
    optimizer: Literal["sgd", "adam", "adamw"] = "sgd",
    momentum: float = 0.0,
    nesterov: Annotated[bool, Parameter(negative="")] = False,
    weight_decay: float = 0.0,
    schedule: Schedule = "constant",
    flip: Annotated[bool, Parameter(negative="")] = False,
    shift: int = 0,
    dropout: float = 0.0,
    label_smoothing: float = 0.0,
    mixup: float = 0.0,
    norm: Literal["none", "batch", "layer"] = "none",
    ema: float = 0.0,
    contrast: Annotated[bool, Parameter(negative="")] = False,
    tta: TestTime = "none",
    best: Annotated[bool, Parameter(negative="")] = False,
    patience: int | None = None,
    hold_out: float | None = None,
    common: Flattened = COMMON,
) -> None:
    """Part 3: train a fully connected network on classes of CIFAR-100.

    Examples:

        fclab cifar --classes 0 55 58

        fclab cifar --classes 0 55 58 --layers "FC(32), FC(3)" --lr 0.002 --epochs 120 --seed 3

        fclab cifar --hold-out 0.2 --patience 20

        fclab cifar --classes 0 55 58 --best

    Parameters
    ----------
    classes
        Class numbers, 0 to 99.
    data
        CIFAR-100: a folder or archive; "cifar100" forbids the stand-in, "synthetic" asks for it.
    layers
        The network; the last layer has one neuron per class.
    activation
        Nonlinearity of the hidden layers.
    lr
        Learning rate.
    batch_size
        Images per step; the last, smaller batch of an epoch is kept.
    epochs
        Passes over the training images.
    optimizer
        Rule of the steps.
    momentum
        Momentum of SGD.
    nesterov
        Nesterov's form of momentum.
    weight_decay
        L2 coefficient.
    schedule
        Course of the learning rate.
    flip
        Mirror training images at random.
    shift
        Move training images by up to so many pixels at random.
    dropout
        Probability of dropping a hidden neuron.
    label_smoothing
        Share of the target that is spread over all classes.
    mixup
        α of mixup; 0: off.
    norm
        Normalisation of the hidden layers.
    ema
        Decay of the moving average of the weights; 0: off.
    contrast
        Bring every image to mean 0 and standard deviation 1 of its own.
    tta
        Views of an image over which the final answers are averaged.
    best
        The recipe of the highest test accuracy, one for every variant, in place of all options
        of the recipe.
    patience
        Stop after so many epochs without a new least validation loss; needs --hold-out.
    hold_out
        Share of the training images held out for validation.
    common
        Options of every training.
    """
    from fclab.cli.images import get_images

    if patience is not None and hold_out is None:
        raise UsageError("--patience watches a validation part: add --hold-out 0.2")
    if hold_out is not None and not 0 < hold_out < 1:
        raise UsageError(f"--hold-out is a share between 0 and 1, not {hold_out}")
    recipe = recipe_from(
        CIFAR, layers=layers, activation=activation, lr=lr, batch_size=batch_size, epochs=epochs,
        optimizer=optimizer, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay,
        schedule=schedule, flip=flip, shift=shift, dropout=dropout,
        label_smoothing=label_smoothing, mixup=mixup, norm=norm, ema=ema, contrast=contrast,
        tta=tta, patience=patience,
    )  # fmt: skip
    if best:
        if changed := recipe.changes_from(CIFAR):
            option = min(changed).replace("_", "-")
            raise UsageError(f"--best is a whole recipe: leave out --{option}, or --best")
        recipe = BEST.but(layers=(*BEST.layers[:-1], len(classes)))
    dataset = get_images(classes, data, common.language)
    if hold_out is not None:
        dataset = dataset.hold_out(hold_out, seed=common.seed)
    train_and_write([Plan(dataset, recipe)], common, default_name=dataset.name)


def chosen_variant(
    group: str | None,
    number: int | None,
    department: str,
    scheme: str,
    schemes: Path | None,
    classes: tuple[int, ...] | None,
) -> Variant | None:
    """The variant that group and number stand for, or None where the classes are named."""
    from fclab.variant import classes_of, find_scheme

    if classes is not None:
        if group is not None or number is not None:
            raise UsageError("give either --classes or --group and --variant, not both")
        return None
    if group is None or number is None:
        raise UsageError(
            "which classes? Give --group and --variant (and --department), or --classes 0 55 58"
        )
    return classes_of(group, number, department, scheme=find_scheme(scheme, schemes))


def _name(variant: Variant | None, classes: tuple[int, ...]) -> str:
    if variant is None:
        return "classes-" + "-".join(map(str, sorted(classes)))
    return f"{variant.department}-group-{variant.group}-variant-{variant.number}"
