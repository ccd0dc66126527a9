"""Part 3: three classes of images, where the network errs, and when it over-fits."""

import numpy as np

from fclab import figures
from fclab.analysis import findings
from fclab.labs.lab1.content import code, formulas
from fclab.labs.lab1.content.task import class_cell
from fclab.labs.lab1.settings import LAB_IMAGES, lab_iterations, recipe_for
from fclab.labs.values import PartResult
from fclab.report import recipes
from fclab.report.model import Beside, Block, FigureBlock, Formula, Section, Table
from fclab.report.writer import Writer
from fclab.study.table import FinalTable
from fclab.values.dataset import ClassName
from fclab.values.metrics import confused_pairs, extremes, mistakes, worst_mistakes
from fclab.values.recipe import CIFAR
from fclab.values.run import Run
from fclab.words.wording import Say, say

_GRAIN, _PATCHES = 0.1, 0.8
"""Correlation of neighbouring weights up to which images look like noise, from which smooth."""


def section(
    writer: Writer, part: PartResult, study: FinalTable | None, agreements: code.Agreements
) -> Section:
    """Data, network, and what one run came to; its course too where no study shows that of many.

    Args:
        writer: words them.
        part: the network.
        study: names the seed's place among those of the base row, where there is one.
    """
    run, words = part.run, writer.words
    writer = writer.marked(run.dataset.substitute)
    blocks: list[Block] = [
        *_network(writer, run),
        writer.paragraph(code.trained_by(run, agreements)),
        *code.listing(writer, run),
    ]
    if run.diverged_at is not None:
        blocks += [recipes.diverged(writer, run), *_curves(writer, run)]
        return Section("part3", words.plain("cifar.title"), tuple(blocks))
    pictures = (_matrix(writer, run), *_first_layer(writer, run))
    blocks += [
        writer.paragraph(*_accuracies(run, study)),
        Beside(pictures) if len(pictures) > 1 else pictures[0],
        writer.paragraph(*_confusion(part)),
    ]
    if study is None:
        blocks += [*_course(writer, run), writer.paragraph(*_gap(run), *_extremes(run))]
    return Section("part3", words.plain("cifar.title"), tuple(blocks))


def details(writer: Writer, part: PartResult, study: FinalTable | None = None) -> Section | None:
    """Quality by class, the course of the one run where the body shows that of many, and the
    weights; None of a run that diverged."""
    run = part.run
    writer = writer.marked(run.dataset.substitute)
    if run.diverged_at is not None:
        return None
    blocks: list[Block] = [
        writer.paragraph(*_preparation(run)),
        writer.paragraph(say("cifar.one_run", seed=run.seed), say("cifar.see_classes")),
        _report(writer, run, "train"),
        _report(writer, run, "test"),
    ]
    if study is not None:
        blocks += [writer.paragraph(*_gap(run), *_extremes(run)), *_course(writer, run)]
    if len(run.dataset.input_shape) == 3:
        blocks.append(_weights(writer, part))
    return Section("details-part3", writer.words.plain("cifar.title"), tuple(blocks))


def _network(writer: Writer, run: Run) -> tuple[Block, ...]:
    return (
        writer.paragraph(
            _balance(run),
            *recipes.network(run)[:-1],
            *recipes.training(run),
            *_iterations(run),
            say("cifar.loss", reduction=run.recipe.reduction),
        ),
        Formula(formulas.short_loss(run.recipe)),
    )


def _iterations(run: Run) -> list[Say]:
    """Why pictures of one's own are trained on for other epochs than the lab's images."""
    info, epochs = run.dataset, recipe_for(run.dataset).epochs
    if info.pictures is None or epochs == CIFAR.epochs or run.recipe.epochs != epochs:
        return []
    return [say("cifar.own_epochs", epochs=epochs, usual=CIFAR.epochs,
                iterations=lab_iterations(info), n=LAB_IMAGES * info.n_outputs)]  # fmt: skip


def _balance(run: Run) -> Say:
    k = len(run.dataset.class_names)
    counts = {
        name: np.bincount(targets, minlength=k).tolist() for name, targets in run.targets.items()
    }
    if any(len(set(n)) > 1 for n in counts.values()):
        return say("cifar.unbalanced_own" if run.dataset.pictures else "cifar.unbalanced")
    return say("cifar.balanced", each={name: n[0] for name, n in counts.items()})


def _preparation(run: Run) -> list[Say]:
    """What is done to the images before the first layer, and what training starts from."""
    info, made = run.dataset, run.dataset.preprocessing
    return [
        say("cifar.preprocessing", scale=made.scale, mean=made.mean, std=made.std,
            channels=len(made.mean) > 1, inputs=info.n_inputs, shape=info.input_shape),
        recipes.network(run)[-1],
    ]  # fmt: skip


