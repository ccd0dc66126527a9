"""Phrases and tables that the answers of the defence share."""

from collections.abc import Sequence
from dataclasses import replace

from fclab.labs.lab1.defence.networks import Network
from fclab.report.model import Table
from fclab.report.writer import Writer
from fclab.words.spans import Text
from fclab.words.wording import NBSP, say

_UNBROKEN = 5  # widths: what fits a cell of a table

SUMS = ("neurons", "connections", "weights")


def sum_text(writer: Writer, network: Network, what: str) -> str:
    """How a number of neurons, connections or weights (with biases) adds up over the layers:
    ``3,072 · 10 + 10 · 3 = 30,750``."""
    whole = writer.words.whole
    terms, total = [], 0
    for n_out, n_in in network.recipe.shapes(network.n_inputs):
        match what:
            case "neurons":
                terms.append(whole(n_out))
                total += n_out
            case "connections":
                terms.append(f"{whole(n_in)} · {whole(n_out)}")
                total += n_in * n_out
            case _:
                terms.append(f"({whole(n_in)} + 1) · {whole(n_out)}")
                total += (n_in + 1) * n_out
    left = " + ".join(terms)
    return left if left == whole(total) else f"{left} = {whole(total)}"


def part_name(writer: Writer, network: Network) -> str:
    """The part of the lab that a network belongs to: "PartNumber 1, regression"."""
    name = writer.words.plain(f"defence.part.p{network.part}")
    return name[:1].upper() + name[1:]


def shape_text(network: Network) -> str:
    """The widths from the inputs on, "3072-10-3"; only a long one may be broken."""
    widths = (network.n_inputs, *network.recipe.layers)
    return ("-" if len(widths) > _UNBROKEN else "\N{NON-BREAKING HYPHEN}").join(map(str, widths))


def size_text(network: Network) -> str:
    """The sizes of an image, "32 × 32 × 3", not to be broken."""
    return f"{NBSP}×{NBSP}".join(map(str, network.dataset.input_shape))


def table(
    writer: Writer, name: str, columns: Sequence[str], rows: Sequence[Sequence[Text]], *,
    numbers: int = 0,
) -> Table:  # fmt: skip
    """A table of the defence; so many of its last columns are numbers, set to the right."""
    made = writer.table(say(f"defence.{name}"), [f"defence_{column}" for column in columns], rows)
    left = len(columns) - numbers
    return replace(made, align=("left",) * left + ("right",) * numbers)
