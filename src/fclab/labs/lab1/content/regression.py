"""Part 1: the regression, its hand-made gradients, its fit and its error."""

import numpy as np

from fclab import figures
from fclab.analysis import findings
from fclab.labs.lab1.content import code, formulas
from fclab.labs.values import MadeResult
from fclab.report import recipes
from fclab.report.model import Beside, Block, FigureBlock, Formula, Section
from fclab.report.writer import Writer
from fclab.values.dataset import Dataset
from fclab.values.run import Run
from fclab.words.wording import Say, say

_CLOSE, _FAIR = 0.15, 1.0
"""The squared distance from the curve, as a share of the noise variance, up to which the fit is
called close and fair."""


def section(writer: Writer, part: MadeResult, agreements: code.Agreements) -> Section:
    """What was to be fitted, the gradients by hand, the fit and its error, or why there is none."""
    run, dataset, language = part.run, part.dataset, writer.words.language
    formula = formulas.target(dataset.name, language)
    hidden = len(run.recipe.layers) > 1
    blocks: list[Block] = [
        writer.paragraph(
            say("regression.target") if formula else say("regression.unknown", name=dataset.name)
        ),
        *([Formula((formula,))] if formula else []),
        writer.paragraph(_points(dataset), _noise(findings.noise(dataset.train))),
        writer.paragraph(*recipes.network(run)[:2], *recipes.training(run)),
        writer.paragraph(say("regression.gradients", hidden=hidden)),
        Formula((*formulas.forward(run.recipe), *formulas.gradients(run.recipe))),
        writer.paragraph(code.trained_by(run, agreements)),
        *code.listing(writer, run),
    ]
    if run.diverged_at is not None:
        blocks.append(recipes.diverged(writer, run))
    pictures = _pictures(writer, part)
    blocks += [Beside(pictures)] if len(pictures) == 2 else pictures
    if run.diverged_at is None:
        drawn = any(block.name == "regression_loss" for block in pictures)
        blocks.append(writer.paragraph(*_verdict(part, drawn=drawn)))
    return Section("part1", writer.words.plain("regression.title"), tuple(blocks))


def details(writer: Writer, part: MadeResult) -> Section:
    """The data as a picture, the formulas that the body leaves out, the error of every fit."""
    run, dataset, language = part.run, part.dataset, writer.words.language
    recipe, hidden = run.recipe, len(run.recipe.layers) > 1
    blocks: list[Block] = [
        writer.paragraph(*recipes.network(run)[2:], say("regression.see_data")),
        writer.figure(
            say("regression.regression_data", n=len(dataset.train)),
            lambda: figures.regression_data(dataset, language),
        ),
    ]
    if hidden:
        blocks += [
            writer.paragraph(say("regression.activation")),
            Formula(formulas.activation(recipe.activation)),
        ]
    blocks += [
        writer.paragraph(say("regression.loss", reduction=recipe.reduction)),
        Formula(formulas.loss(recipe)),
    ]
    if recipe.norm != "none" or recipe.dropout:
        blocks.append(writer.paragraph(say("regression.gradients_plain")))
    if rule := formulas.step(recipe):
        constant = recipe.schedule == "constant"
        blocks += [
            writer.paragraph(say("regression.step", lr=recipe.lr, constant=constant)),
            Formula((rule,)),
        ]
    if fits := findings.fits(run, dataset):
        unit = _unit(run)
        blocks += [writer.paragraph(_rhythm(fits, unit)), _table(writer, fits, unit)]
        if len(fits) > 1:
            blocks.append(writer.paragraph(*_progress(fits, unit)))
    return Section("details-part1", writer.words.plain("regression.title"), tuple(blocks))


def _points(dataset: Dataset) -> Say:
    inputs = findings.repeats(dataset.train)
    return say("regression.points", n=len(dataset.train), distinct=inputs.distinct,
               each=inputs.each, low=inputs.low, high=inputs.high)  # fmt: skip


def _noise(noise: findings.Noise | None) -> Say:
    if noise is None:
        return say("regression.noise_unknown")
    if noise.variance == 0:
        return say("regression.noiseless")
    return say(
        "regression.noise",
        variance=noise.variance,
        deviation=noise.variance**0.5,
        low=noise.low,
        high=noise.high,
    )


