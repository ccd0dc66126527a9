"""Pictures of any kind as a model wants them: small, square, three channels of bytes."""

import glob
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fclab.errors import DataError
from fclab.files import open_regular

MAX_PIXELS = 100_000_000
"""Pictures of more pixels are refused before they are decoded: 300 MB of bytes for 32 × 32."""

FORMATS = ("PNG", "JPEG", "MPO", "GIF", "BMP", "WEBP", "AVIF", "TIFF", "PPM")
"""Formats that are read, in the words of Pillow; it knows others that start programs or are rare.
MPO is what some phones call JPEG."""


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
                raise DataError(f"no pictures in the folder {path}")
        elif not path.exists() and glob.has_magic(str(name)):
            inside = [Path(p) for p in sorted(glob.glob(str(name), recursive=True))]  # noqa: PTH207
            if not inside:
                raise DataError(f"no file is named like {name}")
        else:
            inside = [path]
        found |= dict.fromkeys(inside)
    return list(found)


def _suffixes() -> set[str]:
    return {suffix for suffix, name in Image.registered_extensions().items() if name in FORMATS}


def read_picture(path: Path, height: int, width: int) -> np.ndarray:
    """A picture as a network sees it, uint8 ``(height, width, 3)``.

    The first frame, turned as its EXIF says, laid over white where it is transparent; the largest
    centred part of the wanted proportions, nothing squeezed; made smaller with antialiasing
    (bicubic). A picture that has the wanted size and three channels is returned as it is.

    Raises:
        DataError: it cannot be read, is not a picture, is damaged or cut short, or has more than
            `MAX_PIXELS`; the line names it.
    """
    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]  # a Pillow may lack some
    try:
        with warnings.catch_warnings():
            # Pillow's own words on too many pixels; other warnings are of harmless oddities.
            warnings.simplefilter("ignore")
            with open_regular(path) as file, Image.open(file, formats=known) as image:
                _check_size(path, *image.size)
                middle = _middle(ImageOps.exif_transpose(image), height / width)
                small = _as_rgb(middle).resize((width, height), Image.Resampling.BICUBIC)
                return np.array(small)
    except Image.DecompressionBombError:
        raise DataError(f"{path}: far more than {MAX_PIXELS:,} pixels: not decoded") from None
    except UnidentifiedImageError:
        raise DataError(f"{path}: not a picture of a known format") from None
    except DataError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise DataError(f"{path}: {error.strerror}") from error
        raise DataError(f"{path}: damaged or cut short ({error})") from error
    except Exception as error:  # decoders raise what they like when a file makes no sense
        raise DataError(f"{path}: damaged ({type(error).__name__}: {error})") from error


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise DataError(
            f"{path}: {width} × {height} pixels are more than {MAX_PIXELS:,}: not decoded"
        )


def _middle(image: Image.Image, proportion: float) -> Image.Image:
    """The largest centred part with this ratio of height to width; nothing beyond it is mixed in
    when it is made smaller."""
    width = max(1, min(image.width, round(image.height / proportion)))
    height = max(1, min(image.height, round(image.width * proportion)))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _as_rgb(image: Image.Image) -> Image.Image:
    """Three channels of bytes, transparency laid over white."""
    if image.mode.startswith("I"):
        image = Image.fromarray(_bytes(np.asarray(image)))
    elif image.mode == "F":
        raise ValueError("brightness as floating-point numbers has no known scale")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")


def _bytes(brightness: np.ndarray) -> np.ndarray:
    """Brightness of 16 bits as bytes; Pillow would cut everything above 255 off."""
    if brightness.max() <= 255:
        return brightness.astype(np.uint8)
    return np.clip(np.rint(brightness / 257), 0, 255).astype(np.uint8)
