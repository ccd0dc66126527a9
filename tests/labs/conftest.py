"""A copy of the package, to which a test adds what a stranger would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fclab


class House:
    """A copy of the package, run as a process of its own.

    Attributes:
        path: of the copy, where it is run too.
        package: its folder ``fclab``.
    """

    def __init__(self, path: Path):
        self.path, self.package = path, path / "fclab"
        source = Path(fclab.__file__).parent
        shutil.copytree(source, self.package, ignore=shutil.ignore_patterns("__pycache__"))

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one place of a module."""
        path = self.package / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of it."""
        cache = str(self.path / "cache")
        environment = {**os.environ, "PYTHONPATH": str(self.path), "FCLAB_CACHE": cache}
        environment.pop("FCLAB_LANG", None)
        return subprocess.run(
            [sys.executable, "-m", "fclab", *arguments],
            cwd=self.path, env=environment, capture_output=True, encoding="utf-8", timeout=300,
        )  # fmt: skip


@pytest.fixture
def house(tmp_path) -> House:
    return House(tmp_path)
