"""What is said of a climbed ladder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fclab import figures
from fclab.report import recipes
from fclab.report.model import Block, Section
from fclab.report.writer import Writer
from fclab.statistics import Decision, Verdict
from fclab.tuning.rungs import LadderTable, RungLine
from fclab.words.wording import Say, Wording, say


def section(writer: Writer, table: LadderTable) -> Section:
    """The ladder as pictures, and what they say."""
    words, info = writer.words, table.ladder.dataset
    writer = writer.marked(info.substitute)
    language = words.language
    top = table.single.rung.row.recipe
    blocks: list[Block] = [
        writer.paragraph(
            say("ladder_section.intro", n=table.rungs[0].n_seeds),
            say("ladder_section.top", layers=recipes.configuration(top),
                settings=recipes.hyperparameters(top)),
            say("ladder_section.see_rungs"),
        ),
        writer.figure(
            say("ladder_section.ladder_rungs"),
            lambda: figures.ladder_chart(steps(words, table.rungs), language, info),
        ),
    ]  # fmt: skip
    if table.ablation:
        blocks += [
            writer.paragraph(say("ladder_section.see_ablation")),
            writer.figure(
                say("ladder_section.ladder_ablation"),
                lambda: figures.ladder_chart(steps(words, table.ablation), language, info),
            ),
        ]
    blocks.append(writer.items(*conclusions(words, table)))
    return Section("ladder", words.plain("ladder_section.title"), tuple(blocks))


def steps(words: Wording, lines: Sequence[RungLine]) -> list[figures.LadderStep]:
    """The lines as `fclab.figures.ladder_chart` wants them."""
    return [
        figures.LadderStep(
            figures.RowLabel(label(words, line)),
            line.train,
            line.test,
            line.verdict.decision if line.verdict else None,
            None if line.rung.together else line.ensemble,
        )
        for line in lines
    ]


def label(words: Wording, line: RungLine) -> str:
    """The name of a rung: its cause; in the ablation, that it is without it."""
    rung = line.rung
    if rung.cause is None:
        return words.plain(f"ladder.{rung.row.name}")
    if rung.row.kind == "ablation":
        return words.plain(f"ladder.no.{rung.cause}")
    name = words.plain(f"ladder.causes.{rung.cause}")
    return words.plain("ladder.aside", label=name) if rung.aside else name


def word(words: Wording, verdict: Verdict | None) -> str:
    """The verdict; nothing where there was nothing to compare."""
    return words.plain(f"verdict.{verdict.decision.key}") if verdict else ""


def conclusions(words: Wording, table: LadderTable) -> list[Say]:
    """The sentences under the table."""
    base, single, top = table.rungs[0], table.single, table.top
    sentences: list[Say] = []
    if base.test and single.test:
        values = {"base": base.test.mean, "top": single.test.mean, "n": single.n_seeds}
        rose = single.test.mean > base.test.mean
        sentences.append(say("ladder.say.outcome" if rose else "ladder.say.fell", **values))
    if top.rung.together and top.test:
        seen = top.test
        sentences.append(say("ladder.say.ensemble", share=seen.mean, low=seen.low, high=seen.high))
    sentences += _verdicts(words, table.rungs)
    aside = [line for line in table.rungs if line.rung.aside]
    if aside:
        sentences.append(say("ladder.say.aside", causes=_causes(words, aside)))
    sentences += _ablation(words, table.ablation)
    return [*sentences, say("ladder.say.protocol")]


def _verdicts(words: Wording, lines: Sequence[RungLine]) -> list[Say]:
    def of(*wanted: Decision) -> list[RungLine]:
        return [line for line in lines if line.verdict and line.verdict.decision in wanted]

    sentences = [
        say(f"ladder.say.{found.key}", causes=_causes(words, of(found)))
        for found in (Decision.BETTER, Decision.WORSE)
        if of(found)
    ]
    unresolved = of(Decision.NOT_DISTINGUISHABLE)
    compared = [line.comparison for line in unresolved if line.comparison]
    seen = [line.verdict.detectable for line in unresolved if line.verdict]
    if compared:
        sentences.append(
            say(
                "ladder.say.unresolved",
                causes=_causes(words, unresolved),
                n=max(line.n_seeds for line in unresolved),
                images=compared[0].n_images,
                detectable=float(np.median(seen)),
            )
        )
    return sentences


def _ablation(words: Wording, lines: Sequence[RungLine]) -> list[Say]:
    compared = [line for line in lines if line.comparison and line.verdict]
    if not compared:
        return []

    def change(line: RungLine) -> float:
        return line.comparison.difference if line.comparison else 0.0

    worst = min(compared, key=change)
    if change(worst) >= 0:
        return [say("ladder.say.ablation_same")]
    sure = worst.verdict is not None and worst.verdict.decision is Decision.WORSE
    cause = words.plain(f"ladder.no.{worst.rung.cause}")
    return [say("ladder.say.missed", cause=cause, loss=change(worst), sure=sure)]


def _causes(words: Wording, lines: Sequence[RungLine]) -> list[str]:
    return [words.plain(f"ladder.causes.{line.rung.cause}") for line in lines]
