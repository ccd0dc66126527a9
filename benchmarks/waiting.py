"""How long a person waits in a terminal: for the first output of every command, and in all.

    python benchmarks/waiting.py --data ~/cifar-100-python

Every command runs in a pseudo-terminal of its own, in a folder where the lab of classes 0, 55, 58
was done from a few seeds, five times in turn with the others. Of each: seconds to the first output,
seconds in all, and the longest time in which nothing but the line "working" was to be seen. Writes
benchmarks/results/waiting.json with machine, versions and how busy the machine was. POSIX only.
"""

import argparse
import json
import os
import re
import select
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from measure import circumstances, load_average, timing

RESULTS = Path(__file__).parent / "results" / "waiting.json"
CLASSES = ("--classes", "0", "55", "58")
FOLDER = "results/classes-0-55-58"
COMMANDS = {
    "fclab --help": ("--help",),
    "fclab --version": ("--version",),
    "fclab run --help": ("run", "--help"),
    "fclab variant": ("variant", "--group", "25", "--variant", "1"),
    "fclab start": ("start", "--no-open"),
    "fclab data": ("data",),
    "fclab runs": ("runs",),
    "fclab table": ("table",),
    "fclab compare": ("compare", "stop", "base"),
    "fclab code": ("code", "stop"),
    "fclab export": ("export",),
    "fclab store info": ("store", "info"),
    "fclab store check": ("store", "check"),
    "fclab report": ("report", "--format", "html"),
    "fclab notebook": ("notebook", *CLASSES),
    "fclab predict": ("predict", FOLDER, f"{FOLDER}/figures/class_samples.png"),
    "fclab defend": ("defend", "--answers"),
    "fclab regression": ("regression",),
    "fclab cifar": ("cifar", *CLASSES),
    "fclab study": ("study", *CLASSES, "--seeds", "2"),
    "fclab run": ("run", *CLASSES, "--seeds", "2"),
}
_WORKING = re.compile(rb"working, \d+ s|\x1b\[[0-9;?]*[A-Za-z]|[\s.]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    environment = {**os.environ, "FCLAB_DATA": given.data, "FCLAB_LANG": "en", "TERM": "xterm"}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "fclab", "run", *CLASSES, "--seeds", "2"],
            cwd=folder, env=environment, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        if done.returncode:
            sys.exit(done.stderr)
        before = load_average()
        for _ in range(given.repeats):
            for name, words in COMMANDS.items():
                found[name].append(watched(words, folder, environment))
    for name, times in found.items():
        first, total, silent = (timing(some) for some in zip(*times, strict=True))
        print(f"{name:18} first {first.median:.2f} s, in all {total.median:.2f} s, "
              f"only working {silent.median:.2f} s", flush=True)  # fmt: skip
    RESULTS.write_text(
        json.dumps(
            {
                **circumstances("waiting", data=Path(given.data)),
                "load": {"before": before, "after": load_average()},
                "commands": {
                    name: {
                        part: asdict(timing(some))
                        for part, some in zip(
                            ("first", "total", "only_working"),
                            zip(*times, strict=True),
                            strict=True,
                        )
                    }
                    for name, times in found.items()
                },
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )


def watched(
    words: tuple[str, ...], folder: str, environment: dict[str, str]
) -> tuple[float, float, float]:
    """Seconds to the first output of a command, in all, and the longest without any other than
    that it works."""
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    started = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "fclab", *words], cwd=folder, env=environment,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    first, silent, last = 0.0, 0.0, started
    asks, seen = words[0] == "start", b""
    while select.select([ours], [], [], 600)[0]:
        try:
            told = os.read(ours, 65536)
        except OSError:
            break
        now = perf_counter()
        first = first or now - started
        if _WORKING.sub(b"", told):
            silent, last = max(silent, now - last), now
            seen += told
            if asks and seen.rstrip(b" ").endswith(b":"):  # a question: that is what was waited for
                os.write(ours, b"\x04")
    process.wait()
    os.close(ours)
    ended = perf_counter()
    return first, ended - started, max(silent, ended - last)


if __name__ == "__main__":
    main()
