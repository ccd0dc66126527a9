"""What the figures of a study draw is what its final table says."""

import numpy as np
import pytest

from fclab.data import synthetic
from fclab.figures import forest_plot, png_bytes, recall_map
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table, run_study
from fclab.report.pictures import forest_rows, recall_rows
from fclab.store.database import Store
from fclab.study.rows import OwnRow
from fclab.values.recipe import CIFAR
from fclab.words.wording import wording


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A tiny study with a row of its own that diverges."""
    base = CIFAR.replace(epochs=4, layers=(4, 2))
    settings = Settings(
        seeds=3, base=base, batch_factors=(2,), lr_factors=(2,), hidden=((3,),),
        search_seeds=1, search_lr=(0.005,), search_batch=(128,),
    )  # fmt: skip
    wild = OwnRow(name="wild", parent="stop", changes={"lr": 1e12, "momentum": 0.5})
    with Store(tmp_path_factory.mktemp("study") / "store.db") as store:
        return final_table(run_study(synthetic((3, 7)), store, settings, own=[wild]))


def test_rows_with_a_parent_are_compared(table):
    rows = {row.label.title: row for row in forest_rows(table, "en")}
    lines = {wording("en").title(line.row): line for line in table.lines[1:]}
    assert list(rows) == list(lines)
    for title, row in rows.items():
        assert row.verdict == lines[title].verdict
    wild = rows["wild"]
    assert wild.verdict is None
    assert wild.diverged == 3


def test_the_recall_is_the_mean_over_seeds(table):
    rows = recall_rows(table, "en")
    assert [row.label.title for row in rows] == [
        "base network", "stopped at epoch 4", "batch 256", "batch 256, not stopped",
        "learning rate 0.0025", "layers FC(3), FC(2)", "wild",
    ]  # fmt: skip
    each = [np.diag(run.confusion("test")) / 100 for run in table.lines[0].runs]
    np.testing.assert_allclose(rows[0].recall, np.mean(each, axis=0))
    assert rows[-1].recall is None


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "base; FC(4), FC(2); η = 0.005; batch 128; epochs: 4"),
     ("ru", "base; FC(4), FC(2); η = 0,005; батч 128; эпох: 4")],
)  # fmt: skip
def test_a_configuration_in_words(lang, said, table):
    first, *_, wild = recall_rows(table, lang)
    assert first.label.detail.replace("\xa0", " ") == said
    assert "momentum = 0" in wild.label.detail
    assert ("0,5" in wild.label.detail) is (lang == "ru")


def test_they_can_be_drawn(table):
    info = table.study.dataset
    assert png_bytes(forest_plot(forest_rows(table, "ru"), "ru", info))
    assert png_bytes(recall_map(recall_rows(table, "ru"), "ru", info))
