"""The questions of the defence, answered with the numbers of one's own networks."""

import math
from collections.abc import Callable, Iterator, Sequence

from fclab import figures
from fclab.labs.lab1.defence import training as defence_training
from fclab.labs.lab1.defence.networks import Network, Trained, networks
from fclab.labs.lab1.defence.terms import SUMS, part_name, shape_text, size_text, sum_text, table
from fclab.labs.lab1.lab import Lab1Results
from fclab.report.model import Block, Formula, Section
from fclab.report.writer import Writer
from fclab.values.recipe import format_layers
from fclab.words.spans import Text
from fclab.words.wording import Say, say

QUESTIONS = ("q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8")
"""The questions of the lab, in its order, the last one since 2025; ``defence.asked.q1`` is the
wording of the first."""

_NEURON = r"y = \varphi(w_1 x_1 + w_2 x_2 + \ldots + w_m x_m + b)"
_LAYER = r"A_l = \varphi(A_{l-1} W_l^{\top} + b_l)"
_SQUARED = r"L = (\hat{y} - y)^2"
_LOG_LOSS = r"L = -y \log(p) - (1 - y) \log(1 - p),\quad p = \frac{1}{1 + e^{-z}}"
_CROSS_ENTROPY = r"L = -\log(p_y),\quad p_k = \frac{e^{z_k}}{\sum_{j} e^{z_j}}"


def section(writer: Writer, results: Lab1Results) -> Section:
    """The appendix of the report: the questions with their answers.

    Where a part was not done its answers speak of the lab's own network, and say so.
    """
    own = _own(results)
    words = writer.words
    return Section(
        "defence",
        words.plain("defence.title"),
        (writer.paragraph(say("defence.intro")), *notes(writer, own)),
        answers(writer, own),
        part="appendix",
    )


def schemes(writer: Writer, results: Lab1Results) -> Section:
    """The answer to question 8 alone, as an appendix."""
    own = _own(results)
    missing = [network.part for network in own if not network.trained]
    note = [writer.note("missing", say("defence.schemes.missing", parts=missing))]
    return Section(
        "schemes",
        writer.words.plain("defence.schemes.title"),
        (*(note if missing else ()), *_schemes(writer, own)),
        part="appendix",
    )


def _own(results: Lab1Results) -> tuple[Network, ...]:
    """The networks of all three parts; those of the lab where a part was not done."""
    own = results.cifar is not None and results.cifar.run.dataset.pictures is not None
    variant = None if own else results.variant
    classes = [term.name for term in variant.terms] if variant else ()
    return tuple(networks([part.run for part in results.parts], sorted(classes)))