def _accuracies(run: Run, study: FinalTable | None) -> list[Say]:
    """What the run reached, and where it stands among those of the same recipe."""
    test, base = findings.share(run), study and study.lines[0]
    found = [
        say("cifar.one_run", seed=run.seed),
        say("cifar.accuracies", train=run.metrics["train_accuracy"], test=test),
    ]
    if base and base.test and base.train:
        found.append(say("cifar.one_of_many", test=base.test, train=base.train, n=len(base.runs)))
    pictures = "cifar.see_pictures" if len(run.dataset.input_shape) == 3 else "cifar.see_matrix"
    return [*found, say(pictures, n=run.recipe.layers[0])]


def _matrix(writer: Writer, run: Run) -> FigureBlock:
    values = {"accuracy": run.metrics["test_accuracy"], "n": run.dataset.sizes["test"]}
    return writer.figure(
        say("cifar.confusion_test", **values),
        lambda: figures.confusion_matrix(run, "test", writer.words.language),
    )


def _first_layer(writer: Writer, run: Run) -> list[FigureBlock]:
    if len(run.dataset.input_shape) != 3:
        return []
    return [
        writer.figure(
            say("cifar.first_layer", n=run.recipe.layers[0]),
            lambda: figures.first_layer(run, writer.words.language, width=figures.HALF),
            raster=True,
        )
    ]


def _report(writer: Writer, run: Run, split: str) -> Table:
    report, words = run.class_report(split), writer.words

    def row(head, values):
        scores = (values.precision, values.recall, values.f1)
        return [
            head,
            *(writer.cell(words.fixed(score)) for score in scores),
            writer.cell(words.whole(values.support)),
        ]

    rows = [
        row(class_cell(writer, name), values)
        for name, values in zip(run.dataset.class_names, report.classes, strict=True)
    ]
    accuracy = [
        words.text(say("cells.accuracy")), writer.cell(""), writer.cell(""),
        writer.cell(words.fixed(report.accuracy)),
        writer.cell(words.whole(report.macro.support)),
    ]  # fmt: skip
    totals = [
        row(words.text(say("cells.macro")), report.macro),
        row(words.text(say("cells.weighted")), report.weighted),
    ]
    columns = ["class", "precision", "recall", "f1",
               "support"]  # fmt: skip
    return writer.table(
        say(f"cifar.report_{split}"), columns, [*rows, accuracy, *totals], footer_rows=3
    )


def _gap(run: Run) -> list[Say]:
    """What the accuracies on train and test say, and what the gap between them rests on."""
    train, test = run.metrics["train_accuracy"], findings.share(run)
    weights, n = run.recipe.parameters(run.dataset.n_inputs), run.dataset.sizes["train"]
    gap = train - test.value
    size = findings.gap_size(gap)
    values = {"train": train, "test": test, "gap": gap, "k": len(run.dataset.class_names)}
    sentences = [say(f"cifar.gap_{size}", **values)]
    if size in ("large", "moderate"):
        key = "cifar.more_weights" if weights > n else "cifar.fewer_weights"
        sentences.append(say(key, weights=weights, n=n, ratio=weights / n))
    guess = max(np.bincount(run.targets["test"], minlength=len(run.dataset.class_names))) / test.n
    if test.low <= guess:
        sentences.append(say("cifar.guessing", guess=guess, test=test))
    return sentences


def _extremes(run: Run) -> list[Say]:
    """Which class is the hardest and the easiest on the test sample, and by what it shows."""
    report, matrix = run.class_report("test"), run.confusion("test")
    found, names = extremes(matrix), run.dataset.class_names
    if found.alike:
        return [say("cifar.all_equal", recall=found.least)]
    hardest, easiest = _named(names, found.hardest), _named(names, found.easiest)
    sentences = [
        say("cifar.easiest", classes=easiest, recall=found.largest),
        say("cifar.hardest", classes=hardest, recall=found.least),
    ]
    for label in found.hardest:
        row, wrong = report.classes[label], mistakes(matrix, label)
        right, answered = int(matrix[label, label]), int(matrix[:, label].sum())
        sentences.append(
            say(
                "cifar.hardest_rows",
                name=names[label],
                right=right,
                support=row.support,
                wrong=[(names[m.answer], m.count) for m in wrong],
            )
        )
        if answered == 0:
            sentences.append(say("cifar.never_answered", name=names[label]))
        else:
            weaker = "missed" if row.recall < row.precision else "overused"
            if row.recall == row.precision:
                weaker = "both"
            sentences.append(
                say(f"cifar.weaker_{weaker}", precision=row.precision, recall=row.recall,
                    answered=answered, right=right)
            )  # fmt: skip
    return sentences


