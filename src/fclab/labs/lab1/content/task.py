"""The task: what was to be done, and how the classes follow from group and variant."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from fclab import figures
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.variant import Variant, department_text, notes, trap
from fclab.labs.values import PartResult
from fclab.report.model import Block, Section, Table
from fclab.report.writer import Writer
from fclab.values.dataset import ClassName
from fclab.values.run import Run
from fclab.words.spans import Text
from fclab.words.wording import Say, say


def subtitle(writer: Writer, results: Lab1Results) -> Text:
    """Whose report it is: group and variant, else the classes, else the parts alone."""
    if results.variant is not None:
        return writer.words.text(say("subtitle.variant", **_variant(writer, results.variant)))
    if results.cifar is not None:
        return writer.words.text(
            say("subtitle.classes", classes=results.cifar.run.dataset.class_names)
        )
    return writer.words.text(say("subtitle.parts"))


def section(writer: Writer, results: Lab1Results) -> Section:
    """Task, variant, samples of each class, and which parts were left out."""
    blocks: list[Block] = [
        *(
            [writer.note("stand_in", say("stand_in.note", substitute=substitute))]
            if (substitute := results.substitute)
            else []
        ),
        writer.paragraph(say("task.aim"), say("task.theory"), _parts(results)),
    ]
    missing = [
        key
        for key, part in (("1", results.regression), ("2", results.binary), ("3", results.cifar))
        if not part and not results.lost
    ]
    if results.lost:
        blocks.append(writer.note("missing", say("lost.runs", names=results.lost)))
    if results.lost_runs and results.study is None:
        blocks.append(writer.note("missing", say("lost.study")))
    if missing:
        blocks.append(writer.note("missing", say("task.missing", parts=missing)))
    classes = results.cifar.run.dataset.class_names if results.cifar else ()
    language = writer.words.language
    if results.variant is not None:
        blocks.append(
            writer.paragraph(
                say("task.variant", **_variant(writer, results.variant)),
                *_said(() if _own(results) else notes(results.variant, language)[:1]),
            )
        )
        if not _own(results):
            blocks.append(_derivation(writer, results.variant, classes))
    elif classes and not _own(results):
        blocks.append(writer.paragraph(say("task.chosen", classes=classes)))
        blocks.append(_list(writer, classes))
    if results.cifar is not None and _own(results):
        blocks += _own_pictures(writer, results.cifar.run)
    if results.cifar is not None:
        blocks += _samples(writer, results.cifar)
    return Section("task", writer.words.plain("task.title"), tuple(blocks))


def details(writer: Writer, results: Lab1Results) -> Section | None:
    """How the rule of the year reads the group, and the trap of the lab's notebook; None where no
    classes were chosen."""
    language = writer.words.language
    if _own(results):
        return None
    lines = [*_said(notes(results.variant, language)[1:] if results.variant else ())]
    lines += _said(trap(results.typed, language) if results.typed else ())
    if not lines:
        return None
    title = writer.words.plain("task.title")
    return Section("details-task", title, (writer.paragraph(*lines),))


def _parts(results: Lab1Results) -> Say:
    """The parts, the third by the number of its classes: three, as the lab has it, where none were
    chosen."""
    if results.cifar is not None:
        n = len(results.cifar.run.dataset.class_names)
    else:
        n = len(results.typed) or 3
    own = _own(results)
    return say("task.parts", n=n, by_variant=results.variant is not None and not own, own=own)


def _own(results: Lab1Results) -> bool:
    """Whether the images are pictures of one's own."""
    return results.cifar is not None and results.cifar.run.dataset.pictures is not None


def _said(lines: Iterable[str]) -> Iterator[Say]:
    return (say("task.said", line=line) for line in lines)


def _variant(writer: Writer, variant: Variant) -> dict:
    return {
        "group": variant.group,
        "number": variant.number,
        "department": department_text(variant.department, writer.words.language),
    }


def _derivation(writer: Writer, variant: Variant, classes: tuple[ClassName, ...]) -> Table:
    language = writer.words.language
    labels = {name.number: label for label, name in enumerate(classes)}
    columns = ["rule", "calculation", "class"]
    if labels:
        columns.append("label")
    return writer.table(
        say("task.derivation"),
        columns,
        [
            [
                writer.cell(_sentence_case(term.rule(language))),
                writer.cell(term.formula),
                writer.words.text(say("cells.class", name=term.name)),
                *([writer.cell(labels.get(term.number, "—"))] if labels else []),
            ]
            for term in variant.terms
        ],
    )


def class_cell(writer: Writer, name: ClassName) -> Text:
    """A class in a table: by number and name; what somebody has named, by its name."""
    if name.en == name.ru:
        return writer.cell(writer.words.name(name))
    return writer.words.text(say("cells.class", name=name))


def _list(writer: Writer, classes: tuple[ClassName, ...]) -> Table:
    return writer.table(
        say("task.classes"),
        ["class", "label"],
        [[class_cell(writer, name), writer.cell(label)] for label, name in enumerate(classes)],
    )


def _own_pictures(writer: Writer, run: Run) -> list[Block]:
    """Where pictures of one's own came from, how many of each class there are, how they were made
    small and divided."""
    words, info, told = writer.words, run.dataset, run.dataset.pictures
    assert told is not None
    names = info.class_names
    parts = [part for part in ("train", "valid", "test") if part in run.targets]
    counts = {part: np.bincount(run.targets[part], minlength=len(names)) for part in parts}
    rows = [
        [
            class_cell(writer, name), writer.cell(label),
            *(writer.cell(words.whole(int(counts[part][label]))) for part in parts),
        ]
        for label, name in enumerate(names)
    ]  # fmt: skip
    columns = ["class", "label", *(f"{part}_images" for part in parts)]
    several = "one_size" if told.smallest == told.largest else "sizes"
    values = {"told": told, "name": Path(told.folder.place).name, "side": told.folder.side,
              "used": sum(info.sizes.values()), "sizes": info.sizes}  # fmt: skip
    divided = "divided" if told.divided else "drawn"
    sentences = [say(f"task.own_{what}", **values) for what in ("found", several, "read", divided)]
    if told.in_both or told.in_two_classes:
        sentences.append(say("task.own_shared", **values))
    caption = say("task.classes")
    return [writer.paragraph(*sentences), writer.table(caption, columns, rows)]


def _samples(writer: Writer, part: PartResult) -> list[Block]:
    info, dataset = part.run.dataset, part.dataset
    writer = writer.marked(info.substitute)
    values = {"classes": info.class_names, "train": info.sizes["train"], "test": info.sizes["test"]}
    about = "task.images_substitute" if info.substitute else "task.images"
    images = [] if info.pictures else [
        say(about, **values, shape=info.input_shape, valid=info.sizes.get("valid", 0),
            substitute=info.substitute)
    ]  # fmt: skip
    if dataset is None:
        note = writer.note("missing", say("lost.images"))
        return [writer.paragraph(*images), note] if images else [note]
    return [
        writer.paragraph(*images, say("task.samples")),
        writer.figure(
            say("task.class_samples", **values),
            lambda: figures.class_samples(dataset, writer.words.language, per_class=14),
            raster=True,
        ),
    ]


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
