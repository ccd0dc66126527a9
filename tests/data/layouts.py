"""What people have: every layout of docs/images.md, made of the small CIFAR-100 of these tests.

A layout is a function that lays something out in a folder and returns the path that is given to
fclab. Each is a row of a table in docs/images.md, by the name that it has here.
"""

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

Files = dict[str, bytes]
Layout = Callable[[Files, Path], Path]
FOLDER = "cifar-100-python"
IMAGES = {"train": 200, "test": 100}


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def unpacked(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        put(folder / name, content)
    return folder


def tarred(files: Mapping[str, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def in_folder(files: Files, folder: str = FOLDER) -> Files:
    return {f"{folder}/{name}": content for name, content in files.items()}


def official(files: Files) -> bytes:
    return gzip.compress(tarred({f"{FOLDER}/file.txt~": b"left over", **in_folder(files)}), 1)


def contents(files: Files) -> dict[str, dict[str, Any]]:
    return {name: pickle.loads(files[name], encoding="latin1") for name in IMAGES}


def binary(files: Files) -> Files:
    made = {f"{label}_label_names.txt": b"apple\n" for label in ("coarse", "fine")}
    for name, content in contents(files).items():
        fine = np.array(content["fine_labels"], np.uint8)[:, None]
        made[f"{name}.bin"] = np.hstack([fine // 5, fine, content["data"]]).tobytes()
    return made


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels.reshape(3, 32, 32).transpose(1, 2, 0)).save(out, "png", compress_level=1)
    return out.getvalue()


def table(pixels: np.ndarray, labels: Any, names: tuple[str, str] = ("fine_label", "coarse_label")):
    pictures = [{"bytes": png(one), "path": f"{i}.png"} for i, one in enumerate(pixels)]
    columns = {"img": pictures, names[0]: pa.array(labels, pa.int64())}
    if len(names) > 1:
        columns[names[1]] = pa.array([y // 5 for y in labels], pa.int64())
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, row_group_size=64)
    return out.getvalue()


def parquet(files: Files, shards: int = 1) -> Files:
    made: Files = {}
    for name, content in contents(files).items():
        for i, which in enumerate(np.array_split(np.arange(len(content["data"])), shards)):
            labels = [content["fine_labels"][place] for place in which]
            made[f"cifar100/{name}-{i:05}-of-{shards:05}.parquet"] = table(
                content["data"][which], labels
            )
    return made


def again(files: Files, change: Callable[[dict[str, Any]], dict[str, Any]], protocol: int) -> Files:
    """The dictionaries pickled again, without meta."""
    return {name: pickle.dumps(change(content), protocol)
            for name, content in contents(files).items()}  # fmt: skip


def numpy_1(content: bytes) -> bytes:
    """As NumPy 1 names its modules; it is the same with NumPy 2's where NumPy 1 is installed."""
    for module in (b"multiarray", b"numeric"):
        old, new = b"numpy.core." + module, b"numpy._core." + module
        content = content.replace(
            b"\x8c" + bytes([len(new)]) + new, b"\x8c" + bytes([len(old)]) + old
        )
        content = content.replace(b"c" + new + b"\n", b"c" + old + b"\n")
    return content


def python_2(content: dict[str, Any]) -> bytes:
    """As Python 2 pickled it: text and bytes are one."""

    def text(value: bytes) -> bytes:
        if len(value) < 256:
            return b"U" + bytes([len(value)]) + value
        return b"T" + struct.pack("<i", len(value)) + value

    pixels = content["data"]
    labels = b"".join(b"K" + bytes([label]) for label in content["fine_labels"])
    names = b"".join(text(b"a_%06d.png" % i) for i in range(len(pixels)))
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03"
        b"(K\x01" + b"".join(b"M" + struct.pack("<H", n) for n in pixels.shape) + b"\x86"
        b"cnumpy\ndtype\nq\x04U\x02u1K\x00K\x01\x87Rq\x05"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + text(pixels.tobytes())
        + b"tb"
    )
    return (
        b"\x80\x02}q\x00(" + text(b"filenames") + b"](" + names + b"e"
        + text(b"fine_labels") + b"](" + labels + b"e" + text(b"data") + array + b"u."
    )  # fmt: skip


def as_bytes(content: dict[str, Any]) -> dict[Any, Any]:
    """Keys and file names as ``encoding="bytes"`` gives them."""
    made = {key.encode(): value for key, value in content.items()}
    return made | {b"filenames": [b"a.png"] * len(content["data"]), b"batch_label": b"training"}


def relabelled(make: Callable[[list[int]], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda content: content | {"fine_labels": make(content["fine_labels"])}


def reshaped(
    make: Callable[[np.ndarray], np.ndarray],
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda content: content | {"data": make(content["data"])}


def hwc(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))


def _same(content: dict[str, Any]) -> dict[str, Any]:
    return content


def mixed(files: Files, folder: Path) -> Path:
    put(folder / "a" / "train.tar.gz", gzip.compress(tarred({"x/train": files["train"]}), 1))
    for name, content in parquet(files).items():
        if "/test-" in name:
            put(folder / name, content)
    return folder


def linked(files: Files, folder: Path) -> Path:
    """As Hugging Face's library keeps it: links to files that are called by their checksums."""
    for i, (name, content) in enumerate(parquet(files).items()):
        blob = put(folder / "blobs" / f"{i:064x}", content)
        link = folder / "snapshots" / "abc" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    return folder


READ: dict[str, Layout] = {
    "`cifar-100-python.tar.gz`":
        lambda f, d: put(d / "cifar-100-python.tar.gz", official(f)),
    "the same under another name":
        lambda f, d: put(d / "cifar-100-python (1).tar.gz.txt", official(f)),
    "the same packed again: other order, other folder":
        lambda f, d: put(d / "a.tgz", gzip.compress(tarred(
            dict(reversed(in_folder(f, "./мои данные/" + 200 * "x").items())),
            format=tarfile.PAX_FORMAT), 9)),
    "plain `.tar`":
        lambda f, d: put(d / "cifar-100-python.tar", tarred(in_folder(f))),
    "`.zip`, as from Kaggle":
        lambda f, d: put(d / "archive.zip", zipped({"file.txt~": b"x", **f})),
    "`.tar.gz` in a `.zip`":
        lambda f, d: put(d / "a.zip", zipped({"cifar-100-python.tar.gz": official(f)})),
    "`.zip` in a `.tar.gz`":
        lambda f, d: put(d / "a.tar.gz", gzip.compress(tarred({"archive.zip": zipped(f)}), 1)),
    "each file packed by itself":
        lambda f, d: unpacked({f"{n}.gz": gzip.compress(c, 1) for n, c in f.items()}, d),
    "folder with `train`, `test`, `meta`":
        lambda f, d: unpacked(f | {"file.txt~": b"x"}, d / FOLDER),
    "a folder above it": lambda f, d: unpacked(f, d / FOLDER).parent,
    "two folders above it": lambda f, d: unpacked(f, d / "a" / FOLDER).parent.parent,
    "one of its files": lambda f, d: unpacked(f, d / FOLDER) / "train",
    "an empty folder in it": lambda f, d: _made(unpacked(f, d / FOLDER) / "new"),
    "folder with an archive": lambda f, d: put(d / "a" / "archive.zip", zipped(f)).parent,
    "without `meta`":
        lambda f, d: unpacked({name: f[name] for name in IMAGES}, d),
    "binary version, folder": lambda f, d: unpacked(binary(f), d / "cifar-100-binary"),
    "binary version, archive":
        lambda f, d: put(d / "b.tar.gz", gzip.compress(tarred(in_folder(binary(f))), 1)),
    "Parquet": lambda f, d: unpacked(parquet(f), d),
    "Parquet in several pieces": lambda f, d: unpacked(parquet(f, 3), d),
    "Parquet in a `.zip`": lambda f, d: put(d / "p.zip", zipped(parquet(f))),
    "`train` and `test` in different forms": mixed,
    "pickled again, protocol 2": lambda f, d: unpacked(again(f, _same, 2), d),
    "pickled again, protocol 3": lambda f, d: unpacked(again(f, _same, 3), d),
    "pickled again, protocol 4": lambda f, d: unpacked(again(f, _same, 4), d),
    "pickled again, protocol 5": lambda f, d: unpacked(again(f, _same, 5), d),
    "pickled again by NumPy 1":
        lambda f, d: unpacked({n: numpy_1(c) for n, c in again(f, _same, 5).items()}, d),
    "pickled by Python 2":
        lambda f, d: unpacked({n: python_2(c) for n, c in contents(f).items()}, d),
    "keys that are bytes, protocol 2": lambda f, d: unpacked(again(f, as_bytes, 2), d),
    "keys that are bytes, protocol 4": lambda f, d: unpacked(again(f, as_bytes, 4), d),
    "labels in an array": lambda f, d: unpacked(again(f, relabelled(np.array), 5), d),
    "labels in an array of bytes":
        lambda f, d: unpacked(again(f, relabelled(lambda y: np.array(y, np.uint8)), 2), d),
    "labels in a column":
        lambda f, d: unpacked(again(f, relabelled(lambda y: np.array(y, ">i4")[:, None]), 4), d),
    "labels in a tuple": lambda f, d: unpacked(again(f, relabelled(tuple), 4), d),
    "labels that are numbers of NumPy":
        lambda f, d: unpacked(again(f, relabelled(lambda y: list(np.array(y))), 2), d),
    "pixels `(n, 32, 32, 3)`": lambda f, d: unpacked(again(f, reshaped(hwc), 5), d),
    "pixels `(n, 3, 32, 32)`":
        lambda f, d: unpacked(again(f, reshaped(lambda x: x.reshape(-1, 3, 32, 32)), 4), d),
    "pixels in Fortran's order": lambda f, d: unpacked(again(f, reshaped(np.asfortranarray), 5), d),
    "Hugging Face's cache": linked,
}  # fmt: skip
"""Layouts that hold the images."""


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%064x\nsize 155249918\n" % 7


def cifar_10() -> Files:
    rng = np.random.default_rng(10)
    content = {"batch_label": "testing batch 1 of 1", "labels": [i % 10 for i in range(100)],
               "data": rng.integers(256, size=(100, 3072), dtype=np.uint8)}  # fmt: skip
    batches = {f"data_batch_{i}": pickle.dumps(content, 2) for i in range(1, 6)}
    meta = pickle.dumps({"label_names": ["airplane"], "num_cases_per_batch": 10_000}, 2)
    return {**batches, "test_batch": pickle.dumps(content, 2), "batches.meta": meta}


def cifar_10_binary() -> bytes:
    """A file of it."""
    labels = np.arange(10_000, dtype=np.uint8)[:, None] % 10
    return np.hstack([labels, np.zeros((10_000, 3072), np.uint8)]).tobytes()


def cifar_10_parquet() -> bytes:
    return table(np.zeros((9, 3072), np.uint8), list(range(9)), ("label",))


def locked(files: Files) -> bytes:
    """A zip whose members say that they are encrypted."""
    content = bytearray(zipped(files, zipfile.ZIP_STORED))
    place = -1
    while (place := content.find(b"PK\x01\x02", place + 1)) >= 0:
        content[place + 8] |= 1
    return bytes(content)


NOT_READ: dict[str, tuple[Layout, str]] = {
    "a web page": (
        lambda f, d: put(d / "cifar-100-python.tar.gz", PAGE),
        r"cifar-100-python\.tar\.gz: a page was saved instead of the archive; open",
    ),
    "the answer of a server": (
        lambda f, d: put(d / "archive.zip", b'{"code": 403, "message": "Permission denied"}'),
        r"archive\.zip: a page was saved instead of the archive; open",
    ),
    "a folder with a web page": (
        lambda f, d: put(d / "cifar-100-python.tar.gz", PAGE).parent,
        r"cifar-100-python\.tar\.gz: a page was saved instead of the archive; open",
    ),
    "Git LFS pointers": (
        lambda f, d: unpacked({"train": POINTER, "test": POINTER}, d),
        r"test is a Git LFS pointer to a file of 155\.2 MB, not the file: run git lfs pull",
    ),
    "CIFAR-10, Python version": (
        lambda f, d: unpacked(cifar_10(), d / "cifar-10-batches-py"),
        "data_batch_1 holds CIFAR-10, and CIFAR-100 is needed",
    ),
    "CIFAR-10, archive": (
        lambda f, d: put(d / "a.tar.gz",
                         gzip.compress(tarred(in_folder(cifar_10(), "cifar-10-batches-py")), 1)),
        "data_batch_1 holds CIFAR-10, and CIFAR-100 is needed",
    ),
    "CIFAR-10, binary version": (
        lambda f, d: unpacked({"data_batch_1.bin": cifar_10_binary()}, d),
        r"data_batch_1\.bin holds CIFAR-10, and CIFAR-100 is needed",
    ),
    "CIFAR-10, Parquet": (
        lambda f, d: put(d / "train-00000-of-00001.parquet", cifar_10_parquet()),
        r"train-00000-of-00001\.parquet holds CIFAR-10, and CIFAR-100 is needed",
    ),
    "a part of the archive": (
        lambda f, d: put(d / "a.tar.gz", official(f)[: len(official(f)) // 4]),
        r"a\.tar\.gz is a part of a download: 0\.2 MB are here, and the official archive has "
        r"0\.9 MB; about 75 % is missing, download it again",
    ),
    "a part of a `.zip`": (
        lambda f, d: put(d / "archive.zip", zipped(f)[: len(zipped(f)) // 2]),
        r"archive\.zip is a part of a download: .* about 50 % is missing, download it again",
    ),
    "a part of a plain `.tar`": (
        lambda f, d: put(d / "a.tar", tarred(f)[:-300_000]),
        r"a\.tar is a part of a download: .* is missing",
    ),
    "a download that goes on": (
        lambda f, d: put(d / "cifar-100-python.tar.gz.crdownload", official(f)[:300_000]).parent,
        r"crdownload is a part of a download: 0\.3 MB are here, .* about 68 % is missing",
    ),
    "a file cut short": (
        lambda f, d: unpacked(f | {"train": f["train"][:-400_000]}, d),
        r"holds test of CIFAR-100, but lacks train: .*train ends too early: 0\.4 MB of it are "
        "missing",
    ),
    "an empty file": (
        lambda f, d: put(d / "archive.zip", b""),
        r"archive\.zip is an empty file: get it again",
    ),
    "a file of zeros": (
        lambda f, d: put(d / "a.tar.gz", bytes(5000)),
        r"a\.tar\.gz begins with zeros: its download failed, get it again",
    ),
    "an encrypted `.zip`": (
        lambda f, d: put(d / "archive.zip", locked(f)),
        r"archive\.zip is encrypted: unpack it with its password, and give the folder",
    ),
    "`.7z`, `.rar` and others": (
        lambda f, d: put(d / "cifar-100.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50)),
        r"cifar-100\.7z is a 7z archive, which is not read: unpack it, and give the folder",
    ),
    "only one of the two parts": (
        lambda f, d: put(d / "train", f["train"]).parent,
        "holds train of CIFAR-100, but lacks test$",
    ),
    "a damaged archive": (
        lambda f, d: put(d / "archive.zip", zipped(f, zipfile.ZIP_STORED).replace(
            f["test"][5000:5100], bytes(100))),
        r"lacks test: .*archive\.zip: test is damaged: get it again",
    ),
    "a pickle that asks to run something": (
        lambda f, d: unpacked(f | {"train": b"\x80\x02}U\x01acposix\nsystem\n(U\x02idtRs."}, d),
        "train is no file of images: it asks to run posix.system, and nothing of it was run",
    ),
    "something else": (
        lambda f, d: put(d / "notes.txt", b"to be done").parent,
        "holds no CIFAR-100: a folder or archive of its Python or binary version, or Parquet is",
    ),
}  # fmt: skip
"""Layouts that do not hold the images, and what is said of them."""


def altered(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Layout:
    return lambda f, d: unpacked(again(f, change, 4), d)


def _shuffled(content: dict[str, Any]) -> dict[str, Any]:
    order = np.random.default_rng(0).permutation(len(content["data"]))
    labels = [content["fine_labels"][i] for i in order]
    return {"data": content["data"][order], "fine_labels": labels}


def _repainted(content: dict[str, Any]) -> dict[str, Any]:
    pixels = content["data"].copy()
    pixels[np.isin(content["fine_labels"], (0, 55, 58)), 5] ^= 255
    return content | {"data": pixels}


def _shortened(content: dict[str, Any]) -> dict[str, Any]:
    labels = content["fine_labels"]
    lost = labels.index(0 if len(labels) == 200 else 1)
    return {"data": np.delete(content["data"], lost, 0),
            "fine_labels": labels[:lost] + labels[lost + 1 :]}  # fmt: skip


def _relabelled(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"fine_labels": content["fine_labels"][::-1]}


OTHER: dict[str, tuple[Layout, str]] = {
    "the same images in another order": (altered(_shuffled), "the same images in another order"),
    "images that were changed": (altered(_repainted), "images that differ: 6"),
    "images changed and in another order": (
        altered(lambda content: _shuffled(_repainted(content))),
        "images that differ: 6; the others are in another order",
    ),
    "other labels": (altered(_relabelled), "the same images, but labels differ"),
    "fewer images": (altered(_shortened), "199 images in place of 200"),
    "other images": (altered(reshaped(lambda x: x ^ 85)), "other images"),
}
"""Layouts that hold something like the images, and what it is called."""
