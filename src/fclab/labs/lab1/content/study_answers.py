"""The answers of a study in sentences: tasks 1 to 6, and what choosing on the test set adds."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fclab.labs.lab1.answers import Answers, helpful
from fclab.labs.lab1.content.cifar import LARGE_GAP
from fclab.labs.lab1.content.study_choice import flattered, how_chosen, marked
from fclab.labs.lab1.content.study_comments import changes
from fclab.statistics import Word
from fclab.study.expectations import Expectation, Measured
from fclab.study.study import split_of
from fclab.study.table import Line
from fclab.words.wording import Say, say


@dataclass(frozen=True)
class Answered:
    """One answer.

    Attributes:
        name: task1, ..., task6, optimism.
        title: of its section.
        paragraphs: each of one or more sentences.
    """

    name: str
    title: Say
    paragraphs: tuple[tuple[Say, ...], ...]


def answered(answers: Answers) -> tuple[Answered, ...]:
    """Every answer of the study, in the order of the lab's tasks."""
    tasks = (_task1, _task2, _task3, _task4, _task5, _task6)
    found = [
        Answered(f"task{k}", say(f"study_answers.title{k}"), tuple(task(answers)))
        for k, task in enumerate(tasks, start=1)
    ]
    if answers.optimism is not None:
        title = say("study_answers.title_optimism")
        tuned = [tuple(flattered(line.row)) for line in answers.of_kind("layers")]
        of_rows = [sentences for sentences in tuned if sentences]
        if of_rows:
            of_rows = [(say("study_answers.optimism_tuned"),), *of_rows]
        found.append(Answered("optimism", title, (_optimism(answers), *of_rows)))
    return tuple(found)


def _task1(answers: Answers) -> Iterator[tuple[Say, ...]]:
    base, found = answers.table.lines[0], answers.classes
    study = answers.table.study
    if found is None or base.train is None or base.test is None or base.on_new_images is None:
        yield (say("study_answers.no_runs"),)
        return
    gap, n = base.train.mean - base.test.mean, len(base.runs)
    size = "large" if gap >= LARGE_GAP else "moderate"
    if base.train.mean <= base.on_new_images.high:
        size = "unproved"
    yield (
        say("study_answers.accuracies", train=base.train, test=base.test, n=n),
        say(f"study_answers.gap_{size}", gap=gap),
        say("study_answers.new_images", interval=base.on_new_images,
            images=study.dataset.sizes["test"]),
    )  # fmt: skip
    names, extremes = study.dataset.class_names, found.extremes
    if extremes.alike:
        yield (say("study_answers.classes_alike", recall=extremes.least),)
        return
    hardest = [names[label] for label in extremes.hardest]
    sentences = [
        say("study_answers.classes", easiest=[names[label] for label in extremes.easiest],
            most=extremes.largest, hardest=hardest, least=extremes.least,
            times=found.hardest_in, n=n)
    ]  # fmt: skip
    if found.taken_for:
        sentences.append(
            say("study_answers.confused", share=found.share, hardest=hardest[0],
                others=[names[m.answer] for m in found.taken_for])
        )  # fmt: skip
    if found.pair is not None and len(names) > 2:
        first, second = (names[label] for label in found.pair)
        sentences.append(
            say("study_answers.pair", share=found.pair_share, first=first, second=second)
        )
    yield tuple(sentences)


def _task2(answers: Answers) -> Iterator[tuple[Say, ...]]:
    study, spread = answers.table.study, answers.table.epochs
    found, epochs = study.overfitting, study.definition.settings.base.epochs
    if found is None or spread is None:
        yield (say("study_answers.no_runs"),)
        return
    values = {"epoch": found.of_mean, "split": split_of(study.definition.settings)}
    if found.of_mean == epochs:
        yield (say("study_answers.no_overfitting", **values),)
        return
    stops = answers.of_kind("stop")
    yield (
        say("study_answers.overfits", epochs=epochs, loss_then=found.losses[0],
            loss_end=found.losses[1], spread=spread, n=spread.n_seeds, **values),
        *(say("study_answers.remedy", row=line.row) for line in stops),
    )  # fmt: skip
    yield from _rows(stops)


