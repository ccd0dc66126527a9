"""Part 1 again, at once: another network or another curve, trained while one blinks."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from fclab.data import regression_curve
from fclab.data.regression import Target
from fclab.engines import train
from fclab.figures import regression_fits
from fclab.labs.lab1.lab import fit_epochs
from fclab.notebook.language import lang
from fclab.notebook.page import say
from fclab.values.recipe import REGRESSION, format_layers


def live_fit(
    hidden: int | Sequence[int] = 64,
    target: Target = "sigmoid",
    *,
    noise: float = 0.05,
    seed: int = 0,
    **changes: Any,
) -> Figure:
    """Train part 1 with another hidden layer or on another curve, and draw the fit.

    All 50 000 steps take some tenths of a second. The first call after an installation waits up to
    a minute for the compiled loop; the time that is shown is that of the training alone.

    Args:
        hidden: neurons of the hidden layer, or of each of several.
        target: the curve: "sigmoid", "sine", "bump", "parabola", "abs" or "step".
        noise: standard deviation of the noise.
        seed: fixes noise and initial weights.
        changes: any other field of the recipe: ``activation="tanh"``, ``lr=2e-4``, ...

    Returns:
        The figure; a notebook shows it when it is the last line of a cell.

    Raises:
        RecipeError: a field does not exist or its value is out of range.
    """
    curve = regression_curve(target, noise=noise, seed=seed)
    layers = (hidden,) if isinstance(hidden, int) else tuple(hidden)
    recipe = REGRESSION.replace(layers=(*layers, 1), **changes)
    epochs = fit_epochs(recipe.epochs)
    run = next(iter(train(curve, [recipe], [seed], snapshots=epochs)))
    fig = regression_fits(run, curve, lang())
    network = format_layers(recipe.layers)
    legend = fig.legends[0]
    legend.set_title(say("live", network=network, seconds=run.seconds))
    legend.set_alignment("left")
    return fig
