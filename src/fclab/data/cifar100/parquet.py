"""CIFAR-100 as Hugging Face keeps it: tables of Parquet with pictures in them."""

import io
import re
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from fclab.data.cifar100.release import SHAPE
from fclab.values.errors import DataError
from fclab.values.extras import installing

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_MOST_ROWS = 200_000
_MOST_BYTES = 1 << 28  # of a column, unpacked
_BATCH = 1000  # rows


def read_parquet(file: IO[bytes], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and fine labels of a table in the form of uoft-cs/cifar100.

    Args:
        file: seekable.
        name: for messages.

    Returns:
        Pixels, uint8 ``(n, 32, 32, 3)``; class numbers, int64 ``(n,)``.

    Raises:
        DataError: it is damaged or another table, or pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise DataError(
            "{name} is Parquet, which needs an addition: {install}",
            name=name,
            install=installing("parquet"),
        ) from error
    try:
        table = ParquetFile(file, buffer_size=1 << 20, thrift_string_size_limit=1 << 24,
                            thrift_container_size_limit=1 << 20)  # fmt: skip
        return _images(table, name)
    except (pa.ArrowException, OSError, SyntaxError, ValueError) as error:  # or of a picture
        raise DataError("{name} is damaged: get it again", name=name) from error


def _images(table: "ParquetFile", name: str) -> tuple[np.ndarray, np.ndarray]:
    columns = table.schema_arrow.names
    if "img" not in columns or "fine_label" not in columns:
        if "img" in columns and "label" in columns:
            raise DataError("{name} holds CIFAR-10, and CIFAR-100 is needed", name=name)
        raise DataError("{name} is no table of CIFAR-100: it lacks img and fine_label", name=name)
    rows = table.metadata.num_rows
    if rows > _MOST_ROWS or _unpacked(table) > _MOST_BYTES:
        raise DataError("{name} is no table of CIFAR-100: it is far larger", name=name)
    pixels, labels = np.empty((rows, *SHAPE), np.uint8), np.empty(rows, np.int64)
    done = 0
    for batch in table.iter_batches(_BATCH, columns=["img", "fine_label"], use_threads=False):
        n = len(batch)
        labels[done : done + n] = batch.column("fine_label").to_numpy(zero_copy_only=False)
        for place, picture in enumerate(_pictures(batch.column("img")), start=done):
            pixels[place] = _pixels(picture, name)
        done += n
    return pixels[:done], labels[:done]


def _unpacked(table: "ParquetFile") -> int:
    """Bytes of all columns, as the file says."""
    groups = (table.metadata.row_group(i) for i in range(table.metadata.num_row_groups))
    return sum(group.total_byte_size for group in groups)


def _pictures(column: Any) -> Any:
    """The encoded pictures: in a field ``bytes`` beside ``path``, or alone."""
    names = [column.type.field(i).name for i in range(column.type.num_fields)]
    values = column.field("bytes") if "bytes" in names else column
    return (value.as_py() for value in values)


def _pixels(picture: Any, name: str) -> np.ndarray:
    if not isinstance(picture, bytes):
        raise DataError("{name} lacks pictures: it holds only where they are", name=name)
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as image:
        if image.size != SHAPE[:2] or image.mode != "RGB":
            raise DataError("{name} holds pictures of another size than 32 × 32", name=name)
        return np.asarray(image)


def shard_of(stem: str) -> tuple[str, int, int]:
    """What a file of Parquet is a piece of, which one, and of how many:
    ``train-00001-of-00002.parquet`` is ``("train", 1, 2)``, another name ``(name, 0, 1)``."""
    found = re.fullmatch(r"(.+)-(\d{1,6})-of-(\d{1,6})\.parquet", stem)
    return (found[1], int(found[2]), int(found[3])) if found else (stem, 0, 1)
