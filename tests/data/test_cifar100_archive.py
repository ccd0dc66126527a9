import tarfile
from pathlib import Path

import pytest

from fclab.data.cifar100 import unpack
from fclab.values.errors import DataError, FclabError


def save(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "some.tar.gz"
    path.write_bytes(content)
    return path


def packed(fake, **changes: bytes) -> dict[str, bytes | tarfile.TarInfo]:
    files = {**fake.files, **changes}
    return {f"cifar-100-python/{name}": content for name, content in files.items()}


def tree(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix != ".lock"}


def test_three_files_are_taken_and_nothing_else(fake, tmp_path):
    steps = []
    folder = unpack(save(tmp_path, fake.archive), tmp_path / "to", release=fake.release,
                    progress=lambda *p: steps.append(p))  # fmt: skip
    assert folder == tmp_path / "to" / "cifar-100-python"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == fake.files
    assert tree(tmp_path / "to") == {"cifar-100-python"} | {
        f"cifar-100-python/{name}" for name in fake.files
    }
    assert steps == sorted(steps)
    assert steps[-1] == (sum(map(len, fake.files.values())),) * 2


def test_damaged_files_and_what_a_killed_process_left_are_replaced(fake, tmp_path):
    (tmp_path / "cifar-100-python.part").mkdir()
    (tmp_path / "cifar-100-python.part" / "junk").write_text("x")
    (tmp_path / "cifar-100-python").mkdir()
    (tmp_path / "cifar-100-python" / "train").write_text("x")
    folder = unpack(save(tmp_path, fake.archive), tmp_path, release=fake.release)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == fake.files
    assert not (tmp_path / "cifar-100-python.part").exists()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../evil", b"x"),
        ("cifar-100-python/../../evil", b"x"),
        ("{root}/evil", b"x"),
        ("C:evil", b"x"),
        ("..\\evil", b"x"),
        ("cifar-100-python/link", special("cifar-100-python/link", tarfile.SYMTYPE, "/etc")),
        ("cifar-100-python/train", special("cifar-100-python/train", tarfile.SYMTYPE, "meta")),
        ("hard", special("hard", tarfile.LNKTYPE, "/etc/passwd")),
        ("pipe", special("pipe", tarfile.FIFOTYPE)),
    ],
)
def test_a_hostile_archive_is_refused_as_a_whole(fake, tar_gz, tmp_path, name, content, last):
    evil = {name.format(root=tmp_path): content}
    good = {key: value for key, value in packed(fake).items() if key not in evil}
    path = save(tmp_path, tar_gz(good | evil if last else evil | good))
    with pytest.raises(DataError, match=r"some\.tar\.gz is not the archive of CIFAR-100: its mem"):
        unpack(path, tmp_path / "a" / "b", release=fake.release)
    assert tree(tmp_path) == {"some.tar.gz", "a", "a/b"}


def test_a_changed_file_inside_is_told_by_name(fake, tar_gz, tmp_path):
    changed = fake.files["test"][:-9] + b"\0" * 9
    path = save(tmp_path, tar_gz(packed(fake, test=changed)))
    with pytest.raises(DataError, match=r"some\.tar\.gz: cifar-100-python/test is damaged or alt"):
        unpack(path, tmp_path / "to", release=fake.release)
    assert tree(tmp_path / "to") == set()


def test_a_bomb_is_not_unpacked(fake, tar_gz, tmp_path):
    path = save(tmp_path, tar_gz({"zeros": b"\0" * 50_000_000, **packed(fake)}))
    with pytest.raises(DataError, match="far larger"):
        unpack(path, tmp_path / "to", release=fake.release)


def test_many_members_are_not_gone_through(fake, tar_gz, tmp_path):
    path = save(tmp_path, tar_gz({f"n{i}": b"" for i in range(200)} | packed(fake)))
    with pytest.raises(DataError, match="far larger"):
        unpack(path, tmp_path / "to", release=fake.release)


def test_a_missing_file_is_told(fake, tar_gz, tmp_path):
    members = packed(fake)
    del members["cifar-100-python/meta"]
    path = save(tmp_path, tar_gz(members))
    with pytest.raises(DataError, match="it lacks cifar-100-python/meta"):
        unpack(path, tmp_path / "to", release=fake.release)


def test_a_folder_in_place_of_a_file_is_told(fake, tar_gz, tmp_path):
    folder = special("cifar-100-python/train", tarfile.DIRTYPE)
    path = save(tmp_path, tar_gz(packed(fake) | {folder.name: folder}))
    with pytest.raises(DataError, match="holds a folder in place of the file"):
        unpack(path, tmp_path / "to", release=fake.release)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_cut_archive_is_told(fake, tmp_path, share):
    path = save(tmp_path, fake.archive[: int(share * len(fake.archive))])
    with pytest.raises(DataError, match=r"some\.tar\.gz is cut short, damaged"):
        unpack(path, tmp_path / "to", release=fake.release)
    assert tree(tmp_path / "to") == set()


@pytest.mark.parametrize("at", [0, 5, 100_000, -5])
def test_a_flipped_byte_is_told(fake, tmp_path, at):
    content = bytearray(fake.archive)
    content[at] ^= 0xFF
    path = save(tmp_path, bytes(content))
    try:
        folder = unpack(path, tmp_path / "to", release=fake.release)
    except DataError as error:
        assert "some.tar.gz" in str(error)  # noqa: PT017
    else:  # the time stamp of the gzip header, the checksum behind the last file
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == fake.files


def test_an_archive_that_is_not_there_and_a_target_that_cannot_be(fake, tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*none\.tar\.gz"):
        unpack(tmp_path / "none.tar.gz", tmp_path / "to", release=fake.release)
    path = save(tmp_path, fake.archive)
    with pytest.raises(FclabError, match="cannot write"):
        unpack(path, path, release=fake.release)
