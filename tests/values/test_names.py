"""The 100 class names against the official meta file."""

import pickle
import re

from fclab.values.names import CLASS_NAMES


def test_english_names_are_those_of_the_official_meta_file_in_its_order(cifar_dir):
    with (cifar_dir / "meta").open("rb") as file:
        official = pickle.load(file)["fine_label_names"]  # our own trusted test data
    assert [name.en.replace(" ", "_") for name in CLASS_NAMES] == official


def test_numbers_are_the_positions():
    assert [name.number for name in CLASS_NAMES] == list(range(100))


def test_names_differ_in_either_language():
    assert len({name.en for name in CLASS_NAMES}) == 100
    assert len({name.ru for name in CLASS_NAMES}) == 100


def test_russian_names_are_lowercase_cyrillic_words():
    bad = [n for n in CLASS_NAMES if not re.fullmatch(r"[а-яё]+( [а-яё]+)*", n.ru)]
    assert not bad


def test_well_known_classes():
    assert [CLASS_NAMES[i].ru for i in (0, 1, 55, 58)] == [
        "яблоко",
        "аквариумная рыбка",
        "выдра",
        "пикап",
    ]
    assert CLASS_NAMES[58].en == "pickup truck"