def _confusion(part: PartResult) -> list[Say]:
    """Which two classes are confused most, and whether their mean images explain it."""
    run, names = part.run, part.run.dataset.class_names
    matrix = run.confusion("test")
    worst = worst_mistakes(matrix)
    if not worst:
        return [say("cifar.no_mistakes", n=int(matrix.sum()))]
    support = matrix.sum(axis=1)
    sentences = [
        say(
            "cifar.worst_mistakes",
            mistakes=[
                (names[m.true], names[m.answer], m.count, int(support[m.true])) for m in worst
            ],
        )
    ]
    pairs = confused_pairs(matrix)
    if len(pairs) < 2 or part.dataset is None:
        return sentences
    first, second = (int(pair.value) for pair in pairs[:2])
    if not findings.leads(first, second):
        return sentences  # which pair is confused most is a matter of a few images
    most = pairs[0]
    means = findings.means_of_pair(part.dataset, most.first, most.second)
    there = int(matrix[most.first, most.second])
    back = int(matrix[most.second, most.first])
    values = {
        "first": names[most.first], "second": names[most.second], "there": there, "back": back,
        "both": there + back, "total": int(matrix.sum() - np.trace(matrix)),
        "near_first": names[means.nearest.first], "near_second": names[means.nearest.second],
        "nearest": means.nearest.value, "distance": means.distance, "next": means.next,
    }  # fmt: skip
    return [*sentences, say("cifar.pair", **values), say(f"cifar.means_{means.kind}", **values)]


def _curves(writer: Writer, run: Run) -> list[Block]:
    finite = int(np.isfinite(run.history["test_loss"]).sum())
    if finite < 2:
        return []
    values = {"epochs": run.epochs, "finite": finite}
    return [
        writer.figure(
            say("cifar.learning_curves", **values),
            lambda: figures.learning_curves(run, writer.words.language),
        )
    ]


def _course(writer: Writer, run: Run) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if run.epochs > 1:
        blocks.append(writer.paragraph(say("cifar.see_curves")))
    blocks += _curves(writer, run)
    found = findings.course(run)
    if found is not None:
        blocks.append(writer.paragraph(*_overfitting(run, found)))
    return tuple(blocks)


def _overfitting(run: Run, found: findings.Course) -> list[Say]:
    """When over-fitting sets in, by how much the test loss grew, and what to do about it."""
    test = findings.share(run)
    values = {"found": found, "epochs": run.epochs, "test": test,
              "lost": found.accuracy_then - found.accuracy_end}  # fmt: skip
    if run.epochs == 1:
        return [say("cifar.one_epoch", **values)]
    if found.epoch == found.last:
        return [say("cifar.not_overfitted", **values)]
    if not found.overfits:
        return [say("cifar.flat", **values)]
    sentences = [say("cifar.overfitted", **values)]
    if found.train_end < found.train_then:
        sentences.append(say("cifar.train_went_on", **values))
    lost = abs(values["lost"])
    key = "same" if lost == 0 else "within" if lost <= test.margin else "beyond"
    sentences.append(say(f"cifar.accuracy_{key}", **values))
    sentences.append(say("cifar.remedy", **values))
    return sentences


def _weights(writer: Writer, part: PartResult) -> Block:
    """What the images of the first layer show, and what they do not."""
    run = part.run
    found, names = findings.first_layer(run, part.dataset), part.run.dataset.class_names
    neurons = run.recipe.layers[0]
    hidden = len(run.recipe.layers) > 1
    look = (
        "grain" if found.likeness < _GRAIN else "patches" if found.likeness < _PATCHES else "smooth"
    )
    sentences = [say(f"cifar.weights_{look}", likeness=found.likeness)]
    if look != "grain":
        sentences.append(say("cifar.weights_of_images", likeness=found.of_images))
    spoken = [(names[k], *voice) for k, voice in enumerate(found.voices) if voice is not None]
    if spoken:
        sentences.append(say("cifar.voices", voices=spoken))
    if not hidden:
        sentences.append(say("cifar.templates", n=neurons))
    if found.idle:
        sentences.append(say("cifar.idle", neurons=found.idle, n=len(found.idle), all=neurons))
    return writer.paragraph(
        say("cifar.see_weights", n=neurons, shape=run.dataset.input_shape), *sentences
    )


def _named(names: tuple[ClassName, ...], labels: tuple[int, ...]) -> list[ClassName]:
    return [names[label] for label in labels]
