"""Pre-training on other classes: what is taken over, and that it is a line only where asked."""

import numpy as np
import pytest
from test_ceilings import pictures

from fclab.analysis.ceilings.pretraining import FIRST, THEN, continued, pretrained, with_pretraining
from fclab.analysis.ceilings.standing import standing
from fclab.analysis.ceilings.values import METHODS, Ceiling, Ceilings
from fclab.engines import train
from fclab.engines.job import initial_weights
from fclab.engines.locality import far_weights
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.recipe import FREE

FEW = {"layers": (12, 8, 3), "epochs": 2, "batch_size": 30}
EARLY, LATE = FIRST.replace(**FEW), THEN.replace(**FEW)


def of_task(source: str = "cifar100") -> Dataset:
    whole = pictures(side=32)
    return Dataset("cifar100-0-1-2", "multiclass", source, whole.train, whole.test,
                   whole.class_names, CIFAR_PREPROCESSING)  # fmt: skip


def others(seed: int = 4) -> Dataset:
    rng = np.random.default_rng(seed)
    train, test = (
        Split(rng.integers(256, size=(n, 16, 16, 3), dtype=np.uint8), np.arange(n) % 5)
        for n in (100, 10)
    )
    names = tuple(ClassName(i, f"other {i}", f"другой {i}") for i in range(3, 8))
    return Dataset("others", "multiclass", "cifar100", train, test, names, CIFAR_PREPROCESSING)


def measured() -> Ceilings:
    y = of_task().test.y
    line = Ceiling(method="svm", settings={"C": 1}, held_out=0.5,
                   answers=(tuple(y.tolist()),), seconds=1)  # fmt: skip
    return Ceilings(fingerprint="f", hidden=1, targets=tuple(y.tolist()), lines=(line,),
                    version="0")  # fmt: skip


def test_both_recipes_are_the_best_one_and_see_pictures_alike():
    assert THEN == FREE
    assert {*FIRST.changes_from(FREE)} == {"pool", "shift", "epochs", "tta"}
    assert FIRST.shapes(16 * 16 * 3)[:2] == THEN.shapes(32 * 32 * 3)[:2]
    early, late = far_weights(FIRST, (16, 16, 3)), far_weights(THEN, (32, 32, 3))
    for layer in (1, 2):
        np.testing.assert_array_equal(early[layer], late[layer])


def test_hidden_layers_are_taken_over_exactly_and_the_last_one_is_drawn():
    hidden = pretrained(others(), EARLY)
    assert {name.split(".")[0] for name in hidden} == {"fc1", "fc2", "norm1", "norm2"}
    (whole,) = train(others(), [EARLY.for_outputs(5)], [0])
    for name, array in hidden.items():
        np.testing.assert_array_equal(array, whole.weights[name])
    still = LATE.replace(epochs=1, lr=1e-30)  # steps too small to move a weight
    for run in continued(of_task(), hidden, [0, 1], still):
        learned = [name for name in hidden if not name.endswith((".mean", ".var"))]
        for name in learned:
            np.testing.assert_array_equal(run.weights[name], hidden[name])
        drawn = initial_weights(still, 3072, run.seed, far_weights(still, (32, 32, 3)))
        np.testing.assert_array_equal(run.weights["fc3.weight"], drawn["fc3.weight"])


def test_the_line_is_added_and_nothing_else_changes():
    found, told = measured(), []
    assert [*found.correct] == ["svm"]

    def progress(done: float, expected: float) -> None:
        told.append((done, expected))

    more = with_pretraining(
        found, of_task(), others(), 2, first=EARLY, then=LATE, progress=progress
    )
    assert [*found.correct] == ["svm"]
    assert more.correct["pretrained"].shape == (2, 60)
    assert more.lines[:-1] == found.lines
    line = more.lines[-1]
    assert line.method == METHODS[-1] == "pretrained"
    assert (line.settings["classes"], line.settings["images"]) == (5, 100)
    assert line.held_out is None
    assert np.array(line.answers).shape == (2, 60)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    again = with_pretraining(more, of_task(), others(), 1, first=EARLY, then=LATE)
    assert [one.method for one in again.lines] == ["svm", "pretrained"]
    assert again.lines[-1].answers == line.answers[:1]


def test_it_is_judged_image_by_image_as_the_other_methods_are():
    more = with_pretraining(measured(), of_task(), others(), 2, first=EARLY, then=LATE)
    runs = list(train(of_task(), [LATE], [0, 1]))
    places = {place.name: place for place in standing(more, {"the network": runs})}
    place = places["pretrained"]
    assert place.seeds == 2
    assert place.verdict is not None
    assert place.verdict.decision.key in ("better", "worse", "not_distinguishable", "equivalent")


def test_the_answers_do_not_depend_on_the_classes_of_test():
    hidden, task = pretrained(others(), EARLY), of_task()
    other = Dataset(task.name, task.task, task.source, task.train,
                    Split(task.test.x, (task.test.y + 1) % 3), task.class_names,
                    task.preprocessing)  # fmt: skip
    (a,), (b,) = (continued(one, hidden, [0], LATE) for one in (task, other))
    np.testing.assert_array_equal(a.outputs["test"], b.outputs["test"])


@pytest.mark.parametrize("source", ["synthetic", "other", "own", "pictures"])
def test_only_cifar_100_has_other_classes(source):
    with pytest.raises(UsageError, match="needs the other classes of CIFAR-100"):
        with_pretraining(measured(), of_task(source), others(), first=EARLY, then=LATE)
