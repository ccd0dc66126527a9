"""Write the artefacts of this version of fclab: what a user's results folder holds today.

    PYTHONPATH=src:tests/study python tests/golden/make.py

They go to tests/golden/<version>/ and stay there for ever: `test_golden.py` reads those of every
version. Run this once per released version, never again for an older one.

- store.db: a store with the runs of a small study, and its definition under the name "small".
- run/: one run as a folder.
- expected.json: what was in them when they were written.
"""

import json
import sqlite3
from pathlib import Path

from small_study import pictures, settings, values

from fclab import __version__
from fclab.labs.lab1.study import run_study
from fclab.store import schema
from fclab.store.database import Store
from fclab.store.folder import write_run
from fclab.study.kept import keep_study
from fclab.study.rows import OwnRow

FOLDER = Path(__file__).parent / __version__


def main() -> None:
    FOLDER.mkdir()  # an older version's artefacts are not written over
    data, store_file = pictures(), FOLDER / "store.db"
    own = [OwnRow(name="mine", changes={"momentum": 0.5, "layers": "FC(5), FC(3)"})]
    with Store(store_file) as store:
        study = run_study(data, store, settings(seeds=2, search_seeds=1), own=own)
        keep_study(store, "small", study)
        runs = len(store.listing())
    with sqlite3.connect(store_file) as raw:  # one file, without its log
        raw.execute("PRAGMA journal_mode=DELETE")
        raw.execute("VACUUM")
    raw.close()
    run = study.runs["base"][0]
    write_run(run, FOLDER / "run")
    expected = {
        "version": __version__,
        "schema": schema.VERSION,
        "runs": runs,
        "table": values(study),
        "raw": data.test.x[:5].tolist(),
        "outputs": run.outputs["test"][:5].tolist(),
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
