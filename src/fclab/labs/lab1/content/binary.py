"""Part 2: two classes of points in the plane, one network for each cloud."""

import math

from scipy.special import expit

from fclab import figures
from fclab.analysis import findings
from fclab.labs.lab import MadeResult
from fclab.labs.lab1.content import formulas, separation
from fclab.labs.lab1.trials import Trial
from fclab.report import recipes
from fclab.report.model import Block, Fact, Formula, Section, Table
from fclab.report.writer import Writer
from fclab.values.recipe import Recipe
from fclab.values.run import Run
from fclab.words.wording import Say, say

_LEVEL = 0.05  # of significance, shared between the clouds

Parts = tuple[MadeResult, ...]
Trials = tuple[Trial, ...]


def section(writer: Writer, parts: Parts, trials: Trials = ()) -> Section:
    """Data, networks and loss, what each cloud came to, and why some are not separated.

    Args:
        trials: what was tried on the clouds that are not separated.
    """
    words = writer.words
    why = separation.section(writer, parts, trials)
    return Section(
        "part2",
        words.plain("binary.title"),
        sections=(
            Section("part2-data", words.plain("headings.data"), _data(writer, parts)),
            Section("part2-network", words.plain("binary.network_title"), _network(writer, parts)),
            Section(
                "part2-results",
                words.plain("headings.results"),
                _results(writer, parts, {id(part) for part in separation.compared(parts, trials)}),
            ),
            *([why] if why else []),
        ),
    )


def facts(writer: Writer, parts: Parts) -> list[Fact]:
    """The accuracy on a fresh sample, cloud by cloud, at a glance."""
    return [_fact(writer, part.run) for part in parts]


def cloud(writer: Writer, run: Run) -> str:
    """The name of a point cloud, as the figures have it."""
    return separation.cloud(writer, run)


def _fact(writer: Writer, run: Run) -> Fact:
    words, label = writer.words, say("facts.binary", cloud=cloud(writer, run))
    if run.diverged_at is not None:
        value, detail = say("facts.diverged"), say("facts.diverged_at", epoch=run.diverged_at)
    else:
        test = findings.share(run)
        value, detail = say("facts.accuracy", share=test), say("facts.interval", share=test)
    return Fact(words.text(label), words.text(value), words.text(detail))


def _data(writer: Writer, parts: Parts) -> tuple[Block, ...]:
    rows = [
        [
            writer.words.text(say("cells.cloud", cloud=cloud(writer, part.run))),
            *(
                writer.words.text(
                    say("cells.balance", n=len(split), ones=int((split.y == 1).sum()))
                )
                for split in (part.dataset.train, part.dataset.test)
            ),
        ]
        for part in parts
    ]
    explained = [say(f"binary.{part.dataset.name}") for part in parts
                 if writer.words.has(f"binary.{part.dataset.name}")]  # fmt: skip
    return (
        writer.paragraph(say("binary.data", n=len(parts)), *explained, say("binary.fresh")),
        writer.table(
            say("binary.clouds"),
            ["cloud", "train_points", "test_points"],
            rows,
        ),
    )


def _network(writer: Writer, parts: Parts) -> tuple[Block, ...]:
    blocks: list[Block] = []
    recipes_used = list(dict.fromkeys(part.run.recipe for part in parts))
    for recipe in recipes_used:
        users = [part.run for part in parts if part.run.recipe == recipe]
        if len(recipes_used) > 1:
            names = [cloud(writer, run) for run in users]
            blocks.append(writer.paragraph(say("binary.network_for", clouds=names)))
        blocks += recipes.described(writer, users[0])
    kinds: dict[tuple[str, str], Recipe] = {}
    for recipe in recipes_used:
        kinds.setdefault((recipe.loss, recipe.reduction), recipe)
    for recipe in kinds.values():
        blocks += [
            writer.paragraph(say(f"binary.loss_{recipe.loss}", reduction=recipe.reduction)),
            Formula(formulas.loss(recipe)),
        ]
    return (*blocks, writer.paragraph(say("binary.autograd")))


