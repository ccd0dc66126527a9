"""The live fit, and the images with a word about the stand-in."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import fclab
from fclab.data.cifar100 import find
from fclab.values.errors import FclabError, UsageError


def test_another_network_and_curve_are_fitted():
    fclab.notebook.lang("en")
    figure = fclab.notebook.live_fit(hidden=(8, 8), target="sine", activation="tanh", epochs=20_000)
    assert isinstance(figure, Figure)
    assert figure.legends[0].get_title().get_text().startswith("FC(8), FC(8), FC(1) in ")
    x, y = figure.axes[0].lines[0].get_data()
    assert np.allclose(y, (1 + np.sin(2 * np.pi * np.asarray(x))) / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"target": "cubic"}, "cubic"), ({"hidden": 0}, "layers"), ({"lr": -1}, "lr = -1"),
     ({"depth": 3}, "depth"), ({"noise": -1}, "noise")],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(asked, words):
    with pytest.raises(UsageError, match=words):
        fclab.notebook.live_fit(**asked)


def test_the_real_images_need_no_word(cifar_dir, capsys):
    dataset = fclab.notebook.images((58, 0), str(cifar_dir))
    assert dataset.source == "cifar100"
    assert [c.number for c in dataset.class_names] == [0, 58]
    assert capsys.readouterr() == ("", "")


def no_network(**_options):
    raise FclabError("no network")


def test_the_stand_in_is_said_loudly(monkeypatch, capsys):
    fclab.notebook.lang("en")
    monkeypatch.setattr("fclab.notebook.obtain.fetch", no_network)
    dataset = fclab.notebook.images((0, 55))
    assert dataset.source == "synthetic"
    said = capsys.readouterr().out
    assert "SYNTHETIC STAND-IN" in said
    assert "no network" in said
    with pytest.raises(FclabError, match="no network"):
        fclab.notebook.images((0, 55), "cifar100")
    assert fclab.notebook.images((0, 55), "synthetic").source == "synthetic"
    assert capsys.readouterr() == ("", "")


def test_fetching_shows_one_bar(monkeypatch, cifar_dir):
    shown = []
    monkeypatch.setattr("fclab.notebook.bars._face", lambda: type(
        "Face", (), {"show": lambda self, share, text: shown.append((share, text))})())  # fmt: skip

    def fetch(*, progress):
        for done in (10, 100):
            progress(done, 100)
        return find(cifar_dir)

    monkeypatch.setattr("fclab.notebook.obtain.fetch", fetch)
    assert fclab.notebook.images((0, 55)).source == "cifar100"
    assert [share for share, _ in shown] == [0.1, 1.0]
    assert shown[0][1].startswith("CIFAR-100: 10")
