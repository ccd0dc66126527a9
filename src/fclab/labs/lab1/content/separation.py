"""Part 2: why a cloud is not separated, as its run shows, and what separates it."""

import math
import re
from collections.abc import Mapping, Sequence

from fclab import figures
from fclab.analysis.surface import Diagnosis, diagnosis, separated
from fclab.labs.lab1.trials import Trial, TriedChange
from fclab.labs.values import MadeResult
from fclab.report.model import Block, FigureBlock, Table
from fclab.report.writer import Writer
from fclab.values.run import Run
from fclab.words.spans import Text
from fclab.words.wording import Say, say

Parts = Sequence[MadeResult]
Trials = Sequence[Trial]

_LINEAR = 0.99  # R² from which something is called a linear function
_ALIKE = 0.05  # a network whose probabilities span less than this answers all points almost alike
_NEAR = 0.01  # accuracies that differ by no more are called equal
_MIRRORED = 0.95  # share of points from which a symmetry is called one
_GROWN = 2  # times: inputs of the hidden layer that grew less have hardly grown
_NOTHING = 0.005  # a change of the mean accuracy that is called none
_ODD = ("sigmoid", "tanh")  # odd about zero, but for a constant


def short(writer: Writer, parts: Parts, trials: Trials) -> list[Block]:
    """Of each cloud that is not separated what its network is, and what separates it."""
    return [
        writer.paragraph(
            *_found(writer, part, diagnosis(part.run, part.dataset)),
            *([_remedy(writer, trial)] if trial else []),
        )
        for part in _failed(parts)
        for trial in (_trial(part, trials),)
    ]


def details(writer: Writer, parts: Parts, trials: Trials) -> list[Block]:
    """Why the clouds are not separated; what was tried, with every figure, and the surfaces before
    and after."""
    failed = _failed(parts)
    blocks: list[Block] = [
        writer.paragraph(say("separation.of_cloud", cloud=cloud(writer, part.run)), *why)
        for part in failed
        if (why := _why(part.run, diagnosis(part.run, part.dataset)))
    ]
    tried = [(part, trial) for part in failed if (trial := _trial(part, trials))]
    if not tried:
        return blocks
    seeds, named = max(trial.seeds for _, trial in tried), names(parts)
    return [
        *blocks,
        writer.paragraph(say("separation.tried", seeds=seeds)),
        _table(writer, tried),
        writer.items(*(_helped(writer, part, trial) for part, trial in tried)),
        *(
            _beside(writer, part, trial.best, named[id(part)])
            for part, trial in tried
            if trial.best is not None
        ),
    ]


def remedies(writer: Writer, parts: Parts, trials: Trials) -> FigureBlock | None:
    """The clouds that were not separated, by the change that separates them best."""
    found = [(part, trial.best) for part in _failed(parts)
             if (trial := _trial(part, trials)) and trial.best is not None]  # fmt: skip
    if not found:
        return None
    planes = [
        figures.Plane(_separated(part, best), part.dataset, cloud(writer, part.run))
        for part, best in found
    ]
    return writer.figure(
        say("separation.remedies", pairs=[
            (cloud(writer, part.run), change(writer, best)) for part, best in found
        ]),
        lambda: figures.surfaces(planes, writer.words.language, width=figures.HALF),
        raster=True,
    )  # fmt: skip


def _separated(part: MadeResult, best: TriedChange) -> Run:
    """A run of the change that is separated, from the seed of the part if that one is."""
    able = [run for run in best.runs if separated(run)]
    return next((run for run in able if run.seed == part.run.seed), able[0])


def cloud(writer: Writer, run: Run) -> str:
    """The name of a point cloud, as the figures have it."""
    return writer.words.data(run.dataset.name)


def names(parts: Parts) -> Mapping[int, str]:
    """Names of the surfaces by id of the part: plain ASCII, for they name files, all different."""
    made: dict[int, str] = {}
    for part in parts:
        slug = re.sub(r"[^a-z0-9]+", "-", part.dataset.name.lower()).strip("-") or "points"
        same = sum(name.startswith(f"surface_{slug}") for name in made.values())
        made[id(part)] = f"surface_{slug}" + (f"-{same + 1}" if same else "")
    return made


def _failed(parts: Parts) -> list[MadeResult]:
    healthy = (part for part in parts if part.run.diverged_at is None)
    return [part for part in healthy if not separated(part.run)]


def _trial(part: MadeResult, trials: Trials) -> Trial | None:
    for trial in trials:
        same = trial.fingerprint == part.run.dataset.fingerprint
        if same and trial.base.recipe == part.run.recipe:
            return trial
    return None


