"""Short questions with a number for an answer, made from one's own networks."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fclab.labs.lab1.defence.networks import Network
from fclab.labs.lab1.defence.terms import part_name, sum_text
from fclab.labs.lab1.defence.training import METHODS
from fclab.report.writer import Writer
from fclab.values.recipe import format_layers
from fclab.values.rng import stream
from fclab.words.wording import Say, say


@dataclass(frozen=True)
class Check:
    """A question, the number that answers it, and why.

    Attributes:
        name: which kind of question it is.
        question: its wording.
        why: the calculation.
        answer: the right number.
        tolerance: by how much a typed number may differ; 0: it is a whole number.
    """

    name: str
    question: Say
    why: Say
    answer: float
    tolerance: float = 0.0

    def accepts(self, typed: str) -> bool:
        """Whether what was typed is the right number: ``30 763``, ``30,763`` and ``30763`` are
        the same, and so are ``0.693`` and ``0,693``."""
        compact = "".join(typed.replace("\N{MINUS SIGN}", "-").split())
        for text in (compact.replace(",", "."), compact.replace(",", "")):
            try:
                number = float(text)
            except ValueError:
                continue
            if abs(number - self.answer) <= self.tolerance * (1 + 1e-9):
                return True
        return False


@dataclass(frozen=True)
class _Maker:
    """What questions are made from.

    Attributes:
        writer: names networks in its language.
        own: the networks.
        rng: draws which network, and the numbers that are not its own.
    """

    writer: Writer
    own: Sequence[Network]
    rng: np.random.Generator
    images: Sequence[Network] = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "images", [n for n in self.own if n.part == 3])

    def network(self) -> Network:
        """One of the networks."""
        return self.own[int(self.rng.integers(len(self.own)))]

    def batched(self) -> tuple[int, int]:
        """Training examples of a network, and a batch that does not divide them if one is there."""
        n = self.network().n_train
        sizes = [b for b in (16, 32, 48, 64, 100, 128, 200, 256) if b < n]
        uneven = [b for b in sizes if n % b] or sizes or [1]
        return n, int(self.rng.choice(uneven))

    def name(self, network: Network) -> str:
        """The network in words: its part, layers and inputs."""
        return self.writer.words.plain(
            "defence.checks.network",
            part=f"p{network.part}",
            layers=format_layers(network.recipe.layers),
            inputs=network.n_inputs,
        )

    def numbers(self, n: int, scale: int = 10) -> list[float]:
        """So many numbers with one decimal between −1 and 1 (times scale / 10), none of them 0."""
        whole = self.rng.integers(1, scale + 1, n) * self.rng.choice([-1, 1], n)
        return [int(value) / 10 for value in whole]


def checks(
    writer: Writer, own: Sequence[Network], seed: int, each: int = 2
) -> dict[str, list[Check]]:
    """Questions with numbers for each of the lab's first seven, by ``"q1"``, ``"q2"``, ...

    Args:
        writer: its language decides about the names in them.
        own: the networks of all three parts.
        seed: the same seed and networks give the same questions.
        each: at most so many of each.
    """
    made: dict[str, list[Check]] = {}
    for question, makers in _MAKERS.items():
        maker = _Maker(writer, own, stream(seed, f"checks {question}"))
        order = maker.rng.permutation(len(makers))[:each]
        made[question] = [makers[i](maker) for i in order]
    return made


def _check(
    name: str, answer: float, asked: Mapping[str, Any], why: Mapping[str, Any], tolerance: float = 0
) -> Check:
    key = f"defence.checks.{name}"
    return Check(name, say(key, **asked), say(f"{key}_why", **why), answer, tolerance)


def _inputs(make: _Maker) -> Check:
    network = make.network()
    layer = int(make.rng.integers(len(network.recipe.layers)))
    n = network.recipe.shapes(network.n_inputs)[layer][1]
    asked = {"network": make.name(network), "layer": layer + 1}
    return _check("inputs", n, asked, {"layer": layer + 1, "n": n})


def _neuron(make: _Maker) -> Check:
    used = [n.recipe.activation for n in make.own if len(n.recipe.layers) > 1]
    known = [name for name in _ACTIVATIONS if name in used] or ["relu"]
    activation = known[int(make.rng.integers(len(known)))]
    w, x, (b,) = make.numbers(2), make.numbers(2), make.numbers(1)
    z = round(w[0] * x[0] + w[1] * x[1] + b, 4)
    y = _ACTIVATIONS[activation](z)
    asked = {"activation": activation, "w": w, "b": b, "x": x}
    return _check("neuron", y, asked, {"z": z, "y": y}, 0.002)


_ACTIVATIONS: Mapping[str, Callable[[float], float]] = {
    "relu": lambda z: max(0.0, z),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
}


def _count(what: str) -> Callable[[_Maker], Check]:
    def make_one(make: _Maker) -> Check:
        network = make.network()
        if make.rng.random() < 0.5 and len(network.recipe.layers) > 1:  # were it wider
            hidden = int(make.rng.choice([5, 8, 12, 20, 32]))
            layers = (hidden, *network.recipe.layers[1:])
            network = Network(network.dataset, network.recipe.replace(layers=layers))
        recipe, inputs = network.recipe, network.n_inputs
        answer = {
            "neurons": recipe.neurons(),
            "connections": recipe.connections(inputs),
            "weights": recipe.parameters(inputs),
        }[what]
        total = sum_text(make.writer, network, what)
        return _check(what, answer, {"network": make.name(network)}, {"sum": total})

    return make_one


def _squared(make: _Maker) -> Check:
    y, off = [abs(value) for value in make.numbers(3)], make.numbers(3, scale=5)
    guess = [round(a + b, 1) for a, b in zip(y, off, strict=True)]
    terms = [round(value**2, 2) for value in off]
    answer = sum(terms) / 3
    return _check(
        "squared", answer, {"y": y, "guess": guess}, {"terms": terms, "answer": answer}, 0.002
    )


def _log(make: _Maker) -> Check:
    p = float(make.rng.integers(1, 20)) / 20
    answer = -math.log(p)
    return _check("log", answer, {"p": p}, {"p": p, "answer": answer}, 0.002)


def _even(make: _Maker) -> Check:
    k = int(make.rng.choice([make.images[0].recipe.layers[-1], 10, 100]))
    return _check("even", math.log(k), {"k": k}, {"k": k, "answer": math.log(k)}, 0.002)


def _numbers(make: _Maker) -> Check:
    network = make.network()
    n, inputs = network.n_train, network.n_inputs
    asked = {"data": part_name(make.writer, network), "n": n}
    return _check("numbers", n * inputs, asked, {"n": n, "inputs": inputs, "answer": n * inputs})


def _per_class(make: _Maker) -> Check:
    k, each = int(make.rng.integers(2, 11)), 500
    return _check("per_class", k * each, {"k": k}, {"k": k, "each": each, "answer": k * each})


def _right_answers(make: _Maker) -> Check:
    n = make.images[0].dataset.sizes["test"]
    right = int(make.rng.integers(n // 2, n))
    values = {"n": n, "share": right / n}
    tolerance = 0 if n < 1000 else n / 2000  # a share of one decimal says no more
    return _check("right_answers", right, values, {**values, "answer": right}, tolerance)


def _step(make: _Maker) -> Check:
    lr = make.network().recipe.lr
    (w,), (g,) = make.numbers(1), make.numbers(1, scale=40)
    answer = w - lr * g
    asked = {"w": w, "g": g, "lr": lr}
    return _check("step", answer, asked, {**asked, "answer": answer}, 2e-6)


def _gradient(make: _Maker) -> Check:
    g = make.numbers(4, scale=30)
    answer = sum(g) / len(g)
    return _check("gradient", answer, {"g": g}, {"answer": answer}, 0.002)


def _per_epoch(make: _Maker) -> Check:
    n, batch = make.batched()
    asked, answer = {"n": n, "batch": batch}, math.ceil(n / batch)
    return _check("per_epoch", answer, asked, {**asked, "answer": answer})


def _last(make: _Maker) -> Check:
    n, batch = make.batched()
    answer = n % batch or batch
    why = {"n": n, "batch": batch, "full": (n - answer) // batch, "answer": answer}
    return _check("last", answer, {"n": n, "batch": batch}, why)


def _total(make: _Maker) -> Check:
    n, batch = make.batched()
    epochs, each = int(make.rng.integers(2, 60)) * 5, math.ceil(n / batch)
    asked = {"n": n, "batch": batch, "epochs": epochs}
    why = {"epochs": epochs, "each": each, "answer": epochs * each}
    return _check("total", epochs * each, asked, why)


def _kind(make: _Maker) -> Check:
    number = int(make.rng.integers(len(METHODS)))
    kind = tuple(METHODS)[number]
    chosen = METHODS[kind][int(make.rng.integers(len(METHODS[kind])))]
    method = make.writer.words.plain(f"defence.method.{chosen}")
    return _check("kind", number + 1, {"method": method}, {"kind": kind})


def _labels(make: _Maker) -> Check:
    network = make.network()
    asked = {"data": part_name(make.writer, network)}
    return _check("labels", network.n_train, asked, {"answer": network.n_train})


_MAKERS: Mapping[str, Sequence[Callable[[_Maker], Check]]] = {
    "q1": (_inputs, _neuron),
    "q2": (_count("neurons"), _count("connections"), _count("weights")),
    "q3": (_squared, _log, _even),
    "q4": (_numbers, _per_class, _right_answers),
    "q5": (_step, _gradient),
    "q6": (_per_epoch, _last, _total),
    "q7": (_kind, _labels),
}
