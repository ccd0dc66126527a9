"""What Windows lacks is nowhere taken for granted: by the package, the benchmarks and the tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def told(*command: str) -> str:
    """What a process says that pretends to be on Windows."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_what_is_pretended_is_missing(tmp_path):
    ours = tmp_path / "ours.py"
    ours.write_text("import os, fcntl\n", "utf-8")
    code = (
        "import windows; windows.OURS += ({!r},); import runpy; "
        "import os, fcntl; os.fork; runpy.run_path({!r})"
    )
    with pytest.raises(AssertionError, match="No module named 'fcntl' \\(as on Windows\\)"):
        told("-c", code.format(str(tmp_path), str(ours)))
    ours.write_text("import os\nos.fork\n", "utf-8")
    with pytest.raises(AssertionError, match="has no attribute 'fork'"):
        told("-c", code.format(str(tmp_path), str(ours)))


@pytest.mark.slow
def test_every_module_is_imported_every_test_is_found_and_those_of_files_pass():
    found = told(
        *("-m", "pytest", "-p", "windows", "-p", "no:cacheprovider", "-q", "-n", "0", "-rs"),
        *("-m", "", "-k", "test_files or test_trouble", "tests"),
    )
    for lacking in ("os.mkfifo", "os.seteuid", "resource", "symlinks"):
        assert f"this system has no {lacking}" in found
    assert re.search(r"\d{2,} passed, \d+ skipped, \d{4} deselected", found)