def _found(writer: Writer, part: MadeResult, found: Diagnosis) -> list[Say]:
    """What the surface is, and what a straight line could do."""
    run = part.run
    shape, line = found.surface, found.line
    log_loss = run.recipe.loss == "log_loss"
    accuracy = run.metrics["test_accuracy"]
    return [
        say("separation.surface", cloud=cloud(writer, run), kind=shape.kind, curves=shape.curves,
            alike=log_loss and shape.high - shape.low < _ALIKE, low=shape.low, high=shape.high),
        say("separation.line", line=line, loss=run.metrics["train_loss"] if log_loss else None,
            accuracy=accuracy, coin=_coin(found),
            reached=found.linear > _LINEAR and abs(accuracy - line.accuracy) <= _NEAR),
    ]  # fmt: skip


def _coin(found: Diagnosis) -> bool:
    """Whether the best straight line does no better than a coin."""
    return found.line.loss > (1 - _NEAR) * math.log(2)


def _why(run: Run, found: Diagnosis) -> list[Say]:
    """Where the hidden layer works, and what its symmetry forbids."""
    return [*_hidden(run, found, _coin(found)), *_symmetry(run, found)]


def _hidden(run: Run, found: Diagnosis, coin: bool) -> list[Say]:
    start, end = found.start, found.end
    if start is None or end is None or start.linear <= _LINEAR:
        return []
    values = {"start": start, "end": end, "activation": run.recipe.activation}
    if end.linear <= _LINEAR:
        return [say("separation.left_linear", **values, network=found.linear)]
    small = end.reach < _GROWN * start.reach
    return [
        say("separation.stays_linear", **values, network=found.linear,
            whole=found.linear > _LINEAR, loop=coin and small)
    ]  # fmt: skip


def _symmetry(run: Run, found: Diagnosis) -> list[Say]:
    seen = found.symmetry
    odd = run.recipe.init == "uniform" and run.recipe.activation in _ODD
    if not odd or min(seen.opposite, seen.same) < _MIRRORED:
        return []
    return [say("separation.mirrored", opposite=seen.opposite, same=seen.same)]


def change(writer: Writer, tried: TriedChange) -> str:
    """A change in words: what it sets."""
    return writer.words.plain(f"changes.{tried.name}", recipe=tried.recipe,
                              layers=tried.recipe.model_dump()["layers"])  # fmt: skip


def _table(writer: Writer, tried: Sequence[tuple[MadeResult, Trial]]) -> Table:
    words = writer.words
    by_name: dict[str, dict[int, TriedChange]] = {}
    for place, (_, trial) in enumerate(tried):
        for it in (trial.base, *trial.tried):
            by_name.setdefault(it.name, {})[place] = it
    rows: list[list[Text]] = []
    for of_cloud in by_name.values():
        row = [writer.cell(change(writer, next(iter(of_cloud.values()))))]
        for place in range(len(tried)):
            it = of_cloud.get(place)
            row.append(words.text(say("separation.shares", tried=it) if it else say("cells.none")))
        rows.append(row)
    head = tuple(words.text(say("cells.cloud", cloud=cloud(writer, part.run))) for part, _ in tried)
    caption = say("separation.trials", seeds=max(trial.seeds for _, trial in tried))
    return writer.table(caption, ["change"], rows, more=head)


def _remedy(writer: Writer, trial: Trial) -> Say:
    """The changes that separate the cloud from every seed, or that none does."""
    every = [change(writer, it) for it in trial.tried if it.separated == len(it.runs)]
    return say("separation.remedy", every=every, n=trial.seeds, tried=len(trial.tried))


def _helped(writer: Writer, part: MadeResult, trial: Trial) -> Say:
    def told(some: list[TriedChange]) -> list[tuple[str, int]]:
        return [(change(writer, it), it.separated) for it in some]

    longer = next((it for it in trial.tried if it.name == "long"), None)
    idle = longer and not longer.separated and abs(longer.mean - trial.base.mean) < _NOTHING
    return say(
        "separation.helped", cloud=cloud(writer, part.run), n=trial.seeds,
        every=told([it for it in trial.tried if it.separated == trial.seeds]),
        some=told([it for it in trial.tried if 0 < it.separated < trial.seeds]),
        never=told([it for it in trial.tried if not it.separated and not (idle and it is longer)]),
        longer=longer.mean if longer and idle else None, base=trial.base.mean,
    )  # fmt: skip


def _beside(writer: Writer, part: MadeResult, best: TriedChange, name: str) -> FigureBlock:
    """The surface of the run beside that of the best change, from the same seed if that one is
    separated too."""
    other = _separated(part, best)
    titles = writer.words.plain("changes.base"), change(writer, best)
    values = {"cloud": cloud(writer, part.run), "change": titles[1],
              "seed": None if other.seed == part.run.seed else other.seed,
              "before": part.run.metrics["train_accuracy"],
              "after": other.metrics["train_accuracy"]}  # fmt: skip
    return writer.figure(
        say("separation.surfaces", **values),
        lambda: figures.surfaces(
            [
                figures.Plane(run, part.dataset, title)
                for run, title in zip((part.run, other), titles, strict=True)
            ],
            writer.words.language,
        ),
        name=name,
        raster=True,
    )
