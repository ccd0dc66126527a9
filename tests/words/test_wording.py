import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError, meta

from fclab.data import BINARY_SHAPES, TARGETS
from fclab.values.dataset import ClassName
from fclab.values.errors import UsageError
from fclab.words.languages import LANGUAGES
from fclab.words.spans import Span, plain_text
from fclab.words.wording import say, wording

NBSP = "\N{NO-BREAK SPACE}"
RU, EN = wording("ru"), wording("en")


def plain(text):
    return text.replace(NBSP, " ")


def sentences(words):
    """Entries that are sentences: not the forms of nouns, not what one language alone needs."""
    return {key for key in words.entries if not key.startswith(("forms.", "units"))}


def test_both_languages_say_the_same_things():
    assert sentences(RU) == sentences(EN)


def test_both_languages_use_the_same_values():
    def values(words, key):
        return meta.find_undeclared_variables(words.environment.parse(words.entries[key]))

    # A number that only chooses a form of a verb may be of use to one language alone.
    differ = {
        key: values(RU, key) ^ values(EN, key)
        for key in sentences(RU)
        if values(RU, key) != values(EN, key)
    }
    assert differ == {}


@pytest.mark.parametrize(
    ("n", "form"),
    [(0, "эпох"), (1, "эпоха"), (2, "эпохи"), (4, "эпохи"), (5, "эпох"), (11, "эпох"),
     (12, "эпох"), (21, "эпоха"), (22, "эпохи"), (25, "эпох"), (101, "эпоха"), (112, "эпох"),
     (50_001, "эпоха")],
)  # fmt: skip
def test_russian_plural_forms(n, form):
    assert RU.plural(n, "epoch") == form


@pytest.mark.parametrize(("n", "form"), [(0, "epochs"), (1, "epoch"), (21, "epochs")])
def test_english_plural_forms(n, form):
    assert EN.plural(n, "epoch") == form


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_noun_has_as_many_forms_as_its_language_needs(language):
    words = wording(language)
    nouns = [key.removeprefix("forms.") for key in words.entries if key.startswith("forms.")]
    assert len(nouns) > 10
    for noun in nouns:
        for n in (1, 2, 5):
            assert words.plural(n, noun).strip()


def test_numbers_are_written_as_the_language_does():
    assert RU.fixed(0.98671) == "0,9867"
    assert EN.fixed(0.98671) == "0.9867"
    assert plain(RU.whole(50_000)) == "50 000"
    assert EN.whole(50_000) == "50,000"
    assert plain(RU.pct(0.7653)) == "76,5 %"
    assert EN.pct(0.7653) == "76.5%"
    assert RU.sig(0.0025) == "0,00250"
    assert EN.num(0.0001) == "0.0001"
    assert EN.num(-0.5) == "\N{MINUS SIGN}0.5"
    assert EN.num(3e-7) == "3·10⁻⁷"
    assert RU.num(1.5e30) == "1,5·10³⁰"
    assert EN.sig(9.9996e-7) == "1.00·10⁻⁶"
    assert EN.sig(0.0998, 2) == "0.10"  # Babel alone: 0.010
    assert RU.sig(0.00996, 2) == "0,010"
    assert EN.num(0.0998, 2) == "0.1"
    assert EN.sig(9.996) == "10.0"
    assert EN.sig(0.3) == "0.300"
    assert EN.sig(float("nan")) == "—"
    assert plain(RU.points(-0.0213)) == "2,1 п. п."


@pytest.mark.parametrize(
    ("made", "ru", "en"),
    [
        (lambda lang: wording(lang).whole(50_000), f"50{NBSP}000", "50,000"),
        (lambda lang: wording(lang).fixed(-0.25, 2), "−0,25", "−0.25"),
        (lambda lang: wording(lang).sig(0.0025401), "0,00254", "0.00254"),
        (lambda lang: wording(lang).sig(0.25), "0,250", "0.250"),
        (lambda lang: wording(lang).sig(5.69e8), "5,69·10⁸", "5.69·10⁸"),
        (lambda lang: wording(lang).sig(float("inf")), "—", "—"),
        (lambda lang: wording(lang).pct(0.765), f"76,5{NBSP}%", "76.5%"),
        (lambda lang: wording(lang).pct(float("nan")), "—", "—"),
    ],
)
def test_numbers_of_a_language(made, ru, en):
    assert made("ru") == ru
    assert made("en") == en


def test_every_dataset_has_a_name_in_both_languages():
    for name in (*BINARY_SHAPES, *TARGETS):
        assert RU.data(name) != name
    assert RU.data("my-own-points") == "my-own-points"


def test_lists_and_names():
    names = [ClassName(0, "apple", "яблоко"), ClassName(1, "otter", "выдра")]
    assert RU.names(names) == "«яблоко» и «выдра»"
    assert EN.names(names) == "“apple” and “otter”"


def test_classes_of_made_data_are_named_by_the_texts_and_ones_own_by_oneself():
    assert RU.called(ClassName(1, "class 1", "класс 1")) == "класс 1"
    assert EN.called(ClassName(58, "stand-in 58", "заменитель 58")) == "stand-in 58"
    assert RU.called(ClassName(0, "class 0", "class 0")) == "class 0"


@given(text=st.text(min_size=1).filter(lambda t: t.strip(" \n\r") and "\r" not in t))
def test_a_value_is_never_markup(text):
    made = RU.text(say("regression.unknown", name=text))
    assert {span.style for span in made} == {"plain"}
    begin, end = plain_text(RU.text(say("regression.unknown", name="@"))).split("@")
    said = plain_text(made)
    assert said.startswith(begin)
    assert said.endswith(end)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "<b>x</b>", "a & b", "&lt;", '"', "{{ 7*7 }}"]
)
def test_markup_in_a_value_is_kept_as_text(name):
    assert f"«{name}»" in plain_text(RU.text(say("regression.unknown", name=name)))


def test_the_markup_of_a_text_becomes_spans():
    spans = EN.text(say("task.samples"))
    assert Span("class_samples", "ref") in spans
    assert EN.text(say("regression.final", error=0.0025))[-2] == Span("0.00250", "strong")


def test_a_forgotten_value_is_an_error():
    with pytest.raises(UndefinedError):
        EN.text(say("regression.final"))


def test_another_language_is_refused():
    with pytest.raises(UsageError, match="choose one of ru, en"):
        wording("de")
