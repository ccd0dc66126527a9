"""The network itself: its layers as columns of neurons, and under each what it is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from fclab.figures.style import (
    FAINT,
    INK,
    MUTED,
    SMALL,
    TEST,
    TRAIN,
    WIDTH,
    new_figure,
    styled,
    text_width,
)
from fclab.values.dataset import DatasetInfo
from fclab.values.recipe import Recipe
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_SLOTS = 9  # neurons one above the other; of wider layers the first and the last are drawn
_LAYERS = 6  # side by side; of deeper networks the first three and the last two are drawn
_STEP, _TOP, _LINE = 0.23, 0.5, 0.21  # inches: between neurons, of the headings, of a row below
_TINIEST = 4.5  # points: the numbers of a table that is too wide are written smaller, to this

_OUTPUT = {"squared_error": "none", "log_loss": "sigmoid", "cross_entropy": "softmax"}
"""What turns the outputs into answers, by the loss."""


@dataclass(frozen=True)
class _Column:
    """A column of the picture: the inputs, a layer, or the layers that are left out.

    Attributes:
        heading: above it, one or two lines.
        cells: below it, one for each row.
        width: how many neurons (or inputs) it has; 0 where layers are left out.
        colour, marker: of its neurons.
    """

    heading: str
    cells: tuple[str, ...]
    width: int = 0
    colour: str = MUTED
    marker: str = "o"


@styled()
def network_diagram(dataset: DatasetInfo, recipe: Recipe, lang: Lang) -> Figure:
    """The layers of a network from left to right and every connection between the neurons that
    are drawn; below each layer the inputs of a neuron, the neurons, their activation, the
    connections, the biases and the weights in all.

    Inputs are squares: they are not neurons. Of a layer of more than 9 neurons the first and the
    last four are drawn and the others counted; of more than 6 layers the first three and the last
    two.

    Args:
        dataset: gives the inputs.
        recipe: any; with its layers and its loss.
        lang: of all texts.
    """
    words = wording(lang)
    columns = tuple(_columns(dataset, recipe, words))
    rows = [words.plain(f"figures.net_{row}") for row in _ROWS]
    slots = max((min(column.width, _SLOTS) for column in columns), default=1)
    tall = _STEP * max(slots, 3)
    height = _TOP + tall + _LINE * (len(rows) + 1)
    fig = new_figure(WIDTH, height, words, dataset)
    ax = fig.add_subplot(xlim=(0, WIDTH), ylim=(0, height))
    ax.set_axis_off()
    margin = text_width(rows, SMALL) + 0.15
    total = _total(recipe, dataset.n_inputs, words)
    pitch = (WIDTH - margin) / (len(columns) + 1)
    middle = height - _TOP - tall / 2
    centres = [margin + pitch * (i + 0.5) for i in range(len(columns) + 1)]
    placed = [_places(column.width, middle) for column in columns]
    for i in range(len(columns) - 1):
        _connect(ax, centres[i : i + 2], placed[i : i + 2])
    more = [_more(column, words) for column in columns]
    size = min(SMALL - 0.5, _fitting(more, pitch))
    for column, said, x, ys in zip(columns, more, centres, placed, strict=False):
        _neurons(ax, column, x, ys)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
        ax.text(x, middle, said, ha="center", va="center", size=size, color=column.colour,
                bbox=box if said else None, zorder=4)  # fmt: skip
    columns = (*columns, total)
    size = _fitting([line for column in columns for line in column.heading.split("\n")], pitch)
    for column, x in zip(columns, centres, strict=True):
        ax.text(x, height - 0.02, column.heading, ha="center", va="top", size=size, color=INK)
    _table(ax, rows, columns, centres, pitch)
    return fig


_ROWS = ("inputs", "neurons", "activation", "connections", "biases", "weights")


def _columns(dataset: DatasetInfo, recipe: Recipe, words: Wording) -> Iterator[_Column]:
    shape = " × ".join(map(str, dataset.input_shape)) if len(dataset.input_shape) > 1 else ""
    inputs = words.whole(dataset.n_inputs)
    heading = f"{words.plain('figures.net_input')}\n{shape or inputs}"
    nothing = ("—",) * len(_ROWS)
    yield _Column(heading, nothing, dataset.n_inputs, MUTED, "s")
    shapes = recipe.shapes(dataset.n_inputs)
    last = len(shapes)
    skipped = range(4, last - 1) if last > _LAYERS else range(0)
    for i, (n_out, n_in) in enumerate(shapes, start=1):
        if i in skipped:
            if i == skipped[0]:
                yield _left_out(recipe, dataset.n_inputs, skipped, words)
            continue
        activation = recipe.activation if i < last else _OUTPUT[recipe.loss]
        name = "net_layer" if last > 2 else "net_hidden"
        if i == last:
            name = "net_output" if last <= 3 else "net_last"
        yield _Column(
            f"{words.plain(f'figures.{name}', n=i)}\nFC({n_out})",
            (
                words.whole(n_in),
                words.whole(n_out),
                words.plain(f"figures.net_{activation}"),
                *(words.whole(n) for n in (n_out * n_in, n_out, n_out * n_in + n_out)),
            ),
            n_out,
            TEST if i == last else TRAIN,
        )


def _left_out(recipe: Recipe, n_inputs: int, layers: range, words: Wording) -> _Column:
    """The column for layers that have no room, with their sums."""
    shapes = [recipe.shapes(n_inputs)[i - 1] for i in layers]
    neurons = sum(n_out for n_out, _ in shapes)
    connections = sum(n_out * n_in for n_out, n_in in shapes)
    span = f"{layers[0]}–{layers[-1]}" if len(layers) > 1 else str(layers[0])
    return _Column(
        f"{words.plain('figures.net_more')}\n{span}",
        (
            "",
            words.whole(neurons),
            words.plain(f"figures.net_{recipe.activation}"),
            *(words.whole(n) for n in (connections, neurons, connections + neurons)),
        ),
    )


def _total(recipe: Recipe, n_inputs: int, words: Wording) -> _Column:
    neurons, connections = recipe.neurons(), recipe.connections(n_inputs)
    counts = (None, neurons, None, connections, neurons, connections + neurons)
    return _Column(
        words.plain("figures.net_total"), tuple("" if n is None else words.whole(n) for n in counts)
    )


def _places(width: int, middle: float) -> list[float]:
    """Heights of the neurons that are drawn, from the top, about the middle."""
    if width <= _SLOTS:
        return [middle + _STEP * ((width - 1) / 2 - i) for i in range(width)]
    every = _places(_SLOTS, middle)
    return every[: _SLOTS // 2] + every[_SLOTS // 2 + 1 :]


def _connect(ax: Axes, xs: Sequence[float], placed: Sequence[Sequence[float]]) -> None:
    lines = [[(xs[0], left), (xs[1], right)] for left in placed[0] for right in placed[1]]
    ax.add_collection(LineCollection(lines, colors="#A8A8A8", linewidths=0.45, zorder=1))


def _more(column: _Column, words: Wording) -> str:
    """What stands in the gap of a column for all that is not drawn."""
    if column.width > _SLOTS:
        left = column.width - 2 * (_SLOTS // 2)
        return words.plain("figures.net_hidden_neurons", n=left)
    return "" if column.width else "· · ·"


def _neurons(ax: Axes, column: _Column, x: float, ys: Sequence[float]) -> None:
    ax.scatter([x] * len(ys), ys, s=95, marker=column.marker, facecolor="white",
               edgecolor=column.colour, linewidth=1.4, zorder=3)  # fmt: skip


def _table(
    ax: Axes, rows: Sequence[str], columns: Sequence[_Column], centres: Sequence[float],
    pitch: float,
) -> None:  # fmt: skip
    size = _fitting([cell for column in columns for cell in column.cells], pitch)
    top = _LINE * (len(rows) + 0.4)
    for i, row in enumerate(rows):
        y = top - _LINE * (i + 0.5)
        ax.plot([0, WIDTH], [y + _LINE / 2] * 2, color=FAINT, linewidth=0.6, zorder=0)
        ax.text(0, y, row, va="center_baseline", size=SMALL, color=MUTED)
        for column, x in zip(columns, centres, strict=True):
            weight = "bold" if column is columns[-1] else "normal"
            ax.text(x, y, column.cells[i], ha="center", va="center_baseline", size=size,
                    weight=weight, color=INK)  # fmt: skip


def _fitting(words: Sequence[str], pitch: float) -> float:
    """The size in points at which the widest of the words fits its column."""
    bold = 1.12  # times wider than what is measured
    widest = bold * text_width(words, SMALL)
    return SMALL if widest <= 0.97 * pitch else max(_TINIEST, SMALL * 0.97 * pitch / widest)
