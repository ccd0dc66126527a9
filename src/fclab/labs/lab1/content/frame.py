"""The end of the report: conclusion, sources."""

from collections.abc import Iterator, Sequence

from fclab.analysis import findings
from fclab.analysis.classes import Classes, classes_of_row
from fclab.labs.lab1.content import binary
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.tasks import tasks
from fclab.labs.lab1.tasks.best import helpful
from fclab.report.model import Section, Source, Sources
from fclab.report.writer import Writer
from fclab.statistics import Decision
from fclab.study.study import split_of
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import DatasetInfo
from fclab.values.metrics import Extremes, Mistake, extremes, worst_mistakes
from fclab.words.wording import Say, say

_SOURCES = (
    "pytorch", "hornik", "robbins", "rumelhart", "lab", "sklearn", "krizhevsky", "holm",
)  # fmt: skip


def conclusion(writer: Writer, results: Lab1Results) -> Section:
    """What every part came to, in a sentence or two each; nothing that was not said before.

    Where the study was done part 3 is spoken of by all seeds of its base row.
    """
    words = writer.words
    parts = [
        *(_regression(results) if results.regression is not None else ()),
        *(_binary(writer, results) if results.binary else ()),
    ]
    images = _images(results) if results.cifar is not None else []
    study = _study(results.study) if results.study is not None else []
    sentences = [some for some in (parts, images, study) if some]
    if not sentences:
        sentences.append([say("conclusion.nothing")])
    return Section(
        "conclusion",
        words.plain("conclusion.title"),
        tuple(writer.paragraph(*some) for some in sentences),
        part="frame",
    )


def sources(writer: Writer, results: Lab1Results) -> Section:
    """The list of sources; those that only a missing part needs are left out."""
    words = writer.words
    needed = {
        "krizhevsky": results.cifar is not None and results.cifar.run.dataset.pictures is None,
        "holm": results.study is not None,
        "sklearn": _from_sklearn(results),
    }
    entries = tuple(
        Source(f"source-{name}", words.text(say(f"sources.{name}")))
        for name in _SOURCES
        if needed.get(name, True)
    )
    return Section("sources", words.plain("sources.title"), (Sources(entries),), part="frame")


def _from_sklearn(results: Lab1Results) -> bool:
    return any(part.run.dataset.name in ("circles", "moons") for part in results.binary)


def _regression(results: Lab1Results) -> list[Say]:
    assert results.regression is not None
    run = results.regression.run
    if run.diverged_at is not None:
        return [say("conclusion.diverged", part=1)]
    noise = findings.noise(results.regression.dataset.train)
    known = noise is not None and noise.variance > 0
    error = run.metrics["train_loss"]
    explained = known and noise is not None and error <= noise.high
    return [
        say("conclusion.regression", error=error, curve=run.metrics["test_loss"],
            noise=noise.variance if noise is not None and known else None, explained=explained),
    ]  # fmt: skip


def _binary(writer: Writer, results: Lab1Results) -> list[Say]:
    clouds = [
        (binary.cloud(writer, part.run),
         part.run.metrics["test_accuracy"] if part.run.diverged_at is None else None)
        for part in results.binary
    ]  # fmt: skip
    return [say("conclusion.binary", clouds=clouds)]


def _images(results: Lab1Results) -> list[Say]:
    """Part 3 by the base row of the study where there is one, else by its one run."""
    if results.study is not None and (found := classes_of_row(results.study.lines[0])):
        return _base_row(results.study, found)
    assert results.cifar is not None
    run = results.cifar.run
    if run.diverged_at is not None:
        return [say("conclusion.diverged", part=3)]
    matrix, found = run.confusion("test"), findings.course(run)
    hardest = extremes(matrix)
    sentences = [
        say("conclusion.images", classes=run.dataset.class_names,
            substitute=run.dataset.substitute),
        say("conclusion.one_run", test=findings.share(run), seed=run.seed,
            train=run.metrics["train_accuracy"]),
        *_hardest(run.dataset, hardest, worst_mistakes(matrix, hardest.hardest[0])),
    ]  # fmt: skip
    if found is not None and found.overfits:
        sentences.append(say("conclusion.overfitting_run", epoch=found.epoch, last=found.last))
    return sentences


def _base_row(table: FinalTable, classes: Classes) -> list[Say]:
    base, study = table.lines[0], table.study
    sentences = [
        say("conclusion.images", classes=study.dataset.class_names,
            substitute=study.dataset.substitute),
        say("conclusion.many_runs", test=base.test, train=base.train, n=len(base.runs)),
        *_hardest(study.dataset, classes.extremes, classes.taken_for),
    ]  # fmt: skip
    found, last = study.overfitting, study.definition.settings.base.epochs
    if found is not None and found.of_mean < last:
        sentences.append(
            say("conclusion.overfitting", epoch=found.of_mean, last=last, n=len(base.runs),
                split=split_of(study.definition.settings))
        )  # fmt: skip
    return sentences


def _hardest(data: DatasetInfo, found: Extremes, taken_for: tuple[Mistake, ...]) -> Iterator[Say]:
    if not found.alike:
        names = data.class_names
        yield say(
            "conclusion.hardest",
            classes=[names[label] for label in found.hardest],
            recall=found.least,
            others=[names[m.answer] for m in taken_for],
        )


def _study(table: FinalTable) -> list[Say]:
    """What each move of the tasks did to the accuracy, and what bounds that."""
    healthy = [line for line in table.lines if line.test is not None]
    if not table.ranking:
        return [say("conclusion.nothing_compared")]
    better = helpful(table)
    still = [task.name for task in tasks() if _undecided(table.of_kind(*task.kinds))]
    sentences = []
    if better:
        rows = [(line.row, line.parent.row, line.verdict) for line in better if line.parent]
        sentences.append(say("conclusion.helped", rows=rows))
    else:
        sentences.append(say("conclusion.nothing_helped", n=len(table.ranking)))
    if still:
        sentences.append(
            say("conclusion.unchanged", tasks=still, images=table.study.dataset.sizes["test"])
        )
    best = max(healthy, key=lambda line: line.test.mean if line.test else 0.0)
    return [*sentences, say("conclusion.best", row=best.row, test=best.test)]


def _undecided(lines: Sequence[Line]) -> bool:
    """Whether there are compared rows, and none is told from its parent."""
    words = [line.verdict.decision for line in lines if line.verdict]
    return bool(words) and all(word is Decision.NOT_DISTINGUISHABLE for word in words)
