"""README.md and README.ru.md: what stands in their blocks is run, as a newcomer would run it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from fclab.tuning.causes import CAUSES

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "README.md", "ru": ROOT / "README.ru.md"}

# What makes a command that trains for minutes short enough for a test: the command stays the same.
SHORTER = {
    "run": "--seeds 2",
    "study": "--seeds 2",
    "ladder": f"--seeds 2 --without {' '.join(set(CAUSES) - {'stop', 'ensemble'})}",
    "search": "--trials 2 --seeds 2 --confirm 0",
}
INSTALLATION = ("python3 -m venv", ".venv/bin/pip install")


def blocks(path: Path, language: str) -> list[str]:
    tokens = MarkdownIt().parse(path.read_text("utf-8"))
    return [t.content for t in tokens if t.type == "fence" and t.info.split()[:1] == [language]]


def commands(path: Path) -> list[list[str]]:
    """Every command of the shell blocks, in order, as words; comments are left out."""
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    found = [shlex.split(part, comments=True) for line in lines for part in line.split("; ")]
    return [words for words in found if words]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of README's own installation: without the packages of the extras."""
    folder = tmp_path_factory.mktemp("installed")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [
        *extras["optional-dependencies"]["parquet"],
        *extras["optional-dependencies"]["postgresql"],
    ]
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in needed]
    hidden = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""
    (folder / "sitecustomize.py").write_text(hidden, "utf-8")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "FCLAB_CACHE": str(folder / "cache")}


def shortened(words):
    """A command that takes seconds; a number that stands in it already is made smaller."""
    if words[1:3] == ["study", "add"]:
        return words
    more = shlex.split(SHORTER.get(words[1], ""))
    given = {w for w in words if w.startswith("--") and w in more}
    kept = [w for i, w in enumerate(words) if w not in given and words[i - 1] not in given]
    return [*kept, *more]


def run(words, cwd, environment):
    """A command of fclab: what it printed; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "fclab", *words[1:]],
        cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.slow
def test_every_command_runs(cifar_dir, tmp_path, environment):
    environment = {**environment, "FCLAB_DATA": str(cifar_dir)}
    Image.fromarray(np.full((40, 60, 3), 128, np.uint8)).save(tmp_path / "photo.jpg")
    listed = [words for words in commands(PAGES["en"]) if words[0] == "fclab"]
    assert len(listed) > 15
    for words in listed:
        printed = run(shortened(words), tmp_path, environment)
        assert printed.strip(), words
    for path in ("report.html", "report.docx", "report.pdf"):
        assert (tmp_path / "results" / "mine" / path).is_file()


def test_both_languages_hold_the_same_commands():
    assert commands(PAGES["ru"]) == commands(PAGES["en"])
    assert blocks(PAGES["ru"], "python") == blocks(PAGES["en"], "python")


def test_the_python_blocks_run(tmp_path, environment):
    found = blocks(PAGES["en"], "python")
    assert found
    for block in found:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def rehearsed(*words: str) -> list[str]:
    """The last command of a make that only says what it would do, inside another make or not."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", "--no-print-directory", *words]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, env=outside, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        told = shlex.split(done.stdout.splitlines()[-1])
        command = [sys.executable, "tasks.py", "--dry-run", *told[2:]]  # it called tasks.py
    return told


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
def test_make_does_what_is_said():
    made = [words for words in commands(PAGES["en"]) if words[0] == "make"]
    assert [words[1] for words in made] == ["run", "test"]
    for words in made:
        asked = rehearsed(*words[1:])
        expected = {"run": ["fclab", "run"], "test": ["pytest", "-n"]}[words[1]]
        assert [Path(asked[0]).name, asked[1]] == expected
    example = next(words for words in commands(PAGES["en"]) if words[:2] == ["fclab", "run"])
    assert rehearsed("run")[1:] == example[1:]


def test_the_installation_without_make(tmp_path):
    """The block itself, in a copy of the sources; what it would download is already there."""
    for name in ("src", "notebooks", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    block = next(b for b in blocks(PAGES["en"], "sh") if b.startswith(INSTALLATION[0]))
    environment = {**os.environ, "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1",
                   "PIP_DISABLE_PIP_VERSION_CHECK": "1"}  # fmt: skip
    environment.pop("PYTHONPATH", None)
    for line in block.splitlines():
        done = subprocess.run(
            shlex.split(line), cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        if line.startswith(INSTALLATION[0]):
            installed = next((tmp_path / ".venv").rglob("site-packages"))
            for old in installed.glob(
                "setuptools*"
            ):  # it would hide the newer one that torch needs
                shutil.rmtree(old)
            here = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
            (installed / "here.pth").write_text("\n".join(here), "utf-8")
    assert "fclab run" in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_the_installation_on_windows_is_the_same(page):
    """Line by line, with the names that its environments have there."""
    (windows,) = blocks(PAGES[page], "powershell")
    unix = next(b for b in blocks(PAGES[page], "sh") if b.startswith(INSTALLATION[0]))
    there = unix.replace("python3", "py").replace(".venv/bin/", ".venv\\Scripts\\").splitlines()
    *installed, example = windows.splitlines()
    assert installed == there
    assert example.startswith(".venv\\Scripts\\fclab run --group 23 --variant 7")
