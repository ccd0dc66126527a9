"""The lab through the store: trained once, read again, honest about what is gone."""

import pytest
from sqlalchemy import text

from fclab.data import synthetic
from fclab.data.kept import Cloud, Curve, Images
from fclab.labs.kept import keep_lab, kept_lab, lab_names
from fclab.labs.lab import lab_study, train_plans
from fclab.labs.lab1.content import build
from fclab.labs.lab1.lab import LAB, KeptLab1
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import do_study
from fclab.labs.values import Plan
from fclab.store.database import Store
from fclab.study.trainer import Trainer, get_or_train
from fclab.values.errors import UsageError
from fclab.values.recipe import BINARY, CIFAR, REGRESSION
from fclab.words.spans import plain_text

CLASSES = (0, 55, 58)
SNAPSHOTS = (10, 20)
SETTINGS = Settings(
    seeds=2, base=CIFAR.replace(epochs=6, layers=(4, 3)), batch_factors=(2,), lr_factors=(2,),
    hidden=((5,),), search_seeds=1, search_lr=(0.005,), search_batch=(128,),
)  # fmt: skip


@pytest.fixture(scope="module")
def images():
    return synthetic(CLASSES)


@pytest.fixture(scope="module")
def plans(images):
    curve, cloud = Curve(seed=3), Cloud(shape="moons", points=60, seed=3)
    return [
        Plan(curve, curve.make(), REGRESSION.replace(epochs=20), SNAPSHOTS),
        Plan(cloud, cloud.make(), BINARY.replace(epochs=20)),
        Plan(Images(classes=CLASSES, source="synthetic"), images, SETTINGS.base),
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory, plans, images):
    """A store with a whole lab in it."""
    path = tmp_path_factory.mktemp("lab") / "store.db"
    with Store(path) as store:
        parts = train_plans(Trainer(store), plans, 0)
        study, _ = do_study(store, images, SETTINGS)
        keep_lab(store, "mine", KeptLab1(parts=parts, study=study,
                                    title={"student": "A"}))  # fmt: skip
    return path


@pytest.fixture
def store(place, tmp_path):
    """A copy of it that a test may damage."""
    copy = tmp_path / "store.db"
    copy.write_bytes(place.read_bytes())
    with Store(copy) as opened:
        yield opened


def said(report) -> str:
    lines = []
    for block in report.blocks:
        if block.kind in ("paragraph", "note"):
            lines.append(plain_text(block.text))
        if block.kind == "items":
            lines += map(plain_text, block.items)
        if block.kind == "table":
            lines += [plain_text(cell) for row in block.rows for cell in row]
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def test_a_lab_is_found_again_and_read_without_training(store, images, monkeypatch):
    monkeypatch.setattr("fclab.study.trainer.train", None)  # training would fail
    name, _, lab = kept_lab(store)
    assert (name, lab_names(store), lab.title) == ("mine", ["mine"], {"student": "A"})
    results = LAB.results(store, lab, images)
    assert [part.run.dataset.task for part in results.parts] == [
        "regression", "binary", "multiclass",
    ]  # fmt: skip
    assert tuple(results.regression.run.snapshots) == SNAPSHOTS
    assert results.lost == ()
    assert results.lost_runs == ()
    assert [line.row.name for line in results.study.lines][:2] == ["base", "stop"]


def test_kept_runs_are_not_trained_again(store, plans, monkeypatch):
    monkeypatch.setattr("fclab.study.trainer.train", None)
    assert len(train_plans(Trainer(store), plans, 0)) == 3


def test_a_run_kept_without_the_snapshots_is_trained_anew(tmp_path, plans):
    plan = plans[0]
    with Store(tmp_path / "store.db") as store:
        (bare,) = get_or_train(store, plan.dataset, [plan.recipe], [0])[plan.recipe]
        assert not bare.snapshots
        (full,) = get_or_train(store, plan.dataset, [plan.recipe], [0], snapshots=(10,))[
            plan.recipe
        ]
        assert tuple(full.snapshots) == (10,)
        assert full.metrics == bare.metrics
        assert len(store.listing()) == 1
        (again,) = get_or_train(store, plan.dataset, [plan.recipe], [0])[plan.recipe]
        assert tuple(again.snapshots) == (10,)


