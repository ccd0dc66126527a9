"""The answers of the defence: true numbers of the networks at hand, in both languages."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from made import all_text, curve_part, images_part, points_part, table_of
from torch.utils.data import DataLoader, TensorDataset

from fclab.data import binary_points
from fclab.labs.lab1.content import build
from fclab.labs.lab1.defence import section as defence
from fclab.labs.lab1.defence.networks import lab_networks, networks, newest
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.variant import classes_of
from fclab.report.model import Report
from fclab.report.writer import Writer
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe
from fclab.words.languages import LANGUAGES
from fclab.words.wording import wording


def told(results: Lab1Results, lang: str = "en") -> Report:
    """The appendix alone, as a report."""
    section = defence.section(Writer(wording(lang)), results)
    return Report("defence", (), wording(lang).language, (section,))


def answer(results: Lab1Results, question: int, lang: str = "en") -> str:
    return all_text(told(results, lang), f"defence-q{question}")


def torch_parameters(recipe: Recipe, inputs: int) -> int:
    """Counted by PyTorch from layers that are really made."""
    made = [torch.nn.Linear(n_in, n_out) for n_out, n_in in recipe.shapes(inputs)]
    return sum(p.numel() for layer in made for p in layer.parameters())


@pytest.fixture(scope="module")
def nothing() -> Lab1Results:
    """A lab that was not begun: the answers are of the lab's own networks."""
    return Lab1Results()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_eight_questions_with_three_diagrams_and_four_tables(whole, lang):
    report = told(whole, lang)
    assert [s.name for s in report.sections[0].sections] == [f"defence-q{n}" for n in range(1, 9)]
    assert [f.name for f in report.figures] == ["network_1", "network_2", "network_3"]
    assert [t.name for t in report.tables] == [
        "defence_counts", "defence_losses", "defence_data", "defence_kinds",
    ]  # fmt: skip
    assert all(section.blocks for section in report.sections[0].sections)


def test_a_diagram_is_drawn_of_the_network_it_is_named_for(whole):
    figures = told(whole).figures
    for figure, layers in zip(figures, ("FC(64)", "FC(16)", "FC(4)"), strict=True):
        said = "\n".join(text.get_text() for text in figure.figure.axes[0].texts)
        assert layers in said


def test_counts_agree_with_pytorch(nothing):
    rows = table_of(told(nothing), "defence_counts")[1:]
    for row, network in zip(rows, lab_networks(), strict=True):
        made = torch_parameters(network.recipe, network.n_inputs)
        neurons = sum(network.recipe.layers)
        assert row[2:] == [f"{n:,}" for n in (neurons, made - neurons, neurons, made)]
    assert rows[2] == ["Part 3, images", "3072-10-3", "13", "30,750", "13", "30,763"]
    text = answer(nothing, 2)
    assert "neurons 10 + 3 = 13; connections 3,072 · 10 + 10 · 3 = 30,750" in text
    assert "(3,072 + 1) · 10 + (10 + 1) · 3 = 30,763" in text


@pytest.mark.parametrize("n", [1, 64, 65, 200, 1500])
@pytest.mark.parametrize("batch", [1, 64, 128, 1500])
def test_epochs_agree_with_the_data_loader(n, batch):
    part = images_part([[n, 0, 0], [0, 0, 0], [0, 0, 0]], train=[[n, 0, 0], [0, 0, 0], [0, 0, 0]],
                       recipe=CIFAR.replace(layers=(4, 3), batch_size=batch, epochs=5))  # fmt: skip
    text = answer(Lab1Results(parts=(part,)), 6)
    sizes = [len(x) for (x,) in DataLoader(TensorDataset(torch.zeros(n)), batch_size=batch)]
    if len(sizes) == 1:
        assert re.search(rf"Part 3, images: the batch is all {n:,} examples?, so", text)
    else:
        assert f"{len(sizes):,} iterations per epoch" in text
        assert f"In 5 epochs: {len(sizes):,} · 5 = {5 * len(sizes):,} iterations" in text
        assert ("all batches are full" in text) == (sizes[-1] == batch)
        if sizes[-1] != batch:
            assert f"of {batch} and a last, smaller one of {sizes[-1]} example" in text


