"""How long the report takes in all three formats, from a store with a whole lab in it.

    python benchmarks/report.py --store results/store.db --data ~/cifar-100-python

Times reading the runs, building the text, rendering every figure as the formats need it, and each
format (docx lays out the pages for its contents, so that pdf finds them laid out); writes
benchmarks/results/report.json with machine and versions. `cpu` is the time that the process itself
took: on a machine with other work it says more than the clock.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from fclab.engines.job import this_machine
from fclab.labs.kept import kept_lab
from fclab.labs.lab1.content import build
from fclab.report.html import write_html
from fclab.report.pdf import write_pdf
from fclab.report.title import TitleSettings
from fclab.report.word import write_docx
from fclab.store.database import Store

RESULTS = Path(__file__).parent / "results" / "report.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True)
    parser.add_argument("--data")
    parser.add_argument("--lang", default="ru")
    given = parser.parse_args()
    seconds: dict[str, float] = {}
    cpu: dict[str, float] = {}
    before = time.perf_counter(), time.process_time()

    def lap(name: str) -> None:
        nonlocal before
        now = time.perf_counter(), time.process_time()
        seconds[name], cpu[name] = (round(b - a, 2) for a, b in zip(before, now, strict=True))
        before = now

    with Store(given.store, create=False) as store, tempfile.TemporaryDirectory() as name:
        _, lab, kept = kept_lab(store)
        results = lab.results(store, kept, kept.images and kept.images.make(given.data))
        lap("read runs, compare rows")
        report = build(results, given.lang, TitleSettings())
        lap("text")
        for figure in report.figures:
            _ = figure.png, figure.raster or figure.svg
        lap("figures")
        sizes = {}
        for suffix, write in (("html", write_html), ("docx", write_docx), ("pdf", write_pdf)):
            path = write(report, Path(name) / f"report.{suffix}")
            lap(suffix)
            sizes[suffix] = path.stat().st_size
    rows = 0 if results.study is None else len(results.study.lines)
    seeds = 0 if results.study is None else results.study.study.definition.settings.seeds
    found = {
        "seconds": {**seconds, "all": round(sum(seconds.values()), 2)},
        "cpu": {**cpu, "all": round(sum(cpu.values()), 2)},
        "bytes": sizes,
        "figures": len(report.figures),
        "tables": len(report.tables),
        "study": {"rows": rows, "seeds": seeds},
        "machine": this_machine().model_dump(mode="json"),
    }
    RESULTS.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps({"seconds": found["seconds"], "cpu": found["cpu"]}, indent=2))


if __name__ == "__main__":
    main()
