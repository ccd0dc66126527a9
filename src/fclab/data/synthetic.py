"""The stand-in for CIFAR-100: 100 classes of small pictures that are computed, not photographed."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.names import distinct_classes
from fclab.values.rng import stream

CLASSES, SIZE = 100, 32  # as many classes and pixels as CIFAR-100 has
PER_CLASS = {"train": 500, "test": 100}

# A flower: rings of petals (how many, distance from the centre, half-length, half-width; pixels).
_RINGS = ((6, 6.2, 3.4, 3.0), (12, 12.2, 2.8, 2.6))
_PETALS = sum(ring[0] for ring in _RINGS)
# How flowers of one class differ: standard deviations of place (pixels), log size, turn (radians)
# and colour (of the whole flower, and of each petal), and what they are made visible by.
_PLACE, _GROWTH, _TURN, _TINT = 2.2, 0.08, 0.1, 0.3
_MIRRORED = 0.15
_LOST = 0.2  # share of the flowers that haze all but hides
_OPACITY_LOST, _OPACITY_CLEAR = (0.0, 0.2), (0.12, 0.57)
# What every image has, whatever its class: clouds (cells across, strength), petals that have
# fallen off, brightness, grain. Brightness runs from 0 to 1.
_CLOUDS = ((2, 0.12), (4, 0.10), (8, 0.08), (16, 0.05))
_CLOUD_COLOUR = 0.6
_FALLEN = 5
_CONTRAST, _BRIGHTNESS, _GRAIN = 0.3, 0.08, 0.03
_BLOCK = 50  # images drawn at a time: what they need stays in the processor's cache

Floats = np.ndarray


class _Flower(NamedTuple):
    """What all flowers of a class have in common."""

    turn: float
    colours: Floats  # (petals, 3)
    stretch: Floats  # of the petals of each ring (2,)


def synthetic(classes: Iterable[int], *, seed: int = 0) -> Dataset:
    """Images to go on with where CIFAR-100 cannot be had: they stand in for it, no more.

    A class is a flower whose twelve petals have colours of their own, on a cloudy ground strewn
    with stray petals. Each image moves, turns, mirrors, tints and fades it, and in some of them
    it is all but lost in haze.

    Args:
        classes: two or more distinct numbers, 0..99. Labels follow the order of the numbers.
        seed: fixes the images (of each class, whichever others are asked for); what a class
            looks like follows from its number alone.

    Returns:
        500 train and 100 test images of each class, uint8 (32, 32, 3), ``source="synthetic"``,
        classes named "stand-in 55": nothing here is an otter.

    Raises:
        UsageError: a class that does not exist or is named twice, or fewer than two.
    """
    numbers = distinct_classes(classes)
    return Dataset(
        name="-".join(map(str, ("synthetic", *numbers))),
        task="multiclass",
        source="synthetic",
        train=_split(numbers, "train", seed),
        test=_split(numbers, "test", seed),
        class_names=tuple(ClassName(c, f"stand-in {c}", f"заменитель {c}") for c in numbers),
        preprocessing=CIFAR_PREPROCESSING,
    )


def specimens() -> np.ndarray:
    """An image of each class, as clear as they come, uint8 ``(100, 32, 32, 3)``."""
    opacity = np.array([_OPACITY_CLEAR[1]])
    drawn = [_draw(_flower(c), opacity, stream(c, "stand-in specimen")) for c in range(CLASSES)]
    return np.concatenate(drawn)


def _split(numbers: tuple[int, ...], part: str, seed: int) -> Split:
    n = PER_CLASS[part]
    images = np.stack([_images(c, n, stream(seed, f"stand-in {c} {part}")) for c in numbers], 1)
    # One image of each class in turn, so that neighbours in a batch are not all alike.
    labels = np.tile(np.arange(len(numbers), dtype=np.int64), n)
    return Split(images.reshape(-1, SIZE, SIZE, 3), labels)


def _images(number: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """n images of a class, uint8 ``(n, 32, 32, 3)``."""
    flower, opacity = _flower(number), _opacities(n, rng)
    return np.concatenate(
        [_draw(flower, opacity[i : i + _BLOCK], rng) for i in range(0, n, _BLOCK)]
    )


# --- classes


def _flower(number: int) -> _Flower:
    rng = stream(number, "petals")
    colours = _colours(rng, _PETALS)
    colours -= colours.mean(axis=0)  # the mean colour must not give the class away
    return _Flower(
        turn=rng.uniform(0, 2 * np.pi),
        # All classes have equal contrast, so that all are about equally hard to see.
        colours=colours / np.sqrt((colours**2).sum(axis=1).mean()),
        stretch=rng.uniform(0.85, 1.15, size=len(_RINGS)),
    )


def _colours(rng: np.random.Generator, n: int) -> Floats:
    """n colours at distance 1 from grey, in any direction, ``(n, 3)``."""
    colours = rng.normal(size=(n, 3))
    return colours / np.linalg.norm(colours, axis=1, keepdims=True)


def _opacities(n: int, rng: np.random.Generator) -> Floats:
    # Evenly spaced ranks instead of free draws: no class and no part gets clearer images by luck.
    rank = (rng.permutation(n) + rng.random(n)) / n
    lost = np.interp(rank, [0, _LOST], _OPACITY_LOST)
    return np.where(rank < _LOST, lost, np.interp(rank, [_LOST, 1], _OPACITY_CLEAR))


# --- drawing; images are float32 (n, 3, 32, 32) around 0. Only sums, products, quotients and
# roots of pixels, which IEEE 754 fixes to the last bit: the images are the same on every machine.

_Y, _X = np.mgrid[:SIZE, :SIZE].astype(np.float32) - np.float32((SIZE - 1) / 2)


def _draw(flower: _Flower, opacity: Floats, rng: np.random.Generator) -> np.ndarray:
    n = len(opacity)
    image = _clouds(n, rng)
    for _ in range(_FALLEN):
        _fallen_petal(image, rng)
    _blossom(image, flower, opacity, rng)
    image += np.float32(_GRAIN) * rng.standard_normal(image.shape, dtype=np.float32)
    image += np.float32(0.5)
    image *= np.float32(255)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)


def _clouds(n: int, rng: np.random.Generator) -> Floats:
    """Smooth random fields, finer ones fainter, as in natural images."""
    brightness = rng.normal(scale=_BRIGHTNESS, size=(n, 1, 1, 1)).astype(np.float32)
    image = np.broadcast_to(brightness, (n, 3, SIZE, SIZE)).copy()
    for cells, strength in _CLOUDS:
        grey, colour = rng.normal(size=(n, 1, cells, cells)), rng.normal(size=(n, 3, cells, cells))
        field = (strength * (grey + _CLOUD_COLOUR * colour)).astype(np.float32)
        image += _stretched(_stretched(field).swapaxes(2, 3)).swapaxes(2, 3)
    return image


def _stretched(field: Floats) -> Floats:
    """The last axis interpolated linearly to 32 points."""
    cells = field.shape[-1]
    at = np.linspace(0, cells - 1, SIZE)
    low = np.minimum(at.astype(np.intp), cells - 2)
    share = (at - low).astype(np.float32)
    return field[..., low] * (1 - share) + field[..., low + 1] * share


def _fallen_petal(image: Floats, rng: np.random.Generator) -> None:
    n = len(image)
    place, turn = rng.uniform(-SIZE / 2, SIZE / 2, (n, 2)), rng.uniform(0, np.pi, n)
    length, width = rng.uniform(2, 5, (2, n))
    colour = _colours(rng, n) + rng.normal(scale=_TINT, size=(n, 3))
    dx, dy = _X - _each(place[:, 0]), _Y - _each(place[:, 1])
    cos, sin = _each(np.cos(turn)), _each(np.sin(turn))
    along, across = (cos * dx + sin * dy) / _each(length), (cos * dy - sin * dx) / _each(width)
    shape = _petal(along**2 + across**2) * _each(rng.uniform(0.3, 1, n))
    _paint(image, shape, (_CONTRAST * colour).astype(np.float32)[:, :, None, None])


def _blossom(image: Floats, flower: _Flower, opacity: Floats, rng: np.random.Generator) -> None:
    n = len(image)
    mirror = np.where(rng.random(n) < _MIRRORED, -1.0, 1.0)
    size = np.exp(rng.normal(scale=_GROWTH, size=n))
    turn = flower.turn + rng.normal(scale=_TURN, size=n)
    place = rng.normal(scale=_PLACE, size=(n, 2))
    tint = rng.normal(scale=_TINT, size=(n, 1, 3)) + rng.normal(scale=_TINT, size=(n, _PETALS, 3))
    colours = (_CONTRAST * (flower.colours + tint)).astype(np.float32)
    x, y = (_X - _each(place[:, 0])) * _each(mirror / size), (_Y - _each(place[:, 1])) / _each(size)
    squared = x**2 + y**2
    first = 0
    for stretch, (petals, distance, length, width) in zip(flower.stretch, _RINGS, strict=True):
        # The nearest petal of a ring is the one with the longest projection on its axis; opposite
        # petals share an axis.
        along, nearest = np.full_like(x, -1), np.zeros(x.shape, np.intp)
        for petal in range(petals // 2):
            angle = turn + petal * 2 * np.pi / petals
            projection = _each(np.cos(angle)) * x + _each(np.sin(angle)) * y
            longer = np.abs(projection) > along
            nearest[longer] = petal + petals // 2 * (projection[longer] < 0)
            np.maximum(along, np.abs(projection), out=along)
        half_length = np.float32(length * stretch)
        half_width = np.float32(width / stretch)
        shape = _petal(
            ((along - np.float32(distance)) / half_length) ** 2
            + np.maximum(squared - along**2, 0) / half_width**2
        )
        colour = colours[np.arange(n)[:, None, None], nearest + first]
        first += petals
        _paint(image, shape * _each(opacity), colour.transpose(0, 3, 1, 2))


def _petal(squared: Floats) -> Floats:
    """1 inside the ellipse, 0 outside, from its squared equation; the edge is soft."""
    return np.clip(3 - np.float32(2.5) * np.sqrt(squared), 0, 1)


def _paint(image: Floats, shape: Floats, colour: Floats) -> None:
    image += shape[:, None] * (colour - image)


def _each(values: Floats) -> Floats:
    """One number per image, to be combined with ``(n, 32, 32)``."""
    return np.asarray(values, np.float32)[:, None, None]