def _task3(answers: Answers) -> Iterator[tuple[Say, ...]]:
    yield from _rows(answers.of_kind("batch", "past"))
    if answers.larger_batch is not None:
        yield _expectation("expected_batch", answers.larger_batch)
    if answers.past is not None:
        yield (
            *_expectation("expected_past", answers.past),
            say("study_answers.on_train", change=answers.past.train_loss),
        )


def _task4(answers: Answers) -> Iterator[tuple[Say, ...]]:
    yield from _rows(answers.of_kind("lr"))


def _task5(answers: Answers) -> Iterator[tuple[Say, ...]]:
    lines = answers.of_kind("layers")
    if lines:
        protocol = answers.table.study.definition.settings.protocol
        yield (say("study_answers.tuned"), say(f"study_answers.tuned_{protocol}"))
    else:
        yield from _rows(lines)
    for line in lines:
        yield (_row(line), *how_chosen(line.row))


def _task6(answers: Answers) -> Iterator[tuple[Say, ...]]:
    table = answers.table
    best = helpful(table)
    protocol = table.study.definition.settings.protocol
    for place, line in enumerate(best, start=1):
        yield (_changed("helped", line, place=place), *marked(line.row, protocol), *_why(line))
    if not best:
        yield (
            say("study_answers.nothing_helped", images=table.study.dataset.sizes["test"],
                seeds=table.study.definition.settings.seeds),
        )  # fmt: skip
    for line in reversed(table.ranking):
        if line.verdict is not None and line.verdict.word is Word.WORSE:
            yield (_changed("hurt", line), *_why(line))
    rest = [x for x in table.ranking if x.verdict and x.verdict.word is Word.NOT_DISTINGUISHABLE]
    seen = [line.verdict.detectable for line in rest if line.verdict]
    if rest:
        rows = [line.row for line in rest]
        yield (say("study_answers.unproved", rows=rows, least=min(seen), most=max(seen)),)


def _rows(lines: Sequence[Line]) -> Iterator[tuple[Say, ...]]:
    """A paragraph per row: its verdict."""
    if not lines:
        yield (say("study_answers.rows_none"),)
    for line in lines:
        yield (_row(line),)


def _row(line: Line) -> Say:
    if line.verdict is None or line.comparison is None or line.parent is None:
        return say("study_answers.row_diverged", row=line.row)
    word = line.verdict.word.replace(" ", "_")
    return say(f"study_answers.row_{word}", row=line.row, parent=line.parent.row,
               verdict=line.verdict)  # fmt: skip


def _expectation(key: str, found: Expectation) -> tuple[Say, ...]:
    rows = [line.row for line in found.lines]
    return (
        say(f"study_answers.{key}", rows=rows, n=len(rows)),
        _measured("on_accuracy", found.accuracy),
        *([_measured("on_loss", found.loss)] if math.isfinite(found.loss.change.low) else []),
    )


def _measured(key: str, found: Measured) -> Say:
    return say(f"study_answers.{key}", answer=found.answer.value, verdict=found.verdict)


def _changed(key: str, line: Line, **values: object) -> Say:
    assert line.parent is not None
    return say(f"study_answers.{key}", row=line.row, parent=line.parent.row,
               verdict=line.verdict, **values)  # fmt: skip


def _why(line: Line) -> Iterator[Say]:
    """What made a verified difference: the one change, since the seeds are the same;
    of several nothing tells which. What else was seen is said as such."""
    parent = line.parent
    assert parent is not None
    assert line.train is not None
    assert line.test is not None
    assert parent.train is not None
    assert parent.test is not None
    if changed := changes(line):
        yield say(f"study_answers.{'cause' if len(changed) == 1 else 'causes'}", changes=changed)
    yield say(
        "study_answers.goes_with",
        train=line.train.mean,
        train_before=parent.train.mean,
        gap=line.train.mean - line.test.mean,
        gap_before=parent.train.mean - parent.test.mean,
    )


def _optimism(answers: Answers) -> tuple[Say, ...]:
    found = answers.optimism
    assert found is not None
    change = found.difference
    if found.by_test == found.by_valid:
        size = "optimism_same"
    elif not math.isfinite(change.low):
        size = "optimism_one"
    else:
        size = "optimism_size"
    return (
        say("study_answers.optimism", found=found),
        say(f"study_answers.{size}", change=change),
    )
