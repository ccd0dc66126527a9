"""Pictures that lie, cost memory or time, or are damaged at random: 32 × 32 pixels, or one line."""

import io
import random
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from fclab.cli import main
from fclab.data import synthetic
from fclab.engines.job import initial_weights
from fclab.store.folder import write_model
from fclab.values.model import Model
from fclab.values.recipe import CIFAR

BEFORE = "from fclab.data.pictures import read_picture"
CALL = "read_picture(path, 32, 32).shape"
READ = "(32, 32, 3)"
HUGE = "pixels.*: not decoded"
DAMAGED = "damaged"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photograph(mode: str = "RGB", size: tuple[int, int] = (40, 33)) -> Image.Image:
    pixels = np.random.default_rng(5).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(*chunks: bytes, size: tuple[int, int] = (32, 32), depth: int = 8, colour: int = 2) -> bytes:
    """A PNG with these chunks between its head and its grey pixels."""
    head = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    row = bytes(1 + size[0] * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(size[1])) + packer.flush()
    parts = chunk(b"IHDR", head), *chunks, chunk(b"IDAT", packed), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_size(content: bytes, kind: str, side: int) -> bytes:
    """The same file with another size in its head."""
    made, both = bytearray(content), side.to_bytes(2, "little") * 2
    match kind:
        case "PNG":
            return content.replace(
                content[8:33], chunk(b"IHDR", struct.pack(">II", side, side) + content[24:29])
            )
        case "JPEG":
            at = re.search(rb"\xff[\xc0\xc2]\x00.\x08", content, re.DOTALL)
            assert at
            made[at.end() : at.end() + 4] = side.to_bytes(2, "big") * 2
        case "GIF":
            made[6:10] = both
            at = made.index(b"\x2c")  # the frame's own size
            made[at + 5 : at + 9] = both
        case "BMP":
            made[18:26] = struct.pack("<ii", side, side)
        case "WEBP":  # lossless: 14 bits each
            made[21:25] = (side - 1 | side - 1 << 14).to_bytes(4, "little")
        case "TIFF":
            start = int.from_bytes(made[4:8], "little")
            for at in range(start + 2, start + 26, 12):  # width and height come first
                assert int.from_bytes(made[at : at + 2], "little") in (256, 257)
                made[at + 2 : at + 12] = struct.pack("<HII", 4, 1, side)
        case "AVIF":
            at = made.index(b"ispe") + 8
            made[at : at + 8] = struct.pack(">II", side, side)
        case "PPM":
            return content.replace(b"40 33", b"%d %d" % (side, side), 1)
    return bytes(made)


def progressive(scans: int) -> bytes:
    """A progressive JPEG that goes over its picture so many times."""
    content = encoded(Image.new("RGB", (2000, 2000)), "JPEG", progressive=True, subsampling=0)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * (scans - content.count(b"\xff\xda")) + content[-2:]


def frames(kind: str) -> bytes:
    others = [Image.new("RGB", (40, 33), colour) for colour in ("lime", "blue")] * 20
    return encoded(photograph(), kind, save_all=True, append_images=others)


KINDS = ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "PPM"]
ZEROS = zlib.compress(bytes(200 << 20), 9)


