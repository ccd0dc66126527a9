"""Fixtures of all tests: the real CIFAR-100, a private cache, one thread inside PyTorch."""

import ast
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parent.parent


settings.register_profile("fclab", deadline=None)  # a busy machine is not a failure
settings.register_profile("quick", deadline=None, max_examples=20, derandomize=True, database=None)
settings.load_profile("fclab")
torch.set_num_threads(1)  # pytest-xdist runs a process per core
os.environ.setdefault("PYTHONUTF8", "1")  # of processes that tests start, on Windows too


_LACKING = "this system has no {}"


def _has(what: str) -> bool:
    """Whether there is a module, a name in one, or ``symlinks`` for everybody (not on Windows)."""
    if what == "symlinks":
        return _has("os.mkfifo")
    module, _, name = what.partition(".")
    try:
        found = __import__(module, globals())
    except ImportError:
        return False
    return not name or hasattr(found, name)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A campaign is slow, so that ``-m 'not slow'`` leaves out both; what a system lacks is not
    asked of it."""
    for item in items:
        if item.get_closest_marker("campaign"):
            item.add_marker("slow")
        for marker in item.iter_markers("needs"):
            if not _has(marker.args[0]):
                item.add_marker(pytest.mark.skip(_LACKING.format(marker.args[0])))


@pytest.fixture(scope="session")
def cifar_dir() -> Path:
    """The official CIFAR-100 files: beside the checkout, or where FCLAB_DATA says.

    Where the shared folder exists its files must be there: tests fail, they do not skip.
    """
    shared = ROOT.parent / "shared"
    folder = Path(os.environ.get("FCLAB_DATA") or shared / "data" / "cifar-100-python")
    if not shared.is_dir() and "FCLAB_DATA" not in os.environ:
        pytest.skip("the real CIFAR-100 is not on this machine (set FCLAB_DATA to its folder)")
    missing = [name for name in ("train", "test", "meta") if not (folder / name).is_file()]
    assert not missing, f"{folder} lacks {missing}"
    return folder


_LIMITED = """
import resource, signal, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from pathlib import Path
from fclab.values.errors import FclabError
{before}
for path in map(Path, sys.argv[1:]):
    signal.setitimer(signal.ITIMER_PROF, 10)  # of the processor; ends the process
    try:
        told = {call}
    except FclabError as error:
        told = f"refused: {{error}}"
    print(repr(str(told)), flush=True)
"""


@pytest.fixture
def limited() -> Callable[..., list[str]]:
    """What a call says of paths, in a process that gets 1 GiB of memory and 10 s of the processor
    for each.

    Called with statements that it needs (imports), an expression that uses ``path``, and the
    paths. Returns the text of each value, or ``refused: `` and the line of an `FclabError`;
    whatever else happens, out of memory or time included, fails the test.
    """

    def run(before: str, call: str, *paths: Path) -> list[str]:
        if not _has("resource"):
            pytest.skip(_LACKING.format("resource"))
        code = _LIMITED.format(before=before, call=call)
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, paths)],
            capture_output=True, encoding="utf-8", check=False, timeout=300 + 60 * len(paths),
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        told = [ast.literal_eval(line) for line in done.stdout.splitlines()]
        assert len(told) == len(paths)
        return told

    return run


@pytest.fixture
def database() -> Iterator[str]:
    """The address of a new schema in the database of FCLAB_TEST_POSTGRESQL."""
    base = os.environ.get("FCLAB_TEST_POSTGRESQL")
    if not base:
        pytest.skip("FCLAB_TEST_POSTGRESQL does not name a database")
    schema = f"fclab_{uuid.uuid4().hex}"
    engine = create_engine(base.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield f"{base}?options=-csearch_path%3D{schema}"
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@pytest.fixture(autouse=True)
def _private_cache(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's own cache or settings, or those of other libraries."""
    for name in ("KERAS_HOME", "KAGGLEHUB_CACHE", "HF_HUB_CACHE", "XDG_DOWNLOAD_DIR"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / "nowhere"))
    monkeypatch.setenv("FCLAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("FCLAB_DATA", raising=False)
    monkeypatch.delenv("FCLAB_LANG", raising=False)
    for variable in ("LC_ALL", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LC_MESSAGES", "en_GB.UTF-8")  # a system that speaks English
