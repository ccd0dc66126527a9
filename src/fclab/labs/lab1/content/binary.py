"""Part 2: two classes of points in the plane, one network for each cloud."""

import math

from scipy.special import expit

from fclab import figures
from fclab.analysis import findings
from fclab.data import own_cloud
from fclab.labs.lab1.content import code, formulas, separation
from fclab.labs.lab1.trials import Trial
from fclab.labs.values import MadeResult
from fclab.report import recipes
from fclab.report.model import Beside, Block, FigureBlock, Formula, Section, Table
from fclab.report.writer import Writer
from fclab.values.recipe import Recipe
from fclab.values.run import Run
from fclab.words.wording import Say, say

_LEVEL = 0.05  # of significance, shared between the clouds

Parts = tuple[MadeResult, ...]
Trials = tuple[Trial, ...]


def section(writer: Writer, parts: Parts, trials: Trials, agreements: code.Agreements) -> Section:
    """Networks and loss, what each cloud came to, and why some are not separated.

    Args:
        trials: what was tried on the clouds that are not separated.
    """
    words = writer.words
    explained = [say(f"binary.{part.dataset.name}") for part in parts
                 if words.has(f"binary.{part.dataset.name}")]  # fmt: skip
    blocks: list[Block] = [
        writer.paragraph(
            say("binary.data", n=len(parts), sizes=parts[0].run.dataset.sizes),
            *explained,
            *([say("binary.fresh")] if any(map(_has_fresh, parts)) else []),
        ),
        *_networks(writer, parts),
        writer.paragraph(code.trained_by(parts[0].run, agreements)),
        *code.listing(writer, parts[0].run),
        *_diverged(writer, parts),
        *_pictures(writer, parts, trials),
    ]
    if healthy := _healthy(parts):
        blocks.append(_table(writer, healthy))
    blocks += separation.short(writer, parts, trials)
    return Section("part2", words.plain("binary.title"), tuple(blocks))


def details(writer: Writer, parts: Parts, trials: Trials = ()) -> Section:
    """The clouds by class, the course of each loss, and all that was tried."""
    words = writer.words
    healthy = _healthy(parts)
    falls = (findings.fall(part.run.history["running_loss"]) for part in parts)
    exact = formulas.loss(parts[0].run.recipe)[2:]
    blocks = (
        _balance(writer, parts),
        writer.paragraph(recipes.network(parts[0].run)[-1]),
        *([writer.paragraph(say("binary.stable")), Formula(exact)] if exact else []),
        writer.paragraph(say("binary.see_stories")),
        writer.items(
            *(_story(writer, part.run, it) for part, it in zip(parts, falls, strict=True))
        ),
        *([writer.paragraph(*_comparison(writer, healthy))] if healthy else []),
        *separation.details(writer, parts, trials),
    )
    return Section("details-part2", words.plain("binary.title"), blocks)


def cloud(writer: Writer, run: Run) -> str:
    """The name of a point cloud, as the figures have it."""
    return separation.cloud(writer, run)


def _balance(writer: Writer, parts: Parts) -> Table:
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
    return writer.table(say("binary.clouds"), ["cloud", "train_points", "test_points"], rows)


def _networks(writer: Writer, parts: Parts) -> list[Block]:
    blocks: list[Block] = []
    recipes_used = list(dict.fromkeys(part.run.recipe for part in parts))
    for recipe in recipes_used:
        users = [part.run for part in parts if part.run.recipe == recipe]
        several = len(recipes_used) > 1
        names = [cloud(writer, run) for run in users]
        head = [say("binary.network_for", clouds=names)] if several else []
        blocks.append(
            writer.paragraph(*head, *recipes.network(users[0])[:-1], *recipes.training(users[0]))
        )
    kinds: dict[tuple[str, str], Recipe] = {}
    for recipe in recipes_used:
        kinds.setdefault((recipe.loss, recipe.reduction), recipe)
    for recipe in kinds.values():
        blocks += [
            writer.paragraph(say(f"binary.loss_{recipe.loss}", reduction=recipe.reduction)),
            Formula(formulas.short_loss(recipe)),
        ]
    return blocks


def _healthy(parts: Parts) -> Parts:
    return tuple(part for part in parts if part.run.diverged_at is None)


def _diverged(writer: Writer, parts: Parts) -> list[Block]:
    return [
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


def _pictures(writer: Writer, parts: Parts, trials: Trials) -> list[Block]:
    """All surfaces in a row; below, the losses beside what separates a cloud that was not
    separated."""
    language, healthy = writer.words.language, _healthy(parts)
    blocks: list[Block] = []
    if healthy:
        planes = [
            figures.Plane(part.run, part.dataset, cloud(writer, part.run)) for part in healthy
        ]
        wrong = any(part.run.metrics["train_accuracy"] < 1 for part in healthy)
        blocks.append(
            writer.figure(
                say("binary.surfaces", clouds=[plane.title for plane in planes], wrong=wrong),
                lambda: figures.surfaces(planes, language),
                raster=True,
            )
        )
    pair: list[FigureBlock] = []
    drawn = [part.run for part in parts if findings.fall(part.run.history["running_loss"])]
    if drawn:
        names = [cloud(writer, run) for run in drawn]
        pair.append(
            writer.figure(
                say("binary.binary_loss", clouds=names),
                lambda: figures.training_loss(drawn, language, width=figures.HALF),
            )
        )
    if remedies := separation.remedies(writer, parts, trials):
        pair.append(remedies)
    return [*blocks, *([Beside(tuple(pair))] if len(pair) > 1 else pair)]


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
                writer.cell(words.sig(run.metrics["train_loss"])),
                writer.cell(words.pct(run.metrics["train_accuracy"])),
                words.text(say("cells.share", share=test)),
            ]
        )
    columns = ["cloud", "loss",
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
    learned = [part for part in (*groups["solved"], *groups["partly"]) if _has_fresh(part)]
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


def _has_fresh(part: MadeResult) -> bool:
    """Whether it is tested on other points than it was trained on."""
    return part.dataset.name != own_cloud.NAME


def _success(part: MadeResult) -> str:
    """ "guessing" where the interval holds the share of the larger class."""
    test, y = findings.share(part.run), part.dataset.test.y
    constant = max(float((y == 1).mean()), float((y != 1).mean()))
    if test.low <= constant:
        return "guessing"
    return "solved" if test.value >= 0.99 else "partly"
