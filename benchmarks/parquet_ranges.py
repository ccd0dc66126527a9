"""Three of 100 classes out of Parquet on a server: how many bytes and requests ranged reads take.

    python benchmarks/parquet_ranges.py --data ~/cifar-100-python

Writes the images as Hugging Face's library does (PNG, Snappy, the labels in a column of their own)
with several sizes of row groups, in the official order and by class, serves them on 127.0.0.1, and
reads with pyarrow what the classes 0, 55 and 58 need: the footer, the column of labels, and the row
groups that have an image of theirs; neighbours in one request. Beside it, without a server, the
share of pages of so many images that 200 drawn triples of classes need, as a page index would give
them. Writes benchmarks/results/parquet_ranges.json with machine and versions.
"""

import argparse
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from fclab.data import cifar100
from fclab.values.dataset import Dataset
from measure import circumstances

RESULTS = Path(__file__).parent / "results" / "parquet_ranges.json"
CLASSES = (0, 55, 58)
SPEED, DELAY = 60e3, 0.1
"""Of a bad connection: bytes per second, seconds until a request is answered."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    given = parser.parse_args()
    images = cifar100(range(100), given.data)
    layouts = [
        measured(images, rows, by_class)
        for rows, by_class in ((100, False), (10, False), (1000, False), (100, True))
    ]
    rng = np.random.default_rng(0)
    triples = [rng.choice(100, 3, replace=False) for _ in range(200)]
    labels = images.train.y
    pages = {
        str(rows): round(float(np.mean([needed(labels, one, rows).mean() for one in triples])), 3)
        for rows in (1, 10, 30, 100, 400)
    }
    places = {"data": Path(given.data)} if given.data else {}
    found = {"classes": CLASSES, "layouts": layouts, "share_of_pages_needed": pages,
             **circumstances("parquet_ranges", **places)}  # fmt: skip
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(layouts, indent=1), pages)


def measured(images: Dataset, rows: int, by_class: bool) -> dict[str, Any]:
    """Train and test of one layout, whole and by ranges."""
    files = [table_of(part.x, part.y, rows, by_class) for part in (images.train, images.test)]
    whole = sum(map(len, files))
    received, requests = 0, 0
    for file in files:
        with Served(file) as served:
            n = read_classes(served)
        assert n in (1500, 300)
        received += served.received
        requests += served.requests
    return {
        "rows": rows,
        "order": "class" if by_class else "official",
        "whole_bytes": whole,
        "bytes": received,
        "percent": round(100 * received / whole, 1),
        "requests": requests,
        "whole_minutes": round((whole / SPEED + 2 * DELAY) / 60, 1),
        "minutes": round((received / SPEED + requests * DELAY) / 60, 1),
    }


def table_of(x: np.ndarray, y: np.ndarray, rows: int, by_class: bool) -> bytes:
    """A file in the layout of uoft-cs/cifar100."""
    order = np.argsort(y, kind="stable") if by_class else np.arange(len(y))
    pictures = [{"bytes": png(x[i]), "path": None} for i in order]
    schema = pa.schema({
        "img": pa.struct({"bytes": pa.binary(), "path": pa.string()}),
        "fine_label": pa.int64(), "coarse_label": pa.int64(),
    })  # fmt: skip
    table = pa.table({"img": pictures, "fine_label": y[order], "coarse_label": y[order] // 5},
                     schema)  # fmt: skip
    out = io.BytesIO()
    with pq.ParquetWriter(out, schema) as writer:
        for start in range(0, len(table), rows):
            writer.write_table(table.slice(start, rows))
    return out.getvalue()


def png(image: np.ndarray) -> bytes:
    """As Pillow writes it."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, format="PNG")
    return out.getvalue()


def needed(labels: np.ndarray, classes: np.ndarray | tuple[int, ...], rows: int) -> np.ndarray:
    """Of each group of so many rows: whether it has an image of the classes."""
    return np.logical_or.reduceat(np.isin(labels, classes), np.arange(0, len(labels), rows))


def read_classes(served: "Served") -> int:
    """Reads the images of the classes; returns how many there are."""
    size = served.size
    received = bytearray(size)  # with holes where nothing is needed

    def get(start: int, end: int) -> None:
        received[start:end] = served.get(start, end)

    get(size - 8, size)
    get(size - 8 - int.from_bytes(received[-8:-4], "little"), size - 8)
    metadata = pq.read_metadata(pa.BufferReader(received))
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    places = [i for i, one in enumerate(groups) if may_have(one.column(2).statistics)]
    for place in places:
        get(*span(groups[place], 2, 3))
    table = pq.ParquetFile(pa.BufferReader(received))
    labels = {i: table.read_row_group(i, ["fine_label"])["fine_label"] for i in places}
    places = [i for i in places if np.isin(labels[i].to_numpy(), CLASSES).any()]
    for start, end in joined([span(groups[i], 0, 3) for i in places]):
        get(start, end)
    found = table.read_row_groups(places, ["img.bytes", "fine_label"])
    return int(np.isin(found["fine_label"].to_numpy(), CLASSES).sum())


def may_have(statistics: Any) -> bool:
    """By the least and greatest label of a group."""
    return statistics is None or any(statistics.min <= one <= statistics.max for one in CLASSES)


def span(group: Any, first: int, end: int) -> tuple[int, int]:
    """Where columns of a row group lie in the file."""
    columns = [group.column(i) for i in range(first, end)]
    starts = [one.dictionary_page_offset or one.data_page_offset for one in columns]
    return min(starts), max(
        start + one.total_compressed_size for start, one in zip(starts, columns, strict=True)
    )


def joined(spans: list[tuple[int, int]], gap: int = 4096) -> Iterator[tuple[int, int]]:
    """Neighbours as one; a small gap is read along."""
    start, end = spans[0]
    for begin, stop in spans[1:]:
        if begin - end > gap:
            yield start, end
            start = begin
        end = stop
    yield start, end


class Served:
    """A file on a server of 127.0.0.1; counts what is received."""

    def __init__(self, content: bytes):
        self.size, self.received, self.requests = len(content), 0, 0

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                start, end = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
                body = content[start : end + 1]
                self.send_response(206)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._client = httpx.Client(trust_env=False)

    def __enter__(self) -> "Served":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._server.shutdown()
        self._server.server_close()

    def get(self, start: int, end: int) -> bytes:
        """One request."""
        url = f"http://127.0.0.1:{self._server.server_port}/"
        body = self._client.get(url, headers={"Range": f"bytes={start}-{end - 1}"}).content
        self.received += len(body)
        self.requests += 1
        return body


if __name__ == "__main__":
    main()
