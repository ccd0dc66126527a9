"""Archives that were damaged at random, or made to cost memory or time."""

import gzip
import os
import random
import shutil
import tarfile
from collections.abc import Iterator

import pytest

from fclab.data.cifar100 import unpack
from fclab.values.errors import DataError

PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK = b"x", b"g", b"L", b"K"
SPARSE = b"S"
LARGER = "is not the archive of CIFAR-100: it is far larger"
DAMAGED = "is cut short, damaged or not a .tar.gz"


def header(name: str = "any", size: int = 0, kind: bytes = b"0", **fields: bytes) -> bytes:
    """One block of 512 bytes; ``fields``: size as it is written (12 bytes), or the rest."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, max(size, 0)
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT)[-512:])
    written = fields.get("written") or (
        size.to_bytes(12, "big", signed=True) if size < 0 else bytes(block[124:136])
    )
    block[124:136] = written
    rest = fields.get("rest", b"")
    block[257 : 257 + len(rest)] = rest
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def pax(kind: bytes = PAX, **records: str) -> bytes:
    lines = b""
    for key, value in records.items():
        line = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(line) + len(str(len(line) + 3))
        lines += b"%d" % length + line
    return header("pax", len(lines), kind) + padded(lines)


def zipped(*parts: bytes) -> bytes:
    return b"".join(gzip.compress(part, 1) for part in parts)


def zeros(n: int) -> bytes:
    """So many zeros, packed in little time; a multiple of 64 MiB."""
    return gzip.compress(bytes(1 << 26), 1) * (n >> 26)


def bombs() -> Iterator[tuple[str, bytes]]:
    """How each archive is refused, and the archive."""
    for kind in (PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK):
        yield LARGER, zipped(header(size=3 << 30, kind=kind)) + zeros(3 << 30)
        yield LARGER, zipped((header(size=100, kind=kind) + padded(b"a" * 100)) * 1000)
        yield LARGER, zipped((header(size=1 << 14, kind=kind) + b"7" * (1 << 14)) * 6)
    yield LARGER, zipped((header(size=1 << 13, kind=PAX) + b"7" * (1 << 13)) * 99)
    yield LARGER, (zipped(header(size=1 << 27)) + zeros(1 << 27)) * 99
    yield LARGER, zipped(header() * 1000)
    yield LARGER, zipped(header(size=1 << 40))
    for size in ("9" * 30, str(1 << 63), str(1 << 62)):
        yield LARGER, zipped(pax(size=size) + header())
    for size in ("-1", "-1024", "-" + "9" * 30):
        for kind in (PAX, PAX_GLOBAL):
            yield DAMAGED, zipped(pax(kind, size=size) + header() + header())
    for size in (-1, -1024, -(1 << 62)):
        yield DAMAGED, zipped(header(size=size) + header())
        yield DAMAGED, zipped(header("cifar-100-python/train", size) + header())
    yield DAMAGED, zipped(header(size=-1024, kind=LONG_NAME) + header())
    yield DAMAGED, zipped(pax(GNU__sparse__map="1,x") + header())
    yield DAMAGED, zipped(pax(GNU__sparse__size="7" * 5000) + header())
    yield "is a link or leads out", zipped(pax(GNU__sparse__size="7") + header())
    sparse = header(kind=SPARSE, rest=bytes(225) + b"\1")  # "more of the map follows"
    more = bytes(504) + b"\1" + bytes(7)
    yield LARGER, zipped(sparse + more * 1000)
    yield DAMAGED, zipped(sparse + more * 9)
    yield LARGER, zipped(header()) + gzip.compress(b"") * 2_000_000
    yield LARGER, b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * (50 << 20)  # a name without an end
    yield DAMAGED, b"\x1f\x8b\x08\x08"


def test_bombs_are_refused_in_little_memory_and_time(tmp_path, limited):
    refusals, files = [], []
    for i, (told, content) in enumerate(bombs()):
        files.append(tmp_path / f"{i}.tar.gz")
        files[-1].write_bytes(content)
        refusals.append(told)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    files += [tmp_path / "pipe", tmp_path / "zero"]
    refusals += ["it is a pipe or a device, not a file"] * 2
    call = f"unpack(path, Path({str(tmp_path / 'to')!r}))"
    outcomes = limited("from fclab.data.cifar100 import unpack", call, *files)
    for told, outcome, file in zip(refusals, outcomes, files, strict=True):
        assert outcome.startswith((f"refused: {file} ", f"refused: cannot read {file}")), outcome
        assert told in outcome, outcome
        assert "\n" not in outcome
        assert len(outcome) < 400
    assert not [p for p in (tmp_path / "to").rglob("*") if p.suffix != ".lock"]


def test_headers_that_other_programs_add_are_read(fake, tmp_path):
    """As `tar` of macOS and GNU tar of long times write them."""
    small = fake.but(train=b"1" * 700, test=b"2" * 70, meta=b"3")
    parts = [pax(PAX_GLOBAL, comment="packed by somebody")]
    for name, content in small.files.items():
        parts += [pax(mtime="1236081442.123456789", LIBARCHIVE__xattr__any="eHk=" * 100)]
        parts += [header(f"cifar-100-python/{name}", len(content)), padded(content)]
    path = tmp_path / "other.tar.gz"
    path.write_bytes(zipped(*parts, bytes(1024)) + bytes(3000))  # of many gzip members, padded
    folder = unpack(path, tmp_path / "to", release=small.release)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == small.files


NUMBERS = ["0", "-1", "1", "7", "511", "513", str(1 << 62), str(1 << 63), "9" * 40, "9" * 5000,
           "1e3", "nan", "-inf", "x", "", " 1", "1_0", "٣"]  # fmt: skip
KEYS = ["size", "path", "linkpath", "mtime", "uid", "gid", "uname", "hdrcharset", "comment",
        "GNU__sparse__map", "GNU__sparse__size", "GNU__sparse__realsize", "GNU__sparse__offset",
        "GNU__sparse__numblocks", "GNU__sparse__major", "GNU__sparse__minor"]  # fmt: skip
FIELDS = {100: 8, 108: 8, 116: 8, 124: 12, 136: 12, 148: 8, 156: 1, 157: 100, 257: 8, 265: 32}
"""Where the fields of a header begin, and their bytes."""


def mutated(plain: bytes, rng: random.Random) -> bytes:
    """An archive, packed, in which one to three things are wrong."""
    tar = bytearray(plain)
    for _ in range(rng.randint(1, 3)):
        block = 512 * rng.randrange(len(tar) // 512)
        match rng.randrange(6):
            case 0:
                tar[rng.randrange(len(tar))] = rng.randrange(256)
            case 1:  # a field, its checksum made right
                start, length = rng.choice(list(FIELDS.items()))
                number = rng.choice(
                    [
                        rng.randbytes(length),
                        rng.choice(NUMBERS).encode(),
                        rng.choice([b"\x80", b"\xff"]) + rng.randbytes(length - 1),
                    ]
                )
                tar[block + start : block + start + length] = number[:length].ljust(length, b"\0")
                tar[block + 148 : block + 156] = b" " * 8
                total = sum(tar[block : block + 512])
                tar[block + 148 : block + 156] = b"%06o\0 " % total
            case 2:
                records = {rng.choice(KEYS): rng.choice(NUMBERS) for _ in range(rng.randint(1, 4))}
                tar[block:block] = pax(rng.choice([PAX, PAX_GLOBAL]), **records)
            case 3:
                kind = rng.choice([LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL, SPARSE, b"5", b"\xff"])
                size = rng.choice([0, 1, 600, 9000, 1 << 33, -1, -(1 << 40)])
                tar[block:block] = header("any", size, kind) + rng.randbytes(512)
            case 4:
                del tar[block : block + 512]
            case 5:
                tar[block:block] = tar[: 512 * rng.randint(1, 4)]
    packed = bytearray(gzip.compress(bytes(tar), 1))
    match rng.randrange(4):
        case 0:
            packed[rng.randrange(len(packed))] ^= 1 << rng.randrange(8)
        case 1:
            del packed[rng.randrange(len(packed)) :]
    return bytes(packed)


@pytest.mark.parametrize(
    ("seed", "n"), [(1, 300), pytest.param(2, 10_000, marks=pytest.mark.campaign)]
)
def test_damaged_archives_are_refused_in_one_line_or_read_right(fake, tmp_path, seed, n):
    rng = random.Random(seed)
    small = fake.but(train=rng.randbytes(700), test=rng.randbytes(70), meta=b"3")
    plain, path = gzip.decompress(small.archive)[: 512 * 12], tmp_path / "some.tar.gz"
    refused = 0
    for _ in range(n):
        path.write_bytes(mutated(plain, rng))
        try:
            folder = unpack(path, tmp_path / "to", release=small.release)
        except DataError as error:
            refused += 1
            told = str(error)
            assert "\n" not in told
            assert str(path) in told
            assert len(told) < 600
        else:
            assert {p.name: p.read_bytes() for p in folder.iterdir()} == small.files
            shutil.rmtree(folder)
        assert not [p for p in (tmp_path / "to").rglob("*") if p.suffix != ".lock"]
    assert n / 2 < refused < n  # the damage is neither harmless nor all of one kind
