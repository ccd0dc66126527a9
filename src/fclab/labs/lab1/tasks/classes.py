"""Task 1: what the accuracy says, and where the network errs."""

from collections.abc import Iterator

from fclab.analysis.classes import Classes, classes_of_row
from fclab.analysis.findings import LARGE_GAP, means_of_pair
from fclab.labs.lab1.tasks.task import Paragraph, Start, Task
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import ClassName, Dataset
from fclab.words.wording import Say, say


class ClassesTask(Task):
    """The base row: accuracies, their gap, and the classes."""

    number, name, kinds = 1, "classes", ("base",)

    def planned(self, start: Start) -> list[Row]:
        """The base row."""
        return [Row(name="base", recipe=start.settings.base, parent=None, kind="base")]

    def say(self, table: FinalTable, line: Line) -> Iterator[Say]:
        """Accuracies, gap and the hardest class."""
        found, names = classes_of_row(line), table.study.dataset.class_names
        if found is None or line.train is None or line.test is None:
            return
        train, test = line.train.mean, line.test.mean
        yield say("rows.base.comment", train=train, test=test, gap=train - test)
        if not found.extremes.alike:
            yield say(
                "rows.base.hardest",
                classes=[names[label] for label in found.extremes.hardest],
                recall=found.extremes.least,
                others=[names[m.answer] for m in found.taken_for],
                share=found.share,
            )

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """Accuracies with what is to be expected of new images; then the classes, and whether their
        mean images say why."""
        base, study = table.lines[0], table.study
        found = classes_of_row(base)
        if found is None or base.train is None or base.test is None or base.on_new_images is None:
            yield (say("study_answers.no_runs"),)
            return
        gap, n = base.train.mean - base.test.mean, len(base.runs)
        size = "large" if gap >= LARGE_GAP else "moderate"
        if base.train.mean <= base.on_new_images.high:
            size = "unproved"
        yield (
            say("tasks.classes.accuracies", train=base.train, test=base.test, n=n),
            say(f"tasks.classes.gap_{size}", gap=gap),
            say(
                "tasks.classes.new_images",
                interval=base.on_new_images,
                images=study.dataset.sizes["test"],
            ),
        )
        names = study.dataset.class_names
        yield (*_classes(found, names, n), *_pixels(found, names, images))


def _classes(found: Classes, names: tuple[ClassName, ...], n: int) -> Iterator[Say]:
    extremes = found.extremes
    if extremes.alike:
        yield say("tasks.classes.alike", recall=extremes.least)
        return
    hardest = [names[label] for label in extremes.hardest]
    yield say(
        "tasks.classes.extremes",
        easiest=[names[label] for label in extremes.easiest],
        most=extremes.largest,
        hardest=hardest,
        least=extremes.least,
        times=found.hardest_in,
        n=n,
    )
    if found.taken_for:
        others = [names[m.answer] for m in found.taken_for]
        yield say("tasks.classes.confused", share=found.share, hardest=hardest[0], others=others)
    if found.pair is not None and len(names) > 2:
        first, second = (names[label] for label in found.pair)
        yield say("tasks.classes.pair", share=found.pair_share, first=first, second=second)


def _pixels(found: Classes, names: tuple[ClassName, ...], images: Dataset | None) -> Iterator[Say]:
    """Whether the mean images of the two classes that are confused most lie near each other."""
    if found.pair is None or images is None or len(names) < 3:
        return
    means = means_of_pair(images, *found.pair)
    yield say(
        f"cifar.means_{means.kind}", distance=means.distance, nearest=means.nearest.value,
        next=means.next, near_first=names[means.nearest.first],
        near_second=names[means.nearest.second],
    )  # fmt: skip


TASK = ClassesTask()
