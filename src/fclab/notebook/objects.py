"""Displays of a dataset, a recipe, a run and a variant."""

from typing import NamedTuple

from matplotlib.figure import Figure

from fclab.figures import (
    binary_data,
    class_samples,
    learning_curves,
    regression_data,
    training_loss,
)
from fclab.labs.lab1.variant import Variant, department_text, notes
from fclab.notebook.language import lang
from fclab.notebook.page import picture, render
from fclab.report.recipes import configuration, hyperparameters
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe, format_layers
from fclab.values.run import Run
from fclab.words.languages import Lang

_SAMPLES = 8  # images of each class
_IMAGE_INPUTS = 32 * 32 * 3


def dataset_html(dataset: Dataset) -> str:
    """Its parts, its classes, and what it looks like."""
    kinds = {"regression": regression_data, "binary": binary_data, "multiclass": _samples}
    try:
        image = picture(kinds[dataset.task](dataset, lang()))
    except UsageError:  # points of many dimensions
        image = None
    counts = {
        part: [int((split.y == label).sum()) for label in range(len(dataset.class_names))]
        for part, split in dataset.splits.items()
    }
    return render(
        "dataset",
        dataset=dataset,
        info=dataset.info,
        counts=counts,
        image=image,
        digest=dataset.fingerprint[:12],
    )


def _samples(dataset: Dataset, language: Lang) -> Figure:
    return class_samples(dataset, language, per_class=_SAMPLES)


def dataset_line(dataset: Dataset) -> str:
    """``Dataset(xor: train 1000, test 1000)``."""
    sizes = ", ".join(f"{part} {n}" for part, n in dataset.info.sizes.items())
    return f"Dataset({dataset.name}: {sizes})"


class _Layer(NamedTuple):
    """One line of the layer table; sizes are numbers of neurons."""

    name: str
    inputs: int
    outputs: int
    weights: int
    biases: int


def layers(recipe: Recipe, n_inputs: int) -> list[_Layer]:
    """The layers with trainable numbers, in order: fully connected ones and, where the recipe
    has them, normalisations (a scale and a shift for each neuron)."""
    table = []
    for i, (n_out, n_in) in enumerate(recipe.shapes(n_inputs), start=1):
        table.append(_Layer(f"FC({n_out})", n_in, n_out, n_out * n_in, n_out))
        if recipe.norm != "none" and i < len(recipe.layers):
            table.append(_Layer(f"{recipe.norm} norm", n_out, n_out, n_out, n_out))
    return table


def recipe_html(recipe: Recipe) -> str:
    """Its layers with their parameters, and its hyper-parameters.

    A recipe does not know its data: the layers are counted for the inputs of the lab's part that
    has its loss, which the table says.
    """
    match recipe.loss:
        case "cross_entropy":
            n_inputs = _IMAGE_INPUTS
        case "log_loss":
            n_inputs = 2
        case "squared_error":
            n_inputs = 1 if recipe.layers[-1] == 1 else _IMAGE_INPUTS
    return render("recipe", **_network(recipe, n_inputs))


def _network(recipe: Recipe, n_inputs: int) -> dict:
    return {
        "recipe": recipe,
        "configuration": configuration(recipe),
        "hyperparameters": hyperparameters(recipe),
        "n_inputs": n_inputs,
        "layers": layers(recipe, n_inputs),
    }


def recipe_line(recipe: Recipe) -> str:
    """``Recipe(FC(10), FC(3); lr = 0.005, batch_size = 128, epochs = 250)``."""
    return f"Recipe({configuration(recipe)}; {hyperparameters(recipe)})"


def run_html(run: Run) -> str:
    """Its results, the course of its training, its layers; of a classifier each class."""
    figures = learning_curves if "test_loss" in run.history else _loss
    classes = run.dataset.class_names
    report = run.class_report("test") if classes and run.diverged_at is None else None
    return render(
        "run",
        run=run,
        parts=[part for part in run.dataset.sizes if f"{part}_loss" in run.metrics],
        report=report,
        rows=list(zip(classes, report.classes, strict=True)) if report else [],
        image=picture(figures(run, lang())),
        **_network(run.recipe, run.dataset.n_inputs),
    )


def _loss(run: Run, language: Lang) -> Figure:
    return training_loss([run], language)


def run_line(run: Run) -> str:
    """``Run(xor, FC(16), FC(1), seed 0: train_loss 0.00132, ...)``."""
    if run.diverged_at is not None:
        results = f"diverged at epoch {run.diverged_at}"
    else:
        results = ", ".join(f"{name} {value:.4g}" for name, value in run.metrics.items())
    return (
        f"Run({run.dataset.name}, {format_layers(run.recipe.layers)}, seed {run.seed}: {results})"
    )


def variant_html(variant: Variant) -> str:
    """How the three classes follow from group and variant."""
    language = lang()
    return render(
        "variant",
        variant=variant,
        department=department_text(variant.department, language),
        rules=[(term.rule(language), term) for term in variant.terms],
        notes=notes(variant, language),
    )


def variant_line(variant: Variant) -> str:
    """``Variant(group 25, variant 1, iu5: 40 lamp..., ...)``."""
    names = ", ".join(f"{term.number} {term.name.en}" for term in variant.terms)
    return (
        f"Variant(group {variant.group}, variant {variant.number}, {variant.department}: {names})"
    )
