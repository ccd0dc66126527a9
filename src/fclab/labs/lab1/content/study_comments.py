"""Comments on the rows of a study: sentences with the row's own numbers."""

from collections.abc import Iterator

from fclab.labs.lab1.answers import Answers, arithmetic
from fclab.labs.lab1.content.study_choice import how_chosen
from fclab.report.recipes import written
from fclab.study.study import split_of
from fclab.study.table import Line
from fclab.words.wording import Say, say


def comment(answers: Answers, line: Line) -> list[Say]:
    """What a row shows: the move that made it, and what came of that."""
    sentences = list(_move(answers, line))
    runs = answers.table.study.runs[line.row.name]
    at = [run.diverged_at for run in runs if run.diverged_at is not None]
    if not line.runs:
        return [*sentences, say("study_rows.diverged_all", n=len(runs), epoch=min(at),
                                lr=line.recipe.lr)]  # fmt: skip
    if at:
        sentences.append(say("study_rows.diverged_some", count=len(at), n=len(runs)))
    if line.comparison is not None and line.verdict is not None and line.parent is not None:
        word = line.verdict.word.replace(" ", "_")
        sentences.append(
            say(
                f"study_rows.{word}",
                parent=line.parent.row,
                change=line.comparison,
                verdict=line.verdict,
            )
        )
    parent = line.parent
    if line.row.kind in ("stop", "past") and parent and parent.test_loss and line.test_loss:
        sentences.append(
            say("study_rows.loss", loss=line.test_loss.mean, before=parent.test_loss.mean,
                parent=parent.row)
        )  # fmt: skip
    return sentences


def changes(line: Line) -> list[str]:
    """What a row changes in its parent's recipe: "lr: 0.005 → 0.001"."""
    if line.parent is None:
        return []
    return [
        f"{name}: {written(before)} → {written(after)}"
        for name, (before, after) in line.recipe.changes_from(line.parent.recipe).items()
    ]


def _move(answers: Answers, line: Line) -> Iterator[Say]:
    match line.row.kind:
        case "base":
            yield from _base(answers, line)
        case "stop":
            yield from _stop(answers, line)
        case "batch" | "past":
            yield from _batch(answers, line)
        case "lr":
            yield _lr(answers, line)
        case "layers":
            yield _layers(answers, line)
            yield from how_chosen(line.row)
        case kind:
            of = "own" if kind == "own" else "changed"
            found = changes(line)
            parent = line.parent.row if line.parent else line.row
            yield say(f"study_rows.{of if found else 'same'}", parent=parent, changes=found)


def _base(answers: Answers, line: Line) -> Iterator[Say]:
    found, names = answers.classes, answers.table.study.dataset.class_names
    if found is None or line.train is None or line.test is None:
        return
    train, test = line.train.mean, line.test.mean
    yield say("study_rows.base", train=train, test=test, gap=train - test)
    if not found.extremes.alike:
        yield say(
            "study_rows.hardest",
            classes=[names[label] for label in found.extremes.hardest],
            recall=found.extremes.least,
            others=[names[m.answer] for m in found.taken_for],
            share=found.share,
        )


def _stop(answers: Answers, line: Line) -> Iterator[Say]:
    study, spread = answers.table.study, answers.table.epochs
    found, epochs = study.overfitting, study.definition.settings.base.epochs
    if found is None or spread is None:
        return
    split = split_of(study.definition.settings)
    if found.of_mean == epochs:
        yield say("study_rows.not_overfitted", epoch=epochs, split=split)
        return
    yield say(
        "study_rows.stop",
        epoch=found.of_mean,
        epochs=epochs,
        split=split,
        loss_then=found.losses[0],
        loss_end=found.losses[1],
        n=spread.n_seeds,
        least=spread.least,
        greatest=spread.greatest,
        median=spread.median,
    )


def _batch(answers: Answers, line: Line) -> Iterator[Say]:
    n_train = answers.table.study.dataset.sizes["train"]
    sums = arithmetic(line, n_train)
    yield say(
        "study_rows.batch",
        sums=sums,
        before=_division(n_train, sums.batch),
        after=_division(n_train, sums.new_batch),
    )
    found = answers.table.study.overfitting
    if line.row.kind == "past" and found is not None:
        yield say("study_rows.past", epoch=found.of_mean)


def _division(n: int, batch: int) -> str:
    """1500 = 11·128 + 92, the right side of it: numbers only, so in any language."""
    full, rest = divmod(n, batch)
    return f"{full}·{batch} + {rest}" if rest else f"{full}·{batch}"


def _lr(answers: Answers, line: Line) -> Say:
    parent, n_train = line.parent, answers.table.study.dataset.sizes["train"]
    assert parent is not None
    factor = parent.recipe.lr / line.recipe.lr
    return say(
        "study_rows.lr",
        times=factor if factor >= 1 else 1 / factor,
        lower=factor >= 1,
        before=parent.recipe.lr,
        after=line.recipe.lr,
        epochs=line.recipe.epochs,
        epochs_before=parent.recipe.epochs,
        iterations=line.recipe.iterations(n_train),
        iterations_before=parent.recipe.iterations(n_train),
    )


def _layers(answers: Answers, line: Line) -> Say:
    parent, study = line.parent, answers.table.study
    assert parent is not None
    inputs = study.dataset.n_inputs
    return say(
        "study_rows.layers",
        neurons=line.recipe.neurons(),
        parameters=line.recipe.parameters(inputs),
        parent=parent.row,
        parameters_before=parent.recipe.parameters(inputs),
        candidates=line.row.candidates or 1,
        split=split_of(study.definition.settings),
        lr=line.recipe.lr,
        batch=line.recipe.batch(study.dataset.sizes["train"]),
        epochs=line.recipe.epochs,
    )