def test_epochs_are_those_that_were_made(whole):
    stopped = images_part(recipe=CIFAR.replace(layers=(4, 3), patience=7), stopped_at=5)
    text = answer(Lab1Results(parts=(stopped,)), 6)
    assert "12 · 5 = 60 iterations" in text
    assert "250 epochs were asked for; training was stopped earlier, and only 5 epochs" in text
    lost = images_part(test_loss=(1.0, 2.0, np.nan), diverged_at=3)
    assert "training diverged, and only 3 epochs were made" in answer(Lab1Results(parts=(lost,)), 6)
    assert "выполнено только 3 эпохи" in answer(Lab1Results(parts=(lost,)), 6, "ru")


def test_the_epochs_that_keep_the_iterations(nothing):
    assert (
        "with a batch of 256 an epoch has 6 iterations, and the same 3,000 iterations are "
        "500 epochs." in answer(nothing, 6)
    )


def test_losses_are_those_of_the_runs(whole):
    rows = table_of(told(whole), "defence_losses")[1:]
    runs = [part.run for part in whole.parts]
    assert len(rows) == len(runs) == 5
    for row, run in zip(rows, runs, strict=True):
        for cell, split in zip(row[3:], ("train", "test"), strict=True):
            assert float(cell) == pytest.approx(run.metrics[f"{split}_loss"], rel=5e-3, abs=1e-9)
    assert [row[0] for row in rows[1:4]] == [
        f"Part 2, points of two classes: {cloud}" for cloud in ("XOR", "circles", "moons")
    ]


def test_a_diverged_run_has_no_loss():
    lost = images_part(test_loss=(np.nan,), diverged_at=1)
    assert table_of(told(Lab1Results(parts=(lost,))), "defence_losses")[3][3:] == ["diverged"] * 2
    assert "nan" not in all_text(told(Lab1Results(parts=(lost,))))


def test_the_data_are_told_with_their_real_sizes(whole):
    assert table_of(told(whole), "defence_data")[1:] == [
        ["Part 1, regression", "1", "500", "—", "100"],
        ["Part 2, points of two classes", "2", "200", "—", "200"],
        ["Part 3, images", "108", "1,500", "—", "300"],
    ]
    text = answer(Lab1Results(parts=(images_part(),)), 4)
    assert "“apple”, “otter”, and “pickup truck”" in text
    assert "500 and 100 per class" in text
    assert "per class" not in answer(Lab1Results(parts=(images_part([[9, 0, 0]] * 3),)), 4)


def test_hyper_parameters_are_those_of_the_recipe():
    recipe = CIFAR.replace(layers=(4, 3), momentum=0.9, lr=0.02, batch_size=64, weight_decay=0.001,
                       schedule="cosine")  # fmt: skip
    text = answer(Lab1Results(parts=(images_part(recipe=recipe),)), 5)
    assert "mini-batches of 64 examples out of 1,500, 24 steps per epoch" in text
    assert "η = 0.02, epochs: 250, momentum 0.9, L2 0.001, the learning rate" in text
    assert "cosine" in text
    assert "Part 1, regression: batch descent, all 500 examples" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_parts_that_were_not_done_are_said_to_be_the_lab_s(lang):
    text = all_text(told(Lab1Results(parts=(images_part(),)), lang))
    said = {"ru": "Части 1 и 2 не выполнялись: в ответах вместо них сети",
            "en": "Parts 1 and 2 were not done: in their place"}[lang]  # fmt: skip
    assert said in text
    assert said.split()[0] + " 1 " not in all_text(told(whole_lab(), lang)).split("1. ")[0]


def whole_lab() -> Lab1Results:
    return Lab1Results()


def test_without_a_run_there_are_no_losses_of_ones_own(nothing):
    assert "No network has been trained yet" in answer(nothing, 3)
    assert "ln 3 ≈ 1.099" in answer(nothing, 3)


def test_the_variant_names_the_classes_that_are_still_to_be_trained():
    variant = classes_of("25", 1, "iu5")
    text = answer(Lab1Results(variant=variant), 4)
    assert all(CLASS_NAMES[n].en in text for n in variant.classes)


def test_a_copy_that_differs_is_named(whole):
    report = told(replace(whole, parts=(*whole.parts[:-1], images_part(source="other"))))
    assert "was trained on a copy that differs from CIFAR-100; its" in all_text(report)
    assert "a copy that differs from CIFAR-100" in report.figures[2].alt


