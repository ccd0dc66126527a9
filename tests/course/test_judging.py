"""Rows are trained as they are claimed, within limits; slips follow from what was understood."""

import numpy as np
import pytest

from fclab.course.judging import Traces, check_course
from fclab.course.judging.judge import Trained, judged
from fclab.course.judging.slips import copies, iterations_changed, other_data, rows_alike
from fclab.course.values import CheckedRow, ClaimedRow, Claims, Figure
from fclab.data import synthetic
from fclab.store.database import Store
from fclab.study.trainer import Trainer


def row(test=None, train=None, *, lr=0.005, batch=128, epochs=3, decimals=2, **more) -> ClaimedRow:
    figures = {
        name: Figure(value=value, decimals=decimals, text=f"{value}")
        for name, value in (("test", test), ("train", train))
        if value is not None
    }
    settings = {"layers": (10, 3), "lr": lr, "batch_size": batch, "epochs": epochs}
    return ClaimedRow(cells=(), **{**settings, **figures, **more})


def traces(test: float, train: float, *, sd: float = 1.5, seeds: int = 16) -> Traces:
    """Runs that come to these accuracies from the second epoch on."""
    rng = np.random.default_rng(0)
    spread = rng.normal(size=(seeds, 1)) * sd * np.array([1.0, 0.9, 0.9])
    return Traces(test + spread, train + spread / 3, 1 - spread, 0, (300, 1500), 3)


def finding(claimed: ClaimedRow, of: Traces, others: int = 0) -> CheckedRow:
    table = [Trained(claimed, of)] + [Trained(row(76.0, 99.0), traces(76, 99))] * others
    return judged([table])[0][0]


def test_what_is_far_off_is_told_and_what_is_near_is_not():
    of = traces(76, 98)
    assert finding(row(76.33, 98.2), of).finding == "plausible"
    assert finding(row(81.0, 98.2), of).finding == "unusual"
    assert finding(row(93.0, 98.2), of).finding == "not_reproducible"
    assert finding(row(60.0, 98.2), of).finding == "not_reproducible"


def test_more_rows_ask_for_more():
    of, claimed = traces(76, 98), row(84.33, 98.2)
    alone, many = finding(claimed, of), finding(claimed, of, others=300)
    assert alone.finding == "not_reproducible"
    assert many.finding == "unusual"
    assert many.figures[0].p_value == alone.figures[0].p_value


def test_a_stuck_network_is_unusual_and_no_more():
    stuck = finding(row(40.0, 41.0), traces(76, 98))
    assert stuck.finding == "unusual"


def test_digits_that_were_cut_off_count_for_the_student():
    of = traces(76, 98, sd=0.2)
    whole = finding(row(78.0, 98.0, decimals=0), of).figures[0].p_value
    exact = finding(row(78.0, 98.0, decimals=2), of).figures[0].p_value
    assert exact < whole


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A check of one submission on the stand-in, of rows of all sorts."""
    rows = (
        row(33.3, 33.3, lr=1e6),
        row(80.0, 80.0, lr=1e6),
        row(70.0, 80.0, other=("momentum = 0.9",)),
        row(70.0, 80.0, layers=None),
        row(70.0, 80.0, epochs=20_000),
        row(70.0, 80.0, layers=(10, 4)),
        row(70.0, 80.0),
    )
    place = tmp_path_factory.mktemp("judging") / "runs.db"
    with Store(place) as store:
        claims = [Claims(files=("a",), classes=(58, 0, 55), rows=rows),
                  Claims(files=("b",), classes=(0, 55, 58), rows=rows[-1:]),
                  Claims(files=("c",), rows=rows[-1:])]  # fmt: skip
        trainer = Trainer(store)
        found = check_course(claims, trainer, synthetic, seeds=4)
        return found, trainer.trained


def test_what_cannot_be_trained_says_why(checked):
    found, _ = checked
    reasons = [(one.finding, one.reason) for one in found.submissions[0].rows[:6]]
    assert reasons == [
        ("plausible", "diverges"),
        ("not_checked", "diverges"),
        ("not_checked", "other_settings"),
        ("not_checked", "incomplete"),
        ("not_checked", "too_long"),
        ("not_checked", "other_settings"),
    ]
    assert found.submissions[2].rows[0].reason == "no_classes"


def test_students_of_the_same_classes_share_their_runs(checked):
    found, trained = checked
    again = found.submissions[0].rows[6].seeds
    assert trained == 4 + max(4, again)  # those that diverge, and those of the last row
    assert found.submissions[1].rows[0].figures == found.submissions[0].rows[6].figures


def test_iterations_are_kept_by_the_same_factor():
    base = row(70, 80, epochs=100)
    kept = row(71, 80, batch=64, epochs=50), row(71, 80, lr=0.001, epochs=500)
    assert iterations_changed((base, *kept)) == ()
    (slip,) = iterations_changed((base, row(71, 80, batch=64, epochs=100)))
    assert (slip.rows, slip.values["expected"], slip.values["said"]) == ((0, 1), 50, 0)
    assert slip.values["rate"] == 0
    (slip,) = iterations_changed((base, row(71, 80, lr=0.001, epochs=100)))
    assert slip.values["rate"] == 1
    slips = iterations_changed(
        (base, row(71, 80, lr=0.001, epochs=100), row(71, 80, batch=64, epochs=100))
    )
    assert [one.rows for one in slips] == [(0, 1), (0, 2)]  # beside the row that differs in one
    other = row(71, 80, lr=0.001, epochs=200, comment="число итераций сохранено")
    (slip,) = iterations_changed((base, other))
    assert slip.values["said"] == 1
    assert iterations_changed((base, row(71, 80, layers=(32, 3), batch=64, epochs=100))) == ()


def test_rows_alike_differ_in_results_alone():
    assert rows_alike((row(70, 80), row(70, 80), row(70, 80, epochs=4))) == ()
    (slip,) = rows_alike((row(70, 80), row(72, 80)))
    assert slip.rows == (0, 1)


def test_equal_figures_need_digits_and_two_students():
    def one(student, error, decimals, rows=()):
        figure = Figure(value=error, decimals=decimals, text=str(error))
        return Claims(files=(student,), student=student, part_1_error=figure, rows=rows)

    found = copies([one("a", 0.0034217, 7), one("b", 0.0034217, 7), one("c", 0.003, 3),
                    one("d", 0.003, 3), one("a", 0.0034217, 7)])  # fmt: skip
    assert {place: [copy.other for copy in some] for place, some in found.items()} == {
        0: [1], 1: [0, 4], 4: [1],
    }  # fmt: skip
    table = (row(70.33, 91.2), row(71.67, 93.4, epochs=5), row(69.67, 90.1, batch=64))
    whole = tuple(row(70, 99, epochs=n, decimals=0) for n in (3, 4))
    assert set(copies([one("a", 0.1, 1, table), one("b", 0.2, 1, table)])) == {0, 1}
    assert copies([one("a", 0.1, 1, whole), one("b", 0.2, 1, whole)]) == {}


def test_rows_of_other_data_are_named():
    claims = Claims(files=(), classes=(0, 55, 58), rows=(
        row(70, 80), row(90, 95, layers=(10, 2)), row(80, 85, comment="взяли классы 1, 2, 3"),
        row(80, 85, comment="взяли другие классы"),
    ))  # fmt: skip
    assert [slip.rows for slip in other_data(claims)] == [(1,), (2,), (3,)]
