"""How long it takes from a copy of CIFAR-100 to three classes that are ready, and how much memory.

    python benchmarks/images.py --data ~/cifar-100-python

Packs the images as people have them, and reads three classes of each in processes of their own:
with an empty cache, and again with what that has left. The files were written just before, so they
come from the memory of the system, not from a disk. Importing is not counted; memory is what the
process needed at most beyond what it had before reading. `cpu` is the time that the process itself
took: on a machine with other work it says more than the clock. Writes
benchmarks/results/images.json.
"""

import argparse
import gzip
import io
import json
import os
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from PIL import Image

from fclab.data.cifar100 import load, read
from fclab.values.files import write_atomic
from measure import circumstances, in_process, load_average, timing

RESULT = Path(__file__).parent / "results" / "images.json"
CLASSES = (0, 55, 58)
NAMES = ("train", "test", "meta")


def official(data: Path, folder: Path) -> Path:
    path = folder / "cifar-100-python.tar.gz"
    with gzip.open(path, "wb", 6) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name in NAMES:
            tar.add(data / name, f"cifar-100-python/{name}")
    return path


def unpacked(data: Path, folder: Path) -> Path:
    for name in NAMES:
        (folder / name).write_bytes((data / name).read_bytes())
    return folder


def zipped(data: Path, folder: Path) -> Path:
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            archive.write(data / name, name)
    return path


def binary(data: Path, folder: Path) -> Path:
    for name, piece in read(data).parts.items():
        rows = np.empty((len(piece.labels), 3074), np.uint8)
        rows[:, 0], rows[:, 1] = 0, piece.labels
        rows[:, 2:] = piece.pixels.reshape(-1, 3072)
        (folder / f"{name}.bin").write_bytes(rows.data)
    return folder


def parquet(data: Path, folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, piece in read(data).parts.items():
        pictures = []
        for pixels in piece.pixels.transpose(0, 2, 3, 1):
            out = io.BytesIO()
            Image.fromarray(np.ascontiguousarray(pixels)).save(out, "png", compress_level=1)
            pictures.append({"bytes": out.getvalue(), "path": None})
        columns = {"img": pictures, "fine_label": pa.array(piece.labels, pa.int64())}
        pq.write_table(pa.table(columns), folder / f"{name}-00000-of-00001.parquet")
    return folder


FORMS: dict[str, Callable[[Path, Path], Path]] = {
    "official archive": official,
    "folder": unpacked,
    "zip": zipped,
    "binary version": binary,
    "Parquet": parquet,
}


def once(path: Path) -> str:
    """Seconds and bytes of one call, as JSON."""
    from alone import peak, start_anew

    before = start_anew()
    started, cpu = perf_counter(), process_time()
    dataset = load(CLASSES, path)
    return json.dumps({
        "seconds": perf_counter() - started, "cpu": process_time() - cpu,
        "bytes": peak() - before, "fingerprint": dataset.fingerprint,
    })  # fmt: skip


def measured(path: Path, repeats: int) -> dict[str, object]:
    """First calls, each with an empty cache, and second ones."""
    calls: dict[str, list[dict]] = {"first": [], "cached": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            environment = os.environ | {"FCLAB_CACHE": cache}
            for kind in calls:
                told = in_process("images.py", "--once", str(path), environment=environment)
                calls[kind].append(json.loads(told))
    fingerprints = {call["fingerprint"] for kind in calls.values() for call in kind}
    return {
        **{f"{kind}{suffix}": asdict(timing([call[key] for call in made]))
           for kind, made in calls.items() for key, suffix in (("seconds", ""), ("cpu", "_cpu"))},
        "mebibytes": round(max(call["bytes"] for call in calls["first"]) / 2**20),
        "fingerprints": sorted(fingerprints),
    }  # fmt: skip


def main(data: Path, repeats: int) -> None:
    forms = {}
    for name, make in FORMS.items():
        with tempfile.TemporaryDirectory() as folder:
            forms[name] = measured(make(data, Path(folder)), repeats)
        first, cached, *cpu = (
            forms[name][kind]["median"] for kind in ("first", "cached", "first_cpu", "cached_cpu")
        )
        print(f"{name}: {first:.2f} s ({cpu[0]:.2f} s of the processor), cached "
              f"{1e3 * cached:.1f} ms ({1e3 * cpu[1]:.1f}), {forms[name]['mebibytes']} MiB",
              flush=True)  # fmt: skip
    assert len({tuple(form.pop("fingerprints")) for form in forms.values()}) == 1
    found = {
        **circumstances("images", data=data),
        "load_average": load_average(), "classes": CLASSES, "forms": forms,
    }  # fmt: skip
    write_atomic(RESULT, json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--once", type=Path)
    given = parser.parse_args()
    if given.once:
        print(once(given.once))
    elif given.data:
        main(given.data, given.repeats)
    else:
        sys.exit("--data: the folder of the official files")
