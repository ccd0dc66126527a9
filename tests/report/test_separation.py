"""Why a cloud is not separated and what separates it: said as the runs show it."""

import numpy as np
from made import all_text, points_part, table_of, text_of
from made import build_full as build

from fclab.data import binary_points
from fclab.engines import train
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.trials import Trial, TriedChange, changes
from fclab.labs.values import MadeResult
from fclab.values.recipe import BINARY


def answering_alike(n: int = 98, **fields):
    """Circles, as the lab's settings leave them."""
    return points_part("circles", wrong=n, loss=np.full(1000, 0.6931), **fields)


def tried(part, name, *wrong: int, recipe=None) -> TriedChange:
    """A change and its runs, with so many wrong answers on the 200 fresh points each."""
    shape = part.run.dataset.name
    recipe = recipe or changes(part.run.recipe)[name]
    runs = [points_part(shape, wrong=n, recipe=recipe, seed=4 + i).run
            for i, n in enumerate(wrong)]  # fmt: skip
    return TriedChange(name, recipe, tuple(runs))


def trial(part, *rows: TriedChange) -> Trial:
    info = part.run.dataset
    return Trial(info.name, info.fingerprint, 2, tried(part, "base", 98, 99), rows)


def separation(part, *rows: TriedChange, lang: str = "en") -> str:
    results = Lab1Results(parts=(part,), trials=(trial(part, *rows),) if rows else ())
    report = build(results, lang)
    return all_text(report, "part2") + all_text(report, "details-part2")


def test_a_separated_cloud_needs_no_explanation():
    report = build(Lab1Results(parts=(points_part(),)), "en")
    assert "straight line" not in all_text(report)
    assert not {"trials", "remedies", "surface_xor"} & set(report.numbers)


def test_every_change_is_said_to_do_what_it_did():
    part = answering_alike()
    rows = [tried(part, "init", 0, 1), tried(part, "tanh", 0, 60), tried(part, "lr", 98, 97),
            tried(part, "long", 98, 99)]  # fmt: skip
    text = separation(part, *rows)
    assert "all 2 seeds with: initial weights from −1 to 1;" in text
    assert "from some seeds with: hyperbolic tangent (1 of 2);" in text
    assert "from no seed with: learning rate 0.01." in text
    assert "three times as long changes almost nothing: the mean is 50.8%, without it 50.8%" in text
    russian = separation(part, *rows, lang="ru")
    assert "на всех зёрнах (2) дают: начальные веса от −1 до 1;" in russian
    assert "на части зёрен: гиперболический тангенс (1 из 2);" in russian
    assert "ни на одном зерне: скорость обучения 0,01." in russian


def test_longer_training_that_helps_is_not_said_to_change_nothing():
    part = answering_alike()
    text = separation(part, tried(part, "long", 0, 0))
    assert "all 2 seeds with: 30,000 epochs." in text
    assert "almost nothing" not in text
    some = separation(part, tried(part, "long", 60, 60))
    assert "from no seed with: 30,000 epochs." in some
    assert "almost nothing" not in some


def test_the_table_of_what_was_tried_has_mean_least_and_greatest():
    part = answering_alike()
    results = Lab1Results(parts=(part,), trials=(trial(part, tried(part, "relu", 0, 20)),))
    assert table_of(build(results, "en"), "trials") == [
        ["Change", "circles"],
        ["no change", "50.8% (50.5% – 51.0%)"],
        ["ReLU", "95.0% (90.0% – 100.0%)"],
    ]


def test_the_best_surface_stands_beside_that_of_the_run():
    part = answering_alike()
    best, worse = tried(part, "init", 0, 0), tried(part, "lr", 0, 90)
    report = build(Lab1Results(parts=(part,), trials=(trial(part, worse, best),)), "en")
    (figure,) = [f for f in report.figures if f.name == "surface_circles"]
    assert "on the right initial weights from −1 to 1" in text_of(figure.caption)
    assert len([ax for ax in figure.draw().axes if ax.get_xlabel()]) == 2


def test_without_a_change_that_separates_the_surface_stands_alone():
    part = answering_alike()
    report = build(
        Lab1Results(parts=(part,), trials=(trial(part, tried(part, "lr", 90, 90)),)), "en"
    )
    assert not {"remedies", "surface_circles"} & set(report.numbers)
    assert "None of the 1 changes that were tried parts it" in all_text(report, "part2")


def test_the_changes_that_separate_from_every_seed_stand_in_the_body():
    part = answering_alike()
    rows = (tried(part, "init", 0, 1), tried(part, "tanh", 0, 60), tried(part, "relu", 0, 0))
    report = build(Lab1Results(parts=(part,), trials=(trial(part, *rows),)), "en")
    text = all_text(report, "part2")
    assert "parted by each of these changes: initial weights from −1 to 1; ReLU." in text
    assert "hyperbolic tangent" not in text
    (figure,) = [f for f in report.figures if f.name == "remedies"]
    assert len([ax for ax in figure.draw().axes if ax.get_xlabel()]) == 1


def explained(shape, lang="en", **recipe) -> str:
    """What is said of a real run that was trained as the lab does."""
    dataset = binary_points(shape)
    run = next(iter(train(dataset, [BINARY.replace(**recipe)], [0])))
    return separation(MadeResult(dataset, run), lang=lang)


def test_circles_are_explained_by_a_line_that_is_a_coin():
    text = explained("circles")
    assert "circles. The boundary is a straight line, and the probability of class 1" in text
    assert "its loss is that of a coin, 0.6931 ≈ ln 2" in text
    assert "learned no more than a line can" in text
    assert "small weights find nothing to grow for" in text
    assert "another answer than their mirror image" in text


def test_moons_are_explained_by_a_line_that_is_no_coin():
    text = explained("moons")
    assert "learned no more than a line can" in text
    for untrue in ("coin", "probability of class 1 is", "nothing to grow for", "mirror image"):
        assert untrue not in text


def test_what_bends_is_not_called_a_line():
    text = explained("moons", activation="relu")
    assert "The boundary is an open curve that bends." in text
    for untrue in ("no more than a line", "hidden layer is a linear", "mirror image"):
        assert untrue not in text
    closed = explained("circles", lang="ru", activation="tanh")
    assert "Граница – замкнутая кривая." in closed
    assert "скрытый слой вышел из линейного участка" in closed


def test_a_plane_of_one_answer_has_no_boundary():
    text = explained("circles", lr=0.01)
    assert "the same answer: there is no boundary" in text
    assert "nothing to grow for" not in text
