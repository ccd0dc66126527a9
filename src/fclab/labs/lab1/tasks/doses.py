"""What tasks 3 and 4 have in common: one hyper-parameter in several doses, and where it led."""

from collections.abc import Callable, Iterator, Sequence

from fclab import figures
from fclab.analysis.effects import Apart, apart, measured
from fclab.analysis.gradient_noise import gradient_noise
from fclab.labs.lab1.tasks.task import Picture
from fclab.statistics import Decision, SeedMean
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.words.wording import Say, say, wording

SAME_PLACE = 0.25
"""Networks that ended no further apart than this share of their way are said to have come to the
same place."""


def whereabouts(group: str, lines: Sequence[Line]) -> Iterator[Say]:
    """Where the networks of rows ended beside those of their parent, seed by seed: of the row that
    ended nearest, and of the one that ended furthest. Nothing where they came to the same place and
    yet one of them is better or worse.

    Args:
        group: of the texts ``same_place``, ``other_place``.
        lines: of one parent.
    """
    found = [(line, where) for line in lines if (where := apart(line))]
    if not found:
        return

    def distance(pair: tuple[Line, Apart]) -> float:
        return pair[1].distance

    (near, nearest), (far, furthest) = min(found, key=distance), max(found, key=distance)
    key = "same_place" if nearest.distance <= SAME_PLACE else "other_place"
    if key == "same_place" and any(_differs(line) for line in lines):
        return  # what made a difference is not explained by coming to the same place
    assert near.parent is not None
    yield say(f"{group}.{key}", near=near.row, nearest=nearest, far=far.row, furthest=furthest,
              n=len(found), parent=near.parent.row, iterations=near.parent.iterations)  # fmt: skip


def _differs(line: Line) -> bool:
    return line.verdict is not None and line.verdict.decision is not Decision.NOT_DISTINGUISHABLE


def effect_figure(
    name: str,
    lines: Sequence[Line],
    table: FinalTable,
    images: Dataset | None,
    dose: Callable[[Line], float],
) -> Picture:
    """The figure of a hyper-parameter: rows and their parent in the order of the doses.

    Args:
        name: of the hyper-parameter: "batch", "rate".
        lines: of one parent.
        table: their study.
        images: what the noise of a step is measured on; without them it is not drawn.
        dose: the value of the hyper-parameter.
    """
    parent = lines[0].parent
    assert parent is not None
    noise, info = gradient_noise(parent.runs, images), table.study.dataset
    rows = sorted((line for line in (parent, *lines) if line.runs), key=dose)

    def values(line: Line) -> dict[str, SeedMean | float]:
        means = {key: measured(line, key) for key in ("train_loss", "gap", "epoch")}
        known: dict[str, SeedMean | float] = {key: it for key, it in means.items() if it}
        if line.test is not None and len(line.runs) > 1:
            known["spread"] = line.test.sd
        if noise is not None:
            known["noise"] = line.recipe.lr * noise.of_batch(line.recipe.batch(noise.n))
        return known

    def draw(language):
        words = wording(language)
        doses = [
            figures.Dose(words.num(dose(line), 6), values(line), before=line is parent)
            for line in rows
        ]
        return figures.effects({name: doses}, language, info)

    return say(f"effects.effects_{name}", n=len(rows), noise=noise is not None), draw
