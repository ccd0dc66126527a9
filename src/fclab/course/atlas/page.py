"""The atlas as a page: one file that needs nothing else, on a screen, a phone or paper.

A map of the classes, of which three can be chosen to see how hard they are, and the lines of the
atlas, to be searched and sorted. Without JavaScript map and lines are there to be read.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from statistics import fmean, median
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fclab.course.atlas.kept import Atlas, predictor, shipped
from fclab.course.atlas.listing import Line, method_name, place_text
from fclab.course.atlas.predictor import Predictor
from fclab.course.atlas.values import Estimate
from fclab.values.files import write_atomic
from fclab.values.names import CLASS_NAMES
from fclab.version import __version__
from fclab.words.wording import Wording

_STEPS = 6  # colours of the map


def render_page(lines: Sequence[Line], own: Atlas | None, words: Wording, rule: str) -> str:
    """The page as text.

    Args:
        lines: as `fclab.course.atlas.listing.lines_of` gives them; at least one.
        own: an atlas of one's own, whose best recipe is named.
        words: of its language.
        rule: of the year, as `fclab.labs.lab1.variant.rule_of` says it.
    """
    model = predictor()
    means = [line.difficulty.test.mean for line in lines]
    about = (own or shipped()).about
    return (
        _environment()
        .get_template("atlas.html.j2")
        .render(
            language=words.language,
            word=lambda key, **values: words.plain(f"atlas.page.{key}", **values),
            plain=words.plain,
            rule=rule,
            least=means[0],
            middle=median(means),
            greatest=means[-1],
            held=model.held_out,
            margin=median(line.difficulty.test.margin for line in lines),
            cells=_cells(model, words),
            rows=[_row(line, words) for line in lines],
            reached=any(line.difficulty.reach for line in lines),
            others=any(line.difficulty.ceilings for line in lines),
            about=about,
            version=__version__,
            data=_data(model, words),
            style=_own("atlas.css"),
            script=_own("atlas.js"),
        )
    )


def write_page(
    path: Path, lines: Sequence[Line], own: Atlas | None, words: Wording, rule: str
) -> Path:
    """Write the page; see `render_page`.

    Raises:
        FclabError: it cannot be written.
    """
    return write_atomic(path, render_page(lines, own, words, rule))


def _cells(model: Predictor, words: Wording) -> list[dict[str, Any]]:
    """The classes, with how well the lab's network tells each from the others on average."""
    apart = [fmean(accuracy for _, accuracy in model.confused(one.number)) for one in CLASS_NAMES]
    order = sorted(apart)
    return [
        {
            "number": one.number,
            "name": words.called(one),
            "apart": words.fixed(mean, 0),
            "step": _STEPS * order.index(mean) // len(order),
        }
        for one, mean in zip(CLASS_NAMES, apart, strict=True)
    ]


def _row(line: Line, words: Wording) -> dict[str, Any]:
    found, place = line.difficulty, line.place
    hardest = found.hardest
    return {
        "place": place_text(line, words),
        "order": (place.group, place.variant) if place else (0, 0),
        "classes": [(number, words.called(CLASS_NAMES[number])) for number in line.classes],
        "key": " ".join(map(str, found.classes)),
        "test": found.test,
        "predicted": found.source == "predicted",
        "cells": {
            name: _short(figure, words)
            for name, figure in (
                ("test", found.test), ("train", found.train), ("epoch", found.epoch),
                ("recall", hardest.recall if hardest else None), ("reach", found.reach),
            )
        },
        "epoch": found.epoch.mean if found.epoch else -1,
        "recall": hardest.recall.mean if hardest else -1,
        "reach": found.reach.mean if found.reach else -1,
        "hardest": words.called(CLASS_NAMES[hardest.number]) if hardest else "",
        "others": _others(found.ceilings, words),
        "other": max((figure.mean for figure in found.ceilings.values()), default=-1),
    }  # fmt: skip


def _others(ceilings: Mapping[str, Estimate], words: Wording) -> list[tuple[str, str]]:
    """What other methods reach, the best in front: names and figures."""
    order = sorted(ceilings, key=lambda name: -ceilings[name].mean)
    return [(method_name(name, words), _short(ceilings[name], words)) for name in order]


def _short(figure: Estimate | None, words: Wording) -> str:
    if figure is None:
        return "–"
    return f"{words.fixed(figure.mean, 1)} ± {words.fixed(figure.margin, 1)}"


def _data(model: Predictor, words: Wording) -> Markup:
    """What the script needs: the predictor, and sentences whose gaps it fills."""
    sentences = {
        key: words.plain(f"atlas.page.{key}", **{gap: f"{{{gap}}}" for gap in gaps})
        for key, gaps in _GAPS.items()
    }
    content = {
        "language": words.language,
        "names": [words.called(one) for one in CLASS_NAMES],
        "words": sentences,
        **model.model_dump(include={"pairs", "intercept", "coefficients", "margin"}),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


_GAPS = {
    "choose_more": ("names",),
    "known": ("names", "mean", "margin"),
    "expected": ("names", "mean", "margin"),
    "confused": ("name", "others"),
    "other": ("name", "accuracy"),
    "found": ("n", "all"),
}


def _own(name: str) -> Markup:
    return Markup((files("fclab.course.atlas") / "templates" / name).read_text("utf-8"))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("fclab.course.atlas"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
