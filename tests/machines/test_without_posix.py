"""What Windows lacks is nowhere taken for granted: by the package, the benchmarks and the tests."""

import ast
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
        *("-m", "", "-k", "test_files.py or test_trouble.py", "tests"),
    )
    for lacking in ("os.mkfifo", "os.seteuid", "resource", "symlinks"):
        assert f"this system has no {lacking}" in found
    assert re.search(r"\d{2,} passed, \d+ skipped, \d{4} deselected", found)


def test_no_module_forks_or_sets_signals():
    """So it makes no difference how processes are started, or which signals a system knows. The
    server of the page alone has processes of its own, which start in any way there is, and leave
    Ctrl-C, which all systems know, to it."""
    posix = {"pty", "fcntl", "resource", "termios"}
    for path in (ROOT / "src").rglob("*.py"):
        absent = posix if path.parent.name == "web" else posix | {"multiprocessing", "signal"}
        if path.name == "child.py":  # it bounds its own process where the system can
            absent = absent - {"resource"}
        tree = ast.parse(path.read_text("utf-8"))
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                 for alias in node.names}  # fmt: skip
        named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name.partition(".")[0] for name in named} & absent, path
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not called & {"fork", "killpg", "setsid", "preexec_fn", "ProcessPoolExecutor"}, path


INTERRUPTED = """
import sys
from _thread import interrupt_main  # as Ctrl-C arrives in a console of Windows
from pathlib import Path
from threading import Thread
from time import sleep
from fclab.cli import main

def wait_and_interrupt():
    while not Path("out/store.db").exists():
        sleep(0.05)
    sleep(0.2)
    interrupt_main()

Thread(target=wait_and_interrupt, daemon=True).start()
main(["regression", "--engine", "reference", "--epochs", "10000000", "--out", "out"])
"""


def test_ctrl_c_needs_no_signals(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=tmp_path, capture_output=True, encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"}, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "Ctrl-C" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]
