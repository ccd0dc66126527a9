"""Thirty honest submissions and ten others, real files of real runs: `fclab course check`."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from submissions import STYLES, Row, Told

from fclab.course.folder import read_checked, write_course
from fclab.course.values import Assignment, Checked, Course, CourseCheck, Student
from fclab.data import cifar100
from fclab.engines import train
from fclab.labs.lab1.variant import classes_of, find_scheme
from fclab.store.database import Store
from fclab.values.recipe import CIFAR

pytestmark = pytest.mark.slow

SURNAMES = tuple(
    """
    Абрамов Белов Власов Громов Дроздов Егоров Жуков Зайцев Ильин Комаров Лебедев Макаров Носов
    Орлов Павлов Романов Соколов Титов Уваров Фомин Харитонов Цветков Чернов Шилов Щукин Юдин
    Яшин Алёхин Быков Волков Гусев Демидов Ершов Зотов Исаев Карпов Логинов Мухин Никитин Осипов
    """.split()  # noqa: SIM905
)
HONEST = 30
ROWS = ((0.005, 128, 20), (0.005, 128, 8), (0.005, 64, 10))
COMMENTS = ("Базовый вариант", "Остановились раньше", "Уменьшили батч в 2 раза")
PLAIN = [name for name in STYLES if name.split("-")[0] in ("shares", "columns", "russian")]
TWO_DIGITS = [name for name in STYLES if name.split("-")[0] == "shares"
              and STYLES[name].whole and STYLES[name].reports]  # fmt: skip


class Submitted(NamedTuple):
    """The command's results over a folder of submissions."""

    folder: Path
    found: CourseCheck
    output: str
    course: Course


def told(
    place: int, data: Path, number: int | None = None, *, classes: tuple[int, ...] | None = None
) -> Told:
    """An honest report from single runs of a seed of the student's own; of every seventh student
    by PyTorch's own loop.

    Args:
        place: of the student.
        data: CIFAR-100.
        number: of the variant; default: one of the student's own.
        classes: default: those of the variant.
    """
    number = number or place + 1
    own = classes_of(3, number, scheme="2026").classes
    dataset = cifar100(classes or own, data)
    engine = "reference" if place % 7 == 3 else "auto"
    rows, last = [], None
    for (lr, batch, epochs), comment in zip(ROWS, COMMENTS, strict=True):
        recipe = CIFAR.replace(lr=lr, batch_size=batch, epochs=epochs)
        (last,) = train(dataset, [recipe], [1000 + place], engine=engine)
        test, trained = (100 * last.metrics[f"{part}_accuracy"] for part in ("test", "train"))
        rows.append(Row((10, 3), lr, batch, epochs, test, trained, comment))
    assert last is not None
    report = last.class_report("test").classes
    return Told(
        name=f"{SURNAMES[place]} Пётр Ильич", group="3", variant=number,
        classes=classes or own, rows=tuple(rows),
        part_1_error=round(float(np.random.default_rng(place).uniform(0.001, 0.009)), 7),
        per_class=tuple((r.precision, r.recall, r.f1) for r in report),
    )  # fmt: skip


def invented(place: int, data: Path, others: list[Told]) -> Told:
    """The reports that something is wrong with, by their places from `HONEST` on."""
    kind = place - HONEST
    if kind == 5:  # the classes that the rule of 2025 gives
        return told(place, data, 8, classes=classes_of(3, 8, scheme="2025").classes)
    one = told(place, data, place - 27 if kind != 6 else 18)
    if kind in (0, 1, 2, 3):  # ten points more, and twenty
        more = 20 if kind in (1, 2) else 10
        return replace(one, rows=tuple(r._replace(test=r.test + more) for r in one.rows))
    if kind == 4:  # the table of another student, on other classes
        return replace(one, rows=others[20].rows)
    if kind == 6:  # the lines of the notebook's report, named in the order of typing
        first, second, third = one.classes
        return replace(one, classes=(third, first, second))
    if kind == 7:  # the error of another student's part 1
        return replace(one, part_1_error=others[11].part_1_error)
    if kind == 8:  # a row twice, with different results
        return replace(one, rows=(*one.rows, one.rows[0]._replace(test=one.rows[0].test + 2)))
    comment = "Уменьшили батч, число итераций сохранили"
    return replace(one, rows=(*one.rows[:2], one.rows[2]._replace(epochs=20, comment=comment)))


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, cifar_dir: Path) -> Submitted:
    """The command, once, over forty files."""
    root = tmp_path_factory.mktemp("course")
    folder = root / "submissions"
    folder.mkdir()
    every = [told(place, cifar_dir) for place in range(HONEST)]
    every += [invented(place, cifar_dir, every) for place in range(HONEST, 40)]
    students, assignments = [], []
    for place, one in enumerate(every):
        key = f"s{place:03d}"
        name = f"{SURNAMES[place]} Пётр Ильич"
        number = one.variant
        names = TWO_DIGITS if place >= HONEST or place in (11, 20) else PLAIN
        style = STYLES[names[0 if place in (11, HONEST + 7) else place % len(names)]]
        report = replace(one, name=name, classes=one.classes)
        (folder / f"{SURNAMES[place]}{style.ending}").write_bytes(style(report))
        students.append(Student(key=key, name=name, group="3", variant=number))
        own = classes_of(3, number, scheme="2026").classes
        assignments.append(Assignment(student=key, group=3, variant=number, classes=own))
    course = Course(scheme=find_scheme("2026"), lang="ru", students=tuple(students),
                    assignments=tuple(assignments))  # fmt: skip
    write_course(root, course)
    output = command(root, cifar_dir)
    return Submitted(root, read_checked(root), output, course)


