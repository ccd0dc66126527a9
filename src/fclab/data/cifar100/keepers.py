"""Where other libraries keep CIFAR-100, and where browsers put it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

Keeper = Literal["keras", "torchvision", "kagglehub", "kaggle", "huggingface", "downloads"]

_NAMES = ("cifar-100-python", "cifar-100-python_extracted", "cifar-100-binary")
_KAGGLE = "fedesoriano/cifar100"
_HUGGING_FACE = "datasets--uoft-cs--cifar100"
_DOWNLOADS = ("Downloads", "Загрузки")


def kept_elsewhere(environment: Mapping[str, str] = os.environ) -> Iterator[tuple[Keeper, Path]]:
    """Files and folders that exist where libraries would have put CIFAR-100, in the order in which
    they are worth trying; what they hold is not looked at."""
    home = Path.home()
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")

    keras = Path(environment.get("KERAS_HOME") or home / ".keras") / "datasets"
    for path in _named(keras):
        yield "keras", path
    for path in _named(Path("data")):
        yield "torchvision", path

    kagglehub = Path(environment.get("KAGGLEHUB_CACHE") or home / ".cache" / "kagglehub")
    for path in _newest(kagglehub / "datasets" / _KAGGLE / "versions"):
        yield "kagglehub", path
    if (path := Path("/kaggle/input/cifar100")).is_dir():
        yield "kaggle", path

    hub = environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE")
    hugging_face = Path(environment.get("HF_HOME") or cache / "huggingface")
    hub = Path(hub) if hub else hugging_face / "hub"
    for path in _newest(hub / _HUGGING_FACE / "snapshots"):
        yield "huggingface", path

    told = environment.get("XDG_DOWNLOAD_DIR")
    for folder in [Path(told)] if told else [home / name for name in _DOWNLOADS]:
        for path in _named(folder):
            yield "downloads", path


def _named(folder: Path) -> list[Path]:
    """Those that are called as the official versions are, unpacked ones first."""
    try:
        found = [path for path in folder.iterdir() if path.name.startswith(_NAMES)]
    except OSError:
        return []
    return sorted(found, key=lambda path: (path.is_file(), path.name))


def _newest(folder: Path) -> list[Path]:
    """The folders in it, the one of the greatest number, or changed last, first."""
    try:
        found = [(path.stat().st_mtime_ns, path) for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []

    def age(item: tuple[int, Path]) -> tuple[int, int]:
        name = item[1].name
        return (int(name) if name.isdecimal() and len(name) < 9 else 0, item[0])

    return [path for _, path in sorted(found, key=age, reverse=True)]
