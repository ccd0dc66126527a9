"""Pictures of any kind as a model wants them: small, square, three channels of bytes."""

import glob
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from fclab.values.errors import DataError, system_reason
from fclab.values.extras import installing
from fclab.values.files import open_regular

MAX_PIXELS = 100_000_000
"""Pictures of more pixels are refused before they are decoded: 400 MB in memory for 32 × 32."""

_HEAVY = ("WEBP", "AVIF", "HEIF", "JPEG2000")
"""Formats whose decoders take three times the memory of the picture: half as many pixels."""

_MOST_SCANS = 100
"""Passes over the picture that a progressive JPEG may ask for; 10 are usual, each takes time."""

FORMATS = (
    "PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP", "AVIF", "HEIF", "TIFF", "PPM", "JPEG2000",
    "PSD", "PCX", "TGA",
)  # fmt: skip
"""Formats that are read, in the words of Pillow; it knows others that start programs, are decoded
in Python or are rare. MPO is what some phones call JPEG, HEIF what others write (the extra
``heic``)."""

_FINER = 4
"""A JPEG is decoded at no less than so many times the wanted size: what is lost is not seen."""

_SCAN = b"\xff\xda"
"""Where a pass of a JPEG begins; inside its data these two bytes cannot stand together."""

_HEIC = (".heic", ".heif", ".hif")

_ORIENTATION = ExifTags.Base.Orientation
_LYING = (5, 6, 7, 8)
"""Orientations of EXIF in which rows are stored as columns."""

_RESAMPLING = Image.Resampling.BICUBIC
_ROWS = 256
"""Rows of a picture that are converted at a time."""


def find_pictures(given: Iterable[str | Path]) -> list[Path]:
    """The files that were named, in that order, each once.

    Args:
        given: files; folders, which stand for the pictures in them and below, by name; patterns
            such as ``holiday/*.jpg``. What does not exist is passed on: reading it will say so.

    Raises:
        DataError: a folder without pictures, a pattern that nothing fits.
    """
    found: dict[Path, None] = {}
    for name in given:
        path = Path(name)
        if path.is_dir():
            suffixes = _suffixes()
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in suffixes)
            if not inside:
                raise DataError("no pictures in the folder {path}", path=path)
        elif not path.exists() and glob.has_magic(str(name)):
            inside = [Path(p) for p in sorted(glob.glob(str(name), recursive=True))]  # noqa: PTH207
            if not inside:
                raise DataError("no file is named like {name}", name=name)
        else:
            inside = [path]
        found |= dict.fromkeys(inside)
    return list(found)


def _suffixes() -> set[str]:
    known_formats()
    return {suffix for suffix, name in Image.registered_extensions().items() if name in FORMATS}


def read_picture(path: Path, height: int, width: int) -> np.ndarray:
    """A picture as a network sees it, uint8 ``(height, width, 3)``.

    The first frame, turned as its EXIF says, laid over white where it is transparent; the largest
    centred part of the wanted proportions, nothing squeezed; made smaller with antialiasing
    (bicubic). A picture that has the wanted size and three channels is returned as it is.

    Raises:
        DataError: it cannot be read, is not a picture, is damaged or cut short, or would take too
            much memory or time to decode (`MAX_PIXELS`); the line names it.
    """
    return read_sized(path, height, width).pixels


class Sized(NamedTuple):
    """A picture made small: uint8 ``(height, width, 3)``, and width and height that it had."""

    pixels: np.ndarray
    size: tuple[int, int]


def read_sized(
    path: str | Path, height: int, width: int, opening: Callable[[], BinaryIO] | None = None
) -> Sized:
    """A picture as `read_picture` reads it, and the size that it had.

    Args:
        path: of the picture; for messages alone where ``opening`` is given.
        height, width: wanted.
        opening: gives its bytes, from the first one; may be called more than once.

    Raises:
        DataError: as `read_picture`.
    """
    with _opened(path, opening) as image:
        across, down = image.size
        if image.getexif().get(_ORIENTATION, 1) in _LYING:
            across, down = down, across
        longer = _FINER * max(height, width)
        image.draft(None, (longer, longer))  # pyright: ignore[reportArgumentType] (any mode)
        return Sized(np.array(_upright(image, height, width)), (across, down))


def read_whole(
    path: str | Path, longest: int, opening: Callable[[], BinaryIO] | None = None
) -> np.ndarray:
    """A picture as a page shows it, uint8 ``(height, width, 3)``: turned and laid over white as
    `read_picture` does it, and made smaller if a side has more than ``longest`` pixels.

    Args:
        path, opening: as of `read_sized`.
        longest: pixels of a side.

    Raises:
        DataError: as `read_picture`.
    """
    with _opened(path, opening) as image:
        image.load()  # some formats turn it themselves here, and say so
        scale = min(1.0, longest / max(image.size))
        width, height = (max(1, round(scale * side)) for side in image.size)
        if image.getexif().get(_ORIENTATION, 1) in _LYING:
            width, height = height, width
        return np.array(_upright(image, height, width))


