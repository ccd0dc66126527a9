"""Russian and English of the report for classes of every gender, and for every outcome."""

import re

import pytest
from made import all_text, cells, studied
from made import build_full as build

from fclab.values.names import CLASS_NAMES
from fclab.words.wording import wording

LANGUAGES = ("ru", "en")
POOR, FAIR, GOOD = (60, 30, 10), (15, 70, 15), (2, 3, 95)
BASE = (POOR, FAIR, GOOD)
BETTER = ((90, 5, 5), (5, 90, 5), (0, 0, 100))
WORSE = ((30, 40, 30), (30, 40, 30), (30, 30, 40))
EVEN = ((60, 20, 20), (20, 60, 20), (5, 5, 90))
ALIKE = ((70, 15, 15), (15, 70, 15), (15, 15, 70))
CLASS = r"класс(?:|а|у|ом|е|ы|ов|ам|ами|ах)"
IN_LIST = rf"(?:{CLASS}|:|–) (?:«[^»]+»(?:, | и ))*$"


def named(*numbers):
    return tuple(CLASS_NAMES[number] for number in numbers)


def rows(base, *others):
    return (("base", None, "base", base), *others)


STUDIES = {
    # the hardest class is the first one: neuter, feminine, masculine, a plural
    "neuter": studied(*rows(BASE, ("stop", "base", "stop", BASE)), names=named(0, 55, 58)),
    "feminine": studied(*rows(BASE, ("stop", "base", "stop", BETTER)), names=named(40, 57, 76)),
    "masculine": studied(*rows(BASE, ("stop", "base", "stop", WORSE)), names=named(58, 85, 3)),
    "plural": studied(*rows(BASE, ("batch-64", "base", "batch", BETTER)), names=named(22, 19, 11)),
    "two_hardest": studied(*rows(EVEN, ("stop", "base", "stop", EVEN)), names=named(40, 28, 58)),
    "alike": studied(*rows(ALIKE, ("mine", "base", "own", ALIKE)), names=named(0, 55, 58)),
    "two_classes": studied(
        *rows(((60, 40), (10, 90)), ("lr-0.001", "base", "lr", ((61, 39), (10, 90)))),
        names=named(40, 28), train=((500, 0), (0, 500)),
    ),
    "one_seed": studied(*rows(BASE, ("past-64", "base", "past", BASE)), seeds=1),
    "no_overfitting": studied(
        *rows(BASE, ("fc-5", "base", "layers", BASE)), test_loss=(1, 0.8, 0.6, 0.5)
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=STUDIES)
def outcome(request):
    return request.param, STUDIES[request.param]


def prose(text: str) -> list[str]:
    return [line for line in text.split("\n") if "|" not in line and "\\" not in line]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_outcome_is_set_without_slips(outcome, lang):
    text = "\n".join(prose(all_text(build(outcome[1], lang))))
    assert not re.findall(r"\w* [,.;:)!]|\( |\{\{|\}\}|\{%|  |None|\bnan\b|\.\.|Row\(|;;", text)
    assert not re.findall(r"[а-яa-z],[а-яa-z]", text.replace("z_{i,k}", ""))


def test_a_class_is_named_by_the_word_class(outcome):
    _, results = outcome
    names = {name.ru for name in results.cifar.run.dataset.class_names}
    found = 0
    for line in prose(all_text(build(results, "ru"))):
        for match in re.finditer("«([^»]+)»", line):
            if match[1] in names:
                before = line[: match.start()]
                assert re.search(IN_LIST, before, re.IGNORECASE), line
                found += 1
    assert found > 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_hardest_class_is_the_same_wherever_it_is_named(outcome, lang):
    """Of the base row: the comment on it, task 1, the conclusion; the single run of part 3 makes
    no mistake here."""
    which, results = outcome
    report, words = build(results, lang), results.cifar.run.dataset.class_names
    if which == "alike":
        assert not re.search("Хуже всего|The hardest", all_text(report, "conclusion"))
        return
    hardest = [wording(lang).called(name) for name in words[: 1 + (which == "two_hardest")]]
    quoted = [f"«{name}»" if lang == "ru" else f"“{name}”" for name in hardest]
    task = all_text(report, "answers-classes")
    end = all_text(report, "conclusion")
    joint = {"ru": " и ", "en": " and "}[lang].join(quoted)
    if lang == "ru":
        word = "классы" if len(quoted) > 1 else "класс"
        verb = "узнаются" if len(quoted) > 1 else "узнаётся"
        assert f"Хуже всего {verb} {word} {joint} (верно 60,0 % изображений)" in end
        assert f"хуже всего – {word} {joint} (60,0 %)" in task
    else:
        verb = "classes are" if len(quoted) > 1 else "class is"
        assert f"The hardest {verb} {joint} (60.0% of the images right)" in end
        assert f"worst {joint} (60.0%)" in task


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_number_stands_for_the_base_network(outcome, lang):
    """In part 3, in task 1 and in the conclusion; 100 % of the single run is said to
    be of that run."""
    _, results = outcome
    report, base = build(results, lang), results.study.lines[0]
    share = f"{100 * base.test.mean:.1f}"
    share = f"{share.replace('.', ',')} %" if lang == "ru" else f"{share}%"
    for section in ("answers-classes", "conclusion"):
        assert share in all_text(report, section), section
    if base.test.n_seeds > 1:
        assert share in all_text(report, "part3")
    alone = {
        "ru": "речь об одном запуске, с зерном 4",
        "en": "one run is spoken of, that of seed 4",
    }
    assert alone[lang] in all_text(report, "part3")
    whole = {"ru": "100,0 % ответов на тест", "en": "100.0% of test images"}[lang]
    assert whole not in all_text(report, "conclusion")


def test_what_helped_is_said_of_rows_by_their_titles():
    text = all_text(build(STUDIES["feminine"], "ru"), "conclusion")
    assert (
        "Точность повысили: «остановка на эпохе 5», на 18,3 п. п. по сравнению со строкой" in text
    )
    assert "«базовая сеть»" in text
    assert "у строки «остановка на эпохе 5»" in text
    english = all_text(build(STUDIES["feminine"], "en"), "conclusion")
    assert "“stopped at epoch 5”, by 18.3 points against “base network”" in english


def test_nothing_helped_is_no_proof_that_nothing_differs():
    text = all_text(build(STUDIES["neuter"], "ru"), "conclusion")
    assert "Ни одна строка исследования (1 сравнение)" in text
    assert "объясняются" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_row_stands_with_the_name_that_commands_know(lang):
    report = build(STUDIES["plural"], lang)
    table = cells(next(t for t in report.tables if t.name == "full_results"))
    title = {"ru": "батч 128", "en": "batch 128"}[lang]
    assert table[2][0].startswith(f"{title} (batch-64): FC(4), FC(3)")
    own = cells(next(t for t in build(STUDIES["alike"], lang).tables if t.name == "full_results"))
    assert own[2][0].startswith("mine: FC(4), FC(3)")


def test_the_same_place_is_no_reason_where_a_batch_made_a_difference():
    said = all_text(build(STUDIES["plural"], "en"), "answers-batch")
    assert "More accurate on test" in said
    assert "no more exactness" not in said
