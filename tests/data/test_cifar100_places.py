import shutil
from pathlib import Path

import layouts
import pytest

from fclab.data.cifar100 import find, keep, load
from fclab.data.cifar100.keepers import kept_elsewhere
from fclab.data.cifar100.reading import read
from fclab.values.errors import DataError, FclabError, UsageError


@pytest.fixture
def folder(fake, tmp_path):
    return fake.lay_out(tmp_path / "my data" / "cifar-100-python")


@pytest.fixture
def archive(fake, tmp_path):
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(fake.archive)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without any library's cache, and a working folder."""
    for name in ("KERAS_HOME", "KAGGLEHUB_CACHE", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME",
                 "HUGGINGFACE_HUB_CACHE", "XDG_DOWNLOAD_DIR"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(home)
    return home


def where(fake, *named, **options):
    found = find(*named, release=fake.release, **options)
    return None if found is None else (found.keeper, found.path)


def test_the_argument_comes_before_the_environment_and_that_before_the_cache(
    fake, folder, archive, cache, home, monkeypatch
):
    assert where(fake) is None
    layouts.put(home / ".keras" / "datasets" / "cifar-100-python", fake.archive)
    assert where(fake) == ("keras", home / ".keras" / "datasets" / "cifar-100-python")
    old = fake.lay_out(cache / "cifar-100-python")
    assert where(fake) == ("own", old)
    own = layouts.put(cache / "cifar100" / "cifar-100-python.tar.gz", fake.archive).parent
    assert where(fake) == ("own", own)
    monkeypatch.setenv("FCLAB_DATA", str(folder))
    assert where(fake) == ("given", folder)
    assert where(fake, archive) == ("given", archive)
    assert where(fake, str(archive)) == ("given", archive)
    monkeypatch.setenv("FCLAB_DATA", str(folder / "none"))
    with pytest.raises(UsageError, match=r"^FCLAB_DATA: .*none does not exist"):
        find(release=fake.release)
    with pytest.raises(UsageError, match=r"^.*nothing does not exist; give a folder or archive"):
        find(folder / "nothing", release=fake.release)


ELSEWHERE = {
    "keras": [".keras/datasets/cifar-100-python", ".keras/datasets/cifar-100-python.tar.gz",
              ".keras/datasets/cifar-100-python_extracted/cifar-100-python/"],
    "torchvision": ["data/cifar-100-python/", "data/cifar-100-python.tar.gz"],
    "kagglehub": [".cache/kagglehub/datasets/fedesoriano/cifar100/versions/1/",
                  ".cache/kagglehub/datasets/fedesoriano/cifar100/versions/3/cifar-100-python/"],
    "huggingface": [".cache/huggingface/hub/datasets--uoft-cs--cifar100/"],
    "downloads": ["Downloads/cifar-100-python (1).tar.gz", "Загрузки/cifar-100-python/"],
}  # fmt: skip


@pytest.mark.parametrize(("keeper", "place"), [(k, p) for k, ps in ELSEWHERE.items() for p in ps])
def test_other_libraries_caches_are_found_and_named(fake, cache, home, keeper, place):
    if keeper == "huggingface":
        layouts.linked(fake.files, home / place)
    elif place.endswith("/"):
        layouts.unpacked(fake.files, home / place)
    else:
        layouts.put(home / place, fake.archive)
    found = find(release=fake.release)
    assert found is not None
    assert found.keeper == keeper
    assert (home / place).is_relative_to(found.path.absolute()) or keeper == "huggingface"
    assert load((0, 55), release=fake.release).source == "cifar100"


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("KERAS_HOME", "datasets/cifar-100-python.tar.gz"),
        ("KAGGLEHUB_CACHE", "datasets/fedesoriano/cifar100/versions/1/archive.zip"),
        ("HF_HOME", "hub/datasets--uoft-cs--cifar100/snapshots/a/x.tar.gz"),
        ("HF_HUB_CACHE", "datasets--uoft-cs--cifar100/snapshots/a/x.tar.gz"),
        ("XDG_CACHE_HOME", "huggingface/hub/datasets--uoft-cs--cifar100/snapshots/a/x.tar.gz"),
        ("XDG_DOWNLOAD_DIR", "cifar-100-python.tar"),
    ],
)
def test_their_variables_are_obeyed(fake, cache, home, monkeypatch, tmp_path, variable, place):
    layouts.put(tmp_path / "moved" / place, fake.archive)
    assert where(fake) is None
    monkeypatch.setenv(variable, str(tmp_path / "moved"))
    assert where(fake) is not None


