"""What the report says follows from the runs: other runs, other true sentences."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import (
    MATRIX,
    NAMES,
    TRAIN,
    all_text,
    curve_part,
    images_part,
    points_part,
    table_of,
    text_of,
)
from made import (
    build_full as build,
)

from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.variant import LAB_2024, Variant, classes_of
from fclab.labs.values import MadeResult, PartResult
from fclab.values.dataset import ClassName
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import BINARY, CIFAR, REGRESSION
from fclab.values.run import EngineChoice, Machine
from fclab.words.wording import wording

LANGUAGES = ("ru", "en")
LATIN = set(  # what stands in the Russian report in Latin letters: names of data, code, formulas
    re.findall(
        r"\w+",
        "autograd batch cases cifar circles cpu epochs images layers linear linux moons precision "
        "python pytorch recall reference relu scikit learn sgd sha sigmoid size test torch train "
        "xor dbscan decay dqn fclab log loss max momentum pca reinforce softmax weight sizes mae "
        "means mse",
    )
)


def both(report, name):
    """What the body says of a part, and what the details say of it."""
    names = {section.name for section in report.walk()}
    wanted = [one for one in (name, f"details-{name}") if one in names]
    return "\n".join(all_text(report, one) for one in wanted)


def part3(part, lang="en"):
    return both(build(Lab1Results(parts=(part,)), lang), "part3")


def part1(part, lang="en"):
    return both(build(Lab1Results(parts=(part,)), lang), "part1")


def part2(*parts, lang="en"):
    return both(build(Lab1Results(parts=(*parts,)), lang), "part2")


# The whole


def test_both_languages_have_the_same_build(russian, english):
    assert [s.name for s in russian.walk()] == [s.name for s in english.walk()]
    assert [b.kind for b in russian.blocks] == [b.kind for b in english.blocks]
    assert list(russian.numbers) == list(english.numbers)
    assert (russian.language, english.language) == LANGUAGES


def test_no_language_leaks_into_the_other(russian, english):
    latin = re.sub(r"[a-z]*\d[\w-]*|\\\w+", " ", all_text(russian), flags=re.IGNORECASE)
    words = {w.lower() for w in re.findall(r"[A-Za-z]{3,}", latin)} - LATIN
    assert not words, words
    assert not re.search("[А-Яа-я]", all_text(english))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_texts_are_set_without_slips(whole, lang):
    text = all_text(build(whole, lang))
    prose = "\n".join(line for line in text.split("\n") if "|" not in line and "\\" not in line)
    assert not re.findall(r"\w* [,.;:)!]|\( |\{\{|\}\}|\{%|  |None|nan|\.\.", prose)
    assert not re.findall(r"[а-яa-z],[а-яa-z]|[а-яa-z]\(", prose.replace("z_{i,k}", ""))


def test_another_language_is_refused(whole):
    with pytest.raises(UsageError):
        build(whole, "de")


def test_no_figure_is_drawn_before_it_is_asked_for(whole):
    report = build(whole, "en")
    assert len(report.figures) == 12
    assert not any("figure" in vars(block) for block in report.figures)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_and_table_of_the_list_is_there(whole, lang):
    report = build(whole, lang)
    assert [f.name for f in report.figures] == [
        "class_samples", "regression_fits", "regression_loss", "surfaces", "binary_loss",
        "confusion_test", "first_layer", "learning_curves", "network_1", "network_2", "network_3",
        "regression_data",
    ]  # fmt: skip
    assert [t.name for t in report.tables] == [
        "classes", "accuracies", "results", "defence_counts", "defence_losses", "defence_data",
        "defence_kinds", "errors", "clouds", "report_train", "report_test", "runs",
    ]  # fmt: skip
    assert all(block.alt.strip() for block in report.figures)


def without(whole: Lab1Results, left_out: str) -> tuple[PartResult, ...]:
    task = {"cifar": "multiclass"}.get(left_out, left_out)
    return tuple(part for part in whole.parts if part.run.dataset.task != task)


@pytest.mark.parametrize("left_out", ["regression", "binary", "cifar"])
def test_a_part_not_done_is_said_to_be_missing(whole, left_out):
    report = build(replace(whole, parts=without(whole, left_out)), "en")
    number = {"regression": "1", "binary": "2", "cifar": "3"}[left_out]
    assert f"part{number}" not in [section.name for section in report.sections]
    assert f"Part {number} was not done" in all_text(report, "task")
    assert f"Part {number}" not in all_text(report, "glance")


def test_nothing_done_at_all_is_still_a_report():
    text = all_text(build(Lab1Results(), "ru"))
    assert "части 1, 2 и 3" in text
    assert "Запусков, по которым можно сделать выводы, нет." in text


# Task and variant


@pytest.mark.parametrize(
    ("lang", "rule", "name"),
    [("ru", "Номер варианта + 56", "57 – «груша»"), ("en", "Variant number + 56", "57 – “pear”")],
)
def test_the_classes_follow_from_group_and_variant(lang, rule, name):
    variant = classes_of("ИУ5-25М", 1, "iu5")
    names = tuple(CLASS_NAMES[number] for number in sorted(variant.classes))
    report = build(Lab1Results(parts=(images_part(names=names),), variant=variant), lang)
    rows = table_of(report, "derivation")
    assert rows[2] == [rule, "1 + 56 = 57", name, "2"]
    assert [row[-1] for row in rows[1:]] == ["1", "2", "0"]
    assert "25" in text_of(report.subtitle)


@pytest.mark.parametrize(
    ("lang", "year", "other"),
    [
        ("ru", "по правилу 2024 года", "--scheme 2022, 2023, 2025 или 2026"),
        ("en", "by the rule of 2024", "--scheme 2022, 2023, 2025, or 2026"),
    ],
)
def test_the_year_of_the_rule_is_said(lang, year, other):
    said = both(build(Lab1Results(variant=classes_of("ИУ5-25М", 1)), lang), "task")
    assert year in said
    assert other in said


def test_a_rule_kept_under_its_old_name_is_said_to_be_what_it_is():
    old = LAB_2024.model_dump(exclude={"third", "group_means", "formerly"}) | {"name": "2026"}
    variant = classes_of(25, 1).model_dump() | {"scheme": old}
    said = both(build(Lab1Results(variant=Variant.model_validate(variant)), "en"), "task")
    assert "by the rule of 2024" in said
    assert "fclab 0.1.0 called the rule of 2024 “2026”" in said


def test_the_trap_of_the_labs_notebook_is_computed_for_the_classes_as_typed():
    names = tuple(CLASS_NAMES[number] for number in (23, 39, 58))
    results = Lab1Results(parts=(images_part(names=names),), typed=(39, 58, 23))
    said = both(build(results, "en"), "task")
    assert "the line “39” is about class 23 (cloud)" in said
    straight = all_text(
        build(Lab1Results(parts=(images_part(names=names),), typed=(23, 39, 58)), "en")
    )
    assert "exchanged" not in straight


@pytest.mark.parametrize(("numbers", "count"), [((11, 22), "two"), ((0, 55, 58), "three")])
def test_part_3_is_named_by_the_number_of_its_classes(numbers, count):
    names = tuple(CLASS_NAMES[number] for number in numbers)
    said = all_text(build(Lab1Results(parts=(images_part(names=names),)), "en"), "task")
    assert f"of images of {count} classes of CIFAR-100" in said


def test_classes_chosen_directly_have_no_derivation(english):
    assert "chosen directly" in all_text(english, "task")
    assert [row[0] for row in table_of(english, "classes")[1:]] == [
        "0 – “apple”", "55 – “otter”", "58 – “pickup truck”",
    ]  # fmt: skip


def test_a_variant_without_part_3_still_shows_its_classes():
    report = build(Lab1Results(variant=classes_of(25, 1, "foreign")), "ru")
    assert ["Иностранцы: 90", "90", "90 – «поезд»"] in table_of(report, "derivation")


# Part 1


def test_the_noise_comes_from_the_data():
    quiet, loud = part1(curve_part(noise=0.01)), part1(curve_part(noise=0.2))
    found = [float(re.search(r"≈ ([\d.]+) \(95% interval", text)[1]) for text in (quiet, loud)]
    assert found == [pytest.approx(0.01**2, rel=0.2), pytest.approx(0.2**2, rel=0.2)]


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (0.0, ["inside its 95% interval", "recovered far more closely"]),
        (0.04, ["above its 95% interval", "the shape of the curve is found"]),
        (0.5, ["above its 95% interval", "the curve is not recovered"]),
    ],
)
def test_the_verdict_on_the_fit_follows_from_its_error(off, says):
    part = curve_part(off=off)
    text = part1(part)
    error = part.run.metrics["train_loss"]
    assert f"final mean squared error on the training sample is {error:#.3g}" in text
    for words in says:
        assert words in text


def test_a_fit_below_the_noise_is_over_fitted():
    part = curve_part()
    y = part.dataset.train.y
    half = (y + part.run.outputs["train"][:, 0]) / 2
    run = replace(
        part.run,
        outputs={**part.run.outputs, "train": half[:, None]},
        metrics={**part.run.metrics, "train_loss": float(((half - y) ** 2).mean())},
    )
    assert "below its 95% interval" in part1(replace(part, run=run))


def test_without_repeats_the_curve_itself_is_the_measure():
    text = part1(curve_part(repeats=1, off=0.5))
    assert "No x is repeated" in text
    assert "times the noise variance: the curve is not recovered" in text


def test_without_noise_there_is_no_noise_to_compare_with():
    text = part1(curve_part(noise=0.0, off=0.1))
    assert "there is no noise in the data" in text
    assert "noise variance" not in text
    assert "mean squared distance from the true curve is 0.0100" in text


def test_snapshots_are_called_by_their_rhythm():
    assert "every 10,000 steps" in part1(curve_part())
    text = part1(curve_part(steps=(400, 800, 1003)))
    assert "after steps 400, 800, and 1,003" in text
    assert "10,000" not in text
    assert "с интервалом в 21 шаг." in part1(curve_part(steps=(21, 42)), "ru")


def test_the_formulas_follow_from_the_recipe():
    deep = curve_part(recipe=REGRESSION.replace(layers=(8, 4, 1), activation="tanh"))
    text = part1(deep)
    assert r"\tanh" in text
    assert r"\max(0, z)" not in text
    assert r"\frac{\partial L}{\partial W_3} = \Delta_3^{\top} A_2" in text
    assert r"\frac{\partial L}{\partial W_1} = \Delta_1^{\top} X" in text
    assert "1-8-4-1" in text
    mean = part1(curve_part(recipe=REGRESSION.replace(reduction="mean")))
    assert r"L = \frac{1}{n} \sum" in mean
    assert "mean of squared errors" in mean


def test_the_hand_gradients_of_the_report_are_those_of_the_reference():
    """The written formulas, computed as they stand, against autograd."""
    import torch

    torch.manual_seed(0)
    x, y = torch.randn(7, 1), torch.randn(7, 1)
    w1, b1, w2, b2 = (
        torch.randn(shape, requires_grad=True) for shape in ((5, 1), (5,), (1, 5), (1,))
    )
    z1 = x @ w1.T + b1
    a1 = torch.relu(z1)
    z2 = a1 @ w2.T + b2
    ((z2 - y) ** 2).sum().backward()
    delta2 = 2 * (z2 - y)
    delta1 = (delta2 @ w2) * (z1 > 0)
    text = part1(curve_part())
    for formula, made, wanted in [
        (r"\Delta_2 = \frac{\partial L}{\partial Z_2} = 2(\hat{Y} - Y)", delta2, delta2),
        (r"\partial W_2} = \Delta_2^{\top} A_1", delta2.T @ a1, w2.grad),
        (r"\partial b_2} = \sum_{k=1}^{n} (\Delta_2)_k", delta2.sum(0), b2.grad),
        (r"\Delta_1 = (\Delta_2 W_2) \odot \varphi'(Z_1)", delta1, delta1),
        (r"\partial W_1} = \Delta_1^{\top} X", delta1.T @ x, w1.grad),
        (r"\partial b_1} = \sum_{k=1}^{n} (\Delta_1)_k", delta1.sum(0), b1.grad),
    ]:
        assert formula in text
        torch.testing.assert_close(made, wanted)


def test_a_diverged_regression_says_when_and_has_no_verdict():
    part = curve_part(diverged_at=9, steps=())
    run = replace(part.run, history={"running_loss": np.array([1.0, np.inf])})
    text = part1(replace(part, run=run))
    assert "Training diverged at step 9 of 50,000" in text
    assert "final mean squared error" not in text
    assert "обучение разошлось на шаге 9" in part1(replace(part, run=run), "ru").lower()


def test_a_loss_that_grew_before_it_diverged_is_told_with_its_numbers():
    grew = part1(curve_part(steps=(), diverged_at=5))
    assert "first thing to try" in grew  # its history falls
    run = curve_part(steps=(), diverged_at=4).run
    run = replace(run, history={"running_loss": np.array([0.5, 0.2, 7e3, np.inf])})
    text = part1(MadeResult(curve_part().dataset, run))
    assert "it grew from 0.200 to 7000" in text
    assert "lower the learning rate" in text
    assert "first thing" not in text


def test_over_fitting_of_the_curve_is_said_where_the_fit_leaves_the_curve():
    part = curve_part(steps=(10_000, 50_000))
    run, noisy = part.run, part.dataset.train.y[:, None]
    curve = part.dataset.test.y.repeat(5)[:, None]
    near, far = curve + 0.2 * (noisy - curve), curve + 0.9 * (noisy - curve)
    error = float(((far - noisy) ** 2).mean())
    metrics = {**run.metrics, "train_loss": error}
    left = replace(run, snapshots={10_000: near, 50_000: far}, metrics=metrics)
    text = part1(replace(part, run=left))
    assert "a part of the points' noise is fitted too; from step 10,000 to the end" in text
    assert "over-fitting" in text
    stays = replace(left, snapshots={10_000: far, 50_000: far})
    text = part1(replace(part, run=stays))
    assert "noise is fitted too." in text
    assert "over-fitting" not in text
    assert "переобучение" in part1(replace(part, run=left), "ru")
    assert "fitted too" not in part1(curve_part(off=0.2))


@pytest.mark.parametrize("target", ["sine", "bump", "parabola", "abs", "step"])
def test_every_target_has_its_formula(target):
    text = part1(curve_part(target=target))
    assert "f(x) = " in text
    assert r"e^{-10x}" not in text


# Part 2


def test_the_moment_the_loss_starts_to_fall():
    text = part2(points_part())
    assert "≈ ln 2" in text
    assert "starts to fall at step 301 of 1,000" in text
    later = np.r_[np.full(499, 0.6931), np.geomspace(0.6, 0.01, 501)]
    assert "starts to fall at step 500 of 1,000" in part2(points_part(loss=later))
    assert "начинает на шаге 500 из 1 000" in part2(points_part(loss=later), lang="ru")


def test_a_loss_that_never_falls_is_said_to_stand():
    text = part2(points_part(loss=np.full(1000, 0.69)))
    assert "has not begun to fall" in text
    assert "starts to fall at" not in text


def test_a_loss_that_falls_at_once_has_no_plateau():
    assert "falls from the start, by step 2" in part2(points_part(loss=np.geomspace(2, 0.1, 20)))


def test_a_loss_that_grew_is_not_said_to_be_that_of_a_coin():
    part = points_part("circles", wrong=98, loss=np.r_[0.6931, np.full(999, 1.04)])
    part.run.metrics["train_loss"] = 1.04
    text = part2(part)
    assert "it was 0.6931 ≈ ln 2 and is greater now: 1.040." in text
    assert "almost alike" not in text


def test_a_loss_not_of_the_coin_is_not_called_ln_2():
    assert "ln 2" not in part2(points_part(loss=np.r_[np.full(20, 1.2), np.full(20, 0.1)]))


def test_accuracies_of_both_samples_are_told():
    rows = table_of(build(Lab1Results(parts=(points_part(wrong=20),)), "en"), "accuracies")
    assert rows[1][0] == "XOR"
    assert rows[1][2:] == ["100.0%", "90.0% (85.0% – 93.8%)"]


def test_success_over_fitting_and_guessing_are_told_apart():
    fine, partly, blind = points_part(), points_part("moons", wrong=20), points_part(wrong=98)
    assert "At least 99% of the new points are answered right: XOR." in part2(fine)
    assert "no over-fitting is seen" in part2(fine)
    text = part2(fine, partly)
    assert "below 99% of the new points: moons." in text
    assert "moons, 10.0 points higher on train" in text
    assert "no over-fitting" not in text
    assert "Not to be told from guessing" in part2(blind)


def test_one_network_and_many_are_spoken_of_rightly():
    assert "One network is trained" in part2(points_part())
    assert "Each cloud of points has a network" in part2(points_part(), points_part("moons"))


def test_the_loss_formula_is_that_of_the_recipe():
    assert r"\log(1 + e^{z_i}) - y_i z_i" in part2(points_part())
    squared = points_part(recipe=BINARY.replace(loss="squared_error"))
    assert r"(\hat{y}_i - y_i)^2" in part2(squared)
    assert "log loss" not in part2(squared)


def test_different_recipes_are_described_apart():
    other = points_part("moons", recipe=BINARY.replace(layers=(8, 8, 1), activation="relu"))
    text = part2(points_part(), other)
    assert "For “XOR”:" in text
    assert "2-16-1" in text
    assert "2-8-8-1" in text


def test_a_diverged_cloud_does_not_hide_the_others():
    lost = points_part("moons", loss=[0.69, np.nan], diverged_at=2)
    report = build(Lab1Results(parts=(points_part(), lost)), "en")
    assert "moons: training diverged at epoch 2" in all_text(report, "part2")
    assert [row[0] for row in table_of(report, "accuracies")[1:]] == ["XOR"]
    drawn = next(block for block in report.figures if block.name == "surfaces")
    assert "XOR" in text_of(drawn.caption, report)
    assert "moons" not in text_of(drawn.caption, report)


def test_rings_are_spoken_of_where_there_are_some():
    right = points_part()
    wrong = replace(
        right, run=replace(right.run, metrics={**right.run.metrics, "train_accuracy": 0.9})
    )

    def caption(part):
        report = build(Lab1Results(parts=(part,)), "en")
        return text_of(next(f for f in report.figures if f.name == "surfaces").caption, report)

    assert "ringed" not in caption(right)
    assert "wrong answers are ringed" in caption(wrong)


# Part 3


def test_per_class_tables_have_four_digits():
    report = build(Lab1Results(parts=(images_part(),)), "en")
    rows = table_of(report, "report_test")
    assert rows[0] == ["Class", "Precision", "Recall", "F1", "Support"]
    assert rows[2] == ["55 – “otter”", "0.7595", "0.6000", "0.6704", "100"]
    assert rows[4] == ["Accuracy", "", "", "0.7467", "300"]
    russian = table_of(build(Lab1Results(parts=(images_part(),)), "ru"), "report_train")
    assert russian[1] == ["0 – «яблоко»", "0,9901", "0,9960", "0,9930", "500"]


def test_the_hardest_class_and_its_confusion_follow_from_the_predictions():
    text = part3(images_part())
    assert "recognises “apple” best (95.0% of the images) and “otter” worst (60.0%)" in text
    assert "it answers 60 right; 29 times the answer was “pickup truck”" in text
    assert "“otter” taken for “pickup truck”, 29 times out of 100 (29%)" in text
    assert "together 45 of all 76 mistakes" in text
    other = part3(images_part([[50, 40, 10], [5, 90, 5], [0, 1, 99]]))
    assert "“pickup truck” best" in other
    assert "“apple” worst" in other
    assert "“apple” taken for “otter”, 40 times out of 100 (40%)" in other


def test_russian_counts_agree():
    text = part3(images_part([[98, 1, 1], [21, 79, 0], [2, 3, 95]]), "ru")
    assert "Из 100 изображений класса «выдра» верно узнано 79; 21 раз сеть назвала" in text
    text = part3(images_part([[98, 1, 1], [22, 78, 0], [2, 3, 95]]), "ru")
    assert "22 раза сеть назвала класс «яблоко»" in text


def test_several_worst_mistakes_are_all_named():
    text = part3(images_part([[80, 20, 0], [20, 80, 0], [5, 5, 90]]), "ru")
    assert (
        "сеть относит изображения класса «яблоко» к классу «выдра»: 20 раз из 100 (20 %); "
        "класса «выдра» к классу «яблоко»" in text
    )


def test_a_class_never_answered_is_said_so():
    assert "It never answers “otter” at all." in part3(
        images_part([[90, 0, 10], [50, 0, 50], [10, 0, 90]])
    )


def test_a_network_without_mistakes():
    text = part3(images_part([[10, 0, 0], [0, 10, 0], [0, 0, 10]]))
    assert "no mistake on the 30 images" in text
    assert "all classes are recognised equally often: 100.0%" in text


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (MATRIX, "The gap of 24.5 points is large"),
        ([[95, 5, 0], [5, 90, 5], [0, 5, 95]], "is noticeable"),
        ([[99, 1, 0], [1, 99, 0], [0, 2, 98]], "is small"),
    ],
)
def test_the_gap_is_called_by_its_size(test, says):
    assert says in part3(images_part(test))


def test_a_test_accuracy_above_the_training_one():
    text = part3(images_part(TRAIN, train=MATRIX))
    assert "On test the network does better than on train" in text
    assert "over-fitting." not in text.split("Learning curves")[0]


def test_room_to_memorise_is_counted():
    assert "451 adjustable numbers for 300 images, or 1.5 for each" in part3(
        images_part(train=[[100, 0, 0], [0, 100, 0], [0, 0, 100]])
    )
    assert "has 451 adjustable numbers, fewer than there are training images (1,500)" in part3(
        images_part()
    )


def test_guessing_is_not_taken_for_knowledge():
    text = part3(images_part([[34, 33, 33], [33, 34, 33], [33, 33, 34]]))
    assert "always answering the most frequent class (33.3%)" in text


def test_mean_images_explain_the_confusion_or_do_not():
    agrees = part3(images_part(bright=(0, 80, 85)))
    assert "The pixels agree: " in agrees
    differs = part3(images_part(bright=(0, 5, 90)))
    assert "The mean images do not explain it: the nearest ones are those of “apple”" in differs
    near = part3(images_part(bright=(40, 80, 121)))
    assert "The pixels agree in part" in near


def test_over_fitting_is_dated_and_measured():
    text = part3(images_part(test_loss=(1.0, 0.6, 0.5, 0.7, 0.75)))
    assert "sets in at epoch 3" in text
    assert "least (0.500), and by epoch 5 it has grown to 0.750, by 50%" in text
    other = part3(images_part(test_loss=(1.0, 0.4, 0.5, 0.6)), "ru")
    assert "начинается на эпохе 2" in other
    assert "на 50 %" in other


def test_no_over_fitting_where_the_last_epoch_is_the_best():
    text = part3(images_part(test_loss=(1.0, 0.8, 0.7)))
    assert "over-fitting has not begun" in text
    assert "sets in" not in text


def test_hardly_any_over_fitting():
    assert "hardly any over-fitting" in part3(images_part(test_loss=(1.0, 0.5, 0.502)))


def test_one_epoch_tells_nothing():
    report = build(Lab1Results(parts=(images_part(test_loss=(0.9,)),)), "en")
    assert "lasted one epoch" in all_text(report)
    assert "learning_curves" not in report.numbers


def test_a_diverged_run_has_its_epoch_and_no_tables():
    part = images_part(test_loss=(1.0, 2.0, np.nan), diverged_at=3)
    report = build(Lab1Results(parts=(part,)), "ru")
    text = all_text(report)
    assert "Обучение разошлось на эпохе 3 из 250" in text
    assert not {"report_test", "confusion_test", "first_layer"} & set(report.numbers)
    assert "learning_curves" in report.numbers
    row = table_of(report, "results")[1]
    assert row[2] == "нет"
    assert "Обучение разошлось на эпохе 3." in row[3]
    at_once = build(Lab1Results(parts=(images_part(test_loss=(np.nan,), diverged_at=1),)), "en")
    assert "learning_curves" not in at_once.numbers
    assert "nan" not in all_text(at_once)


def test_an_early_stop_is_told():
    part = images_part(recipe=CIFAR.replace(layers=(4, 3), patience=7), stopped_at=40)
    assert "stopped early, at epoch 40: 7 epochs in a row" in part3(part)
    assert "обучение остановлено рано, на эпохе 40: 7 эпох подряд" in part3(part, "ru").lower()


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        ("synthetic", "(synthetic stand-in, not CIFAR-100)"),
        ("other", "(a copy that differs from CIFAR-100)"),
    ],
)
def test_what_is_not_cifar100_is_marked_everywhere_it_is_shown(whole, source, mark):
    report = build(replace(whole, parts=(*whole.parts[:-1], images_part(source=source))), "en")
    assert report.substitute == source
    marked = {
        block.name for block in (*report.figures, *report.tables) if mark in text_of(block.caption)
    }
    assert marked == {
        "class_samples", "report_train", "report_test", "confusion_test", "learning_curves",
        "first_layer", "results", "network_3",
    }  # fmt: skip
    assert all((mark in block.alt) == (block.name in marked) for block in report.figures)
    text = all_text(report)
    assert "This is not CIFAR-100." in text
    assert "From CIFAR-100 come" not in text
    assert "Part 3: images of CIFAR-100" not in text


def test_real_images_are_not_marked(english):
    assert english.substitute == ""
    assert "stand-in" not in all_text(english)
    assert "differs from CIFAR-100" not in all_text(english)


def test_another_recipe_is_described_as_it_is():
    recipe = CIFAR.replace(
        layers=(20, 12, 4), activation="tanh", optimizer="adam", lr=0.02, batch_size=100,
        epochs=21, dropout=0.3, flip=True, shift=2, label_smoothing=0.1, mixup=0.4, ema=0.99,
        norm="batch", schedule="cosine",
    )  # fmt: skip
    four = [[5, 1, 0, 0], [0, 5, 1, 0], [0, 0, 6, 0], [0, 0, 0, 6]]
    names = tuple(CLASS_NAMES[:4])
    part = images_part(four, four, names=names, recipe=recipe)
    text = part3(part)
    for words in (
        "-20-12-4", "2 hidden layers is the hyperbolic tangent", "Adam", "along a cosine",
        "all 24 examples at once, so an epoch is one step; 21 steps", "probability 0.3",
        "mirrored left to right with probability 1/2 and moved by at most 2 pixels",
        "0.1 is spread", "mixup, α = 0.4", "0.99", "batch normalisation",
    ):  # fmt: skip
        assert words in text, words
    for wrong in ("SGD", "ReLU", "250", "momentum"):
        assert wrong not in text
    row = table_of(build(Lab1Results(parts=(part,)), "en"), "results")[1]
    assert row[0] == "FC(20), FC(12), FC(4) (tanh, batch norm)"
    assert row[1].startswith("lr = 0.02, batch_size = 100, epochs = 21, optimizer = adam")
    assert "activation: relu → tanh" in row[3]


def test_a_batch_that_divides_the_sample_leaves_no_rest():
    even = part3(images_part(recipe=CIFAR.replace(layers=(4, 3), batch_size=150)))
    assert "an epoch has 10 steps. " in even
    assert "the last batch is smaller (92 examples)" in part3(images_part())


# The final table and the provenance


def test_the_final_table_is_that_of_the_lab():
    part = images_part(recipe=CIFAR.replace(layers="FC(10), FC(3)"))
    rows = table_of(build(Lab1Results(parts=(part,)), "ru"), "results")
    assert rows[0] == [
        "Конфигурация нейросети", "Гиперпараметры", "Точность (доля верных ответов)",
        "Комментарий",
    ]  # fmt: skip
    assert rows[1] == [
        "FC(10), FC(3)", "lr = 0.005, batch_size = 128, epochs = 250",
        "test = 74,7 % (95 %: 69,3 % – 79,5 %), train = 99,1 %", "Базовый вариант задания.",
    ]  # fmt: skip


def test_one_run_is_said_to_prove_no_small_difference(english):
    text = all_text(english, "final")
    assert "single run from one seed (4): it proves no difference of a few points" in text
    assert "±5.1 points" in text


def test_provenance_names_seed_engine_machine_and_data(english, whole):
    rows = table_of(english, "runs")
    assert len(rows) == 1 + len(whole.parts)
    fingerprint = whole.cifar.dataset.fingerprint
    assert rows[-1] == ["images", "4", "reference", "asked for", "5", "1.5", fingerprint[:16]]
    assert "CPU, cores in use: 2; Linux 6; Python 3.11, torch 2.9" in all_text(english)


def test_the_time_is_said_to_be_without_compilation():
    def said(version: str) -> str:
        packages = {"fclab": version, "torch": "2.9"}
        machine = Machine(system="Linux", processor="CPU", cores=2, python="3", packages=packages)
        part = curve_part(machine=machine)
        return all_text(build(Lab1Results(parts=(part,)), "en"), "methods")

    assert "compiling the engine, which happens once after an installation, is not in it." in (
        said("0.2.0")
    )
    assert "it may be in the time of runs kept by fclab 0.1.0" in said("0.1.0")


def test_the_reason_of_the_engine_is_translated_where_it_is_known():
    reason = "any recipe, tensors resident; not gram: needs sgd; a new one"
    part = images_part(engine=EngineChoice(name="torch", device="cuda", reason=reason))
    row = table_of(build(Lab1Results(parts=(part,)), "ru"), "runs")[1]
    assert row[2] == "torch (cuda)"
    assert row[3].endswith("данные целиком в памяти; gram не подходит; a new one")


def test_a_run_without_a_machine_is_no_obstacle():
    assert "Machine" not in all_text(build(Lab1Results(parts=(images_part(machine=None),)), "en"))


# Any predictions


@settings(deadline=None, max_examples=12)
@given(
    matrix=st.lists(
        st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any), min_size=3, max_size=3
    ),
    lang=st.sampled_from(LANGUAGES),
)
def test_any_predictions_make_a_true_report(matrix, lang):
    part = images_part(matrix, train=matrix)
    report = build(Lab1Results(parts=(part,)), lang)
    text = all_text(report)
    assert "nan" not in text
    right, n = int(np.trace(matrix)), int(np.sum(matrix))
    assert re.search(rf"\({right} (of|из) {n};", text)
    scores = [float(row[2].replace(",", ".")) for row in table_of(report, "report_test")[1:4]]
    if len(set(scores)) > 1:
        told = re.search(r"(?:best \(.*?\) and|хуже всего – класс[ы]?) (.*?) (?:worst )?\(", text)
        assert told, text
        names = re.findall(r"[«“]([^»”]+)[»”]", told[1])
        hardest = [name for name, score in zip(NAMES, scores, strict=True) if score == min(scores)]
        assert names == [wording(lang).called(name) for name in hardest]


def test_typed_text_is_only_text():
    names = (ClassName(0, '<script>alert("x")</script>', "<b>А</b>"), *NAMES[1:])
    text = all_text(build(Lab1Results(parts=(images_part(names=names),)), "en"))
    assert '<script>alert("x")</script>' in text
