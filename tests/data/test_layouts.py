"""Every layout that people have CIFAR-100 in: what docs/images.md says of it is so."""

import os
import random
import re
from dataclasses import replace
from pathlib import Path

import layouts
import numpy as np
import pytest

from fclab.data.cifar100 import OFFICIAL, keep, load, read
from fclab.data.cifar100.content import reference
from fclab.values.errors import DataError

LAB = (0, 55, 58)
PAGE = Path(__file__).parents[2] / "docs" / "images.md"


@pytest.fixture(scope="session")
def usual(fake, tmp_path_factory):
    """The dataset as it is read from the official archive."""
    path = tmp_path_factory.mktemp("usual") / "a.tar.gz"
    path.write_bytes(fake.archive)
    return load(LAB, path, cache=False, release=fake.release)


@pytest.mark.parametrize("layout", layouts.READ)
def test_images_are_the_same_from_every_layout(fake, usual, tmp_path, cache, layout):
    path = layouts.READ[layout](fake.files, tmp_path / "data")
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if cache != file}
    dataset = load(LAB, path, release=fake.release)
    assert (dataset.source, dataset.name) == ("cifar100", "cifar100-0-55-58")
    assert dataset.fingerprint == usual.fingerprint
    assert load(LAB, path, release=fake.release).fingerprint == usual.fingerprint
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert len([*(cache / "chosen").iterdir()]) == 1


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore:dtype.*align")  # NumPy's, of an old pickle
@pytest.mark.parametrize("layout", layouts.READ)
def test_the_real_images_are_the_same_from_every_layout(cifar_dir, tmp_path, cache, layout):
    files = {name: (cifar_dir / name).read_bytes() for name in ("train", "test", "meta")}
    dataset = load(LAB, layouts.READ[layout](files, tmp_path / "data"))
    assert dataset.fingerprint == load(LAB, cifar_dir).fingerprint


@pytest.mark.parametrize("layout", layouts.NOT_READ)
def test_what_holds_no_images_is_named(fake, tmp_path, cache, layout):
    lay_out, told = layouts.NOT_READ[layout]
    with pytest.raises(DataError, match=told) as raised:
        load(LAB, lay_out(fake.files, tmp_path / "data"), release=fake.release)
    assert "\n" not in str(raised.value)
    assert str(tmp_path) in str(raised.value)
    assert not cache.exists()


@pytest.mark.parametrize("layout", layouts.OTHER)
def test_other_images_are_named_and_taken_only_when_they_are_accepted(
    fake, usual, tmp_path, cache, layout
):
    lay_out, told = layouts.OTHER[layout]
    path = lay_out(fake.files, tmp_path / "data")
    advice = "to work with this copy all the same, add --accept-other"
    with pytest.raises(DataError, match=f"is not CIFAR-100 itself: train: {told}; .*; {advice}"):
        load(LAB, path, release=fake.release)
    dataset = load(LAB, path, accept_other=True, release=fake.release)
    assert (dataset.source, dataset.name) == ("other", "other-cifar100-0-55-58")
    assert dataset.info.substitute == "other"
    assert dataset.fingerprint != usual.fingerprint
    again = load(LAB, path, accept_other=True, release=fake.release)
    assert again.fingerprint == dataset.fingerprint
    assert again.source == "other"
    with pytest.raises(DataError, match=told):  # from what is remembered of it, too
        load(LAB, path, release=fake.release)


def test_one_part_alone_may_differ(fake, tmp_path, cache):
    (order, _) = layouts.OTHER["the same images in another order"]
    path = order(fake.files, tmp_path / "data")
    layouts.put(path / "test", fake.files["test"])
    with pytest.raises(DataError, match="itself: train: the same images in another order; to"):
        load(LAB, path, release=fake.release)
    assert load(LAB, path, accept_other=True, release=fake.release).source == "other"


def test_the_official_images_are_taken_where_others_lie_beside_them(fake, usual, tmp_path, cache):
    (order, _) = layouts.OTHER["the same images in another order"]
    order(fake.files, tmp_path / "a shuffled copy")
    layouts.put(tmp_path / "b" / "archive.zip", layouts.zipped(fake.files))
    assert load(LAB, tmp_path, release=fake.release).fingerprint == usual.fingerprint


def test_files_that_are_called_alike_are_kept_apart(fake, usual, tmp_path, cache):
    for name, content in layouts.parquet(fake.files).items():
        part = "train" if "/train-" in name else "test"
        layouts.put(tmp_path / "data" / part / "0000.parquet", content)
    kept = keep(tmp_path / "data", release=fake.release).path
    assert {file.name for file in kept.iterdir()} == {"train-0000.parquet", "test-0000.parquet"}
    assert load(LAB, kept, release=fake.release).fingerprint == usual.fingerprint


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything may be read here"
)
def test_a_file_that_may_not_be_read_matters_only_if_it_is_needed(fake, usual, tmp_path, cache):
    folder = layouts.unpacked(fake.files | {"secret": b"x"}, tmp_path / "data")
    (folder / "secret").chmod(0)
    assert load(LAB, folder, release=fake.release).fingerprint == usual.fingerprint
    (folder / "test").chmod(0)
    with pytest.raises(DataError, match=r"lacks test: cannot read .*test: Permission denied"):
        load(LAB, folder, cache=False, release=fake.release)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.campaign)])
def test_damaged_tables_are_read_or_told(tmp_path, seed):
    rng, path = random.Random(seed), tmp_path / "train-00000-of-00001.parquet"
    pixels = np.arange(20 * 3072, dtype=np.uint32).astype(np.uint8).reshape(20, 3072)
    whole = layouts.table(pixels, list(range(20)))
    told = set()
    for _ in range(100 if seed == 1 else 3000):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(rng.choice([0, len(whole) - 2500]), len(whole))] = rng.randrange(
                256
            )
        path.write_bytes(content)
        with pytest.raises(DataError) as raised:
            read(path)
        assert "\n" not in str(raised.value)
        told.add(str(raised.value).removeprefix(str(path)))
    assert " is damaged: get it again" in told


def test_the_official_parts_are_those_of_the_real_files(cifar_dir):
    """How the constants of the release were made."""
    for name, piece in read(cifar_dir).parts.items():
        made, told = reference(piece.pixels, piece.labels), OFFICIAL.parts[name]
        assert replace(made, checks="") == replace(told, checks="")
        assert made.short_digests == told.short_digests


def test_the_page_names_every_layout_and_no_other():
    tables = re.findall(r"\| what lies there .*\n\| --- .*\n((?:\|.*\n)*)", PAGE.read_text("utf-8"))
    named = [row.split(" | ")[0].removeprefix("| ") for row in "".join(tables).splitlines()]
    assert named == [*layouts.READ, *layouts.NOT_READ, *layouts.OTHER]


def test_pixels_are_those_of_the_pickles(fake, usual):
    content = layouts.contents(fake.files)["test"]
    which = np.isin(content["fine_labels"], LAB)
    x = content["data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)[which]
    np.testing.assert_array_equal(usual.test.x, x, strict=True)
