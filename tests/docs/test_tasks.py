"""tasks.py: what CI checks, what git's hook runs and what a person calls is one list."""

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tasks():
    spec = importlib.util.spec_from_file_location("tasks_of_the_checkout", ROOT / "tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rehearsed(*words: str) -> list[list[str]]:
    """The commands of a task, without those that install."""
    done = subprocess.run(
        [sys.executable, ROOT / "tasks.py", "--dry-run", *words],
        capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"}, check=True,
    )  # fmt: skip
    commands = [shlex.split(line) for line in done.stdout.splitlines()]
    named = [[Path(name).stem, *words] for name, *words in commands]
    return [command for command in named if "venv" not in command and "pip" not in command]


def test_checking_is_lint_and_then_all_tests():
    *lint, tests = rehearsed("check")
    assert lint == rehearsed("lint")
    assert [command[0] for command in lint] == ["ruff", "ruff", "pyright", "lint-imports"]
    assert [tests] == rehearsed("test")
    assert tests == ["pytest", "-n", "logical"]


def test_what_follows_the_name_goes_to_the_last_command():
    assert rehearsed("test", "-m", "not slow") == rehearsed("quick")
    assert rehearsed("check", "-x")[-1][-1] == "-x"
    assert rehearsed("run", "--classes", "0", "55") == [["fclab", "run", "--classes", "0", "55"]]
    assert "--variant" in rehearsed("run")[0]


@pytest.mark.parametrize(
    ("place", "task"),
    [
        (".github/workflows/check.yml", "check"),
        (".ci/run", "check"),
        (".githooks/pre-commit", "lint"),
    ],
)
def test_ci_and_the_hook_have_no_list_of_their_own(tasks, place, task):
    told = [
        line for line in (ROOT / place).read_text("utf-8").splitlines()
        if not line.lstrip().startswith("#")
    ]  # fmt: skip
    assert sum(f"tasks.py {task}" in line for line in told) == 1
    assert not any(command[0] in line for command in (*tasks.LINT, tasks.TEST) for line in told)


def test_git_runs_the_hook_once_it_is_told_to():
    (command,) = rehearsed("hooks")
    folder = ROOT / command[-1]
    assert command[:-1] == ["git", "config", "core.hooksPath"]
    assert os.name == "nt" or os.access(folder / "pre-commit", os.X_OK)


def test_the_makefile_knows_every_task(tasks):
    told = (ROOT / "Makefile").read_text("utf-8")
    names = told.partition("TASKS  := ")[2].splitlines()[0].split()
    assert sorted([*names, "run"]) == sorted(tasks.TASKS)


def test_a_command_that_fails_ends_the_task(tasks, monkeypatch):
    called = []

    def call(command):
        called.append(Path(command[0]).stem)
        return 3 if command[0].endswith(("pyright", "pyright.exe")) else 0

    monkeypatch.setattr(tasks, "installation", lambda dev: [])
    monkeypatch.setattr(tasks.subprocess, "call", call)
    monkeypatch.setattr(tasks.Path, "touch", lambda path: None)
    monkeypatch.chdir(ROOT)
    assert tasks.main(["check"]) == 3
    assert called == ["ruff", "ruff", "pyright"]


def test_an_environment_is_made_when_what_it_is_made_from_has_changed(tasks, tmp_path, monkeypatch):
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    made, installed = tasks.installation(dev=False)
    assert made[1:] == ("-m", "venv", ".venv")
    assert installed[-2:] == ("--editable", ".[web]")
    (tmp_path / ".venv").mkdir()
    for name in ("pyvenv.cfg", ".installed", ".installed-dev"):
        (tmp_path / ".venv" / name).touch()
    assert tasks.installation(dev=True) == tasks.installation(dev=False) == []
    os.utime(tmp_path / ".venv" / ".installed-dev", (0, 0))
    ((*_, what),) = tasks.installation(dev=True)
    assert what == ".[dev]"
    assert tasks.installation(dev=False) == []