def test_a_diverged_run_has_the_snapshots_that_it_came_to(tmp_path, plans, monkeypatch):
    plan, wild = plans[0], REGRESSION.replace(epochs=50, lr=10.0)
    with Store(tmp_path / "store.db") as store:
        (run,) = get_or_train(store, plan.dataset, [wild], [0], snapshots=(50,))[wild]
        assert run.diverged_at is not None
        monkeypatch.setattr("fclab.study.trainer.train", None)
        assert get_or_train(store, plan.dataset, [wild], [0], snapshots=(50,))[wild]


def test_without_the_images_the_report_says_so(store):
    _, _, lab = kept_lab(store)
    results = LAB.results(store, lab, None)
    assert results.cifar.dataset is None
    assert results.study is not None
    report = build(results, "en")
    assert "images of part 3 are not on this machine" in said(report)
    assert "class_samples" not in report.numbers


def test_a_part_that_is_gone_is_named(store, images):
    _, _, lab = kept_lab(store)
    lost = lab.parts[1]
    _remove(store, "dataset = :it", lost.fingerprint)
    results = LAB.results(store, lab, images)
    assert results.lost == ("moons",)
    assert results.binary == ()
    assert "no longer in the store: moons" in said(build(results, "en"))


def test_a_study_with_runs_missing_says_which(store, images):
    _, _, lab = kept_lab(store)
    rows = lab_study(store, lab).rows
    other = next(row for row in rows if row.kind == "layers")
    lr = next(row for row in rows if row.kind == "lr")
    _remove(store, "recipe_key = :it AND seed = 1", other.recipe.key)
    _remove(store, "recipe_key = :it", lr.recipe.key)
    results = LAB.results(store, lab, images)
    assert dict(results.lost_runs) == {other.name: 1, lr.name: 2}
    text_ = said(build(results, "en"))
    assert f"{other.name} – 1" in text_
    assert f"Not one run is left, and so no row, of {lr.name}" in text_


def test_a_study_without_a_single_run_is_said_to_be_gone(store):
    _, _, lab = kept_lab(store)
    _remove(store, "recipe_key <> :it", "nothing")
    results = LAB.results(store, lab, None)
    assert results.study is None
    text_ = said(build(results, "en"))
    assert "The report has no study" in text_


def test_a_study_whose_rows_diverge_is_a_report(tmp_path, images):
    wild = Settings(
        seeds=2, base=SETTINGS.base, batch_factors=(), lr_factors=(1e-7,), hidden=(),
    )  # fmt: skip
    with Store(tmp_path / "store.db") as store:
        study, _ = do_study(store, images, wild)
        results = LAB.results(store, KeptLab1(study=study), images)
    line = next(line for line in results.study.lines if line.row.kind == "lr")
    assert line.diverged == 2
    assert "Training diverged, and there is nothing to compare" in said(build(results, "en"))


def test_two_lots_of_classes_give_two_true_texts(tmp_path):
    texts: dict[str, list[str]] = {"ru": [], "en": []}
    for classes in ((0, 55, 58), (22, 40, 57)):
        dataset = synthetic(classes)
        with Store(tmp_path / f"{classes[0]}.db") as store:
            data = Images(classes=classes, source="synthetic")
            parts = train_plans(Trainer(store), [Plan(data, dataset, CIFAR.replace(epochs=8))], 0)
            study, _ = do_study(store, dataset, SETTINGS)
            results = LAB.results(store, KeptLab1(parts=parts, study=study), dataset)
        for lang, point in (("ru", ","), ("en", ".")):
            made = said(build(results, lang))
            shares = (results.cifar.run.metrics["test_accuracy"],
                      results.study.line("base").test.mean)  # fmt: skip
            for share in shares:
                assert f"{100 * share:.1f}".replace(".", point) in made
            texts[lang].append(made)
    for first, second in texts.values():
        assert len(set(first.split("\n")) - set(second.split("\n"))) > 15


def test_no_lab_is_one_line(tmp_path):
    with Store(tmp_path / "store.db") as store, pytest.raises(UsageError, match="fclab run"):
        kept_lab(store)


def test_another_name_is_one_line(store):
    with pytest.raises(UsageError, match="mine"):
        kept_lab(store, "yours")


def _remove(store: Store, where: str, value: str) -> None:
    """Without runs, as a store that was rescued: their seals are not in it either."""
    with store._writer.begin() as connection:
        lost = f"SELECT key FROM runs WHERE {where}"
        connection.execute(text(f"DELETE FROM seals WHERE key IN ({lost})"), {"it": value})
        connection.execute(text(f"DELETE FROM measures WHERE run IN ({lost})"), {"it": value})
        connection.execute(text(f"DELETE FROM runs WHERE {where}"), {"it": value})
