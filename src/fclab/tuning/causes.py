"""Causes of a better test accuracy: what each of them changes in a recipe. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from fclab.values.recipe import BEST, Recipe

Cause = Literal[
    "stop", "lr", "batch", "pool", "optimizer", "width", "depth", "activation", "norm", "locality",
    "tied", "flip", "shift", "warp", "jitter", "dropout", "label_smoothing", "mixup", "ema",
    "contrast", "tta", "ensemble",
]  # fmt: skip
"""One thing that may raise the accuracy:

- ``stop``: the training ends at the over-fitting epoch;
- ``lr``, ``batch``: another learning rate or batch size;
- ``width``, ``depth``: a wider first layer, more hidden layers;
- ``optimizer``: with the schedule, lr, batch size, weight decay and epochs that belong to it;
- ``tied``: hidden layers begin as convolutions laid out as matrices;
- ``warp``: turned and scaled images;
- the others: the field of the recipe of that name;
- ``ensemble``: the networks of all seeds answer together.
"""

CAUSES: tuple[Cause, ...] = get_args(Cause)
"""In the order in which they are climbed. The optimiser comes before what makes learning longer:
plain SGD takes hundreds of epochs to profit from augmented, mixed and thinned-out examples, and
the over-fitting epoch of a wide network is looked for among as many. Half the resolution comes
before the width, which then costs a quarter."""

CHOSEN: tuple[Cause, ...] = ("stop", "lr", "batch")
"""Causes whose value is found on the validation part; the others take that of the best recipe."""

LR_FACTORS = (0.5, 1.0, 2.0, 4.0)
BATCH_FACTORS = (0.25, 0.5, 1.0, 2.0)
"""What the present learning rate and batch size are multiplied with. Where 1 is chosen the rung
is the one below: nothing else is better."""

_FIELDS: Mapping[Cause, tuple[str, ...]] = {
    **{name: (name,) for name in CAUSES if name in Recipe.model_fields and name not in CHOSEN},
    "optimizer": (
        "optimizer",
        "lr",
        "momentum",
        "nesterov",
        "weight_decay",
        "schedule",
        "batch_size",
        "epochs",
    ),
    "warp": ("rotate", "zoom"),
}
_TRIED: Mapping[str, Any] = {
    "activation": "gelu", "pool": 2, "norm": "batch", "locality": 1.0, "flip": True,
    "shift": 4, "rotate": 12.0, "zoom": 0.15, "jitter": 0.2, "dropout": 0.3,
    "label_smoothing": 0.1, "mixup": 0.2, "ema": 0.99, "contrast": True, "tta": "shift",
}  # fmt: skip
"""Values of what the best recipe does not use."""


def climbed(causes: Sequence[Cause], best: Recipe) -> tuple[Cause, ...]:
    """The causes that a ladder to this recipe has: weights are tied where it ties them, for the
    widths of its layers must fit, and not aside."""
    return tuple(cause for cause in causes if cause != "tied" or best.tied)


def is_aside(cause: Cause, best: Recipe = BEST) -> bool:
    """Whether the best recipe does without: such a cause is tried, but the ladder goes on from
    the rung below."""
    default = Recipe()
    fields = _FIELDS.get(cause, ())
    return bool(fields) and all(getattr(best, f) == getattr(default, f) for f in fields)


def add(cause: Cause, recipe: Recipe, best: Recipe = BEST) -> Recipe:
    """The recipe with a cause more, at the value that it has in the best recipe.

    ``ensemble`` changes no recipe; the values of `CHOSEN` are not known here.
    """
    match cause:
        case "width":
            return recipe.replace(layers=(best.layers[0], *recipe.layers[1:]))
        case "depth":
            first, last = recipe.layers[0], recipe.layers[-1]
            return recipe.replace(layers=(first, *best.layers[1:-1], last))
    if is_aside(cause, best):
        return recipe.replace(**{field: _TRIED[field] for field in _FIELDS[cause]})
    return recipe.replace(**{field: getattr(best, field) for field in _FIELDS.get(cause, ())})


def take_out(cause: Cause, recipe: Recipe, below: Recipe) -> Recipe:
    """A recipe without one of its causes: what that changed is set back to what it was before.

    Args:
        cause: none of `CHOSEN`.
        recipe: the whole recipe.
        below: that of the rung below the cause.
    """
    match cause:
        case "width":
            return recipe.replace(layers=(below.layers[0], *recipe.layers[1:]))
        case "depth":
            return recipe.replace(layers=(recipe.layers[0], recipe.layers[-1]))
    kept = ("epochs",)  # without its schedule a training is not shorter too
    fields = [field for field in _FIELDS.get(cause, ()) if field not in kept]
    return recipe.replace(**{field: getattr(below, field) for field in fields})