def _pictures(writer: Writer, part: MadeResult) -> tuple[FigureBlock, ...]:
    """The fits on their way, and the falling loss."""
    run, dataset, language = part.run, part.dataset, writer.words.language
    fits, blocks = findings.fits(run, dataset), []
    epochs = [fit.epoch for fit in fits]
    if fits:
        blocks.append(
            writer.figure(
                say("regression.regression_fits", epochs=epochs, unit=_unit(run)),
                lambda: figures.regression_fits(run, dataset, language, width=figures.HALF),
            )
        )
    known = dataset if findings.curve_at(dataset) is not None else None
    if findings.fall(run.history["running_loss"]) is not None:
        blocks.append(
            writer.figure(
                say("regression.regression_loss", epochs=run.epochs, unit=_unit(run)),
                lambda: figures.training_loss([run], language, dataset=known, width=figures.HALF),
            )
        )
    return tuple(blocks)


def _unit(run: Run) -> str:
    """A full-batch epoch is one step, and the lab counts steps."""
    return "step" if run.recipe.iterations_per_epoch(run.dataset.sizes["train"]) == 1 else "epoch"


def _rhythm(fits: tuple[findings.Fit, ...], unit: str) -> Say:
    epochs = [fit.epoch for fit in fits]
    apart = set(np.diff([0, *epochs]).tolist())
    if len(epochs) > 1 and len(apart) == 1:
        return say("regression.every", every=epochs[0], unit=unit)
    return say("regression.after", epochs=epochs, unit=unit)


def _table(writer: Writer, fits: tuple[findings.Fit, ...], unit: str):
    words, with_curve = writer.words, fits[-1].curve_error is not None
    columns = [unit, "error"]
    if with_curve:
        columns.append("curve_error")
    return writer.table(
        say("regression.errors"),
        columns,
        [
            [
                writer.cell(words.whole(fit.epoch)),
                writer.cell(words.sig(fit.error)),
                *([writer.cell(words.sig(fit.curve_error))] if fit.curve_error is not None else []),
            ]
            for fit in fits
        ],
    )


def _progress(fits: tuple[findings.Fit, ...], unit: str) -> list[Say]:
    """How the error went from the first drawn fit to the last one."""
    first, last = fits[0], fits[-1]
    values = {
        "first": first.error, "last": last.error, "from_epoch": first.epoch,
        "to_epoch": last.epoch, "unit": unit, "change": last.error / first.error - 1,
    }  # fmt: skip
    if last.error > 1.01 * first.error:
        return [say("regression.error_grew", **values)]
    if last.error > 0.99 * first.error:
        return [say("regression.error_stood", **values)]
    return [say("regression.error_fell", **values)]


def _verdict(part: MadeResult, *, drawn: bool) -> list[Say]:
    """The final error against what the noise alone leaves, and the distance from the curve."""
    error, curve = part.run.metrics["train_loss"], part.run.metrics["test_loss"]
    noise = findings.noise(part.dataset.train)
    perfect = findings.error_of_curve(part.dataset)
    sentences = [say("regression.final", error=error)]
    if noise is not None and noise.variance > 0:
        place = "above" if error > noise.high else "below" if error < noise.low else "within"
        sentences.append(
            say(f"regression.noise_{place}", noise=noise.variance, ratio=error / noise.variance,
                low=noise.low, high=noise.high)
        )  # fmt: skip
    if perfect is not None and (noise is None or error < perfect):
        sentences.append(say("regression.perfect", perfect=perfect, drawn=drawn and perfect > 0))
    if perfect is not None and error < perfect:
        left = findings.overfit(findings.fits(part.run, part.dataset))
        sentences.append(say("regression.follows_noise", left=left, unit=_unit(part.run)))
    variance = noise.variance if noise is not None else perfect
    if not variance:
        return [*sentences, say("regression.final_curve", curve=curve)]
    share = curve / variance
    closeness = "close" if share <= _CLOSE else "fair" if share <= _FAIR else "far"
    return [*sentences, say(f"regression.curve_{closeness}", curve=curve, share=share)]
