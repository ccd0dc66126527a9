"""Pickles that are short and ask for much: deep, wide, shared, or heavy."""

import os
import pickle
import struct
from collections.abc import Iterator

import numpy as np
import pytest

from fclab.data.cifar100 import read
from fclab.data.cifar100.machine import Bounds
from fclab.data.cifar100.pickles import read_pickle
from fclab.data.cifar100.streams import MOST_OF_FILE
from fclab.values.errors import DataError


def plain(path, *bounds):
    with path.open("rb") as file:
        return read_pickle(file, path.stat().st_size, str(path), *bounds)


N = 100  # images of the file `test` in the fake release


def labelled(label: bytes) -> bytes:
    """A file of images, one of whose labels is what these instructions make."""
    content = {"data": np.zeros((N, 3072), np.uint8), "fine_labels": [1] * (N - 1)}
    whole = pickle.dumps(content, 4)
    assert whole.endswith(b"eu.")  # the last two instructions end the list, then the dict
    return whole[:-3] + label + b"eu."


def place(k: int) -> bytes:
    return struct.pack("<I", 1000 + k)


def doubled_tuples(levels: int) -> bytes:
    steps = (b"j" + place(k) + b"\x86r" + place(k + 1) for k in range(levels))
    return b")r" + place(0) + b"".join(steps)


def doubled_lists(levels: int) -> bytes:
    steps = (b"j" + place(k) + b"er" + place(k + 1) for k in range(levels))
    return b"](" * levels + b"]r" + place(0) + b"".join(steps)


def doubled_dicts(levels: int) -> bytes:
    steps = (b"U\x01bj" + place(k) + b"ur" + place(k + 1) for k in range(levels))
    return b"}(U\x01a" * levels + b"}r" + place(0) + b"".join(steps)


def arrays_of_one_text(count: int, size: int) -> bytes:
    """A dict of arrays that all take their bytes from the same remembered text."""
    length = struct.pack("<i", size)
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
    state = b"(K\x01J" + length + b"\x85" + dtype + b"\x89h\x01tb"
    text = b"U\x04textT" + length + bytes(size) + b"q\x01"
    arrays = (b"U\x03%03d" % i + made + state for i in range(count))
    return b"\x80\x02}(" + text + b"".join(arrays) + b"u."


def bombs() -> Iterator[tuple[str, bytes]]:
    """What each file is refused for, and the file."""
    deep, many = f"more than {Bounds.depth} containers", f"more than {Bounds.values:,} values"
    for depth in (Bounds.depth, 5_000, 200_000):
        yield deep, labelled(b"]" * depth + b"a" * (depth - 1))
        yield deep, labelled(b")" + b"\x85" * depth)
        yield deep, labelled(b"}U\x01a" * depth + b"N" + b"s" * depth)
        yield deep, labelled(b"(" * depth * 3 + b"t" * depth * 3)
    for doubled in (doubled_tuples, doubled_lists, doubled_dicts):
        for levels in (27, 40):
            yield many, labelled(doubled(levels))
    four = (b"j" + place(19)) * 4  # each may be; together they may not
    yield many, labelled(doubled_tuples(19)).replace(b"eu.", four + b"eu.")
    yield "in use already", labelled(b"]q\xffh\xffa")  # a list that is in itself
    yield "bytes", arrays_of_one_text(150, 1 << 26)
    emoji = "🦦".encode() * 15_000
    texts = (b"X" + struct.pack("<I", len(emoji)) + emoji) * (Bounds.text_bytes // len(emoji) + 1)
    yield "bytes of text", b"\x80\x02}U\x01a](" + texts + b"es."
    long = "🦦".encode() * 50_000
    yield "text is damaged", b"\x80\x02}U\x01aX" + struct.pack("<I", len(long)) + long + b"s."
    names = b"c_codecs\nencode\nq\x01U\x06latin1q\x02X" + struct.pack("<I", 60_000)
    encoded = (b"h\x01h\x03h\x02\x86R" * (Bounds.array_bytes // 60_000 + 1)) + b"es."
    yield "bytes", b"\x80\x02}U\x01a](" + names + b"a" * 60_000 + b"q\x03" + encoded
    yield "instructions", b"\x80\x02" + b"N" * (Bounds.steps + 1)
    yield "instructions", b"\x80\x02" + b"}q\x01" * (Bounds.steps // 2 + 1)


@pytest.mark.slow
def test_bombs_are_refused_in_little_memory_and_time(tmp_path, limited):
    refusals, files = [], []
    for i, (told, content) in enumerate(bombs()):
        files.append(tmp_path / str(i) / "test")
        files[-1].parent.mkdir()
        files[-1].write_bytes(content)
        refusals.append(told)
    files.append(tmp_path / "test")
    files[-1].write_bytes(b"\x80\x02}")
    os.truncate(files[-1], MOST_OF_FILE + 1)
    refusals.append(f"it has {MOST_OF_FILE + 1:,} bytes")
    outcomes = limited("from fclab.data.cifar100 import read", "read(path)", *files)
    for told, outcome, file in zip(refusals, outcomes, files, strict=True):
        assert outcome.startswith(f"refused: {file} is damaged, or no file of images: ")
        assert told in outcome
        assert len(outcome) < 300


def test_what_is_shared_within_bounds_is_read_and_told_in_a_few_words(tmp_path):
    path = tmp_path / "test"
    path.write_bytes(labelled(doubled_tuples(18)))
    with pytest.raises(DataError, match=r"a label is tuple; 0\.\.99 are expected$"):
        read(path)
    again = [1, 2]
    path.write_bytes(pickle.dumps({"a": again, "b": [again, again], "c": (again,)}, 4))
    assert plain(path) == {"a": again, "b": [again, again], "c": (again,)}


def test_bounds_are_those_that_are_given(tmp_path):
    path = tmp_path / "any"
    path.write_bytes(pickle.dumps({"a": [[1]], "b": np.zeros(9, np.uint8), "c": "яблоко"}, 4))
    assert plain(path, Bounds(80, 12, 3, 9, 200))["c"] == "яблоко"
    for small in (Bounds(steps=9), Bounds(values=5), Bounds(depth=2), Bounds(array_bytes=8),
                  Bounds(text_bytes=6)):  # fmt: skip
        with pytest.raises(DataError, match="more than"):
            plain(path, small)


def test_the_real_images_are_read_within_the_same_limits(cifar_dir, limited):
    call = "[int(part.labels.sum(dtype=int)) for part in read(path).parts.values()]"
    assert limited("from fclab.data.cifar100 import read", call, cifar_dir) == [
        str([100 * 99 * 50, 500 * 99 * 50])
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path, limited):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    before = "from fclab.data.cifar100 import read, md5sum"
    for call in ("read(path)", "md5sum(path)"):
        outcomes = limited(before, call, tmp_path / "pipe", tmp_path / "zero")
        assert outcomes == [f"refused: cannot read {tmp_path / name}: it is a pipe or a device, "
                            "not a file" for name in ("pipe", "zero")]  # fmt: skip
    assert limited(before, "read(path)", tmp_path)[0].startswith(f"refused: {tmp_path} holds no")
