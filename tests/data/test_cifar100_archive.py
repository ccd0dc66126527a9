from pathlib import Path

import pytest

from fclab.data.cifar100 import unpack
from fclab.values.errors import DataError, FclabError


def save(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "some.tar.gz"
    path.write_bytes(content)
    return path


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
    (tmp_path / "cifar-100-python.part" / "junk").write_text("x", "utf-8")
    (tmp_path / "cifar-100-python").mkdir()
    (tmp_path / "cifar-100-python" / "train").write_text("x", "utf-8")
    folder = unpack(save(tmp_path, fake.archive), tmp_path, release=fake.release)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == fake.files
    assert not (tmp_path / "cifar-100-python.part").exists()


def test_an_archive_packed_by_somebody_else_is_refused_unread(fake, tar_gz, tmp_path):
    evil = {"../evil": b"x"} | {f"cifar-100-python/{n}": c for n, c in fake.files.items()}
    path = save(tmp_path, tar_gz(evil))
    with pytest.raises(DataError, match=r"some\.tar\.gz is .*unpack it and give the folder"):
        unpack(path, tmp_path / "a" / "b", release=fake.release)
    assert tree(tmp_path) == {"some.tar.gz"}


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_cut_archive_is_told(fake, tmp_path, share):
    path = save(tmp_path, fake.archive[: int(share * len(fake.archive))])
    with pytest.raises(DataError, match=r"some\.tar\.gz is cut short"):
        unpack(path, tmp_path / "to", release=fake.release)
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("at", [0, 5, 100_000, -5])
def test_a_flipped_byte_is_told(fake, tmp_path, at):
    content = bytearray(fake.archive)
    content[at] ^= 0xFF
    path = save(tmp_path, bytes(content))
    with pytest.raises(DataError, match=r"some\.tar\.gz is damaged or altered"):
        unpack(path, tmp_path / "to", release=fake.release)


def test_an_archive_that_is_not_there_and_a_target_that_cannot_be(fake, tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*none\.tar\.gz"):
        unpack(tmp_path / "none.tar.gz", tmp_path / "to", release=fake.release)
    path = save(tmp_path, fake.archive)
    with pytest.raises(FclabError, match="cannot write"):
        unpack(path, path, release=fake.release)
