"""Arrays that lie in memory as compiled loops want to read them."""

import mmap
from typing import Final

import numpy as np

LINE: Final = 64
"""Bytes of a cache line."""
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
        numbers, line = np.zeros(size + LINE // 4, np.float32), LINE
    start = -numbers.ctypes.data % line // 4
    return numbers[start : start + size].reshape(shape)
