"""Where data is kept on this machine, and locks for those who write there."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from fclab.values import files
from fclab.values.errors import Clause


def cache_dir() -> Path:
    """The folder of downloaded and prepared data: FCLAB_CACHE, else the user's cache folder."""
    told = os.environ.get("FCLAB_CACHE")
    return Path(told).expanduser() if told else user_cache_path("fclab", appauthor=False)


def keep_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Keeps arrays in a file of the cache, as ``.npz``. A full disk or a read-only home is no
    error: they are made again the next time."""
    with suppress(OSError), files.aside(path) as temporary:
        np.savez(temporary, **arrays)  # pyright: ignore[reportArgumentType]


def writing(path: Path) -> AbstractContextManager[None]:
    """`fclab.values.files.writing`, with what to do where the folder of the data is no good.

    Raises:
        FclabError: no room, no permission, a file where a folder should be, ...
    """
    return files.writing(
        path,
        Clause("make room or allow writing there, or choose another folder (FCLAB_CACHE=DIR)"),
    )


@contextmanager
def locked(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Holds a lock file for the block; other processes wait. The system frees it after a crash.

    Args:
        path: the lock file; its folder is made.
        waiting: called twice a second while another process holds the lock.

    Raises:
        FclabError: the lock file cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        while not lock.is_locked:
            try:
                lock.acquire(timeout=0.5)
            except Timeout:
                if waiting:
                    waiting()
    try:
        yield
    finally:
        lock.release()
