"""Comments and answers in words: every move says its own numbers, in both languages."""

import re
from dataclasses import replace

import pytest
from small_study import BASE, pictures, settings
from test_answers import BASE as BASE_ROW
from test_answers import STOP, study_of

from fclab.labs.lab1.content.comments import comment
from fclab.labs.lab1.content.study_table import table_text
from fclab.labs.lab1.study import final_table, run_study
from fclab.labs.lab1.tasks import tasks
from fclab.store.database import Store
from fclab.study.rows import Flattery, OwnRow, Setting
from fclab.study.study import Study
from fclab.values.run import Machine
from fclab.words.spans import plain_text
from fclab.words.wording import wording


def comments(study: Study, lang: str = "en") -> dict[str, str]:
    found, words = final_table(study), wording(lang)
    return {line.row.name: plain(words.text(*comment(found, line))) for line in found.lines}


def plain(text) -> str:
    return plain_text(text).replace("\N{NO-BREAK SPACE}", " ")


def answers(study: Study, lang: str = "en") -> dict[str, str]:
    """What the body says to every task, and what its details say."""
    words, table = wording(lang), final_table(study)
    return {
        task.name: "\n".join(
            plain(words.text(*p)) for p in (*task.answer(table, None), *task.details(table))
        )
        for task in tasks()
    }


def test_every_comment_says_the_numbers_of_its_row(done):
    table, said = final_table(done.study), comments(done.study)
    stop = done.study.row("stop").recipe.epochs
    base = table.line("base")
    assert f"{base.train.mean:.1%} on train, {base.test.mean:.1%} on test" in said["base"]
    assert f"epoch {stop} of 12" in said["stop"] or f"last epoch ({stop})" in said["stop"]
    assert "90 = 5·16 + 10: 6 iterations per epoch; now 2·32 + 26: 3." in said["batch-32"]
    assert f"So {2 * stop} epochs in place of {stop}" in said["batch-32"]
    assert "past the over-fitting epoch" in said["past-32"]
    assert "2 times lower (η = 0.05 → 0.025)" in said["lr-0.025"]
    assert "of 2 settings" in said["fc-3"]
    for name, text in said.items():
        line = table.line(name)
        if line.comparison:
            assert f"{abs(100 * line.comparison.difference):.1f}" in text, name
            assert f"“{wording('en').title(line.parent.row)}”" in text


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_table_of_several_processors_says_so(done, lang):
    study, words = done.study, wording(lang)
    first, *others = study.rows
    another = "NEON"  # that no processor has beside what this one has
    assert another not in table_text(final_table(study), "small", words).caption
    runs = [
        replace(run, machine=run.machine.model_copy(update={"instructions": another}))
        for run in study.runs[first.name]
    ]
    mixed = replace(study, runs={**study.runs, first.name: runs})
    caption = table_text(final_table(mixed), "small", words).caption
    machine = done.study.runs[others[0].name][0].machine
    assert f"{machine.processor} ({another})" in caption
    assert machine.arithmetic in caption
    kept = Machine.model_validate_json(machine.model_dump_json())
    assert kept == machine
    assert "instructions" not in machine.model_copy(update={"instructions": None}).model_dump()


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_diverged_rows_say_so(tmp_path, lang):
    """One on every seed, one on some: the numbers are those of the others."""
    own = [OwnRow(name="wild", changes={"lr": 1e30})]
    with Store(tmp_path / "store.db") as store:
        study = run_study(pictures(), store, settings(hidden=()), own=own)
    broken = [replace(run, diverged_at=2) if run.seed == 1 else run for run in study.runs["stop"]]
    study = replace(study, runs=study.runs | {"stop": broken})
    said = comments(study, lang)
    words = {"ru": ("разошлось на всех 3", "На 1 из 3 зёрен"), "en": ("on all 3", "1 of 3 seeds")}
    assert words[lang][0] in said["wild"]
    assert words[lang][1] in said["stop"]
    line = final_table(study).line("stop")
    assert (line.diverged, line.test.n_seeds) == (1, 2)
    assert final_table(study).line("wild").comparison is None


def test_a_study_of_one_seed_says_how_little_it_can_say(tmp_path):
    with Store(tmp_path / "store.db") as store:
        study = run_study(pictures(), store, settings(seeds=1, hidden=()))
    said = answers(study)
    assert "(95%" not in said["classes"]
    assert "∞" not in "".join(said.values())
    assert "—" not in "".join([*said.values(), *comments(study).values()])


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_what_helped_comes_with_why(lang):
    study = study_of(
        BASE_ROW, STOP,
        ("best", "stop", "own", None, 0.90, 0.4, 0.95), ("bad", "stop", "own", None, 0.2, 0.9, 0.9),
    )  # fmt: skip
    said = answers(study, lang)["best"]
    first, *_ = said.split("\n")
    assert first.startswith("1. best: +30")
    one = {
        "ru": "Почему: строки различаются только одним",
        "en": "Why: the rows differ in one thing",
    }
    assert one[lang] in first
    hurt = next(line for line in said.split("\n") if "bad" in line)
    assert {"ru": "Помешало", "en": "It hurt"}[lang] in hurt
    both = {"ru": "разрыв с тестом 70,0 п. п. против 20,0", "en": "test 70.0 points against 20.0"}
    assert both[lang] in hurt.replace("\N{NO-BREAK SPACE}", " ")
    untested = {"ru": "выше|ниже|шире|уже|лучше опис", "en": r"higher|lower\b|wider|narrower|fits"}
    assert not re.search(untested[lang], said)


