"""A student's own rows stay in the study: whatever is done again, in whatever order."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from small_study import BASE, pictures
from small_study import settings as small

from fclab.data.kept import Images
from fclab.labs.kept import keep_lab, kept_lab
from fclab.labs.lab import train_plans
from fclab.labs.lab1.content import build
from fclab.labs.lab1.lab import APPENDICES, LAB, KeptLab1
from fclab.labs.lab1.study import do_study
from fclab.labs.values import Plan
from fclab.store.database import Store
from fclab.study.kept import add_row, comment_row, load_definition, load_study, remove_rows
from fclab.study.own import own_of
from fclab.study.rows import OwnRow
from fclab.study.trainer import Trainer
from fclab.tuning.kept_ladder import keep_ladder
from fclab.tuning.ladder import climb
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.words.spans import plain_text

NAME = "pictures-0-55-58-lab"
TINY = {"seeds": 2, "search_seeds": 1, "search_lr": (0.02,), "batch_factors": (2,)}
DEFAULT = ["base", "stop", "batch-32", "past-32", "lr-0.025", "fc-3"]
OWN = {
    "mine": OwnRow(name="mine", changes={"momentum": 0.5}),
    "child": OwnRow(name="child", parent="mine", changes={"lr": 0.01}),
    "other": OwnRow(name="other", parent="base", changes={"layers": "FC(5), FC(3)"}),
}


@pytest.fixture(scope="module")
def images() -> Dataset:
    return pictures()


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """One store for all orders: what was trained once is read."""
    return tmp_path_factory.mktemp("own") / "store.db"


def run(store: Store, images: Dataset, **changes) -> None:
    """What `fclab run` does."""
    values = TINY | {"hidden": ((3,),)} | changes
    data = Images(classes=(0, 55, 58), source="synthetic")
    parts = train_plans(Trainer(store), [Plan(data, images, BASE)], 0)
    name, _ = do_study(store, images, small(**values))
    keep_lab(store, "lab", KeptLab1(parts=parts, study=name))


def add(store: Store, images: Dataset, name: str) -> None:
    add_row(store, NAME, lambda _: images, lambda _: OWN[name])


def shown(store: Store) -> list[str]:
    """The rows of the table, which are those of the report: names in their order."""
    table = [row.name for row in load_study(store, NAME).rows]
    results = LAB.results(store, kept_lab(store, "lab")[2])
    assert results.study is not None
    assert [line.row.name for line in results.study.lines] == table
    assert len(set(table)) == len(table)
    return table


STEPS = strategies.lists(
    strategies.one_of(
        strategies.sampled_from([("run", ""), ("more seeds", ""), ("ladder", "")]),
        strategies.tuples(strategies.just("add"), strategies.sampled_from(list(OWN))),
        strategies.tuples(strategies.just("remove"), strategies.sampled_from(list(OWN))),
    ),
    min_size=3,
    max_size=8,
)


@pytest.mark.slow
@settings(
    max_examples=4, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps=STEPS)
def test_in_every_order_nothing_disappears_or_doubles(steps, images, path):
    there: list[str] = []
    with Store(path) as store:
        run(store, images)
        left = [name for name in reversed(shown(store)) if name in OWN]
        for name in sorted(left, key=lambda name: name != "child"):
            remove_rows(store, NAME, [name])
    for step, name in steps:
        with Store(path) as store:  # every step is a process of its own
            if step == "run":
                run(store, images)
            elif step == "more seeds":
                run(store, images, seeds=3)
            elif step == "ladder":
                keep_ladder(
                    store,
                    climb(images, store, seeds=2, causes=("stop",), base=BASE, best=BASE,
                          ablation=False),
                )  # fmt: skip
            elif step == "add":
                fits = name not in there and (name != "child" or "mine" in there)
                expect_error(fits, lambda n=name, s=store: add(s, images, n))
                there += [name] if fits else []
            else:
                fits = name in there and (name != "mine" or "child" not in there)
                expect_error(fits, lambda n=name, s=store: remove_rows(s, NAME, [n]))
                there = [one for one in there if not (fits and one == name)]
            assert shown(store) == [*DEFAULT, *there]


def expect_error(fits: bool, act: Callable[[], None]) -> None:
    if fits:
        act()
        return
    with pytest.raises(UsageError):
        act()


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_report_has_them_everywhere(images, tmp_path, lang):
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        add(store, images, "other")
        add(store, images, "mine")
        run(store, images)
        results = LAB.results(store, kept_lab(store)[2], images)
        report = build(results, lang, None, APPENDICES)
        tables = [block for block in report.blocks if block.kind == "table"]
        final = [
            table for table in tables if any("fc-3" in plain_text(row[0]) for row in table.rows)
        ]
        assert final
        for table in final:
            first = [plain_text(row[0]) for row in table.rows]
            for name in ("other", "mine"):
                assert sum(name in cell for cell in first) == 1
        items = [plain_text(item) for b in report.blocks if b.kind == "items" for item in b.items]
        for name in ("other", "mine"):
            assert any(item.startswith(name) for item in items)


def test_a_row_keeps_what_was_asked_for(images, tmp_path):
    """Not what it came to: a value that the parent happened to have is the row's own."""
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        lr = load_study(store, NAME).row("stop").recipe.lr
        add_row(
            store, NAME, lambda _: images,
            lambda _: OwnRow(name="mine", changes={"lr": lr, "momentum": 0.5}),
        )  # fmt: skip
        run(store, images, base=BASE.replace(lr=lr / 2))
        row = load_study(store, NAME).row("mine")
        assert (row.recipe.lr, row.recipe.momentum) == (lr, 0.5)
        assert own_of([row])[0].changes == {"lr": lr, "momentum": 0.5}


