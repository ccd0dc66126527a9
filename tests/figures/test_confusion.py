from dataclasses import replace

import numpy as np
import pytest

from fclab.figures import confusion_matrix
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES
from fclab.words.wording import wording


def answering(run, truth, answers, names):
    """The run as if it had these classes and answers on the test part."""
    info = run.dataset.model_copy(update={"class_names": names})
    outputs = {"test": np.eye(len(names), dtype=np.float32)[answers]}
    return replace(run, dataset=info, outputs=outputs, targets={"test": np.asarray(truth)})


def cells(fig) -> dict[tuple[int, int], str]:
    """What is written in each cell (row, column), from top to bottom."""
    written: dict[tuple[int, int], str] = {}
    for text in fig.axes[0].texts:
        x, y = text.get_position()
        place = (round(y), round(x))
        written[place] = f"{written.get(place, '')} {text.get_text()}".strip()
    return written


def test_counts_and_shares_of_the_true_class(images):
    names = images.dataset.class_names
    run = answering(images.run, [0, 0, 0, 0, 1, 2], [0, 0, 0, 2, 2, 2], names)
    fig = confusion_matrix(run, "test", "en")
    written = cells(fig)
    assert written[0, 0] == "3 75.0%"
    assert written[0, 2] == "1 25.0%"
    assert written[1, 2] == "1 100.0%"
    assert written[2, 0] == "0 0.0%"
    assert fig.axes[0].get_title(loc="left") == "Test: 66.7% correct"
    np.testing.assert_allclose(fig.axes[0].images[0].get_array()[0], [0.75, 0, 0.25])


def test_both_parts_can_be_drawn(images):
    titles = [
        confusion_matrix(images.run, split, "ru").axes[0].get_title(loc="left")
        for split in ("train", "test")
    ]
    assert titles[0].startswith("Обучающая выборка")
    assert titles[1].startswith("Тестовая выборка")


def test_a_class_without_examples_is_a_row_of_zeros(images):
    run = answering(images.run, [0, 1], [0, 1], images.dataset.class_names)
    assert cells(confusion_matrix(run, "test", "en"))[2, 2] == "0 0.0%"


@pytest.mark.parametrize(
    ("classes", "lang"), [(2, "ru"), (12, "ru"), (13, "en"), (25, "ru"), (26, "en"), (100, "ru")]
)
def test_from_two_to_a_hundred_classes(classes, lang, images, kit):
    truth = np.arange(classes).repeat(3)
    answers = np.where(np.arange(len(truth)) % 3, truth, 0)
    names = tuple(CLASS_NAMES[-classes:])
    fig = confusion_matrix(answering(images.run, truth, answers, names), "test", lang)
    shown = kit.texts(fig)
    boxes = [text.get_window_extent() for text in shown]
    assert all(box.x0 >= 0 and box.x1 <= fig.bbox.x1 for box in boxes)
    assert fig.get_figwidth() <= 7.01
    said = kit.words(shown)
    if classes > 25:
        assert cells(fig) == {}
        assert f"\n{100 - classes}\n" in f"\n{said}\n"  # classes go by their numbers
    else:
        assert cells(fig)[1, 1].startswith("2")
        assert all(wording(lang).called(name).lower() in said.lower() for name in names)
        assert len(cells(fig)) == (classes**2 if classes <= 12 else 2 * classes - 1)


def test_what_has_no_confusion(regression, images):
    with pytest.raises(UsageError, match="no classes"):
        confusion_matrix(regression.run, "test", "en")
    with pytest.raises(UsageError, match="no part 'valid'"):
        confusion_matrix(images.run, "valid", "en")
