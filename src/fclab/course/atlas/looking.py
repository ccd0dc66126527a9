"""Looking up: what was trained, else what is to be expected; without images and at once."""

from collections.abc import Iterable

from fclab.course.atlas.kept import Atlas, predictor, shipped
from fclab.course.atlas.values import Classes, Difficulty, three


def lookup(classes: Iterable[int], own: Atlas | None = None) -> Difficulty:
    """How hard three classes are.

    Args:
        classes: three class numbers, in any order.
        own: an atlas of one's own, which is asked first.

    Returns:
        What was trained, by ``own`` or by the atlas that comes with fclab; else a prediction.

    Raises:
        UsageError: not three different classes of CIFAR-100.
    """
    asked = three(classes)
    for atlas in (own, shipped()):
        if atlas is not None and (found := atlas.by_classes.get(asked)):
            return found
    return predictor().predict(asked)


def nearest(
    classes: Iterable[int], among: Iterable[Iterable[int]], own: Atlas | None = None
) -> tuple[Classes, ...]:
    """Other classes by how near they are in difficulty, the nearest in front: fair replacements.

    Args:
        classes: three class numbers.
        among: the candidates; the classes themselves are left out.
        own: see `lookup`.

    Raises:
        UsageError: not three different classes of CIFAR-100.
    """
    mean = lookup(asked := three(classes), own).test.mean
    candidates = {three(one): None for one in among}
    candidates.pop(asked, None)
    found = {one: abs(lookup(one, own).test.mean - mean) for one in candidates}
    return tuple(sorted(found, key=lambda one: (found[one], one)))
