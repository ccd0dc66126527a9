"""The frame of the report: introduction, conclusion, sources."""

from fclab.report import findings
from fclab.report.content import binary, outcome
from fclab.report.content.writer import Writer
from fclab.report.model import Section, Source, Sources
from fclab.report.wording import Say, say
from fclab.study.lab import LabResults

_SOURCES = (
    "pytorch", "hornik", "robbins", "rumelhart", "lab", "sklearn", "krizhevsky", "holm",
)  # fmt: skip


def introduction(writer: Writer, results: LabResults) -> Section:
    """What the work is for, on what it rests, and its results at a glance."""
    words = writer.words
    done: list[Say] = []
    if results.regression is not None:
        done.append(say("introduction.part1"))
    if results.binary:
        done.append(say("introduction.part2"))
    if _from_sklearn(results):
        done.append(say("introduction.sklearn"))
    if results.cifar is not None:
        done.append(say("introduction.part3"))
        if results.cifar.run.dataset.is_stand_in:
            done.append(say("introduction.stand_in"))
    if results.study is not None:
        done.append(say("introduction.part4"))
    blocks = [writer.paragraph(say("introduction.aim"), say("introduction.theory"))]
    if done:
        blocks.append(writer.paragraph(*done))
    glance = outcome.at_a_glance(writer, results)
    return Section("introduction", words.plain("introduction.title"), tuple(blocks), (glance,))


def conclusion(writer: Writer, results: LabResults) -> Section:
    """What every part came to, in a sentence or two each; nothing that was not said before."""
    words = writer.words
    sentences: list[list[Say]] = []
    if results.regression is not None:
        sentences.append(_regression(results))
    if results.binary:
        sentences.append(_binary(writer, results))
    if results.cifar is not None:
        sentences.append(_images(results))
    if results.study is not None:
        sentences.append(_study(results))
    if not sentences:
        sentences.append([say("conclusion.nothing")])
    return Section(
        "conclusion",
        words.plain("conclusion.title"),
        tuple(writer.paragraph(*some) for some in sentences),
    )


def sources(writer: Writer, results: LabResults) -> Section:
    """The list of sources; those that only a missing part needs are left out."""
    words = writer.words
    needed = {
        "krizhevsky": results.cifar is not None,
        "holm": results.study is not None,
        "sklearn": _from_sklearn(results),
    }
    entries = tuple(
        Source(f"source-{name}", words.text(say(f"sources.{name}")))
        for name in _SOURCES
        if needed.get(name, True)
    )
    return Section("sources", words.plain("sources.title"), (Sources(entries),))


def _from_sklearn(results: LabResults) -> bool:
    return any(part.run.dataset.name in ("circles", "moons") for part in results.binary)


def _regression(results: LabResults) -> list[Say]:
    assert results.regression is not None
    run = results.regression.run
    if run.diverged_at is not None:
        return [say("conclusion.diverged", part=1)]
    noise = findings.noise(results.regression.dataset.train)
    known = noise is not None and noise.variance > 0
    error = run.metrics["train_loss"]
    reached = known and noise is not None and error <= noise.high
    return [
        say("conclusion.regression", error=error, curve=run.metrics["test_loss"],
            noise=noise.variance if noise is not None and known else None, reached=reached),
    ]  # fmt: skip


def _binary(writer: Writer, results: LabResults) -> list[Say]:
    clouds = []
    for part in results.binary:
        name = binary.cloud(writer, part.run)
        if part.run.diverged_at is not None:
            clouds.append((name, None, None))
            continue
        fall = findings.fall(part.run.history["running_loss"])
        clouds.append((name, part.run.metrics["test_accuracy"], fall.begins if fall else None))
    return [say("conclusion.binary", clouds=clouds)]


def _images(results: LabResults) -> list[Say]:
    assert results.cifar is not None
    run = results.cifar.run
    names = run.dataset.class_names
    if run.diverged_at is not None:
        return [say("conclusion.diverged", part=3)]
    test, extremes = findings.share(run), findings.extremes(run.class_report("test"))
    found = findings.course(run)
    sentences = [
        say("conclusion.images", test=test, train=run.metrics["train_accuracy"], classes=names,
            stand_in=run.dataset.is_stand_in)
    ]  # fmt: skip
    if len(extremes.hardest) < len(names):
        worst = findings.mistakes(run.confusion("test"), extremes.hardest[0])
        sentences.append(
            say("conclusion.hardest", name=names[extremes.hardest[0]],
                other=names[worst[0].answer] if worst else None)
        )  # fmt: skip
    if found is not None and found.epoch < found.last:
        sentences.append(say("conclusion.overfitting", epoch=found.epoch, last=found.last))
    return sentences


def _study(results: LabResults) -> list[Say]:
    table = results.study
    assert table is not None
    better = [line for line in table.ranking if line.verdict and line.verdict.word == "better"]
    healthy = [line for line in table.lines if line.test is not None]
    if not better or not healthy:
        return [say("conclusion.nothing_helped", rows=len(table.lines))]
    best = max(healthy, key=lambda line: line.test.mean if line.test else 0.0)
    return [
        say("conclusion.helped", rows=[(line.row.name, line.comparison) for line in better],
            best=best.row.name, test=best.test)
    ]  # fmt: skip
