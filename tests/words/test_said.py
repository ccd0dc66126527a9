"""Errors in every language: one literal template in the code, one sentence in the texts."""

import errno
import os
import pickle
import re
import string
import tomllib
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel import Locale
from templates import SOURCE, templates

from fclab.data.cifar100 import read
from fclab.labs.lab1.variant import classes_of
from fclab.values.errors import Clause, DataError, FclabError, InWords, UsageError, listed
from fclab.values.files import read_toml, write_atomic
from fclab.values.recipe import CIFAR, Recipe
from fclab.words.languages import DEFAULT, LANGUAGES, spoken_lang, written_lang
from fclab.words.said import said, sentences

OTHERS = sorted(set(LANGUAGES) - {"en"})
CODE = re.compile(r"`[^`]*`|\{[^}]*\}|--?[a-z][\w-]*|[A-Z_]{2,}\w*|\[.*?\]|'[^']*'|\(.*?=.*?\)")


def holes(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_error_has_one_literal_template():
    assert [found.place for found in templates() if found.text is None] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_every_template_has_its_sentence_and_none_is_left_over(lang):
    english = {found.text for found in templates()}
    assert len(english) > 400
    assert set(sentences(lang, "errors")) == english


@pytest.mark.parametrize("lang", OTHERS)
def test_sentences_use_the_same_values(lang):
    wrong = [english for english, sentence in sentences(lang, "errors").items()
             if holes(english) != holes(sentence)]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("lang", OTHERS)
def test_an_error_has_one_sentence_wherever_it_stands(lang):
    found: dict[str, str] = {}
    for path in SOURCE.rglob(f"texts/{lang}/errors/*.toml"):
        for english, sentence in tomllib.loads(path.read_text("utf-8")).items():
            assert found.setdefault(english, sentence) == sentence, path


def test_russian_sentences_are_russian_and_typeset():
    for english, sentence in sentences("ru", "errors").items():
        words = re.sub(r"\{[^}]*\}", "", english)
        if len(re.findall(r"[a-z]{3}", CODE.sub("", words))) < 2:
            continue  # values, marks and the name of a key alone
        assert re.search("[а-яё]", sentence), sentence
        assert " - " not in sentence, sentence
        assert not re.search("[“”„]|--? ", sentence), sentence
        assert sentence.count("«") == sentence.count("»"), sentence
        assert not re.search(r"\b(Вы|Вас|Вам|Ваш\w*|пожалуйста|успешно)\b", sentence), sentence
        assert sentence.endswith("...") or not sentence.endswith("."), sentence
        assert "!r}»" not in sentence, sentence


def test_an_error_in_english_is_itself():
    error = UsageError("no row {name!r}: there are {rows}", name="a", rows="b, c")
    assert said(error, "en") == str(error) == "no row 'a': there are b, c"
    assert said(error, "ru") == "строки «a» нет, есть b, c"


def test_what_has_no_sentence_is_said_in_english():
    assert said(FclabError("{n} of a stranger", n=3), "ru") == "3 of a stranger"
    assert said(FclabError("braces {stay}"), "ru") == "braces {stay}"


def test_errors_within_errors_are_said_in_the_same_language(tmp_path):
    with pytest.raises(FclabError) as caught:
        Recipe(layers="conv(3)")
    assert said(caught.value, "ru").endswith(
        "слои записываются так: FC(10), FC(3); а здесь «conv(3)»"
    )
    with pytest.raises(FclabError) as caught:
        CIFAR.replace(lr=-1)
    assert said(caught.value, "ru") == "lr = -1: нужно число больше 0"
    with pytest.raises(FclabError) as caught:
        write_atomic(tmp_path, "x")
    assert said(caught.value, "ru") == f"не удалось записать {tmp_path}: это папка"
    two = listed([Clause("channel"), Clause("column"), Clause("text")])
    assert (str(two), said(two, "ru")) == (
        "channel, column, text", "по числу на канал, по числу на столбец, текст"
    )  # fmt: skip


def test_rules_are_worded_by_the_texts_of_the_lab():
    with pytest.raises(UsageError) as caught:
        classes_of(99, 1)
    assert "(group number + 15: 99 + 15 = 114)" in str(caught.value)
    assert "(номер группы + 15: 99 + 15 = 114)" in said(caught.value, "ru")


def test_numbers_with_a_format_have_the_marks_of_the_language():
    slow = FclabError("slow, {speed:.1f} kB/s", speed=54321.5)
    assert said(slow, "ru") == "медленно, 54321,5 кБ/с"
    long = FclabError("ended after {received:,} of {size:,} bytes", received=1000, size=2000000)
    assert said(long, "ru").replace("\N{NO-BREAK SPACE}", " ").endswith("1 000 байт из 2 000 000")
    typed = UsageError("--seeds is a number of runs from 1, not {seeds}", seeds=0.5)
    assert said(typed, "ru").endswith("0.5")  # as it was typed


def test_the_marks_are_those_of_cldr():
    for language in LANGUAGES.values():
        symbols = Locale.parse(language.locale).number_symbols["latn"]
        assert language.marks == symbols["group"] + symbols["decimal"]


@pytest.mark.parametrize(
    ("number", "russian"),
    [(errno.ENOSPC, "на диске нет места"), (errno.EACCES, "доступ запрещён"),
     (errno.ENOENT, "такого файла или папки нет"), (errno.EROFS, "только для чтения"),
     (errno.EISDIR, "это папка"), (errno.ENOTDIR, "файл, а не папка"), (errno.EBUSY, "заняты"),
     (errno.ENAMETOOLONG, "слишком длинное"), (errno.EMFILE, "слишком много файлов")],
)  # fmt: skip
def test_what_the_system_says_is_said_too(number, russian):
    error = OSError(number, os.strerror(number), "x.txt")
    assert russian in said(error, "ru")
    assert said(error, "en") in str(error)


def test_an_unusual_error_of_the_system_keeps_its_words():
    assert said(OSError(errno.EXDEV, "Cross-device link", "x"), "ru") == "Cross-device link"
    assert said(OSError("of a library"), "ru") == "of a library"
    assert said(ValueError("of a library"), "ru") == "of a library"


def test_an_error_from_another_process_is_the_same_error():
    error = UsageError("no engine can train this on {device}: {why}", device="cpu",
                       why=InWords(partial(str.format, "{}")))  # fmt: skip
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), said(again, "ru")) == (str(error), said(error, "ru"))