def command(root: Path, data: Path, *more: str) -> str:
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "fclab", "course", "check", "submissions", "--lang", "en",
         "--store", "runs.db", *more],
        cwd=root, env={**os.environ, "FCLAB_DATA": str(data)}, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def of(checked: Submitted, place: int) -> Checked:
    (found,) = [c for c in checked.found.submissions if c.claims.student == f"s{place:03d}"]
    return found


def kinds(one: Checked) -> list[str]:
    return [slip.kind for slip in one.slips]


def test_no_honest_student_is_told_to_be_anything_else(checked: Submitted):
    assert len(checked.found.submissions) == 40
    for place in range(HONEST):
        one = of(checked, place)
        assert [row.finding for row in one.rows if row.finding == "not_reproducible"] == []
        assert len(one.rows) == 3
        assert all(row.seeds >= 16 for row in one.rows)
        copied = ["equal_to_another"] * (place in (11, 20))  # they were copied from
        assert [kind for kind in kinds(one) if kind != "best_epoch"] == copied
    honest = [row for place in range(HONEST) for row in of(checked, place).rows]
    assert sum(row.finding == "plausible" for row in honest) > 0.75 * len(honest)


def test_twenty_points_more_are_not_reproducible_and_ten_are_unusual(checked: Submitted):
    for place in (HONEST + 1, HONEST + 2):
        assert "not_reproducible" in [row.finding for row in of(checked, place).rows]
    for place in (HONEST, HONEST + 3):
        assert "plausible" not in [row.finding for row in of(checked, place).rows]


def test_what_was_copied_is_found_with_whose_it_is(checked: Submitted):
    table, error = of(checked, HONEST + 4), of(checked, HONEST + 7)
    (slip,) = [s for s in table.slips if s.kind == "equal_to_another"]
    assert slip.values["student"] == "s020"
    assert slip.rows == (0, 1, 2)
    (slip,) = [s for s in error.slips if s.kind == "equal_to_another"]
    assert slip.values["student"] == "s011"
    assert slip.values["what"] == "part_1"


def test_classes_of_another_year_are_named(checked: Submitted):
    (slip,) = [s for s in of(checked, HONEST + 5).slips if s.kind == "other_classes"]
    assert slip.values["scheme"] == "2025"
    assert slip.values["expected"] == classes_of(3, 8, scheme="2026").classes


def test_exchanged_names_are_found_by_what_the_classes_really_get(checked: Submitted):
    one = of(checked, HONEST + 6)
    (slip,) = [s for s in one.slips if s.kind == "names_exchanged"]
    typed = one.claims.classes
    assert typed is not None
    assert slip.values["said"] == typed
    assert slip.values["meant"] == tuple(sorted(typed))


def test_rows_alike_and_iterations_are_found(checked: Submitted):
    assert kinds(of(checked, HONEST + 8)).count("rows_alike") == 1
    (slip,) = [s for s in of(checked, HONEST + 9).slips if s.kind == "iterations_changed"]
    assert (slip.values["epochs"], slip.values["expected"]) == (20, 10)
    assert slip.rows == (0, 2)


def test_a_second_check_trains_nothing_and_names_nobody_if_asked(
    checked: Submitted, cifar_dir: Path
):
    def runs() -> int:
        with Store(checked.folder / "runs.db", create=False) as store:
            return len(store.listing())

    before = runs()
    assert SURNAMES[0] in checked.output
    output = command(checked.folder, cifar_dir, "--anonymous")
    assert runs() == before
    assert read_checked(checked.folder) == checked.found
    assert [name for name in SURNAMES if name in output] == []
    raw = (checked.folder / "runs.db").read_bytes()
    assert [name for name in SURNAMES if name.encode() in raw] == []
