"""The questions with a number for an answer: the same for one seed, and rightly answered."""

import math

import pytest
import torch
from made import images_part, text_of
from torch.nn import functional

from fclab.labs.lab1.defence.checks import _MAKERS, Check, checks
from fclab.labs.lab1.defence.networks import lab_networks, networks
from fclab.report.writer import Writer
from fclab.values.recipe import CIFAR
from fclab.words.languages import LANGUAGES
from fclab.words.wording import say, wording

ALL = 9  # more than any question has
SEEDS = range(12)


def made(seed: int = 0, lang: str = "en", own=None) -> list[Check]:
    found = checks(Writer(wording(lang)), own or lab_networks(), seed, ALL)
    return [check for group in found.values() for check in group]


def every(name: str) -> list[Check]:
    """The checks of one kind from many seeds."""
    return [check for seed in SEEDS for check in made(seed) if check.name == name]


def test_each_of_the_seven_has_several():
    found = checks(Writer(wording("en")), lab_networks(), 0)
    assert list(found) == [f"q{n}" for n in range(1, 8)]
    assert all(len(group) == 2 for group in found.values())
    assert all(not group for group in checks(Writer(wording("en")), lab_networks(), 0, 0).values())


def test_one_seed_gives_the_same_and_another_one_others():
    assert made(3) == made(3)
    assert [c.answer for c in made(3)] != [c.answer for c in made(4)]
    assert [c.answer for c in made(3)] == [c.answer for c in made(3, "ru")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_and_explanation_can_be_read(lang):
    words, seen = wording(lang), set()
    for seed in SEEDS:
        for check in made(seed, lang):
            asked, why = (text_of(words.text(s)) for s in (check.question, check.why))
            assert "?" in asked
            assert not {"None", "nan", "{{"} & set(asked.split() + why.split())
            assert ("а" in asked) == (lang == "ru")
            seen.add(check.name)
            if check.name not in ("neuron", "inputs", "kind"):  # told in other words
                right = {words.whole(check.answer), words.fixed(check.answer, 3),
                         words.num(check.answer, 7)}  # fmt: skip
                assert any(text_of(words.text(say("cells.cloud", cloud=r))) in why for r in right)
    assert len(seen) == sum(map(len, _MAKERS.values()))


def test_weights_and_connections_agree_with_pytorch():
    networks_seen = 0
    for name in ("weights", "connections", "neurons"):
        for check in every(name):
            text = check.question.values["network"].replace(",", "")
            inputs = int(text.split(" on ")[1].split()[0])
            widths = [int(part.split(")")[0]) for part in text.split("FC(")[1:]]
            layers = [
                torch.nn.Linear(a, b) for a, b in zip([inputs, *widths], widths, strict=False)
            ]
            weights = sum(layer.weight.numel() for layer in layers)
            right = {"neurons": sum(widths), "connections": weights,
                     "weights": weights + sum(widths)}  # fmt: skip
            assert check.answer == right[name]
            networks_seen += 1
    assert networks_seen == 3 * len(SEEDS)


def test_losses_agree_with_pytorch():
    for check in every("squared"):
        y, guess = (torch.tensor(check.question.values[key]) for key in ("y", "guess"))
        assert check.answer == pytest.approx(functional.mse_loss(guess, y).item(), abs=1e-5)
    for check in every("log"):
        p = torch.tensor([check.question.values["p"]])
        loss = functional.binary_cross_entropy(p, torch.ones(1)).item()
        assert check.answer == pytest.approx(loss, abs=1e-5)
    for check in every("even"):
        logits = torch.zeros(1, check.question.values["k"])
        loss = functional.cross_entropy(logits, torch.tensor([0])).item()
        assert check.answer == pytest.approx(loss, abs=1e-5)


def test_a_neuron_and_a_step_agree_with_pytorch():
    act = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
    for check in every("neuron"):
        v = check.question.values
        z = torch.dot(torch.tensor(v["w"]), torch.tensor(v["x"])) + v["b"]
        assert check.answer == pytest.approx(act[v["activation"]](z).item(), abs=1e-5)
    for check in every("step"):
        v = check.question.values
        w = torch.tensor([v["w"]], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=v["lr"])
        (w * v["g"]).sum().backward()
        optimizer.step()
        assert check.answer == pytest.approx(w.item(), abs=1e-9)


def test_batches_are_counted_one_by_one():
    for name in ("per_epoch", "last", "total"):
        for check in every(name):
            v = check.question.values
            sizes = [len(part) for part in torch.zeros(v["n"]).split(v["batch"])]
            right = {"per_epoch": len(sizes), "last": sizes[-1],
                     "total": len(sizes) * v.get("epochs", 1)}  # fmt: skip
            assert check.answer == right[name]


def test_the_last_batch_of_a_few_examples_is_never_empty():
    one_each = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    own = networks([images_part(one_each, train=one_each).run])[2:]
    found = {c.name: c for c in made(own=own)}
    assert (found["last"].question.values["batch"], found["last"].answer) == (1, 1)
    assert found["per_epoch"].answer == 3


def test_the_learning_rate_and_the_sizes_are_ones_own():
    part = images_part(recipe=CIFAR.replace(layers=(4, 3), lr=0.0625))
    own = networks([part.run])[2:]
    values = {c.name: c for seed in SEEDS for c in made(seed, own=own)}
    assert values["step"].question.values["lr"] == 0.0625
    assert values["labels"].answer == 1500
    assert values["numbers"].answer == 1500 * 108
    assert values["inputs"].answer in (108, 4)


@pytest.mark.parametrize(
    ("typed", "right"),
    [("30763", True), ("30 763", True), ("30\N{NO-BREAK SPACE}763", True), ("30,763", True),
     ("30764", False), ("", False), ("many", False), ("30.763", False)],
)  # fmt: skip
def test_a_whole_number_may_be_typed_in_any_way(typed, right):
    assert Check("x", say("x"), say("x"), 30763).accepts(typed) is right


@pytest.mark.parametrize(
    ("typed", "right"),
    [("0.693", True), ("0,693", True), ("0.6931", True), (".69", False), ("0.7", False),
     ("-0.693", False), ("nan", False), ("1e9", False)],
)  # fmt: skip
def test_a_fraction_may_be_rounded(typed, right):
    assert Check("x", say("x"), say("x"), math.log(2), 0.002).accepts(typed) is right


def test_a_minus_sign_may_be_the_typographic_one():
    assert Check("x", say("x"), say("x"), -0.5, 0.002).accepts("\N{MINUS SIGN}0,5")