def test_a_row_whose_parent_a_study_does_not_have_keeps_its_recipe(images, tmp_path):
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        wish = OwnRow(name="mine", parent="batch-32", changes={"momentum": 0.5})
        add_row(store, NAME, lambda _: images, lambda _: wish)
        recipe = load_study(store, NAME).row("mine").recipe
        run(store, images, batch_factors=())
        row = load_study(store, NAME).row("mine")
        assert (row.recipe, row.parent) == (recipe, "stop")
        run(store, images)  # and the parent is found again
        row = load_study(store, NAME).row("mine")
        assert (row.recipe, row.parent) == (recipe, "batch-32")


def test_rows_stay_with_the_study_of_their_images(images, tmp_path):
    others = pictures(seed=6)
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        add(store, images, "mine")
        name, study = do_study(store, others, small(**TINY))
        assert name == f"{NAME}-{others.fingerprint[:8]}"
        assert "mine" not in [row.name for row in study.rows]
        assert "mine" in shown(store)
        with pytest.raises(UsageError, match="of other images"):
            do_study(store, others, small(**TINY), name=NAME)
        assert "mine" in shown(store)


def test_a_row_that_is_added_while_the_study_is_done_again_stays(images, tmp_path):
    added = []
    with Store(tmp_path / "store.db") as store, Store(tmp_path / "store.db") as other:
        run(store, images)

        def meanwhile(*_told) -> None:
            if not added:
                added.append("mine")
                add(other, images, "mine")

        do_study(store, images, small(**TINY, hidden=((3,),)), progress=meanwhile)
        assert added
        assert shown(store) == [*DEFAULT, "mine"]


def test_a_row_that_others_start_from_is_removed_with_them(images, tmp_path):
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        add(store, images, "mine")
        add(store, images, "child")
        with pytest.raises(UsageError, match=r"'child' would be left without .*remove mine child"):
            remove_rows(store, NAME, ["mine"])
        with pytest.raises(UsageError, match="not one of your own"):
            remove_rows(store, NAME, ["stop"])
        with pytest.raises(UsageError, match="no row 'nobody'"):
            remove_rows(store, NAME, ["mine", "nobody"])
        assert shown(store) == [*DEFAULT, "mine", "child"]
        remove_rows(store, NAME, ["mine", "child"])
        assert shown(store) == DEFAULT


def test_rows_given_anew_keep_their_place_and_their_children(images, tmp_path):
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        add(store, images, "mine")
        add(store, images, "child")
        anew = [OwnRow(name="mine", changes={"momentum": 0.9}), OWN["other"]]
        do_study(store, images, small(**TINY, hidden=((3,),)), own=anew)
        assert shown(store) == [*DEFAULT, "mine", "child", "other"]
        assert load_study(store, NAME).row("child").recipe.momentum == 0.9


def test_a_small_study_does_not_take_the_place_of_a_large_one(images, tmp_path):
    """The notebook's: what is kept stays, what is new is added, the base recipe is its own."""
    with Store(tmp_path / "store.db") as store:
        run(store, images, lr_factors=(2, 5))
        add(store, images, "mine")
        large = load_study(store, NAME).definition
        little = small(**TINY | {"seeds": 1, "batch_factors": (), "lr_factors": (2,), "hidden": ()})
        _, study = do_study(store, images, little, widen=True)
        assert study.definition.model_dump(mode="json") == large.model_dump(mode="json")
        more = little.model_copy(update={"seeds": 3, "lr_factors": (4,)})
        do_study(store, images, more, widen=True)
        names = ["base", "stop", "batch-32", "past-32", "lr-0.025", "lr-0.0125", "lr-0.01", "fc-3"]
        assert shown(store) == [*names, "mine"]
        assert load_study(store, NAME).definition.settings.seeds == 3
        other = more.model_copy(update={"base": BASE.replace(epochs=8)})
        do_study(store, images, other, widen=True)
        rows = load_study(store, NAME).rows
        assert rows[0].recipe.epochs == 8
        assert "mine" in [row.name for row in rows]
        do_study(store, images, little)  # as commands do: the settings that are given
        assert shown(store) == ["base", "stop", "lr-0.025", "mine"]


def test_all_that_start_from_a_row_are_named(images, tmp_path):
    with Store(tmp_path / "store.db") as store:
        run(store, images)
        for name in ("mine", "child"):
            add(store, images, name)
        grandchild = OwnRow(name="grandchild", parent="child", changes={"epochs": 3})
        do_study(store, images, small(**TINY, hidden=((3,),)), own=[grandchild])
        with pytest.raises(UsageError, match="fclab study remove mine child grandchild"):
            remove_rows(store, NAME, ["mine"])


def test_comments_on_any_row_stay_when_the_study_is_done_again(images, path):
    with Store(path) as store:
        run(store, images)
        if "mine" not in [row.name for row in load_definition(store, NAME).rows]:
            add(store, images, "mine")
        before = store.definition("study", NAME)
        said = {"stop": "as expected", "mine": "not better"}
        for row, comment in said.items():
            assert comment_row(store, NAME, row, comment).comment == comment
        run(store, images)
        rows = load_definition(store, NAME).rows
        assert {row.name: row.comment for row in rows if row.comment} == said
        for row in said:
            comment_row(store, NAME, row, "")
        assert store.definition("study", NAME) == before
        for row, comment in (("no such", "x"), ("stop", "x" * 1001), ("stop", "a \u202e b")):
            with pytest.raises(UsageError):
                comment_row(store, NAME, row, comment)
