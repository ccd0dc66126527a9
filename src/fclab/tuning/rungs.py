"""The figures of a climbed ladder: every rung with its intervals and its verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from fclab.statistics import (
    Comparison,
    Interval,
    Verdict,
    accuracy_over_images,
    compare_over_images,
    verdicts,
)
from fclab.study.study import accuracy, compare_runs, correct_answers, healthy
from fclab.tuning.ensemble import ensemble_correct
from fclab.tuning.ladder import Ladder, Rung
from fclab.values.run import Run


@dataclass(frozen=True, eq=False)
class RungLine:
    """One line of the ladder's table. Accuracies are shares, 0 to 1.

    Attributes:
        rung: what it is.
        n_seeds, diverged: healthy runs, and those that diverged.
        train, test: accuracy with its 95 % interval: over seeds; of an ensemble, which is one
            predictor, over images. None where every run diverged.
        on_new_images: what new seeds reach on new images of the classes.
        ensemble: test accuracy of all seeds answering together.
        comparison, verdict: against the rung below (in the ablation: the whole recipe).
        seconds: mean time of one training.
    """

    rung: Rung
    n_seeds: int
    diverged: int
    train: Interval | None = None
    test: Interval | None = None
    on_new_images: Interval | None = None
    ensemble: float | None = None
    comparison: Comparison | None = None
    verdict: Verdict | None = None
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class LadderTable:
    """All figures of a ladder.

    Attributes:
        ladder: what it was made from.
        rungs: a line per rung, in order.
        ablation: a line per row of the ablation, the whole recipe first; empty without one.
    """

    ladder: Ladder
    rungs: tuple[RungLine, ...]
    ablation: tuple[RungLine, ...]

    @property
    def top(self) -> RungLine:
        """The last rung that was stepped on."""
        return [line for line in self.rungs if not line.rung.aside][-1]

    @property
    def single(self) -> RungLine:
        """The highest rung at which every network answers alone."""
        alone = [line for line in self.rungs if not (line.rung.aside or line.rung.together)]
        return alone[-1]


def ladder_table(ladder: Ladder) -> LadderTable:
    """Every rung with its figures. Verdicts are corrected (Holm) for the number of rungs, and
    those of the ablation, which answers another question, for the number of its rows."""
    return LadderTable(ladder, _judged(ladder, ladder.rungs), _judged(ladder, ladder.ablation))


def figures(table: LadderTable) -> dict[str, Any]:
    """All figures of a ladder as plain values for JSON; shares from 0 to 1."""
    dataset = table.ladder.dataset
    return {
        "data": dataset.name,
        "source": dataset.source,
        "classes": [name.number for name in dataset.class_names],
        "test_images": dataset.sizes["test"],
        "rungs": [_figures(line) for line in table.rungs],
        "ablation": [_figures(line) for line in table.ablation],
    }


def _figures(line: RungLine) -> dict[str, Any]:
    rung = line.rung
    compared = line.comparison
    return {
        "name": rung.row.name,
        "cause": rung.cause,
        "parent": rung.row.parent,
        "together": rung.together,
        "aside": rung.aside,
        "recipe": rung.row.recipe.model_dump(mode="json", exclude_defaults=True),
        "recipe_key": rung.row.recipe.key,
        "seeds": line.n_seeds,
        "diverged": line.diverged,
        "train": asdict(line.train) if line.train else None,
        "test": asdict(line.test) if line.test else None,
        "on_new_images": asdict(line.on_new_images) if line.on_new_images else None,
        "ensemble": line.ensemble,
        "difference": compared.difference if compared else None,
        "interval": [line.verdict.low, line.verdict.high] if line.verdict else None,
        "level": line.verdict.level if line.verdict else None,
        "verdict": str(line.verdict.decision) if line.verdict else None,
        "p_adjusted": line.verdict.p_adjusted if line.verdict else None,
        "seconds": line.seconds,
    }


def _judged(ladder: Ladder, rungs: Sequence[Rung]) -> tuple[RungLine, ...]:
    by_name = {rung.row.name: rung for rung in rungs}
    lines = []
    for rung in rungs:
        parent = by_name.get(rung.row.parent or "")
        lines.append(_line(rung, ladder.runs, parent))
    compared = [line for line in lines if line.comparison]
    words = verdicts([line.comparison for line in compared if line.comparison])
    found = {line.rung.row.name: word for line, word in zip(compared, words, strict=True)}
    return tuple(replace(line, verdict=found.get(line.rung.row.name)) for line in lines)


def _line(rung: Rung, all_runs: dict[str, list[Run]], parent: Rung | None) -> RungLine:
    runs = all_runs[rung.row.name]
    well = healthy(runs)
    line = RungLine(rung, len(well), len(runs) - len(well))
    if not well:
        return line
    correct = _correct(rung, well)
    if rung.together:
        train, test = (
            accuracy_over_images(ensemble_correct(well, split)[None]) for split in ("train", "test")
        )
    else:
        train, test = (_over_seeds(well, split) for split in ("train", "test"))
    line = replace(
        line,
        train=train,
        test=test,
        on_new_images=accuracy_over_images(correct),
        ensemble=float(ensemble_correct(well, "test").mean()),
        seconds=float(np.mean([run.seconds for run in well])),
    )
    below = healthy(all_runs[parent.row.name]) if parent else ()
    if parent is None or not below:
        return line
    return replace(line, comparison=_comparison(rung, well, parent, below))


def _comparison(rung: Rung, runs: Sequence[Run], parent: Rung, below: Sequence[Run]) -> Comparison:
    if rung.together or parent.together:  # one answer per image: nothing is known of other seeds
        correct, others = _correct(rung, runs), _correct(parent, below)
        return compare_over_images(correct.mean(axis=0), others.mean(axis=0))
    return compare_runs(runs, below)


def _correct(rung: Rung, runs: Sequence[Run]) -> np.ndarray:
    """Right answers, bool ``(seeds, images)``; of an ensemble ``(1, images)``."""
    return ensemble_correct(runs, "test")[None] if rung.together else correct_answers(runs)


def _over_seeds(runs: Sequence[Run], split: str) -> Interval:
    found = accuracy(runs, split)
    return Interval(found.mean, found.low, found.high)
