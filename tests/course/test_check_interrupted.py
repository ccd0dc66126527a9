"""`fclab course check`, stopped while it trains and asked again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from submissions import STYLES, Row, Told

from fclab.course.folder import CHECKED, read_checked
from fclab.store.database import Store
from fclab.values.errors import FclabError

ROWS = (
    Row((10, 3), 0.005, 128, 120, 66, 98, "Базовый вариант"),
    Row((10, 3), 0.005, 64, 60, 66, 97, "Уменьшили батч"),
    Row((32, 3), 0.005, 128, 120, 68, 99, "Больше нейронов"),
)
SEEDS = 8


def started(folder: Path, store: str, data: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "fclab", "course", "check", "submissions", "--lang", "en",
         "--store", store, "--seeds", str(SEEDS)],
        cwd=folder, env={**os.environ, "FCLAB_DATA": str(data)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    output, errors = process.communicate(timeout=300)
    return process.returncode, output + errors


def kept(path: Path) -> int:
    """How many networks a store has; one that is being made has none yet."""
    try:
        with Store(path, create=False) as store:
            return len(store.listing())
    except FclabError:
        return 0


@pytest.mark.slow
@pytest.mark.needs("pty")  # where processes get SIGINT
def test_a_stopped_check_goes_on_and_finds_the_same(tmp_path: Path, cifar_dir: Path):
    (tmp_path / "submissions").mkdir()
    style = STYLES["columns-markdown"]
    (tmp_path / "submissions" / "Иванов.md").write_bytes(style(Told(rows=ROWS)))
    process = started(tmp_path, "stopped.db", cifar_dir)
    deadline = time.monotonic() + 240
    while kept(tmp_path / "stopped.db") == 0 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    assert code == 130, said
    assert not (tmp_path / CHECKED).exists()
    before = kept(tmp_path / "stopped.db")
    assert before > 0
    code, said = ended(started(tmp_path, "stopped.db", cifar_dir))
    assert code == 0, said
    assert before < kept(tmp_path / "stopped.db")
    found = read_checked(tmp_path)
    (tmp_path / CHECKED).unlink()
    code, said = ended(started(tmp_path, "whole.db", cifar_dir))
    assert code == 0, said
    assert read_checked(tmp_path) == found
