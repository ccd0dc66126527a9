"""What a recipe says about a network and its training, the same way in all three parts."""

import math
from collections.abc import Iterator

from fclab.analysis import findings
from fclab.report.model import Note
from fclab.report.writer import Writer
from fclab.values.recipe import Recipe, format_layers
from fclab.values.run import Run
from fclab.words.wording import Say, say

_NAMED = ("lr", "batch_size", "epochs")
_STRUCTURE = ("layers", "activation", "norm")


def network(run: Run) -> list[Say]:
    """The layers, their nonlinearity, and how many neurons, connections and weights they have."""
    recipe, inputs = run.recipe, run.dataset.n_inputs
    sentences = [
        say(
            "network.layers",
            layers=format_layers(recipe.layers),
            shape="-".join(map(str, (inputs, *recipe.layers))),
            inputs=inputs,
            neurons=recipe.neurons(),
            connections=recipe.connections(inputs),
            parameters=recipe.parameters(inputs),
        )
    ]
    hidden = len(recipe.layers) - 1
    if hidden:
        sentences.append(say("network.activation", activation=recipe.activation, hidden=hidden))
    else:
        sentences.append(say("network.linear"))
    if hidden and recipe.norm != "none":
        sentences.append(say("network.norm", norm=recipe.norm))
    sentences.append(say(f"network.init_{recipe.init}", scale=recipe.init_scale))
    return sentences


def training(run: Run) -> list[Say]:
    """The optimiser, its numbers, and how many steps were made of how many examples."""
    recipe, n = run.recipe, run.dataset.sizes["train"]
    batch, per_epoch = recipe.batch(n), recipe.iterations_per_epoch(n)
    sentences = [
        say(
            "training.optimizer",
            optimizer=recipe.optimizer,
            lr=recipe.lr,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
            schedule=recipe.schedule,
        )
    ]
    if per_epoch == 1:
        sentences.append(say("training.full_batch", n=n, epochs=recipe.epochs))
    else:
        sentences.append(
            say(
                "training.batches",
                batch=batch,
                per_epoch=per_epoch,
                rest=n % batch,
                epochs=recipe.epochs,
                iterations=recipe.iterations(n),
            )
        )
    sentences += [say(f"training.{key}", **values) for key, values in _extras(recipe)]
    if run.stopped_at is not None:
        sentences.append(
            say("training.stopped", epoch=run.stopped_at, patience=recipe.patience or 0)
        )
    return sentences


def diverged(writer: Writer, run: Run) -> Note:
    """The note that every diverged run has in place of its results."""
    return writer.note(
        "diverged",
        say(
            "training.diverged",
            epoch=run.diverged_at,
            asked=run.recipe.epochs,
            full=run.recipe.iterations_per_epoch(run.dataset.sizes["train"]) == 1,
            lr=run.recipe.lr,
            grown=findings.growth(run.history["running_loss"]),
        ),
    )


def hyperparameters(recipe: Recipe) -> str:
    """The cell of the final table: lr, batch_size, epochs, and what else is not the default."""
    default = Recipe()
    shown = {name: getattr(recipe, name) for name in _NAMED}
    shown |= {
        name: value
        for name, (_, value) in recipe.changes_from(default).items()
        if name not in (*_NAMED, *_STRUCTURE)
    }
    return ", ".join(f"{name} = {written(value)}" for name, value in shown.items())


def configuration(recipe: Recipe) -> str:
    """The network in the lab's notation: FC(10), FC(3); what is not ReLU is added."""
    extra = [] if recipe.activation == "relu" else [recipe.activation]
    extra += [] if recipe.norm == "none" else [f"{recipe.norm} norm"]
    return format_layers(recipe.layers) + (f" ({', '.join(extra)})" if extra else "")


def differences(before: Recipe, after: Recipe) -> list[str]:
    """What differs between two recipes, as "lr: 0.005 → 0.001"."""
    return [
        f"{name}: {written(old)} → {written(new)}"
        for name, (old, new) in after.changes_from(before).items()
    ]


def _extras(recipe: Recipe) -> Iterator[tuple[str, dict]]:
    if recipe.flip or recipe.shift:
        yield "augmentation", {"flip": recipe.flip, "shift": recipe.shift}
    if recipe.rotate or recipe.zoom:
        yield "warp", {"rotate": recipe.rotate, "zoom": math.expm1(recipe.zoom)}
    if recipe.jitter:
        yield "jitter", {"value": recipe.jitter}
    if recipe.pool > 1:
        yield "pool", {"value": recipe.pool}
    if recipe.tied_epochs:
        yield "tied", {"value": recipe.tied_epochs}
    for name in ("locality", "dropout", "label_smoothing", "mixup", "ema"):
        if value := getattr(recipe, name):
            yield name, {"value": value}
    if recipe.contrast:
        yield "contrast", {}
    if recipe.tta != "none":
        yield "tta", {"value": recipe.tta}


def written(value: object) -> str:
    """The value of a field as it is written in a table: 0.005, FC(10), FC(3)."""
    if isinstance(value, tuple):
        return format_layers(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
