"""The questions of the defence that are about training: descent, epochs, kinds of learning."""

from collections.abc import Iterator, Mapping, Sequence

from fclab.labs.lab1.defence.networks import Network
from fclab.labs.lab1.defence.terms import table
from fclab.report.model import Block, Formula
from fclab.report.writer import Writer
from fclab.words.wording import Say, say

METHODS: Mapping[str, tuple[str, ...]] = {
    "supervised": (
        "linear_regression", "logistic_regression", "neighbours", "trees", "svm", "perceptron",
    ),
    "unsupervised": ("k_means", "dbscan", "pca", "autoencoder", "mixture"),
    "reinforcement": ("q_learning", "dqn", "reinforce", "actor_critic"),
}  # fmt: skip
"""Methods by the kind of learning, in the order in which the question names the kinds."""

_STEP = r"w \leftarrow w - \frac{\eta}{|B|} \sum_{i \in B} \frac{\partial L_i}{\partial w}"
_ITERATIONS = r"T = E \cdot \lceil N / B \rceil"


def descent(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    """Stochastic gradient descent, its hyper-parameters, and how batch descent differs."""
    yield writer.paragraph(say("defence.sgd.idea"))
    yield writer.items(*(say(f"defence.sgd.step{n}") for n in range(1, 7)))
    yield writer.paragraph(say("defence.sgd.rule"))
    yield Formula((_STEP,))
    yield writer.items(
        *(say(f"defence.sgd.{what}") for what in ("lr", "batch", "epochs", "others"))
    )
    yield writer.paragraph(say("defence.sgd.differ"))
    for network in own:
        recipe, n = network.recipe, network.n_train
        batch, per_epoch = recipe.batch(n), recipe.iterations_per_epoch(n)
        part = f"p{network.part}"
        size = (
            say("defence.sgd.own_full", part=part, n=n)
            if per_epoch == 1
            else say("defence.sgd.own_mini", part=part, n=n, batch=batch, per_epoch=per_epoch)
        )
        settings = say(
            "defence.sgd.own_settings",
            optimizer=recipe.optimizer,
            lr=recipe.lr,
            epochs=recipe.epochs,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            schedule=recipe.schedule,
            reduction=recipe.reduction,
        )
        yield writer.paragraph(size, settings)
    if any(network.recipe.reduction == "sum" for network in own):
        yield writer.paragraph(say("defence.sgd.sum_note"))


def epochs(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    """Epoch, iteration and batch, with the arithmetic of one's own trainings."""
    yield writer.items(*(say(f"defence.words.{word}") for word in ("batch", "iteration", "epoch")))
    yield writer.paragraph(say("defence.words.relation"))
    yield Formula((_ITERATIONS,))
    for network in own:
        yield writer.paragraph(*_arithmetic(network))


def _arithmetic(network: Network) -> Iterator[Say]:
    """Batches, iterations and epochs of a network: as they were made where it was trained."""
    recipe, n, part = network.recipe, network.n_train, f"p{network.part}"
    made = max((run.epochs for run in network.trained), default=recipe.epochs)
    batch, per_epoch = recipe.batch(n), recipe.iterations_per_epoch(n)
    iterations = made * per_epoch
    if per_epoch == 1:
        yield say("defence.words.own_full", part=part, n=n, epochs=made, iterations=iterations)
    else:
        yield say("defence.words.own_mini", part=part, n=n, batch=batch, per_epoch=per_epoch,
                  rest=n % batch, epochs=made, iterations=iterations)  # fmt: skip
    if made < recipe.epochs:
        diverged = all(run.diverged_at is not None for run in network.trained)
        yield say("defence.words.own_stopped", asked=recipe.epochs, epochs=made, diverged=diverged)
    if per_epoch > 1:
        double = min(2 * batch, n)
        each = recipe.replace(batch_size=double).iterations_per_epoch(n)
        yield say(
            "defence.words.constant", batch=double, per_epoch=each, iterations=iterations,
            needed=max(1, round(iterations / each)), exact=iterations % each == 0,
        )  # fmt: skip


def kinds(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    """Supervised, unsupervised and reinforcement learning, with tasks and methods."""
    words = writer.words
    yield writer.items(*(say(f"defence.kinds.{kind}") for kind in METHODS))
    labels = [(network.part, network.n_train) for network in own]
    yield writer.paragraph(say("defence.kinds.own", labels=labels), say("defence.kinds.table"))
    rows = [
        [
            words.text(say(f"defence.kind.{kind}")),
            words.text(say(f"defence.kind_tasks.{kind}")),
            writer.cell(", ".join(words.plain(f"defence.method.{name}") for name in methods)),
        ]
        for kind, methods in METHODS.items()
    ]
    yield table(writer, "defence_kinds", ["kind", "tasks", "methods"], rows)
