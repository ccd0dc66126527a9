"""What is published: made, checked, installed into an empty environment, and the lab run from it.

    python tests/machines/dist.py [FOLDER]

The sdist is made from the checkout and the wheel from the sdist, so that neither needs what the
other forgot. The environment finds other packages where this one does, fclab in the wheel alone;
the lab is done outside the checkout, without network, on the stand-in, from two seeds.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAB = ("--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2")
WHENCE = "import fclab, fclab.labs.lab1.notebook as n; print(fclab.__file__); print(n.__path__[0])"


def call(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """What a program prints; when it fails, so does this one.

    Raises:
        SystemExit: it failed.
    """
    told = " ".join(Path(word).name if "/" in str(word) else str(word) for word in command)
    print(f"$ {told}", flush=True)
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **environment},
        stdout=subprocess.PIPE, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{done.stdout}\n{told} ended with {done.returncode}")
    return done.stdout


def build(folder: Path) -> tuple[Path, Path]:
    """The wheel, made from the sdist, and the sdist, in a folder that is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    call(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(sdist) as tar:
            tar.extractall(unpacked, filter="data")
        (source,) = Path(unpacked).iterdir()
        call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    (wheel,) = folder.glob("*.whl")
    return wheel, sdist


def check(wheel: Path, sdist: Path) -> None:
    """Metadata and contents, by the tools of those who publish."""
    call(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    call(sys.executable, "-m", "check_wheel_contents", "--toplevel", "fclab", wheel)


def installed(wheel: Path, home: Path) -> Path:
    """The folder of programs of an environment that holds the wheel."""
    venv.create(home, with_pip=False)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    where = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    others = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (Path(where) / "others.pth").write_text("\n".join(others) + "\n", "utf-8")
    call(
        *(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--ignore-installed", wheel),
    )
    return programs


def run(programs: Path, folder: Path) -> None:
    """The lab, as somebody does it who has only what was installed."""
    alone = {"PYTHONPATH": "", "FCLAB_CACHE": str(folder / "cache"), "FCLAB_DATA": "",
             "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}  # fmt: skip
    fclab = programs / "fclab"
    for path in call(programs / "python", "-c", WHENCE, cwd=folder, **alone).splitlines():
        assert Path(path).is_relative_to(programs.parent), f"{path} is not of the wheel"
    call(fclab, "run", *LAB, "--out", "lab", cwd=folder, **alone)
    call(fclab, "table", "--out", "lab", cwd=folder, **alone)
    call(fclab, "notebook", "--classes", "0", "55", "58", cwd=folder, **alone)
    made = {path.name for path in (folder / "lab").iterdir()} | {p.name for p in folder.iterdir()}
    assert made >= {"report.html", "report.docx", "report.pdf", "store.db", "lab1-0-55-58.ipynb"}


def main(folder: Path) -> None:
    """Do all of it; the wheel and the sdist stay in the folder."""
    wheel, sdist = build(folder)
    check(wheel, sdist)
    with tempfile.TemporaryDirectory() as empty:
        run(installed(wheel, Path(empty) / "environment"), Path(empty))
    for path in (wheel, sdist):
        print(f"{path} {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if sys.argv[1:] else ROOT / "dist")
