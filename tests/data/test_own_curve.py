"""A curve of one's own: from points, from a file, by the command, and as a program."""

import numpy as np
import pytest

from fclab.data.kept import OwnCurve
from fclab.data.own_cloud import read_cloud
from fclab.data.own_curve import own_curve, read_points
from fclab.data.regression import regression_curve
from fclab.values.errors import DataError, FclabError, UsageError

POINTS = [(0.5, 1.0), (-0.5, 0.25), (0.0, 0.5)]


def test_points_are_the_curve_and_noise_is_that_of_the_lab():
    data = own_curve(POINTS, repeats=4, noise=0.1, seed=3)
    assert data.test.x.ravel().tolist() == [-0.5, 0.0, 0.5]
    assert data.test.y.tolist() == [0.25, 0.5, 1.0]
    assert data.is_curve
    lab = regression_curve("abs", points=3, repeats=4, noise=0.1, seed=3)
    noise = lab.train.y - lab.test.y.repeat(4)
    np.testing.assert_allclose(data.train.y - data.test.y.repeat(4), noise, atol=1e-6)


def test_what_is_kept_makes_it_again():
    kept = OwnCurve(points=tuple(POINTS), noise=0.2, seed=1)
    again = OwnCurve.model_validate_json(kept.model_dump_json())
    assert again == kept
    assert again.make().fingerprint == own_curve(POINTS, noise=0.2, seed=1).fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n0.5,1\n-0.5,0.25\n\n0,0.5\n",
        "0,5;1\r\n-0,5 ; 0,25\r\n0;0,5",
        "\ufeff0.5\t1\n-0.5\t.25\n0 0.5\n",
        "время  высота\n0,5 1\n-0,5   0,25\n0 5e-1",
    ],
)
def test_files_as_people_have_them(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert sorted(read_points(path)) == sorted(POINTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,1\n1,2,3\n", "line 2: not two numbers"),
        ("0,1\nnan,2\n", "line 2"),
        ("0,1\n1,inf\n", "line 2"),
        ("x\n0 1\n", None),
        ("0 1\n" * 300_000, "too large"),
    ],
)
def test_files_that_are_none(tmp_path, text, message):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    if message is None:
        assert read_points(path) == ((0.0, 1.0),)
        return
    with pytest.raises(DataError, match=message):
        read_points(path)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(0, 1)], "at least 2"),
        ([], "at least 2"),
        ([(0, 1), (1, 1e39)], "finite"),
        ([(0, 1), (float("nan"), 1)], "finite"),
        ([(0.0, 1.0)] * 10_001, "at most"),
    ],
)
def test_points_that_are_no_curve(points, message):
    with pytest.raises(UsageError, match=message):
        own_curve(points)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FclabError, match="cannot read"):
        read_points(tmp_path / "none.csv")


@pytest.mark.parametrize("text", [
    "x,y,class\n0.5,-1,0\n1,2,1\n", "0.5 -1 0\n\n1 2 1", "0,5;−1;0\r\n1;2;1\r\n",
    "0,5 -1,0 0\n1 2,0 1", "0.5, -1 , 0\n1, 2, 1", "\ufeffx\ty\tk\n0,5\t-1\t0\n1\t2\t1",
])  # fmt: skip
def test_points_of_two_classes_are_read(tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_bytes(text.encode())
    assert read_cloud(path) == ((0.5, -1.0, 0), (1.0, 2.0, 1))


@pytest.mark.parametrize("line", ["1,2", "1,2,3", "1,2,0.5", "nan,1,0", "1,2,0,1", "1e400,1,0"])
def test_what_is_no_point_of_a_class_is_said(tmp_path, line):
    path = tmp_path / "points.csv"
    path.write_text(f"0,0,1\n{line}\n", "utf-8")
    with pytest.raises(DataError, match="line 2: not two numbers x, y and a class"):
        read_cloud(path)
