"""Two rows of a study against each other, in words."""

import math

from fclab.report.recipes import written
from fclab.study.two_rows import TwoRows
from fclab.words.wording import Say, say


def paragraphs(found: TwoRows) -> list[tuple[Say, ...]]:
    """What differs between the rows, and by how much their results do."""
    first, second = found.names
    both = {"first": first, "second": second}
    changed = [
        f"{name}: {written(before)} → {written(after)}"
        for name, (before, after) in found.recipes[0].changes_from(found.recipes[1]).items()
    ]
    word, (one, other) = found.verdict.decision.key, found.accuracies
    told: list[tuple[Say, ...]] = [
        (say("study_compare.changes", changes=changed, **both) if changed
         else say("study_compare.no_changes"),),
        (
            say("study_compare.change", verdict=found.verdict, one=one, other=other, **both),
            say(f"study_compare.{word}", change=found.change, verdict=found.verdict, **both),
            say("study_compare.paired" if found.change.paired else "study_compare.unpaired"),
        ),
    ]  # fmt: skip
    if math.isfinite(found.loss.low):
        told.append((say("study_compare.loss", change=found.loss),))
    if found.substitute:
        told.insert(0, (say("study_compare.stand_in", substitute=found.substitute),))
    return told
