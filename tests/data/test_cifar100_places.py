import pytest

from fclab.data.cifar100 import locate, md5sum, opened, verify
from fclab.values.errors import DataError, FclabError, UsageError


@pytest.fixture
def folder(fake, tmp_path):
    return fake.lay_out(tmp_path / "my data" / "cifar-100-python")


@pytest.fixture
def archive(fake, tmp_path):
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(fake.archive)
    return path


def test_a_folder_the_folder_around_it_and_the_archive_are_taken(fake, folder, archive):
    assert locate(folder, release=fake.release) == folder
    assert locate(str(folder.parent), release=fake.release) == folder
    assert locate(archive, release=fake.release) == archive
    (archive.parent / "downloads").mkdir()
    moved = archive.rename(archive.parent / "downloads" / fake.release.archive)
    assert locate(moved.parent, release=fake.release) == moved


def test_the_argument_comes_before_the_environment_and_that_before_the_cache(
    fake, folder, archive, cache, monkeypatch
):
    assert locate(release=fake.release) is None
    kept = fake.lay_out(cache / "cifar-100-python")
    assert locate(release=fake.release) == kept
    monkeypatch.setenv("FCLAB_DATA", str(folder))
    assert locate(release=fake.release) == folder
    assert locate(archive, release=fake.release) == archive
    monkeypatch.setenv("FCLAB_DATA", str(folder / "none"))
    with pytest.raises(UsageError, match=r"^FCLAB_DATA: .*none does not exist"):
        locate(release=fake.release)


def test_an_unfinished_cache_does_not_count(fake, cache):
    kept = fake.lay_out(cache / "cifar-100-python")
    (kept / "test").write_bytes(fake.files["test"][:-1])
    assert locate(release=fake.release) is None


def test_a_path_without_cifar_is_told_with_what_was_expected(fake, folder, tmp_path):
    with pytest.raises(UsageError, match=r"none does not exist; .*fake\.tar\.gz is expected"):
        locate(tmp_path / "none", release=fake.release)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds no CIFAR-100"):
        locate(tmp_path / "empty", release=fake.release)
    (tmp_path / "text").write_text("hello", "utf-8")
    with pytest.raises(DataError, match="text is not the archive"):
        locate(tmp_path / "text", release=fake.release)
    (folder / "test").unlink()
    with pytest.raises(DataError, match=r"cifar-100-python lacks test; "):
        locate(folder.parent, release=fake.release)


def test_an_archive_is_opened_into_the_cache_and_not_beside_it(fake, archive, cache):
    beside = set(archive.parent.iterdir())
    folder = opened(archive, release=fake.release)
    assert folder == cache / "cifar-100-python"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == fake.files
    assert set(archive.parent.iterdir()) - {cache} == beside
    assert opened(folder, release=fake.release) == folder


def test_an_archive_is_unpacked_once_but_again_over_damage(fake, archive, cache):
    folder = opened(archive, release=fake.release)
    made = (folder / "train").stat().st_mtime_ns
    assert opened(archive, release=fake.release) == folder
    assert (folder / "train").stat().st_mtime_ns == made
    (folder / "train").write_bytes(b"\0" * len(fake.files["train"]))
    opened(archive, release=fake.release)
    assert (folder / "train").read_bytes() == fake.files["train"]


def test_another_archive_is_not_taken_for_what_the_cache_holds(fake, archive, cache):
    opened(archive, release=fake.release)
    archive.write_bytes(fake.archive[:-1000])
    with pytest.raises(DataError, match=r"mine\.tar\.gz is cut short"):
        opened(archive, release=fake.release)


def test_a_cache_that_cannot_be_written_is_told(fake, archive, monkeypatch):
    monkeypatch.setenv("FCLAB_CACHE", str(archive / "below a file"))
    with pytest.raises(FclabError, match=r"cannot write .*FCLAB_CACHE"):
        opened(archive, release=fake.release)


def test_verify_compares_each_file(fake, folder, archive):
    steps = []
    checks = verify(folder, lambda *p: steps.append(p), release=fake.release)
    assert [(c.path.name, c.ok) for c in checks] == [
        ("train", True),
        ("test", True),
        ("meta", True),
    ]
    assert steps == sorted(steps)
    assert steps[-1] == (sum(map(len, fake.files.values())),) * 2
    (folder / "train").write_bytes(fake.files["train"][:-1])
    (folder / "meta").write_bytes(b"x" * len(fake.files["meta"]))
    train, test, meta = verify(folder, release=fake.release)
    assert (train.ok, test.ok, meta.ok) == (False, True, False)
    size = len(fake.files["train"])
    assert str(train.verdict) == f"{folder}/train is cut short: {size - 1:,} of {size:,} bytes"
    assert md5sum(folder / "meta") in str(meta.verdict)
    assert str(test.verdict) == f"{folder}/test is intact"
    (only,) = verify(archive, release=fake.release)
    assert only.ok
    (folder / "test").unlink()
    with pytest.raises(DataError, match=r"cannot read .*test: No such file"):
        verify(folder, release=fake.release)


def test_the_real_files_are_the_official_ones(cifar_dir):
    checks = verify(cifar_dir)
    assert [str(c.verdict) for c in checks] == [
        f"{cifar_dir}/{name} is intact" for name in ("train", "test", "meta")
    ]
    assert sum(c.size for c in checks) == 186_301_098
