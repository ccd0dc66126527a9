"""What each package that fclab needs weighs: on the disk, and on the processor at its import.

    python benchmarks/dependencies.py [--out FILE]

A package's size is that of its own files; what it needs itself is listed as `with`, if nothing
else that fclab needs wants it too. The import is timed in a process of its own, three times, and
the least time is kept: of the package alone, everything that it imports included.
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from measure import circumstances

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "dependencies.json"
MODULES = {
    "jinja2": "jinja2", "latex2mathml": "latex2mathml.converter", "markdown-it-py": "markdown_it",
    "pillow": "PIL.Image", "python-docx": "docx", "safetensors": "safetensors.numpy",
    "scikit-learn": "sklearn.metrics", "scipy": "scipy.stats", "matplotlib": "matplotlib.figure",
    "pillow-heif": "pillow_heif", "pyarrow": "pyarrow.parquet", "alembic": "alembic.command",
}  # fmt: skip
"""What fclab imports of a package, where it is not called like it."""
TIMED = """
import importlib, sys, time
before = time.process_time()
importlib.import_module(sys.argv[1])
print(time.process_time() - before)
"""


def size(name: str) -> int:
    """Bytes of the files of an installed package."""
    files = distribution(name).files or ()
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def wanted(asked: str) -> set[str]:
    """Names of all that a requirement brings, whatever else brings it too."""
    found, waiting = set[str](), [Requirement(asked)]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name in found:
            continue
        found.add(name)
        for line in map(Requirement, distribution(name).requires or ()):
            if line.marker is None or any(
                line.marker.evaluate({"extra": extra}) for extra in ("", *one.extras)
            ):
                waiting.append(line)
    return found


def seconds(module: str, times: int = 3) -> float:
    """Of an import in a process of its own; the least."""
    command = [sys.executable, "-c", TIMED, module]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    told = [subprocess.check_output(command, encoding="utf-8", env=alone) for _ in range(times)]
    return min(map(float, told))


def measured(names: Iterable[str]) -> dict[str, Any]:
    """By the name of a package: megabytes, what it alone brings, seconds."""
    needs = {canonicalize_name(name): wanted(name) for name in names}
    found = {}
    for name, its in needs.items():
        others = set[str]().union(*(theirs for other, theirs in needs.items() if other != name))
        alone = sorted(its - others - {name})
        found[name] = {
            "megabytes": round(size(name) / 1e6, 1),
            "with": {other: round(size(other) / 1e6, 1) for other in alone},
            "seconds": round(seconds(MODULES.get(name, name.replace("-", "_"))), 3),
        }
    return found


def brought(lines: Iterable[str]) -> set[str]:
    """Names of all packages that requirements bring."""
    return set[str]().union(*map(wanted, lines))


def main() -> None:
    """Measure all that pyproject.toml names for users."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    record: dict[str, Any] = {
        "what": "megabytes on the disk, seconds of the processor for the import",
        **circumstances("dependencies"),
    }
    record["core"] = measured(Requirement(line).name for line in project["dependencies"])
    whole = (found["megabytes"] + sum(found["with"].values()) for found in record["core"].values())
    record["gigabytes"] = round(sum(whole) / 1000, 2)
    core = set[str]().union(*(wanted(name) for name in record["core"]))
    record["extras"] = {
        extra: round(sum(size(name) for name in brought(lines) - core) / 1e6, 1)
        for extra, lines in extras.items()
        if extra not in ("all", "dev")
    }
    out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    for name, found in record["core"].items():
        print(f"{name:20} {found['megabytes']:8} MB {found['seconds']:7} s  {found['with']}")


if __name__ == "__main__":
    main()
