"""Colab and Kaggle have most of what fclab needs: installing it there replaces nothing of it.

The lists beside this file say what they have, and of when; docs/machines.md tells it.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOSTS = ["colab", "kaggle"]


def listed(host: str) -> tuple[str, dict[str, Version]]:
    """The version of Python there, and those of packages."""
    lines = (HERE / f"{host}.txt").read_text("utf-8").splitlines()
    python = re.search(r"Python (\d+\.\d+\.\d+)", lines[0])
    assert python
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return python[1], {canonicalize_name(name): Version(version) for name, version in pins}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def needed(host: str) -> Iterator[tuple[str, Requirement]]:
    """What fclab needs there, and what is needed by that of it which is installed with fclab: who
    asks, and what for. What is there already is known to fit together."""
    python, there = listed(host)
    machine = {"python_version": python.rpartition(".")[0], "python_full_version": python,
               "sys_platform": "linux", "platform_system": "Linux", "extra": "",
               "platform_machine": "x86_64", "implementation_name": "cpython",
               "platform_python_implementation": "CPython", "os_name": "posix"}  # fmt: skip
    waiting = [("fclab", line) for line in project()["dependencies"]]
    seen: set[str] = set()
    while waiting:
        by, line = waiting.pop()
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate(machine):
            continue
        yield by, wanted
        name = canonicalize_name(wanted.name)
        if name not in there and name not in seen:
            seen.add(name)
            waiting += [(name, after) for after in requires(name) or ()]


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_there_is_taken_as_it_is(host):
    python, there = listed(host)
    assert Version(python) in Requirement(f"python{project()['requires-python']}").specifier
    asked = list(needed(host))
    assert {"torch", "numpy", "numba", "scipy", "scikit-learn", "matplotlib"} <= there.keys()
    refused = [
        f"{by} wants {wanted}, there is {there[name]}"
        for by, wanted in asked
        if (name := canonicalize_name(wanted.name)) in there
        and not wanted.specifier.contains(there[name], prereleases=True)
    ]
    assert not refused


@pytest.mark.parametrize("host", HOSTS)
def test_little_is_installed_there(host):
    _, there = listed(host)
    new = {canonicalize_name(wanted.name) for _, wanted in needed(host)} - there.keys()
    told = (ROOT / "docs" / "machines.md").read_text("utf-8")
    assert new <= {"alembic", "colorlog", "cyclopts", "docstring-parser", "docutils",
                   "latex2mathml", "optuna", "python-docx", "rich-rst", "typst"}  # fmt: skip
    for name in {"torch", "numpy", "numba", "scikit-learn", "sqlalchemy"}:
        assert f"| {name} |" in told
        assert str(there[name].base_version) in told


def test_a_requirement_that_would_replace_something_is_noticed(monkeypatch):
    monkeypatch.setattr(
        "test_hosted_notebooks.project",
        lambda: {"requires-python": ">=3.11", "dependencies": ["numpy>=2.3", "optuna"]},
    )
    with pytest.raises(AssertionError, match=r"fclab wants numpy>=2\.3, there is 2\."):
        test_what_is_there_is_taken_as_it_is("colab")


def test_every_package_that_is_asked_is_known_here():
    for host in HOSTS:
        try:
            assert len(list(needed(host))) > len(project()["dependencies"])
        except PackageNotFoundError as error:
            pytest.fail(f"{error} is not installed: what it needs cannot be asked")