def test_expectations_are_answered_with_figures():
    study = study_of(
        BASE_ROW, STOP,
        ("batch-32", "stop", "batch", 2, 0.90, 0.30, 0.9),
        ("past-32", "base", "past", 2, 0.20, 0.80, 0.99),
    )  # fmt: skip
    said = answers(study)["batch"]
    assert "helps at least a little (“batch 32”): by accuracy confirmed (+30" in said
    assert said.count("confirmed") == 4
    russian = answers(study, "ru")["batch"]
    assert russian.count("подтверждается") == 4
    assert "усиливает переобучение («батч 32 без остановки»): по точности подтверждается" in russian


def test_no_overfitting_is_said(tmp_path):
    slow = settings(base=BASE.replace(lr=1e-4, epochs=4), seeds=2, hidden=())
    with Store(tmp_path / "store.db") as store:
        study = run_study(pictures(), store, slow)
    assert "No: the mean loss" in answers(study)["stop"]
    assert "stopping changes nothing" in comments(study)["stop"]


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_no_sentence_ends_twice(done, lang):
    for text in (*comments(done.study, lang).values(), *answers(done.study, lang).values()):
        assert ".." not in text
        assert " ." not in text
        assert "  " not in text


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_tuned_row_says_how_it_was_chosen_and_what_the_test_set_gains(done, lang):
    found = answers(done.study, lang)
    gains = found["optimism"].replace(",", ".") if lang == "ru" else found["optimism"]
    for name in ("fc-3", "fc-4-4"):
        choice = done.study.row(name).choice
        assert f"{choice.certainty:.0%}" in found["layers"].replace(" %", "%")
        flattery = choice.flattery
        assert name in gains
        points = f"{abs(100 * flattery.difference):.1f}"
        assert points in gains or flattery.by_test == flattery.by_valid
    for said in {
        "ru": ("2 сочетания на 3 зёрнах", "которые затем и судят"),
        "en": ("2 settings with 3 seeds", "which judge afterwards"),
    }[lang]:
        assert said in found["layers"]


@pytest.mark.parametrize("protocol", ["lab", "validation"])
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_tuned_row_that_helped_is_marked_as_chosen_on_the_test_set(done, lang, protocol):
    """With what the choice alone is worth; not where a held-out part chose."""
    found = Flattery(
        by_test=Setting(lr=0.1, batch_size=16, epochs=3, loss=0.5),
        by_valid=Setting(lr=0.1, batch_size=16, epochs=5, loss=0.5),
        judges=8, accuracy_by_test=0.75, accuracy_by_valid=0.73, difference=0.02,
        low=0.011, high=0.029,
    )  # fmt: skip
    choice = done.study.row("fc-3").choice.model_copy(update={"flattery": found})
    study = study_of(
        BASE_ROW, STOP,
        ("tuned", "stop", "layers", None, 0.90, 0.4, 0.9),
        ("plain", "stop", "own", None, 0.85, 0.4, 0.9),
    )  # fmt: skip
    rows = tuple(
        row.model_copy(update={"choice": choice}) if row.kind == "layers" else row
        for row in study.rows
    )
    asked = study.definition.settings.model_copy(update={"protocol": protocol})
    definition = study.definition.model_copy(update={"rows": rows, "settings": asked})
    chosen_on = study.runs["base"] if protocol == "lab" else study.held_out
    study = replace(study, definition=definition, chosen_on=chosen_on)
    paragraphs = answers(study, lang)["best"].split("\n")
    (plain_row,) = (text for text in paragraphs if "plain" in text)
    (tuned,) = (text for text in paragraphs if text[0] in "12" and text != plain_row)
    mark = {"ru": "по тем же тестовым изображениям", "en": "on the test images that judge it"}[lang]
    assert (mark in tuned) == (protocol == "lab")
    assert ("+2.0" in tuned.replace(",", ".")) == (protocol == "lab")
    assert mark not in plain_row


def test_a_tuned_row_of_the_first_version_says_no_more_than_is_kept():
    study = study_of(BASE_ROW, STOP, ("tuned", "stop", "layers", None, 0.90, 0.4, 0.9))
    assert "halving" not in comments(study)["tuned"]
    assert "on the test images that judge it" in answers(study)["best"]
