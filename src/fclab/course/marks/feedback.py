"""A mark in lines of text: what each item gives."""

from collections.abc import Iterator

from fclab.course.marks.rubric import Mark, Rubric
from fclab.words.wording import Wording


def feedback_lines(rubric: Rubric, mark: Mark, words: Wording) -> Iterator[str]:
    """A line for every item; what is left to the teacher says so."""
    for item, points in zip(rubric.items, mark.points, strict=True):
        key = "open" if points is None else "given"
        yield words.plain(
            f"marks.line.{key}",
            item=item.called(words.language),
            points=_told(points or 0, words),
            most=_told(item.points, words),
        )
    yield words.plain(
        "marks.line.sum", seen=_told(mark.seen, words), most=_told(rubric.most, words)
    )


def _told(points: float, words: Wording) -> str:
    """Points without decimals that say nothing."""
    return words.fixed(points, 0 if points == int(points) else 1 if points * 10 % 1 == 0 else 2)