@contextmanager
def _opened(
    path: str | Path, opening: Callable[[], BinaryIO] | None = None
) -> Iterator[Image.Image]:
    """A picture of a known format that is cheap enough to decode; whatever goes wrong with it
    becomes one line.

    Raises:
        DataError: as `read_picture`.
    """
    opening = opening or (lambda: open_regular(Path(path)))
    try:
        with warnings.catch_warnings():
            # Pillow's own words on too many pixels; other warnings are of harmless oddities.
            warnings.simplefilter("ignore")
            with opening() as file, Image.open(file, formats=known_formats()) as image:
                _check_cost(path, image, opening)
                yield image
    except Image.DecompressionBombError:
        raise DataError(
            "{path}: far more than {most:,} pixels: not decoded",
            path=path,
            most=MAX_PIXELS,
        ) from None
    except UnidentifiedImageError:
        with opening() as file:
            if not file.read(1):
                raise DataError("{path}: the file is empty", path=path) from None
        if Path(path).suffix.lower() in _HEIC and "HEIF" not in known_formats():
            raise DataError(
                "{path}: such pictures are read by an extra: {install}",
                path=path,
                install=installing("heic"),
            ) from None
        raise DataError("{path}: not a picture of a known format", path=path) from None
    except DataError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise DataError("{path}: {reason}", path=path, reason=system_reason(error)) from error
        raise DataError(
            "{path}: damaged or cut short ({reason})", path=path, reason=error
        ) from error
    except Exception as error:  # decoders raise what they like when a file makes no sense
        raise DataError(
            "{path}: damaged ({name}: {reason})", path=path, name=type(error).__name__, reason=error
        ) from error


@cache
def known_formats() -> tuple[str, ...]:
    """The formats that this Pillow has."""
    with suppress(ImportError):
        from pillow_heif import register_heif_opener  # pyright: ignore[reportMissingImports]

        register_heif_opener()
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _check_cost(path: str | Path, image: Image.Image, opening: Callable[[], BinaryIO]) -> None:
    """Refuse what would take too much memory or time to decode.

    Raises:
        DataError: it has too many pixels, or a JPEG of too many passes over them.
    """
    width, height = image.size
    progressive = "progressive" in image.info
    most = MAX_PIXELS // 2 if progressive or image.format in _HEAVY else MAX_PIXELS
    if width * height > most:
        raise DataError(
            "{path}: {width} × {height} pixels are more than {most:,}: not decoded",
            path=path,
            width=width,
            height=height,
            most=most,
        )
    if progressive and _scans(opening) > _MOST_SCANS:
        raise DataError(
            "{path}: damaged (a JPEG of more than {most} passes over the picture)",
            path=path,
            most=_MOST_SCANS,
        )


def _scans(opening: Callable[[], BinaryIO]) -> int:
    with opening() as file:
        return sum(part.count(_SCAN) for part in iter(partial(file.read, 1 << 20), b""))


def _upright(image: Image.Image, height: int, width: int) -> Image.Image:
    """The picture made small and turned as its EXIF says: turned first, it would be held twice."""
    image.load()  # some formats turn it themselves here, and say so
    turn = image.getexif().get(_ORIENTATION, 1)
    lying = turn in _LYING
    small = _small(image, width, height) if not lying else _small(image, height, width)
    small.getexif()[_ORIENTATION] = turn
    return ImageOps.exif_transpose(small)


def _small(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of a picture in this size, three channels of bytes.

    It is converted and made narrow a band of rows at a time, then low: what Pillow's own two passes
    give, without copies of a large picture.
    """
    left, top, right, bottom = _middle(image, height / width)
    bands = [(left, y, right, min(y + _ROWS, bottom)) for y in range(top, bottom, _ROWS)]
    deep = image.mode.startswith("I") and any(
        np.asarray(image.crop(band)).max() > 255 for band in bands
    )
    narrow = Image.new("RGB", (width, bottom - top))
    for band in bands:
        rows = _as_rgb(image.crop(band), deep=deep)
        narrow.paste(rows.resize((width, rows.height), _RESAMPLING), (0, band[1] - top))
    return narrow.resize((width, height), _RESAMPLING)


def _middle(image: Image.Image, proportion: float) -> tuple[int, int, int, int]:
    """Edges of the largest centred part with this ratio of height to width; nothing beyond it is
    mixed in when it is made smaller."""
    width = max(1, min(image.width, round(image.height / proportion)))
    height = max(1, min(image.height, round(image.width * proportion)))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return left, top, left + width, top + height


def _as_rgb(image: Image.Image, *, deep: bool) -> Image.Image:
    """Three channels of bytes, transparency laid over white."""
    if image.mode.startswith("I"):
        # 16 bits as bytes; Pillow would cut everything above 255 off
        brightness = np.asarray(image) / (257 if deep else 1)
        image = Image.fromarray(np.clip(np.rint(brightness), 0, 255).astype(np.uint8))
    elif image.mode == "F":
        raise ValueError("brightness as floating-point numbers has no known scale")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")
