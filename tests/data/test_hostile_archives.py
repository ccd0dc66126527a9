"""Archives that are short and ask for much, or whose names lead elsewhere."""

import gzip
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import layouts
import pytest

from fclab.data.cifar100 import load
from fclab.values.errors import DataError


def member(name: str, content: bytes = b"", size: int | None = None, **fields) -> bytes:
    """A header of tar and what follows it."""
    info = tarfile.TarInfo(name)
    info.size = len(content) if size is None else size
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


END = bytes(1024)
TRAPS = [
    member("../../outside", b"x"), member("/tmp/fclab-outside", b"x"),
    member("link", type=tarfile.SYMTYPE, linkname="/etc"), member("link/passwd", b"x"),
    member("hard", type=tarfile.LNKTYPE, linkname="../../outside"),
    member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    member("disk", type=tarfile.BLKTYPE, devmajor=8), member("pipe", type=tarfile.FIFOTYPE),
    member("folder/" * 5000 + "deep", b"x"), member("d/", type=tarfile.DIRTYPE),
    member("\x1b[31mred\x00", b"x"),
]  # fmt: skip


def test_no_name_of_an_archive_leads_anywhere(fake, tmp_path, cache):
    """The images are read past all of it, and nothing is made."""
    images = b"".join(member(f"../../../{name}", fake.files[name]) for name in ("train", "test"))
    folder = tmp_path / "a" / "b"
    tar = layouts.put(folder / "a.tar", b"".join(TRAPS) + images + END)
    packed = layouts.put(folder / "a.tar.gz", gzip.compress(tar.read_bytes(), 1))
    names = {f"../../{name}" if name != "meta" else "/tmp/fclab-outside": content
             for name, content in fake.files.items()}  # fmt: skip
    names["c:\\windows\\x"] = names["x/" * 5000] = b"x"
    zipped = layouts.put(folder / "a.zip", layouts.zipped(names))
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr(link, "/etc")
    before = set(tmp_path.rglob("*"))
    for path in (tar, packed, zipped):
        assert load((0, 55), path, cache=False, release=fake.release).source == "cifar100"
    assert set(tmp_path.rglob("*")) == before
    assert not Path("/tmp/fclab-outside").exists()
    assert not cache.exists()


def zeros(n: int) -> bytes:
    """A gzip file of so many zeros, in many parts."""
    part = 1 << 26
    return gzip.compress(bytes(part), 1) * (n // part)


def many_files(n: int) -> bytes:
    return gzip.compress(member("a", b"") * n + END, 1)


def directory(count: int, content: bytes, **lies: int) -> bytes:
    """A zip whose list of files names one and the same file again and again."""
    packed = zlib.compress(content, 1)[2:-4]
    fields = {"crc": zlib.crc32(content), "packed": len(packed), "size": len(content)} | lies
    numbers = struct.pack("<III", fields["crc"], fields["packed"], fields["size"])
    head = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + numbers + b"\x05\0\0\0train"
    entry = (b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + numbers
             + struct.pack("<HHHHHII", 5, 0, 0, 0, 0, 0, 0) + b"train")  # fmt: skip
    end = struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(entry) * count,
                      len(head) + len(packed), 0)  # fmt: skip
    return head + packed + entry * count + b"PK\x05\x06" + end


def nested(levels: int) -> bytes:
    content = b"at the bottom"
    for _ in range(levels):
        content = gzip.compress(member("a.tar.gz", content) + END, 1)
    return content


SLOW = b"\x80\x02}" + b"N" * 3_100_000  # instructions, and nothing else
BOMBS = {
    "a header of 3 GB": gzip.compress(member("x", size=3 << 30, type=b"x"), 1) + zeros(3 << 30),
    "a long name of 3 GB": gzip.compress(member("x", size=3 << 30, type=b"L"), 1) + zeros(3 << 30),
    "a file of 3 GB": gzip.compress(member("x", size=3 << 30), 1) + zeros(3 << 30),
    "zeros": zeros(3 << 30),
    "a size of 8 EB": gzip.compress(member("train", b"\x80\x02}", size=(1 << 63) - 1) + END),
    "a negative size": gzip.compress(member("train", b"x", size=-512) + END),
    "files": many_files(300_000),
    "parts of a gzip": gzip.compress(member("a", b"x" * 512)) + gzip.compress(b"") * 300_000,
    "a name in a gzip": b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 50_000_000,
    "folders in archives": nested(60),
    "sparse": gzip.compress(member("train", b"x" * 512, size=1 << 40, type=b"S") + END),
    "one file 5000 times": directory(5000, bytes(1 << 20)),
    "one slow file 900 times": directory(900, SLOW),
    "slow files": gzip.compress(b"".join(member(f"train{i}", SLOW) for i in range(30)) + END, 1),
    "a list of files of 60 MB": directory(1_200_000, b"x"),
    "a size that lies, less": directory(1, SLOW, size=100),
    "a size that lies, more": directory(1, b"\x80\x02}" + bytes(100), size=(1 << 32) - 2),
    "packed bytes that are not there": directory(1, b"\x80\x02}", packed=(1 << 32) - 2),
    "a wrong checksum": directory(1, pickle.dumps({"data": 1}, 2), crc=7),
    "a text of 200 MB": gzip.compress(
        member("train", b"\x80\x02}X" + struct.pack("<I", 200_000_000), size=200_000_005), 1
    ) + zeros(1 << 28),
}  # fmt: skip


@pytest.mark.slow
def test_bombs_are_refused_in_little_memory_and_time(tmp_path, limited):
    files = [
        layouts.put(tmp_path / f"{i} a.bin", content) for i, content in enumerate(BOMBS.values())
    ]
    outcomes = limited("from fclab.data.cifar100 import read", "read(path)", *files)
    for name, file, outcome in zip(BOMBS, files, outcomes, strict=True):
        assert outcome.startswith(f"refused: {file}"), (name, outcome)
        assert len(outcome) < 500, name
        assert outcome.isprintable(), name
    assert {path.name for path in tmp_path.iterdir()} == {file.name for file in files}


def test_damaged_archives_are_told_in_one_line(fake, tmp_path, cache):
    """Every byte of the frames of an archive, and the ends of what is packed."""
    whole = {"zip": layouts.zipped({"train": b"x" * 600, "test": b"y" * 600}, zipfile.ZIP_STORED),
             "tar": layouts.tarred({"train": b"x" * 600, "test": b"y" * 600})}  # fmt: skip
    whole["gz"] = gzip.compress(whole["tar"])
    path = tmp_path / "archive"
    for content in whole.values():
        for at in [*range(0, len(content), 23), len(content) - 1]:
            path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
            with pytest.raises(DataError) as raised:
                load((0, 1), path, cache=False, release=fake.release)
            assert str(path) in str(raised.value)
            assert "\n" not in str(raised.value)


def test_a_temporary_copy_leaves_nothing(fake, tmp_path, cache, monkeypatch):
    """A zip inside another archive is copied into a file that has no name."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "tmp").mkdir()
    path = layouts.READ["`.zip` in a `.tar.gz`"](fake.files, tmp_path / "data")
    assert load((0, 1), path, release=fake.release).source == "cifar100"
    assert list((tmp_path / "tmp").iterdir()) == []
