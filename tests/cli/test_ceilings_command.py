"""`fclab ceilings`: measured once, kept, shown in both languages, and in the report afterwards."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fclab.cli import main
from fclab.store.database import Store


def fclab(capsys, *words: object, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    shown = capsys.readouterr()
    assert ended.value.code == code, shown.err
    return " ".join((shown.out + shown.err).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture
def pictures(tmp_path, monkeypatch) -> Path:
    """Three kinds of noisy pictures, 24 of each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("fclab.cli.ceilings.BASE_SEEDS", 2)
    monkeypatch.setattr("fclab.analysis.ceilings.measuring.EPOCHS", 3)
    rng = np.random.default_rng(2)
    for kind, colour in {
        "reds": (190, 90, 90),
        "greens": (90, 190, 90),
        "blues": (90, 90, 190),
    }.items():
        (tmp_path / "own" / kind).mkdir(parents=True)
        for i in range(24):
            noisy = np.array(colour) + rng.normal(0, 60, (32, 32, 3))
            image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
            image.save(tmp_path / "own" / kind / f"{i}.png")
    return tmp_path / "own"


@pytest.mark.slow
def test_it_is_measured_once_and_shown_in_both_languages(capsys, pictures):
    asked = ("ceilings", "--images", pictures, "--out", "r")
    english = fclab(capsys, *asked, "--seeds", "1", "--lang", "en")
    for name in (
        "k nearest neighbours k =",
        "SVM, RBF kernel",
        "NTK: the lab's network, infinitely wide",
        "small convolutional network: not fully connected fixed beforehand",
        "the lab's network (2 seeds)",
    ):
        assert name in english
    with Store(Path("r/store.db")) as store:
        (name,) = store.names("ceilings")
        kept = store.definition("ceilings", name)
    russian = fclab(capsys, *asked, "--lang", "ru")
    assert "сеть из задания (2 зерна)" in russian
    assert "небольшая свёрточная сеть: не полносвязная заданы заранее" in russian
    with Store(Path("r/store.db")) as store:
        assert store.definition("ceilings", name) == kept  # the seconds, too: not measured again
    assert "Other methods 1" in fclab(capsys, "store", "info", "--out", "r", "--lang", "en")


def test_what_makes_no_sense_is_one_line(capsys, pictures):
    assert "--seeds" in fclab(capsys, "ceilings", "--images", pictures, "--seeds", "-1", code=2)