def _results(writer: Writer, parts: Parts, elsewhere: set[int]) -> tuple[Block, ...]:
    """Losses, accuracies and surfaces; those of the parts whose id is in ``elsewhere`` are drawn
    beside another one."""
    language = writer.words.language
    blocks: list[Block] = [
        recipes.diverged(writer, part.run)
        if len(parts) == 1
        else writer.note(
            "diverged",
            say("binary.diverged", cloud=cloud(writer, part.run), epoch=part.run.diverged_at,
                lr=part.run.recipe.lr,
                grown=findings.growth(part.run.history["running_loss"])),
        )
        for part in parts
        if part.run.diverged_at is not None
    ]  # fmt: skip
    falls = {id(part): findings.fall(part.run.history["running_loss"]) for part in parts}
    drawn = [part.run for part in parts if falls[id(part)] is not None]
    if drawn:
        names = [cloud(writer, run) for run in drawn]
        blocks += [
            writer.paragraph(say("binary.see_loss")),
            writer.figure(
                say("binary.binary_loss", clouds=names),
                lambda: figures.training_loss(drawn, language),
            ),
        ]
    blocks.append(writer.items(*(_story(writer, part.run, falls[id(part)]) for part in parts)))
    healthy = tuple(part for part in parts if part.run.diverged_at is None)
    if healthy:
        blocks.append(_table(writer, healthy))
        blocks.append(writer.paragraph(*_comparison(writer, healthy)))
    drawn_here = [part for part in healthy if id(part) not in elsewhere]
    if drawn_here:
        blocks.append(
            writer.paragraph(
                say(
                    "binary.see_surfaces",
                    n=len(drawn_here),
                    clouds=[cloud(writer, part.run) for part in drawn_here],
                )
            )
        )
    named = separation.names(parts)
    for part in drawn_here:
        blocks.append(
            writer.figure(
                say("binary.surface", cloud=cloud(writer, part.run),
                    accuracy=part.run.metrics["train_accuracy"]),
                lambda part=part: figures.decision_surface(part.run, part.dataset, language),
                name=named[id(part)],
                raster=True,
            )
        )  # fmt: skip
    return tuple(blocks)


def _story(writer: Writer, run: Run, fall: findings.Fall | None) -> Say:
    """The course of one loss: when it starts to fall, or that it has not, and what the network
    answers there."""
    name = cloud(writer, run)
    full = run.recipe.iterations_per_epoch(run.dataset.sizes["train"]) == 1
    if fall is None:
        return say("binary.story_none", cloud=name, epochs=run.epochs)
    log_loss, healthy = run.recipe.loss == "log_loss", run.diverged_at is None
    last = run.metrics["train_loss"] if healthy else fall.last
    values = {
        "cloud": name, "unit": "step" if full else "epoch", "epochs": run.epochs,
        "first": fall.first, "last": last, "coin": log_loss and _of_a_coin(fall.first),
        "drop": findings.FALL, "diverged": not healthy,
    }  # fmt: skip
    if fall.begins is not None:
        return say("binary.story_falls", **values, begins=fall.begins,
                   part=fall.begins / run.epochs,
                   plateau=fall.begins >= findings.PLATEAU)  # fmt: skip
    answers = expit(run.outputs["train"]) if log_loss else run.outputs["train"]
    return say("binary.story_stands", **values, stays=log_loss and _of_a_coin(last),
               grew=last > (1 + findings.FALL) * fall.first, probability=log_loss,
               low=float(answers.min()), high=float(answers.max()))  # fmt: skip


def _of_a_coin(loss: float) -> bool:
    return abs(loss - math.log(2)) < 0.01


def _table(writer: Writer, parts: Parts) -> Table:
    words = writer.words
    rows = []
    for part in parts:
        run, test = part.run, findings.share(part.run)
        rows.append(
            [
                words.text(say("cells.cloud", cloud=cloud(writer, run))),
                writer.cell(words.whole(run.epochs)),
                writer.cell(words.sig(run.metrics["train_loss"])),
                writer.cell(words.pct(run.metrics["train_accuracy"])),
                words.text(say("cells.share", share=test)),
            ]
        )
    columns = ["cloud", "epochs", "loss",
               "train_accuracy", "test_interval"]  # fmt: skip
    return writer.table(say("binary.accuracies"), columns, rows)


def _comparison(writer: Writer, parts: Parts) -> list[Say]:
    """Which clouds are separated, which are not told from guessing, and how a fresh sample
    compares with the training sample."""
    groups: dict[str, list[MadeResult]] = {"solved": [], "partly": [], "guessing": []}
    for part in parts:
        groups[_success(part)].append(part)
    sentences = [
        say(f"binary.{group}", clouds=[cloud(writer, part.run) for part in members])
        for group, members in groups.items()
        if members
    ]
    learned = [*groups["solved"], *groups["partly"]]
    if not learned:
        return sentences
    compared = [
        (
            cloud(writer, part.run),
            part.run.metrics["train_accuracy"] - part.run.metrics["test_accuracy"],
            findings.chance_of_gap(part.run),
        )
        for part in learned
    ]
    differ = [found for found in compared if found[2] < _LEVEL / len(learned)]
    if differ:
        return [*sentences, say("binary.fresh_differs", clouds=differ)]
    most, least_p = max(abs(gap) for _, gap, _ in compared), min(p for *_, p in compared)
    agrees = say("binary.fresh_agrees", most=most, p=least_p, n=len(learned),
                 guessing=bool(groups["guessing"]))  # fmt: skip
    return [*sentences, agrees]


def _success(part: MadeResult) -> str:
    """ "guessing" where the interval holds the share of the larger class."""
    test, y = findings.share(part.run), part.dataset.test.y
    constant = max(float((y == 1).mean()), float((y != 1).mean()))
    if test.low <= constant:
        return "guessing"
    return "solved" if test.value >= 0.99 else "partly"