def test_a_cache_that_holds_something_else_is_passed_over(fake, cache, home, tmp_path):
    layouts.put(home / ".keras/datasets/cifar-100-python.tar.gz", layouts.PAGE)
    layouts.unpacked(fake.files | {"test": b""}, home / "data/cifar-100-python")
    order, _ = layouts.OTHER["the same images in another order"]
    order(fake.files, home / ".cache/kagglehub/datasets/fedesoriano/cifar100/versions/2")
    fake.lay_out(cache / "cifar-100-python").joinpath("test").write_bytes(fake.files["test"][:-1])
    assert len([*kept_elsewhere()]) == 3
    assert where(fake) is None
    assert where(fake, accept_other=True) is None
    good = home / ".cache/kagglehub/datasets/fedesoriano/cifar100/versions/1"
    layouts.unpacked(fake.files, good)
    assert where(fake) == ("kagglehub", good)


def test_what_is_kept_needs_its_source_no_more(fake, folder, cache, home):
    assert keep(folder.parent, release=fake.release).path == cache / "cifar100"
    shutil.rmtree(folder)
    assert where(fake) == ("own", cache / "cifar100")
    assert {p.name for p in (cache / "cifar100").iterdir()} == {"train", "test"}
    assert load((0, 55), release=fake.release).source == "cifar100"


def test_nothing_but_cifar100_is_kept(fake, cache, home, tmp_path):
    order, told = layouts.OTHER["the same images in another order"]
    with pytest.raises(DataError, match=told):
        keep(order(fake.files, tmp_path / "x"), release=fake.release)
    with pytest.raises(DataError, match="a page was saved"):
        keep(layouts.put(tmp_path / "page.zip", layouts.PAGE), release=fake.release)
    assert not (cache / "cifar100").exists()


def test_a_cache_that_cannot_be_written_is_told(fake, archive, monkeypatch):
    monkeypatch.setenv("FCLAB_CACHE", str(archive / "below a file"))
    with pytest.raises(FclabError, match=r"cannot write .*FCLAB_CACHE"):
        keep(archive, release=fake.release)


def test_progress_is_told_of_a_file(fake, archive, cache):
    steps = []
    find(archive, telling=lambda name: lambda *step: steps.append((name, *step)),
         release=fake.release)  # fmt: skip
    assert steps == sorted(steps)
    assert {name for name, _, _ in steps} == {"mine.tar.gz"}
    size = archive.stat().st_size
    assert all(0 <= done <= total == size for _, done, total in steps)
    assert steps[-1][1] > 0.9 * size


def test_the_real_files_are_cifar100(cifar_dir, cache):
    found = find(cifar_dir)
    assert found is not None
    assert found.other is None
    assert found.unpacked == cifar_dir
    assert {n: p.counts for n, p in found.content.parts.items()} == {
        "train": (500,) * 100, "test": (100,) * 100,
    }  # fmt: skip
    assert {Path(p.name).name: (p.form, p.wrapping) for p in found.content.parts.values()} == {
        "train": ("pickle", ()), "test": ("pickle", ()),
    }  # fmt: skip


def test_the_reading_of_a_folder_is_told_to_its_end(cifar_dir):
    """Nobody knows beforehand how much of a folder is read: at the end it is all."""
    told = []
    read(cifar_dir, progress=lambda done, total: told.append((done, total)))
    assert {total for _, total in told[:-1]} == {0}
    assert told[-1][0] == told[-1][1] >= told[-2][0] > 0
