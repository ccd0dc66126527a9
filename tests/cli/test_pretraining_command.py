"""`fclab ceilings --pretrain`: a line only where it was asked for, outside of the task."""

from functools import partial
from pathlib import Path

import pytest
from test_ceilings_command import fclab, pictures  # noqa: F401 (a fixture)

from fclab.analysis.ceilings import pretraining
from fclab.analysis.ceilings.kept import keep_ceilings
from fclab.analysis.ceilings.values import Ceiling, Ceilings
from fclab.data import cifar100
from fclab.store.database import Store
from fclab.values.errors import FclabError

FEW = {"layers": (16, 8, 3), "epochs": 1}


@pytest.fixture
def kept(tmp_path, monkeypatch, cifar_dir) -> tuple[str | Path, ...]:
    """The other methods are measured; what the commands need to see them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("fclab.cli.ceilings.BASE_SEEDS", 1)
    few = partial(
        pretraining.with_pretraining,
        first=pretraining.FIRST.replace(**FEW),
        then=pretraining.THEN.replace(**FEW),
    )
    monkeypatch.setattr(pretraining, "with_pretraining", few)
    images = cifar100((0, 55, 58), cifar_dir)
    y = tuple(images.test.y.tolist())
    line = Ceiling(method="svm", settings={"C": 3.0}, held_out=0.7, answers=(y,), seconds=1)
    found = Ceilings(fingerprint=images.fingerprint, hidden=1, targets=y, lines=(line,),
                     version="0")  # fmt: skip
    (tmp_path / "r").mkdir()
    with Store(Path("r/store.db")) as store:
        keep_ceilings(store, images.info, found)
    return ("ceilings", "--classes", "0", "55", "58", "--data", cifar_dir, "--out", "r")


def definition() -> dict:
    with Store(Path("r/store.db")) as store:
        (name,) = store.names("ceilings")
        found = store.definition("ceilings", name)
    assert found is not None
    return dict(found)


@pytest.mark.slow
def test_the_line_is_there_once_it_was_asked_for(capsys, kept):
    assert "pre-trained" not in fclab(capsys, *kept, "--lang", "en")
    english = fclab(capsys, *kept, "--pretrain", "--seeds", "2", "--lang", "en")
    assert "free weights, pre-trained: outside knowledge, not to be handed in" in english
    assert "SVM, RBF kernel" in english
    found = definition()
    assert [line["method"] for line in found["lines"]] == ["svm", "pretrained"]
    settings = found["lines"][-1]["settings"]
    assert (settings["classes"], settings["images"]) == (97, 48015)
    assert len(found["lines"][-1]["answers"]) == 2
    russian = fclab(capsys, *kept, "--pretrain", "--lang", "ru")
    assert "свободные веса с предобучением: знание не из задания, сдавать нельзя" in russian
    assert definition() == found  # the seconds, too: not measured again


def test_without_the_other_classes_it_is_one_line(capsys, pictures):  # noqa: F811
    for lang, told in (("en", "needs the other classes of CIFAR-100"),
                       ("ru", "нужны остальные классы CIFAR-100")):  # fmt: skip
        for data in (("--images", pictures), ("--classes", "0", "1", "2", "--data", "synthetic")):
            shown = fclab(capsys, "ceilings", *data, "--pretrain", "--lang", lang, code=2)
            assert told in shown
    assert not Path("fclab-results").exists()


def test_no_stand_in_is_taken_for_it(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def nowhere(*_: object, **__: object) -> None:
        raise FclabError("no network here")

    monkeypatch.setattr("fclab.cli.images.fetched", nowhere)
    asked = ("ceilings", "--classes", "0", "1", "2", "--pretrain", "--lang", "en")
    refused = fclab(capsys, *asked, code=1)
    assert refused == "fclab: no network here"


def test_a_pre_training_from_no_network_makes_no_sense(capsys, pictures):  # noqa: F811
    asked = ("ceilings", "--images", pictures, "--pretrain", "--seeds", "0")
    assert "--seeds" in fclab(capsys, *asked, code=2)