def test_what_files_of_strangers_hold_is_shown_as_it_is(tmp_path):
    path = tmp_path / "{n}.toml"
    path.write_bytes(b"a = [")
    with pytest.raises(UsageError) as caught:
        read_toml(path)
    assert str(path) in said(caught.value, "ru")
    Path(tmp_path / "train").write_bytes(b"\x80\x04cos\nsystem\n.")
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert "просит выполнить os.system" in said(caught.value, "ru")


LOCALES = [
    ({}, "ru", "ru"),
    ({"LANG": "en_US.UTF-8"}, "en", "ru"),
    ({"LANG": "ru_RU.UTF-8"}, "ru", "ru"),
    ({"LANG": "C.UTF-8"}, "ru", "ru"),
    ({"LANG": "de_DE.UTF-8"}, "ru", "ru"),
    ({"LANG": "rue_UA"}, "ru", "ru"),  # Rusyn is not Russian, it tells nothing
    ({"LC_MESSAGES": "en_GB", "LANG": "ru_RU"}, "en", "ru"),
    ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "ru", "ru"),
    ({"LC_ALL": "", "LANG": "en"}, "en", "ru"),
    ({"FCLAB_LANG": "en"}, "en", "en"),
    ({"FCLAB_LANG": "EN_gb.utf8", "LANG": "ru_RU"}, "en", "en"),
    ({"FCLAB_LANG": "ru", "LANG": "en_US"}, "ru", "ru"),
    ({"FCLAB_LANG": "xx", "LANG": "en_US"}, "en", "ru"),
]


@pytest.mark.parametrize(("variables", "spoken", "written"), LOCALES)
def test_which_language_is_meant(variables, spoken, written, monkeypatch):
    for name in ("FCLAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (spoken_lang(), written_lang()) == (spoken, written)
    for lang in LANGUAGES:
        assert (spoken_lang(lang), written_lang(lang)) == (lang, lang)
    assert DEFAULT == "ru"


@pytest.mark.parametrize(("number", "spoken"), [(0x0419, "ru"), (0x0809, "en"), (0x0407, "ru")])
def test_on_windows_the_language_of_its_windows_is_spoken(number, spoken, monkeypatch):
    for name in ("FCLAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    kernel = SimpleNamespace(GetUserDefaultUILanguage=lambda: number)
    monkeypatch.setattr("ctypes.windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr("sys.platform", "win32")
    assert spoken_lang() == spoken


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [("lr = 0,005", "line 1, column 7: something stands behind the value", "дробь – с точкой"),
     ("a = relu", "line 1, column 5: a value is lacking, or is text without", "без кавычек"),
     ("a = ", "a value is lacking", "нет значения"), ("a 1", "a key is followed by =", "стоит ="),
     ("a = 'b", "closing quote", "не закрыт кавычкой"),
     ("a = [1", "a bracket is not closed", "скобка"),
     ('a = "C:\\dir"', "a backslash is written twice", "обратная черта"),
     ("= 1", "a line is a key", "в строке"),
     ("a = 1\na = 2\n", "line 2, column 6: a key or table is there twice", "повторяются")],
)  # fmt: skip
def test_what_is_wrong_with_toml_is_said_for_people(text, english, russian, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        read_toml(path)
    assert english in str(caught.value)
    assert russian in said(caught.value, "ru")
