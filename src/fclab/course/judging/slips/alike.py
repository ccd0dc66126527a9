"""Two rows of the same settings, with different results."""

from itertools import combinations

from fclab.course.values import ClaimedRow, Slip


def rows_alike(rows: tuple[ClaimedRow, ...]) -> tuple[Slip, ...]:
    """Pairs of rows that name the same settings and give other figures.

    Args:
        rows: of the table; those that lack a setting are like no other.
    """
    found = []
    for (i, one), (j, other) in combinations(enumerate(rows), 2):
        if _settings(one) is None or _settings(one) != _settings(other):
            continue
        differing = [
            part for part, a, b in (("test", one.test, other.test),
                                    ("train", one.train, other.train))
            if a is not None and b is not None and a.value != b.value
        ]  # fmt: skip
        if differing:
            part = differing[0]
            first, second = getattr(one, part), getattr(other, part)
            found.append(Slip(
                kind="rows_alike", rows=(i, j),
                values={"part": part, "first": first.text, "second": second.text},
            ))  # fmt: skip
    return tuple(found)


def _settings(row: ClaimedRow) -> tuple[object, ...] | None:
    settings = (row.layers, row.lr, row.batch_size, row.epochs)
    return None if None in settings else (*settings, row.other, row.best_epoch)
