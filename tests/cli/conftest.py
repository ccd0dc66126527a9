"""Every test of the command line starts in a folder of its own: commands remember their last run
in the folder that they were started from."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="package", autouse=True)
def _somewhere(tmp_path_factory) -> Iterator[None]:
    """For fixtures of modules, which are made before those of a test."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("started"))
    yield
    os.chdir(before)


@pytest.fixture(autouse=True)
def _started_here(tmp_path_factory, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("started"))