def test_the_stand_in_is_named(whole):
    part = replace(whole, parts=(*whole.parts[:-1], images_part(source="synthetic")))
    report = told(part)
    assert "synthetic stand-in" in all_text(report)
    assert "stand-in, not CIFAR-100" in report.figures[2].alt
    assert "stand-in" not in report.figures[0].alt


def test_two_networks_of_one_part_are_both_told():
    other = points_part("moons", recipe=BINARY.replace(layers=(8, 8, 1), activation="relu"))
    report = told(Lab1Results(parts=(points_part(), other)))
    assert len(report.figures) == 4
    assert "2-8-8-1" in all_text(report)


def test_an_output_is_only_told_where_it_is_the_usual_one():
    squared = points_part(recipe=BINARY.replace(loss="squared_error"))
    text = answer(Lab1Results(parts=(squared,)), 1)
    assert "becomes the probability" not in text


LATIN = {
    "relu", "softmax", "mse", "mae", "log", "loss", "momentum", "weight", "decay", "sgd", "cifar",
    "dbscan", "pca", "dqn", "reinforce", "means", "fclab", "xor", "left", "right",
}  # fmt: skip


def test_no_language_leaks_into_the_other(whole):
    russian = re.sub(r"\\\w+", " ", all_text(told(whole, "ru"), "defence"))
    words = {word.lower() for word in re.findall(r"[A-Za-z]{3,}", russian)} - LATIN
    assert not words
    assert not re.search("[А-Яа-я]", all_text(told(whole, "en")))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_texts_are_set_without_slips(whole, nothing, lang):
    for results in (whole, nothing):
        text = all_text(told(results, lang))
        prose = "\n".join(x for x in text.split("\n") if "|" not in x and "\\" not in x)
        assert not re.findall(r"\w* [,.;:)!]|\( |\{\{|\}\}|\{%|  |None|nan|\.\.", prose)


def test_runs_of_one_network_are_put_together():
    runs = [points_part(shape).run for shape in ("xor", "moons")]
    made = networks([*runs, curve_part().run])
    assert [(n.part, len(n.trained)) for n in made] == [(1, 1), (2, 2), (3, 0)]
    assert made[2].recipe == CIFAR


def test_the_newest_runs_are_chosen():
    old, new = curve_part(), curve_part(recipe=REGRESSION.replace(layers=(8, 1)))
    clouds = [points_part("xor", recipe=BINARY.replace(lr=0.1)), points_part("xor"),
              points_part("moons")]  # fmt: skip
    real, fake = images_part(), images_part(source="synthetic")
    kept = [part.run for part in (old, new, *clouds, real, fake)]
    assert newest(kept) == [kept[1], kept[3], kept[4], kept[5]]
    assert newest(kept, (0, 55, 58)) == newest(kept)
    assert newest(kept, (1, 2, 3)) == newest(kept)[:3]
    assert newest([kept[6]]) == [kept[6]]


def test_the_lab_s_data_have_the_sizes_that_they_have_there():
    regression, binary, images = lab_networks()
    assert (regression.n_train, binary.n_train, images.n_train) == (500, 1000, 1500)
    assert binary.dataset == binary_points().info
    assert lab_networks(CLASS_NAMES[:5])[2].recipe.layers == (10, 5)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_schemes_stand_alone_or_among_the_answers(whole, lang):
    alone = build(whole, lang, None, ("schemes",))
    assert alone.sections[-1].name == "schemes"
    both = build(whole, lang, None, ("defence", "schemes"))
    assert [section.name for section in both.sections][-1] == "defence"
    for report in (alone, both):
        names = [figure.name for figure in report.figures]
        assert [name for name in names if name.startswith("network")] == [
            "network_1", "network_2", "network_3",
        ]  # fmt: skip
        assert report.sections[-1].part == "appendix"


@pytest.mark.parametrize(("lang", "told"), [("ru", "нарисованы"), ("en", "are drawn")])
def test_schemes_of_parts_that_were_not_done_are_the_lab_s(lang, told):
    made = build(Lab1Results(parts=(curve_part(),)), lang, None, ("schemes",))
    assert told in all_text(made, "schemes")