def crafted() -> Iterator[tuple[str, bytes]]:
    """What is said of each picture, and the picture."""
    for kind in KINDS:
        content = encoded(photograph(), kind, **({"lossless": True} if kind == "WEBP" else {}))
        side = 16_000 if kind == "WEBP" else 30_000  # the format knows no more than 16 383
        yield (
            HUGE if kind != "AVIF" else f"{HUGE}|{DAMAGED}|not a picture",
            (with_size(content, kind, side)),
        )
        for share in (0.02, 0.3, 0.9):
            yield f"{DAMAGED}|not a picture|{re.escape(READ)}", content[: int(len(content) * share)]
    yield HUGE, png(size=(10_001, 10_000), depth=1, colour=0)
    yield HUGE, encoded(Image.new("L", (7200, 7200)), "JPEG", progressive=True)
    yield "100 passes", progressive(101)
    yield READ, progressive(30)
    yield READ, png(size=(1, 90_000))
    yield READ, png(size=(60_000, 1))
    # what is packed beside the pixels
    for kind, head in ((b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")):
        yield (
            f"{READ}|{DAMAGED}".replace("(", "\\(").replace(")", "\\)"),
            png(chunk(kind, head + ZEROS)),
        )
    yield READ, png(*[chunk(b"tEXt", b"a\0" + b"b" * 1000)] * 1000)
    yield f"{DAMAGED}|{re.escape(READ)}", png(chunk(b"eXIf", b"MM\0*\0\0\0\x08" + b"\xff" * 4000))
    # every way of holding pixels
    for colour, depth in ((0, 16), (2, 16), (4, 16), (6, 16), (0, 1), (4, 8), (6, 8)):
        yield READ, png(colour=colour, depth=depth)
    yield READ, encoded(photograph("CMYK"), "JPEG")
    yield READ, encoded(photograph("P"), "PNG", transparency=bytes(range(256)))
    yield READ, encoded(photograph("LAB"), "TIFF")
    yield "no known scale", encoded(photograph("F"), "TIFF")
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        yield READ, frames(kind)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for broken in (profile[:100], b"\xff" * 5000, b""):
        yield READ, encoded(photograph(), "JPEG", icc_profile=broken)
        yield READ, encoded(photograph(), "PNG", icc_profile=broken)
    for turn in (0, 9, 65_535):
        exif = Image.Exif()
        exif[0x0112] = turn
        yield READ, encoded(photograph(), "JPEG", exif=exif)
    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", "<a " + "tiff:Orientation=" * 20_000)
    yield READ, encoded(photograph(), "PNG", pnginfo=text)
    yield (
        "not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    )
    yield "not a picture", b"%PDF-1.7"
    yield "the file is empty", b""
    yield DAMAGED, b"P6"


def test_pictures_that_cost_are_refused_and_odd_ones_are_read(tmp_path, limited):
    wanted, files = [], []
    for i, (told, content) in enumerate(crafted()):
        files.append(tmp_path / f"{i}.png")
        files[-1].write_bytes(content)
        wanted.append(re.escape(told) if told == READ else told)
    for told, outcome, file in zip(wanted, limited(BEFORE, CALL, *files), files, strict=True):
        assert re.search(told, outcome), f"{file}: {outcome}, not {told}"
        check(outcome, file)


def check(outcome: str, file: Path) -> bool:
    """Whether a picture was read; if not it must have been refused in one line."""
    if outcome == READ:
        return True
    assert outcome.startswith(f"refused: {file}: ")
    assert outcome.isprintable()
    assert len(outcome) < 600
    return False


def mutated(content: bytes, rng: random.Random) -> bytes:
    """One to five things wrong, more often near the beginning, where the sizes are."""
    made = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        if not made:
            break
        at = rng.randrange(min(len(made), rng.choice([64, 400, 1 << 20])))
        match rng.randrange(6):
            case 0:
                made[at] ^= 1 << rng.randrange(8)
            case 1:
                made[at] = rng.choice([0, 1, 127, 128, 255])
            case 2:
                number = rng.choice([0, -1, 1 << 31, (1 << 31) - 1, 30_000, 65_535, 10_000])
                made[at : at + 4] = (number & 0xFFFFFFFF).to_bytes(4, rng.choice(["big", "little"]))
            case 3:
                del made[at : at + rng.choice([1, 4, 100])]
            case 4:
                made[at:at] = made[at : at + rng.choice([1, 12, 300])]
            case 5:
                made[at : at + 20] = rng.randbytes(20)
    if made[:4] == b"\x89PNG" and rng.random() < 0.7:
        _right_checks(made)
    return bytes(made)


def _right_checks(made: bytearray) -> None:
    """Sums of the chunks of a PNG made right, so that what is wrong in them is looked at."""
    at = 8
    while at + 12 <= len(made):
        end = at + 8 + int.from_bytes(made[at : at + 4], "big")
        if end + 4 > len(made):
            return
        made[end : end + 4] = zlib.crc32(bytes(made[at + 4 : end])).to_bytes(4, "big")
        at = end + 4


def seeds() -> list[bytes]:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "an otter"
    text = PngInfo()
    text.add_text("about", "an otter " * 50, zip=True)
    return [
        *(encoded(photograph(), kind) for kind in KINDS),
        encoded(photograph(), "JPEG", exif=exif, progressive=True),
        encoded(photograph("CMYK"), "JPEG", exif=exif),
        encoded(photograph("P"), "PNG", transparency=3, pnginfo=text, exif=exif),
        encoded(Image.fromarray(np.full((9, 9), 999, np.uint16)), "PNG"),
        encoded(photograph(), "WEBP", lossless=True, exif=exif),
        *(
            encoded(photograph(mode), "TIFF", compression=how)
            for mode in ("RGB", "CMYK")
            for how in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
        ),
        *(frames(kind) for kind in ("GIF", "WEBP", "PNG")),
    ]


@pytest.mark.parametrize(
    ("seed", "n"), [(1, 150), pytest.param(2, 5_000, marks=pytest.mark.campaign)]
)
def test_damaged_pictures_are_read_or_refused_in_one_line(tmp_path, limited, seed, n):
    rng, whole = random.Random(seed), seeds()
    files = [tmp_path / f"{i}.png" for i in range(n)]
    for file in files:
        file.write_bytes(mutated(rng.choice(whole), rng))
    outcomes = limited(BEFORE, CALL, *files)
    read = sum(check(outcome, file) for outcome, file in zip(outcomes, files, strict=True))
    assert n / 10 < read < n * 0.9  # neither harmless nor all of one kind


def test_every_seed_of_the_campaign_is_read(tmp_path, limited):
    files = [tmp_path / f"{i}.png" for i, content in enumerate(seeds())]
    for file, content in zip(files, seeds(), strict=True):
        file.write_bytes(content)
    assert limited(BEFORE, CALL, *files) == [READ] * len(files)


def test_the_command_tells_of_each_in_one_line(tmp_path, capsys):
    dataset = synthetic((0, 55, 58))
    weights = initial_weights(CIFAR, dataset.info.n_inputs, 0)
    write_model(Model(dataset.info, CIFAR, weights), tmp_path / "model")
    evil = tmp_path / "<script>[bold]\x1b[31m\n{{7*7}}.png"
    for file, content in ((tmp_path / "a.png", png(size=(10_001, 10_000), depth=1, colour=0)),
                          (tmp_path / "b.svg", b"<svg/>"), (evil, b"no"),
                          (tmp_path / "c.gif", frames("GIF"))):  # fmt: skip
        file.write_bytes(content)
    names = [str(tmp_path / name) for name in ("a.png", "b.svg", evil.name, "c.gif")]
    with pytest.raises(SystemExit) as ended:
        main(["predict", str(tmp_path / "model"), *names])
    told = capsys.readouterr()
    assert ended.value.code == 1
    lines = [line for line in told.err.splitlines() if "SYNTHETIC" not in line]
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert "<script>[bold]" in lines[2]
    assert "c.gif" in told.out