def notes(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    """Which of the networks are the lab's and not one's own, and whether images are made up."""
    missing = [network.part for network in own if not network.trained]
    if missing:
        yield writer.note("missing", say("defence.own_missing", parts=missing))
    for substitute in {network.dataset.substitute for network in own} - {""}:
        yield writer.note("stand_in", say("defence.stand_in", substitute=substitute))


def answers(writer: Writer, own: Sequence[Network]) -> tuple[Section, ...]:
    """The answers to the questions.

    Args:
        writer: words them.
        own: the networks of all three parts, see `fclab.labs.lab1.defence.networks`.
    """
    answer: dict[str, Callable[[Writer, Sequence[Network]], Iterator[Block]]] = {
        "q1": _structure, "q2": _counts, "q3": _tasks, "q4": _data,
        "q5": defence_training.descent, "q6": defence_training.epochs,
        "q7": defence_training.kinds, "q8": _schemes,
    }  # fmt: skip
    return tuple(
        Section(
            f"defence-{question}",
            writer.words.plain(f"defence.questions.{question}"),
            tuple(answer[question](writer, own)),
        )
        for question in QUESTIONS
    )


def _structure(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    yield writer.paragraph(say("defence.structure.layers"), say("defence.structure.neuron"))
    yield Formula((_NEURON,))
    yield writer.paragraph(say("defence.structure.layer"))
    yield Formula((_LAYER,))
    yield writer.items(
        *(
            say(f"defence.structure.purpose_{what}")
            for what in ("input", "hidden", "output", "weight", "activation")
        )
    )
    yield writer.paragraph(say("defence.structure.theorem"))
    for i, network in enumerate(own):
        recipe, data = network.recipe, network.dataset
        yield writer.paragraph(
            say(
                "defence.structure.own",
                part=f"p{network.part}",
                figure=f"network_{i + 1}",
                shape=shape_text(network),
                inputs=network.n_inputs,
                image=size_text(network) if len(data.input_shape) > 1 else "",
                hidden=len(recipe.layers) - 1,
                activation=recipe.activation,
                outputs=recipe.layers[-1],
            ),
            *_output(network),
        )


def _output(network: Network) -> Iterator[Say]:
    """What becomes of the outputs, where it is what the lab does."""
    data, loss = network.dataset, network.recipe.loss
    usual = {"regression": "squared_error", "binary": "log_loss", "multiclass": "cross_entropy"}
    if loss == usual[data.task]:
        yield say(f"defence.structure.output_{data.task}", classes=data.class_names)


def _schemes(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    yield writer.paragraph(say("defence.schemes.how"))
    for i, network in enumerate(own):
        recipe, data = network.recipe, network.dataset
        yield writer.marked(data.substitute).figure(
            say(
                "defence.diagram",
                part=f"p{network.part}",
                layers=format_layers(recipe.layers),
                inputs=network.n_inputs,
            ),
            lambda data=data, recipe=recipe: figures.network_diagram(
                data, recipe, writer.words.language
            ),
            name=f"network_{i + 1}",
        )


def _counts(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    words = writer.words
    yield writer.items(
        *(say(f"defence.counts.{what}") for what in ("neurons", "connections", "weights"))
    )
    yield writer.items(
        *(
            say(
                "defence.counts.own",
                part=f"p{network.part}",
                shape=shape_text(network),
                **{f"{what}_sum": sum_text(writer, network, what) for what in SUMS},
            )
            for network in own
        )
    )
    yield writer.paragraph(say("defence.counts.table"))
    rows = [
        [
            *(writer.cell(text) for text in (part_name(writer, network), shape_text(network))),
            *(
                writer.cell(words.whole(n))
                for n in (
                    network.recipe.neurons(),
                    network.recipe.connections(network.n_inputs),
                    network.recipe.neurons(),
                    network.recipe.parameters(network.n_inputs),
                )
            ),
        ]
        for network in own
    ]
    columns = ["network", "layers", "neurons", "connections", "biases", "weights"]
    yield table(writer, "defence_counts", columns, rows, numbers=4)


def _tasks(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    yield writer.paragraph(say("defence.tasks.regression"))
    yield writer.paragraph(say("defence.tasks.formula_regression"))
    yield Formula((_SQUARED,))
    yield writer.paragraph(say("defence.tasks.binary"))
    yield Formula((_LOG_LOSS,))
    yield writer.paragraph(say("defence.tasks.multiclass"))
    yield Formula((_CROSS_ENTROPY,))
    k = next(network.recipe.layers[-1] for network in own if network.part == 3)
    yield writer.paragraph(
        say("defence.tasks.why"),
        say("defence.tasks.guess", coin=math.log(2), k=k, even=math.log(k)),
    )
    if not any(network.trained for network in own):
        yield writer.paragraph(say("defence.tasks.own_none"))
        return
    yield writer.paragraph(say("defence.tasks.own"))
    rows = [row for network in own for row in _loss_rows(writer, network)]
    columns = ["network", "task", "loss_name", "train_loss", "test_loss"]
    yield table(writer, "defence_losses", columns, rows, numbers=2)


def _loss_rows(writer: Writer, network: Network) -> Iterator[list[Text]]:
    words, data = writer.words, network.dataset
    task = say(f"defence.task.{data.task}", **({"k": data.n_outputs} if network.part == 3 else {}))
    middle = [words.text(task), words.text(say(f"defence.loss.{network.recipe.loss}"))]
    for run in network.trained or (None,):
        name = part_name(writer, network)
        if network.part == 2 and run is not None:
            name = f"{name}: {words.data(run.dataset.name)}"
        losses = [_loss(writer, run, split) for split in ("train", "test")]
        yield [writer.cell(name), *middle, *losses]


def _loss(writer: Writer, run: Trained | None, split: str) -> Text:
    if run is None:
        return writer.cell("—")
    if run.diverged_at is not None:
        return writer.words.text(say("cells.diverged"))
    return writer.cell(writer.words.sig(run.metrics[f"{split}_loss"]))


def _data(writer: Writer, own: Sequence[Network]) -> Iterator[Block]:
    words = writer.words
    yield writer.paragraph(say("defence.data.structure"))
    yield writer.items(*(say(f"defence.data.{part}") for part in ("train", "valid", "test")))
    yield writer.paragraph(say("defence.data.why"))
    yield writer.items(*(_own_data(network) for network in own))
    yield writer.paragraph(say("defence.data.own_table"))
    rows = [
        [
            writer.cell(part_name(writer, network)),
            writer.cell(words.whole(network.n_inputs)),
            *(
                writer.cell(words.whole(sizes[part]) if part in sizes else "—")
                for part in ("train", "valid", "test")
            ),
        ]
        for network in own
        for sizes in [network.dataset.sizes]
    ]
    columns = ["data", "features", "train", "valid", "test"]
    yield table(writer, "defence_data", columns, rows, numbers=4)


def _own_data(network: Network) -> Say:
    data, sizes = network.dataset, network.dataset.sizes
    values = {"inputs": data.n_inputs, "train": sizes["train"], "test": sizes["test"]}
    if network.part != 3:
        return say(f"defence.data.own_{data.task}", **values)
    k = data.n_outputs
    whole = data.source == "cifar100" and (sizes["train"], sizes["test"]) == (500 * k, 100 * k)
    return say(
        "defence.data.own_multiclass",
        shape=size_text(network),
        k=k,
        classes=data.class_names,
        valid=sizes.get("valid", 0),
        each=whole,
        **values,
    )
