"""Where the networks of the report stand among other methods on the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fclab import figures
from fclab.analysis.ceilings.standing import Place, standing
from fclab.analysis.ceilings.values import BEYOND, Ceilings
from fclab.labs.values import LabResults
from fclab.report.model import Section
from fclab.report.writer import Writer
from fclab.statistics import Decision
from fclab.values.dataset import DatasetInfo
from fclab.values.run import Run
from fclab.words.wording import Say, Wording, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def section(writer: Writer, results: LabResults) -> Section | None:
    """One figure and what it says; None where nothing was measured or no network is healthy."""
    found, networks = results.ceilings, networks_of(writer.words, results)
    if found is None or not networks:
        return None
    info = next(iter(networks.values()))[0].dataset
    words, places = writer.words, standing(found, networks)
    writer = writer.marked(info.substitute)
    last = list(networks)[-1]
    sentences = [say("standing.intro", n=info.sizes["train"])]
    if found.hidden:
        sentences.append(say("standing.wide", hidden=found.hidden))
    blocks = (
        writer.paragraph(*sentences),
        writer.figure(say("standing.standing_methods"), lambda: chart(words, places, info)),
        writer.paragraph(*said(words, found, places, last)),
    )
    return Section("standing", words.plain("standing.title"), blocks)


def networks_of(words: Wording, results: LabResults) -> dict[str, tuple[Run, ...]]:
    """The networks that are shown, by what they are called: of the task; the row of the study that
    stands highest; the whole recipe of a ladder. Only healthy ones."""
    study, ladder, found = results.study, results.ladder, dict[str, tuple[Run, ...]]()
    base = words.plain("ceilings.base")
    if study is not None:
        whole = [line for line in study.lines if line.test is not None and not line.diverged]
        if study.lines[0] in whole:
            found[base] = study.lines[0].runs
        if whole:
            top = max(whole, key=lambda line: line.test.mean if line.test else 0.0)
            if top is not study.lines[0]:
                found[words.row(top.row)] = top.runs
    else:
        runs = [part.run for part in results.of_task("multiclass")]
        if runs and runs[0].diverged_at is None:
            found[base] = (runs[0],)
    if ladder is not None and ladder.single.test is not None and not ladder.single.diverged:
        found[words.plain("ceilings.best")] = tuple(ladder.ladder.runs[ladder.single.rung.row.name])
    return found


def chart(words: Wording, places: tuple[Place, ...], info: DatasetInfo) -> Figure:
    """The figure."""
    rows = [
        figures.Stand(figures.RowLabel(*names(words, place)), place.test, kind(place))
        for place in places
    ]
    return figures.standing_chart(rows, words.language, info)


def names(words: Wording, place: Place) -> tuple[str, str]:
    """What a place is called, and what is to be known of it."""
    if place.is_network:
        return words.plain("ceilings.networks", name=place.name, n=place.seeds), ""
    name = words.plain(f"ceilings.methods.{place.name}")
    if place.name in BEYOND:
        return name, words.plain(f"ceilings.{BEYOND[place.name]}")
    return name, words.plain("ceilings.same_width") if place.name in ("nngp", "ntk") else ""


def kind(place: Place) -> str:
    """How it is drawn."""
    if place.is_network:
        return "network"
    return BEYOND.get(place.name, "other")


def said(words: Wording, found: Ceilings, places: tuple[Place, ...], last: str) -> list[Say]:
    """Which methods are better and worse than the last networks, and what that means."""

    def of(decision: Decision) -> list[str]:
        return [words.plain(f"ceilings.methods.{place.name}") for place in places
                if place.verdict and place.verdict.decision is decision]  # fmt: skip

    keys = {"better": Decision.BETTER, "worse": Decision.WORSE,
            "alike": Decision.NOT_DISTINGUISHABLE}  # fmt: skip
    sentences = [
        say(f"standing.{key}", methods=of(decision), name=last, images=len(found.targets))
        for key, decision in keys.items()
        if of(decision)
    ]
    for place in places:
        if place.name in BEYOND and place.verdict:
            gap = place.verdict.difference if place.verdict.decision is Decision.BETTER else 0.0
            line = next(one for one in found.lines if one.method == place.name)
            key = f"standing.{BEYOND[place.name]}"
            sentences.append(say(key, gap=gap, name=last, settings=line.settings))
    return sentences
