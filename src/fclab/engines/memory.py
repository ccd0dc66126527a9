"""Arrays that lie in memory as compiled loops want to read them, and whether there is room."""

import mmap
import os
import sys
from pathlib import Path
from typing import Final

import numpy as np

from fclab.values.dataset import Dataset
from fclab.values.errors import Clause, UsageError
from fclab.values.recipe import Recipe, format_layers

LINE: Final = 64
"""Bytes of a cache line, at least: Apple's processors have lines of 128."""
_START: Final = 128  # bytes: where arrays begin, at a line of every processor
_PAGE: Final = 1 << 21  # bytes of a large page


def aligned(*shape: int) -> np.ndarray:
    """A float32 array of zeros that begins at a cache line, so that no vector straddles two; a
    large one in large pages where the system has them, since it is read in long jumps."""
    size = int(np.prod(shape))
    if 4 * size >= _PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
        room = mmap.mmap(-1, 4 * size + _PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        room.madvise(mmap.MADV_HUGEPAGE)
        numbers, line = np.frombuffer(room, np.float32), _PAGE
    else:
        numbers, line = np.zeros(size + _START // 4, np.float32), _START
    start = -numbers.ctypes.data % line // 4
    return numbers[start : start + size].reshape(shape)


_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


def needed(dataset: Dataset, recipe: Recipe) -> dict[str, int]:
    """Bytes without which no engine can train the recipe once, by what they are for.

    The least there is: weights as they are drawn (float64) and as they are trained (float32, with
    gradients and the state of the optimiser), the course of the training (loss and accuracy of
    every part per epoch), the learning rate of every step, and the answers of the widest layer.
    """
    n_train = len(dataset.train)
    examples = sum(len(split) for split in dataset.splits.values())
    states = {"adam": 2, "adamw": 2}.get(recipe.optimizer, int(recipe.momentum > 0))
    copies = 2 + states + (recipe.ema > 0)
    return {
        "weights": recipe.parameters(dataset.train.x[0].size) * (8 + 4 * copies),
        "course": recipe.epochs * 8 * 2 * len(dataset.splits) + recipe.iterations(n_train) * 8,
        "answers": examples * max(recipe.layers) * 4,
    }


def available() -> int:
    """Bytes that can still be taken, within the limit of a container where there is one; where a
    system tells nothing of what is free, all that it has."""
    try:
        state = dict(line.split(":") for line in _MEMINFO.read_text("utf-8").splitlines())
        free = int(state["MemAvailable"].split()[0]) << 10
    except (OSError, ValueError, KeyError):  # not Linux
        names = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" not in names:
            return sys.maxsize
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = int((_CGROUP / "memory.max").read_text("utf-8"))
        used = int((_CGROUP / "memory.current").read_text("utf-8"))
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        return free
    return min(free, max(0, limit - used))


def check_memory(dataset: Dataset, recipe: Recipe) -> None:
    """Whether there is room for the training, before any of it is taken.

    Raises:
        UsageError: there is not; the message says what needs most.
    """
    parts = needed(dataset, recipe)
    if (total := sum(parts.values())) <= available():
        return
    layers, most = format_layers(recipe.layers), max(parts, key=lambda part: parts[part])
    what = {
        "weights": Clause("the weights of {layers}: take smaller layers", layers=layers),
        "course": Clause("the course of {epochs} epochs: take fewer", epochs=recipe.epochs),
        "answers": Clause("the answers of {layers}: take smaller layers", layers=layers),
    }[most]
    raise UsageError(
        "the training needs {needed:.3g} GiB of memory and {available:.3g} GiB are "
        "free; most of it is for {what}",
        needed=total / 2**30,
        available=available() / 2**30,
        what=what,
    )
