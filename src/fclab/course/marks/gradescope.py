"""Gradescope's results.json (docs/marks.md has its fields and their source)."""

import json

from fclab.course.marks.feedback import feedback_lines
from fclab.course.marks.rubric import Mark, Rubric
from fclab.words.wording import Wording


def results_json(rubric: Rubric, mark: Mark, words: Wording) -> str:
    """The result of one submission: a test for every item that a machine could mark."""
    *_, summed = feedback_lines(rubric, mark, words)
    tests = [
        {"name": item.called(words.language), "score": points, "max_score": item.points,
         "visibility": "visible"}
        for item, points in zip(rubric.items, mark.points, strict=True) if points is not None
    ]  # fmt: skip
    made = {"score": mark.seen, "output": summed, "output_format": "text",
            "visibility": "visible", "tests": tests}  # fmt: skip
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
