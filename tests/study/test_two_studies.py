"""Two whole studies compared: which rows stand for each other, and what is said of them."""

from dataclasses import replace

import pytest

from fclab.statistics import compare, verdicts
from fclab.study.study import correct_answers
from fclab.study.two_studies import compare_studies, match_rows
from fclab.values.errors import UsageError


def changed(row, **fields):
    return row.model_copy(update=fields)


def test_rows_match_by_recipe_then_by_name_and_once(done):
    base, stop, *_ = done.study.rows
    twin = changed(base, name="twin")
    other = changed(stop, recipe=stop.recipe.replace(lr=0.5))
    pairs = match_rows((twin, base, stop), (changed(base, name="new"), base, other))
    assert [(a.name, b.name) for a, b in pairs] == [
        ("twin", "new"), ("base", "base"), ("stop", "stop"),
    ]  # fmt: skip
    assert match_rows((twin,), (other,)) == []


def test_a_study_does_not_differ_from_itself(done):
    found = compare_studies(done.study, done.study)
    assert [one.by for one in found.matched] == ["recipe"] * len(done.study.rows)
    assert not found.only_first
    assert not found.only_second
    for one in found.matched:
        if one.change is not None and one.verdict is not None:
            assert one.change.difference == 0
            assert one.verdict.decision.value == "not distinguishable"


def test_differences_are_those_of_the_rows_and_judged_together(done):
    rows = {row.name: row for row in done.study.rows}
    first, second, third = [n for n, r in done.study.runs.items() if r[0].diverged_at is None][:3]
    # The other study has the first row's recipe trained as the second's, and has no third.
    runs = {**done.study.runs, first: done.study.runs[second]}
    kept = tuple(row for row in done.study.rows if row.name != third)
    other = replace(
        done.study, runs=runs, definition=done.study.definition.model_copy(update={"rows": kept})
    )
    found = compare_studies(done.study, other)
    one = next(one for one in found.matched if one.first == rows[first])
    seeds = [run.seed for run in done.study.runs[first]]
    change = compare(
        correct_answers(done.study.runs[first]), correct_answers(runs[first]),
        seeds=seeds, parent_seeds=[run.seed for run in runs[first]],
    )  # fmt: skip
    assert one.change is not None
    assert one.verdict is not None
    assert one.change.difference == pytest.approx(change.difference)
    accuracy, of_other = one.accuracies
    assert accuracy is not None
    assert of_other is not None
    assert accuracy - of_other == pytest.approx(change.difference)
    assert one.verdict.p_adjusted >= verdicts([change])[0].p_adjusted
    assert [row.name for row in found.only_first] == [third]


def test_other_images_are_refused(done):
    info = done.study.dataset.model_copy(update={"fingerprint": "0" * 64})
    with pytest.raises(UsageError, match="different images"):
        compare_studies(done.study, replace(done.study, dataset=info))
