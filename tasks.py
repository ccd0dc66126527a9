"""What there is to do in this checkout, on any system and without make: python tasks.py NAME.

The environment in .venv is made when there is none, and brought up to date when what it is made
from has changed. Words after the name go to the last command of the task.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(".venv")
BIN, EXE = (VENV / "Scripts", ".exe") if os.name == "nt" else (VENV / "bin", "")
EXAMPLE = ("--group", "ИУ5-25М", "--variant", "1", "--department", "iu5")

Command = tuple[str, ...]
LINT: tuple[Command, ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("pyright",),
    ("lint-imports",),
)
"""The one list of what is checked before the tests: `check`, CI and the git hook run it."""
TEST: Command = ("pytest", "-n", "logical")

TASKS: dict[str, tuple[str, tuple[Command, ...]]] = {
    "run": ("the whole lab, for an example variant or as its options say", (("fclab", "run"),)),
    "web": ("the lab in a browser", (("fclab", "web"),)),
    "check": ("everything that CI checks: lint and all tests", (*LINT, TEST)),
    "lint": ("style, types, layers of imports: what the git hook runs", LINT),
    "test": ("all tests", (TEST,)),
    "quick": ("the tests that take no more than seconds", ((*TEST, "-m", "not slow"),)),
    "format": (
        "mend what can be mended of the style",
        (("ruff", "check", "--fix", "."), ("ruff", "format", ".")),
    ),
    "bench": ("the figures of docs/engine.md", (("python", "benchmarks/engines.py"),)),
    "notebooks": (
        "notebooks/*.ipynb from notebooks/lab1.py, executed (some minutes, needs CIFAR-100)",
        (("python", "-m", "fclab.notebook"),),
    ),
    "mutate": (
        "mutants of the statistics, the moves and the recipe against the tests (an hour)",
        (("python", "tests/mutation/mutate.py"),),
    ),
    "dist": (
        "dist/: wheel and sdist, checked, installed apart, the lab run from them (minutes)",
        (("python", "tests/machines/dist.py"),),
    ),
    "hooks": (
        "let git run lint before every commit",
        (("git", "config", "core.hooksPath", ".githooks"),),
    ),
    "clean": ("remove .venv and all that can be made again", ()),
}
FOR_USERS = ("run", "web", "bench")
"""What needs no development tools."""
MADE = (
    ".venv", "build", "dist", "mutants", ".pytest_cache", ".ruff_cache", ".hypothesis",
    ".import_linter_cache",
)  # fmt: skip


def place(command: Command) -> Command:
    """A command as it is called: a program of the environment, or one of the system."""
    name, *words = command
    return (name if name == "git" else f"{BIN / name}{EXE}", *words)


def is_fresh(stamp: Path) -> bool:
    """Whether nothing has changed since the environment was made."""
    sources = (Path("pyproject.toml"), Path("constraints.txt"))
    return stamp.exists() and all(s.stat().st_mtime <= stamp.stat().st_mtime for s in sources)


def installation(dev: bool) -> list[Command]:
    """What is missing until the commands of a task can run."""
    if is_fresh(VENV / (".installed-dev" if dev else ".installed")):
        return []
    made = [] if (VENV / "pyvenv.cfg").exists() else [(sys.executable, "-m", "venv", str(VENV))]
    install = ("python", "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt")
    return [*made, place((*install, "--editable", ".[dev]" if dev else ".[web]"))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do a task; returns the exit code of the first command that fails, or 0."""
    lines = [f"  {name:10} {told}" for name, (told, _) in TASKS.items()]
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0], epilog="tasks:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="show the commands only")
    parser.add_argument("task", choices=TASKS, metavar="NAME")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="to the last command")
    asked = parser.parse_args(arguments)
    os.chdir(ROOT)

    def call(command: Command) -> int:
        print(shlex.join(command), flush=True)
        return 0 if asked.dry_run else subprocess.call(command)

    dev = asked.task not in FOR_USERS
    commands = [place(command) for command in TASKS[asked.task][1]]
    needs_environment = any(command[0] != "git" for command in commands)
    missing = installation(dev) if needs_environment else []
    if missing:
        print("Installing what is needed (PyTorch is the largest part): some minutes.", flush=True)
    for command in missing:
        if code := call(command):
            return code
    if needs_environment and not asked.dry_run:
        for stamp in (".installed", ".installed-dev") if dev else (".installed",):
            (VENV / stamp).touch()
    words = asked.words or (EXAMPLE if asked.task == "run" else ())
    if commands:
        commands[-1] = (*commands[-1], *words)
    for command in commands:
        if code := call(command):
            return code
    if asked.task == "clean" and not asked.dry_run:
        for name in MADE:
            shutil.rmtree(name, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
