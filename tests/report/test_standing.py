"""Where the networks of a report stand among other methods."""

from dataclasses import replace

import numpy as np
import pytest
from made import all_text, images_part, studied

from fclab.analysis.ceilings.standing import standing
from fclab.analysis.ceilings.values import Ceiling, Ceilings, Method
from fclab.labs.lab1.content import build
from fclab.labs.lab1.lab import Lab1Results
from fclab.report.model import FigureBlock


def of_share(method: Method, wrong: int, targets: np.ndarray) -> Ceiling:
    """A method that is wrong about so many of the first images of every class."""
    answers = targets.copy()
    for label in range(3):
        answers[np.flatnonzero(targets == label)[:wrong]] += 1
    given = (tuple((answers % 3).tolist()),)
    return Ceiling(method=method, settings={"k": 1}, held_out=0.5, answers=given, seconds=1.0)


def made_ceilings() -> Ceilings:
    run = images_part().run
    y = run.targets["test"]
    lines = (of_share("neighbours", 80, y), of_share("svm", 25, y), of_share("ntk", 24, y),
             of_share("convolution", 0, y))  # fmt: skip
    return Ceilings(fingerprint=run.dataset.fingerprint, hidden=1, targets=tuple(y.tolist()),
                    lines=lines, version="0")  # fmt: skip


def test_where_a_network_stands():
    run = images_part().run  # 224 of 300 are right
    places = standing(made_ceilings(), {"the network": [run]})
    names = [place.name for place in places]
    assert names == ["neighbours", "the network", "svm", "ntk", "convolution"]
    verdicts = {place.name: place.verdict and place.verdict.decision.key for place in places}
    assert verdicts["the network"] is None
    assert verdicts["neighbours"] == "worse"
    assert verdicts["convolution"] == "better"
    assert verdicts["svm"] == verdicts["ntk"] == "not_distinguishable"
    for place in places:
        assert place.test.low < place.test.mean <= place.test.high
        assert place.test.high - place.test.low > 0.01


@pytest.mark.parametrize(
    ("lang", "title", "sentences"),
    [
        ("en", "Where your network stands",
         ("Better than the lab's network, image by image and after Holm's correction: small "
          "convolutional network.", "Worse: k nearest neighbours.", "is not fully connected")),
        ("ru", "Где стоит ваша сеть",
         ("Лучше, чем сеть из задания, при сравнении", "Хуже: k ближайших соседей.",
          "не полносвязная")),
    ],
)  # fmt: skip
def test_the_report_shows_it_once_it_was_measured(lang, title, sentences):
    results = Lab1Results(parts=(images_part(),))
    assert title not in [section.title for section in build(results, lang).sections]
    report = build(replace(results, ceilings=made_ceilings()), lang)
    text = all_text(report, "standing")
    for sentence in (title, *sentences):
        assert sentence in text
    section = next(one for one in report.sections if one.name == "standing")
    (figure,) = (block for block in section.blocks if isinstance(block, FigureBlock))
    assert figure.draw().axes


def with_pretraining() -> Ceilings:
    found, y = made_ceilings(), images_part().run.targets["test"]
    line = of_share("pretrained", 5, y).model_copy(
        update={"settings": {"classes": 97.0, "images": 48015.0}, "held_out": None}
    )
    return Ceilings(fingerprint=found.fingerprint, hidden=1, targets=found.targets,
                    lines=(*found.lines, line), version="0")  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "mark", "sentence", "legend"),
    [
        ("en", "outside knowledge, not to be handed in",
         "first learned from 48,015 images of 97 other classes", "pre-trained"),
        ("ru", "знание не из задания, сдавать нельзя",
         "такую сеть сдавать нельзя, и ни в одной таблице её нет", "с предобучением"),
    ],
)  # fmt: skip
def test_a_pre_trained_network_is_marked_as_outside_of_the_task(lang, mark, sentence, legend):
    def shown(found: Ceilings) -> tuple[str, str, list[str]]:
        report = build(replace(Lab1Results(parts=(images_part(),)), ceilings=found), lang)
        section = next(one for one in report.sections if one.name == "standing")
        (block,) = (block for block in section.blocks if isinstance(block, FigureBlock))
        figure = block.draw()
        (legend,) = figure.legends
        written = " ".join(text.get_text() for text in figure.axes[0].texts)
        texts = [text.replace(" ", " ") for text in
                 (all_text(report, "standing"), written)]  # fmt: skip
        return *texts, [text.get_text() for text in legend.get_texts()]

    text, figure, kinds = shown(with_pretraining())
    assert sentence in text
    assert mark in figure
    assert legend in kinds
    text, figure, kinds = shown(made_ceilings())
    assert sentence not in text
    assert mark not in figure
    assert legend not in kinds


def test_of_a_study_the_base_row_and_the_highest_row_are_shown():
    table = studied(
        ("base", None, "base", ((90, 6, 4), (11, 60, 29), (15, 16, 69))),
        ("stop", "base", "stop", ((96, 2, 2), (4, 90, 6), (6, 4, 90))),
    ).study
    results = Lab1Results(parts=(images_part(),), study=table, ceilings=made_ceilings())
    report = build(results, "en")
    assert "Better than “stopped at epoch 5”" in all_text(report, "standing")
    section = next(one for one in report.sections if one.name == "standing")
    (figure,) = (block for block in section.blocks if isinstance(block, FigureBlock))
    texts = [text.get_text() for text in figure.draw().axes[0].texts]
    written = " ".join(texts).replace("\N{NO-BREAK SPACE}", " ")
    for name in ("the lab's network (6 seeds)", "“stopped at epoch 5” (6 seeds)"):
        assert name in written
