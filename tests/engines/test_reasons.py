"""Why an engine was chosen: a code that is kept and worded in every language."""

import re
from pathlib import Path

import pytest

import fclab.engines
from fclab.data import binary_points, synthetic
from fclab.engines import choose
from fclab.values.recipe import BINARY, CIFAR
from fclab.values.run import EngineChoice, Reason
from fclab.words.reasons import reason_text, reasons_text
from fclab.words.wording import LANGUAGES, wording

EN, RU = wording("en"), wording("ru")


def test_every_code_that_an_engine_says_has_its_sentence_in_every_language():
    source = "".join(
        path.read_text("utf-8") for path in Path(fclab.engines.__path__[0]).rglob("*.py")
    )
    codes = set(re.findall(r"Reason\(code=\"(\w+)\"", source)) | {"said", "passed_over"}
    for language in LANGUAGES:
        words = wording(language)
        assert {key.removeprefix("reasons.") for key in words.entries
                if key.startswith("reasons.")} == codes  # fmt: skip


def test_a_choice_says_why_it_and_why_not_the_others():
    choice = choose(synthetic((0, 1, 2)), CIFAR.replace(dropout=0.1, norm="batch"))
    assert reasons_text(EN, choice.reasons) == (
        "any recipe, tensors resident; not fused: it has no dropout, norm; "
        "not gram: it has no dropout, norm; not gram_numpy: it has no dropout, norm"
    )
    assert reasons_text(RU, choice.reasons, brief=True) == (
        "подходит для любых настроек, данные целиком в памяти; fused не подходит; "
        "gram не подходит; gram_numpy не подходит"
    )


def test_a_choice_is_kept_and_read_again():
    choice = choose(binary_points(), BINARY.replace(layers=(2000, 1)))
    again = EngineChoice.model_validate_json(choice.model_dump_json())
    assert again == choice
    assert "at most 1024 neurons, not 2000" in reasons_text(EN, again.reasons).replace(",", "", 0)


@pytest.mark.parametrize(
    ("sentence", "english", "russian"),
    [
        ("", "—", "—"),
        ("asked for", "asked for", "указан явно"),
        (
            "any recipe, tensors resident; not gram: needs sgd; a new one",
            "any recipe, tensors resident; not gram: needs sgd; a new one",
            "подходит для любых настроек, данные целиком в памяти; gram не подходит: needs sgd; "
            "a new one",
        ),
    ],
)
def test_the_sentences_of_older_runs_are_read(sentence, english, russian):
    choice = EngineChoice.model_validate({"name": "torch", "device": "cpu", "reason": sentence})
    assert reasons_text(EN, choice.reasons) == english
    assert reasons_text(RU, choice.reasons) == russian


def test_a_code_of_another_version_is_shown_as_it_is():
    assert reason_text(RU, Reason(code="too_blue", values={"most": 3})) == "too_blue"
