"""How long something takes, as it is said before it starts."""

import json

import pytest

from fclab.cli.wait import about
from fclab.study.speed import remember_speed, speeds
from fclab.words.wording import wording


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FCLAB_CACHE", str(tmp_path))
    return tmp_path / "speed.json"


def test_one_odd_measurement_changes_little(cache):
    usual = speeds("gram")
    for work in (1e6, 1e6, 1e6, 1e4, 1e6):
        remember_speed("gram", work, 20.0, 32)
    slow, fast = speeds("gram")
    assert slow < 1e6 / 20 < fast
    assert fast / slow < usual[1] / usual[0]


def test_a_single_or_short_training_is_no_measurement(cache):
    remember_speed("gram", 2500.0, 9.0, 1)
    remember_speed("gram", 1e5, 1.5, 32)
    assert not cache.exists()


@pytest.mark.parametrize("text", ['{"gram": 1720.5}', '{"gram": ["x", -1]}', "[1]", "no JSON"])
def test_what_cannot_be_a_measurement_is_passed_over(cache, text):
    usual = speeds("gram")
    cache.write_text(text, "utf-8")
    assert speeds("gram") == usual


def test_what_is_beyond_any_machine_is_bounded(cache):
    usual = speeds("gram")
    cache.write_text(json.dumps({"gram": [1e-3]}), "utf-8")
    assert speeds("gram")[0] > usual[0] / 10
    cache.write_text(json.dumps({"gram": [1e12]}), "utf-8")
    assert speeds("gram")[1] < usual[1] * 10


@pytest.mark.parametrize(
    ("seconds", "russian", "english"),
    [
        ((12.0, 38.0), "от 10 до 40 с", "from 10 to 40 s"),
        ((3.0, 4.0), "около 10 с", "about 10 s"),
        ((40.0, 290.0), "от 1 до 5 мин", "from 1 to 5 min"),
        ((4000.0, 9000.0), "от 1 до 3 ч", "from 1 to 3 h"),
    ],
)
def test_a_time_is_said_as_a_range(seconds, russian, english):
    for lang, text in (("ru", russian), ("en", english)):
        assert about(wording(lang), seconds).replace("\u00a0", " ") == text
