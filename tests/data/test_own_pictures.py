"""Pictures in folders of one's own: what is read, how it is divided, what is left out and why."""

import os
import random
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fclab
from fclab.data.own import Own, folder_at, own_images, read_own
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import DataError

RNG = np.random.default_rng(0)


def picture(size=(40, 30), shade: int | None = None) -> Image.Image:
    noise = RNG.integers(0, 200, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise if shade is None else np.full_like(noise, shade))


def folder(place: Path, *classes: str, each: int = 10, suffix: str = "png") -> Path:
    """A folder for each class, with pictures of noise."""
    for name in classes:
        (place / name).mkdir(parents=True)
        for i in range(each):
            picture().save(place / name / f"{i}.{suffix}")
    return place


def read(place: Path, side: int = 32, seed: int = 0) -> Own:
    return read_own(folder_at(place, side, seed))


def counts(own: Own) -> dict[str, tuple[int, int]]:
    return {one.name: (one.train, one.test) for one in own.classes}


def test_a_fifth_of_each_class_is_drawn_for_the_test(tmp_path):
    own = read(folder(tmp_path, "b", "a", "c10", "c9"))
    data = own.dataset
    assert [name.en for name in data.class_names] == ["a", "b", "c9", "c10"]
    assert data.labels == ("a", "b", "c9", "c10")
    assert set(counts(own).values()) == {(8, 2)}
    assert data.train.x.shape == (32, 32, 32, 3)
    assert np.bincount(data.test.y).tolist() == [2] * 4
    assert abs(data.inputs["train"].mean()) < 1e-5
    assert data.info == DatasetInfo.model_validate_json(data.info.model_dump_json())


def test_neither_names_nor_order_nor_machine_decide(tmp_path):
    first = read(folder(tmp_path / "one", "cats", "dogs")).dataset
    for name in ("cats", "dogs"):  # other names of files, written in another order
        files = sorted((tmp_path / "one" / name).iterdir())
        random.Random(1).shuffle(files)
        (tmp_path / "two" / name / "deep").mkdir(parents=True)
        for i, file in enumerate(files):
            shutil.copy(file, tmp_path / "two" / name / "deep" / f"x{i:03}.PNG")
    second = read(tmp_path / "two").dataset
    assert first.fingerprint == second.fingerprint
    assert first.name != second.name
    assert read(tmp_path / "one", seed=1).dataset.fingerprint != first.fingerprint
    (tmp_path / "one" / "cats").rename(tmp_path / "one" / "kittens")
    assert read(tmp_path / "one").dataset.fingerprint != first.fingerprint


def test_the_drawn_fifth_hardly_moves_when_pictures_are_added(tmp_path):
    def test_part() -> set[bytes]:
        return {x.tobytes() for x in read(tmp_path).dataset.test.x}

    folder(tmp_path, "a", "b", each=50)
    before = test_part()
    for i in range(10):
        picture().save(tmp_path / "a" / f"new{i}.png")
    assert len(before & test_part()) >= len(before) - 4


@pytest.mark.parametrize(
    ("train", "test", "valid"),
    [("train", "test", "val"), ("Train", "Test", "Validation"), ("обучение", "Тест", "valid"),
     ("training", "testing", None), ("train", None, "val")],
)  # fmt: skip
def test_folders_for_train_and_test(tmp_path, train, test, valid):
    for part, each in ((train, 8), (test, 3), (valid, 2)):
        if part:
            folder(tmp_path / "set" / part, "a", "b", each=each)
    (tmp_path / "set" / "readme.txt").write_text("not of a class", "utf-8")
    own = read(tmp_path)  # the folder around it will do
    expected = {(8, 2)} if test is None else {(8 + 2 * bool(valid), 3)}
    assert set(counts(own).values()) == expected
    assert own.layout.outside == 1
    pictures = own.dataset.pictures
    assert pictures is not None
    assert pictures.divided


def test_a_class_may_be_called_as_a_part_is(tmp_path):
    place = folder(tmp_path, "train/red", "bus", "plane")
    assert [one.name for one in read(place).classes] == ["bus", "plane", "train"]


def test_folders_for_train_alone_are_divided(tmp_path):
    place = folder(tmp_path, "train/red", "train/blue")
    assert counts(read(place)) == {"blue": (8, 2), "red": (8, 2)}


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ((), "two or more, and there are 0"),
        (("a/1.png",), "two or more, and there are 1"),
        (("train/a/1.png", "train/b/1.png", "test/1.png"), "class a has a folder in train"),
        (("train/a/1.png", "train/b/1.png", "test/a/1.png"), "class b has a folder in train"),
        (("train/a/1.png", "test/a/1.png", "test/c/1.png"), "class c has a folder in test"),
        (("a/1.png", "A/1.png"), "same name but for case"),
        (("a/1.png", "b\u202e/1.png"), "cannot be: it has the character"),
        (("a/1.png", "x" * 120 + "/1.png"), "1 to 100 characters"),
        (("a/1.png", "b/1.png"), "too few pictures of the class a: 1 for train and 0 for test"),
        (("a/1.png", "b/notes.txt"), "too few pictures of the class a"),
    ],
)  # fmt: skip
def test_what_is_no_folder_of_classes_is_said(tmp_path, made, words):
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        picture().save(tmp_path / name) if name.endswith("png") else (tmp_path / name).touch()
    with pytest.raises(DataError, match=words):
        own_images(tmp_path)


def test_no_such_folder(tmp_path):
    with pytest.raises(DataError, match="does not exist: give a folder of pictures"):
        own_images(tmp_path / "none")
    (tmp_path / "x.txt").write_text("x", "utf-8")
    with pytest.raises(DataError, match="neither a folder of pictures nor a zip"):
        own_images(tmp_path / "x.txt")


def test_everything_that_pillow_has_becomes_three_channels(tmp_path):
    place = folder(tmp_path, "a", "b")
    noise = picture((64, 48))
    deep = Image.fromarray(RNG.integers(0, 65536, (48, 64), np.uint16))
    clear = picture((32, 32), shade=0).convert("RGBA")
    clear.putalpha(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    noise.save(place / "a" / "turned.jpg", exif=exif, quality=95)
    noise.convert("CMYK").save(place / "a" / "print.jpg")
    noise.convert("P").save(place / "a" / "palette.gif")
    noise.convert("L").save(place / "a" / "grey.bmp")
    noise.convert("1").save(place / "a" / "ink.tif")
    noise.save(place / "a" / "web.webp")
    noise.save(place / "a" / "old.tga")
    picture((64, 48)).save(place / "a" / "two.jp2")
    deep.save(place / "a" / "deep.png")
    clear.save(place / "a" / "clear.png")
    frames = [picture((20, 20), shade) for shade in (10, 240)]
    frames[0].save(place / "a" / "film.gif", save_all=True, append_images=frames[1:])
    own = read(place)
    found = own.classes[0]
    assert (found.found, found.left, found.used) == (21, (), 21)
    assert found.sizes == ((20, 20), (64, 48))
    told = {one.entry.name: one for part in own.chosen.values() for of in part for one in of}
    assert (told["a/clear.png"].pixels == 255).all()  # laid over white
    assert abs(int(told["a/film.gif"].pixels[0, 0, 0]) - 10) < 3  # the first frame
    assert told["a/turned.jpg"].size == (48, 64)
    upright = told["a/turned.jpg"].pixels.astype(float)
    lying = told["a/web.webp"].pixels.astype(float)
    assert np.abs(np.rot90(lying, -1) - upright).mean() < np.abs(lying - upright).mean() / 2


def hostile(place: Path) -> dict[str, str]:
    """Files in a folder that are no pictures, and what is said of them."""
    sound = place / "sound.jpg"
    picture((300, 200)).save(sound)
    whole = sound.read_bytes()
    (place / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (place / "text.jpg").write_text("hello, this is a letter and not a picture\n" * 20, "utf-8")
    (place / "empty.png").touch()
    Image.new("1", (20000, 20000)).save(place / "bomb.png")
    header = b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0"  # of 2^31 - 1 rows and columns
    (place / "huge.bmp").write_bytes(header + b"\xff\xff\xff\x7f" * 2 + b"\x01\0\x18\0" + bytes(24))
    (place / "gone.png").symlink_to(place / "nowhere")
    os.mkfifo(place / "pipe.png")
    (place / "device.png").symlink_to("/dev/zero")
    return {
        "cut.jpg": "damaged or cut short", "text.jpg": "not a picture", "empty.png": "is empty",
        "bomb.png": "not decoded", "huge.bmp": "", "gone.png": "No such file",
        "pipe.png": "a pipe or a device", "device.png": "a pipe or a device",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices as files")
def test_broken_and_hostile_files_are_named_and_left_out(tmp_path):
    place = folder(tmp_path / "set", "a", "b")
    expected = hostile(place / "a")
    (place / "a" / "loop").symlink_to(place, target_is_directory=True)
    (place / "a" / "again").symlink_to(place / "a", target_is_directory=True)
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini", "._1.png", "__MACOSX/x.png"):
        (place / "a" / name).parent.mkdir(exist_ok=True)
        (place / "a" / name).write_bytes(b"quiet")
    for seen in ("decoded", "from the cache"):
        own = read(place)
        left = {Path(one.entry.name).name: str(one.error) for one in own.classes[0].left}
        assert left.keys() == expected.keys(), seen
        for name, words in expected.items():
            assert words in left[name]
            assert f"a/{name}" in left[name]
        assert own.classes[0].used == 11


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_what_may_not_be_read_is_named(tmp_path, monkeypatch):
    place = folder(tmp_path, "a", "b")
    locked = place / "a" / "3.png"

    real = os.open

    def refusing(path, *more, **others):  # root may read everything
        if Path(path) == locked:
            raise PermissionError(13, os.strerror(13), str(path))
        return real(path, *more, **others)

    monkeypatch.setattr(os, "open", refusing)
    (left,) = read(place).classes[0].left
    assert str(left.error) == "a/3.png: Permission denied"
    monkeypatch.undo()
    assert read(place).classes[0].left == ()  # what was refused is tried again


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_bombs_take_bounded_memory_and_time(tmp_path, limited):
    place = folder(tmp_path / "set", "a", "b")
    hostile(place / "a")
    Image.new("RGB", (9000, 9000)).save(place / "a" / "large.jpg")
    (told,) = limited(
        "from fclab.data.own import read_own, folder_at",
        "[(one.used, len(one.left)) for one in read_own(folder_at(path)).classes]",
        place,
    )
    assert told == "[(12, 8), (10, 0)]"


def test_the_same_picture_twice_is_used_once_and_said(tmp_path):
    place = folder(tmp_path, "a", "b", each=20)
    for i in range(5):
        shutil.copy(place / "a" / "3.png", place / "a" / f"copy{i}.png")
    Image.open(place / "a" / "4.png").save(place / "a" / "other.bmp")  # the same pixels
    shutil.copy(place / "a" / "5.png", place / "b" / "stray.png")
    own = read(place)
    assert len(own.classes[0].repeated) == 6
    assert own.classes[0].used == 20
    assert len(own.in_two_classes) == 1


def test_pictures_of_both_train_and_test_are_counted(tmp_path):
    for part in ("train", "test"):
        folder(tmp_path / part, "a", "b")
    for i in range(3):
        shutil.copy(tmp_path / "train" / "a" / f"{i}.png", tmp_path / "test" / "a" / f"x{i}.png")
    own = read(tmp_path)
    assert len(own.in_both) == 3
    assert counts(own)["a"] == (10, 13)
    pictures = own.dataset.pictures
    assert pictures is not None
    assert pictures.in_both == 3


def test_a_zip_is_read_as_the_folder_is(tmp_path):
    place = folder(tmp_path / "photos", "коты", "псы")
    packed = tmp_path / "photos.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(place.rglob("*.png")):
            archive.write(file, Path("photos") / file.relative_to(place))
        archive.writestr("__MACOSX/photos/коты/._1.png", b"quiet")
        archive.writestr("photos/../../up.png", b"nowhere")
    assert read(packed).dataset.fingerprint == read(place).dataset.fingerprint
    assert read(packed).dataset.name == "pictures-photos"


def test_damaged_and_encrypted_members_of_a_zip_are_named(tmp_path):
    place = folder(tmp_path / "photos", "a", "b")
    packed = tmp_path / "photos.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(place.rglob("*.png")):
            archive.write(file, file.relative_to(place))
        archive.writestr("a/bomb.png", bytes(300 << 20), zipfile.ZIP_DEFLATED)
        archive.writestr("a/empty.png", b"")
    content = bytearray(packed.read_bytes())
    names = [content.index(b"a/3.png"), content.rindex(b"a/4.png")]
    content[names[0] + 40] ^= 255  # of the content of the one
    content[names[1] - 38] |= 1  # "encrypted" of the other, in the directory
    packed.write_bytes(content)
    left = {one.entry.name: str(one.error) for one in read(packed).classes[0].left}
    assert left.keys() == {"a/3.png", "a/4.png", "a/bomb.png", "a/empty.png"}
    assert "Bad CRC-32" in left["a/3.png"]
    assert "is encrypted" in left["a/4.png"]
    assert "too large" in left["a/bomb.png"]
    assert "is empty" in left["a/empty.png"]
    packed.write_bytes(packed.read_bytes()[:-400])
    with pytest.raises(DataError, match=r"neither a folder of pictures nor a zip|is damaged"):
        read(packed)


def test_names_that_windows_packs_in_russian(tmp_path):
    packed = tmp_path / "x.zip"
    place = folder(tmp_path / "photos", "a", "b")
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("a", "b"):
            for file in (place / name).iterdir():
                archive.write(file, f"{name}{name}{name}{name}/{file.name}")
    content = packed.read_bytes().replace(b"aaaa/", "коты".encode("cp866") + b"/")
    packed.write_bytes(content.replace(b"bbbb/", "псы!".encode("cp866") + b"/"))
    assert [name.ru for name in read(packed).dataset.class_names] == ["коты", "псы!"]


def test_a_second_look_decodes_only_what_is_new(tmp_path, monkeypatch):
    place = folder(tmp_path, "a", "b")
    first = read(place).dataset
    decoded = []
    real = fclab.data.own.reading.read_sized

    def watched(path, *more):
        decoded.append(path)
        return real(path, *more)

    monkeypatch.setattr("fclab.data.own.reading.read_sized", watched)
    assert read(place).dataset.fingerprint == first.fingerprint
    assert decoded == []
    picture().save(place / "b" / "new.png")
    assert read(place).classes[1].used == 11
    assert decoded == ["b/new.png"]
    for copy in Path(os.environ["FCLAB_CACHE"]).glob("pictures-*.npz"):
        copy.write_bytes(copy.read_bytes()[:1000])
    assert read(place).classes[1].used == 11


def test_a_jpeg_is_decoded_small_and_looks_the_same(tmp_path):
    from fclab.data.pictures import read_picture

    smooth = Image.fromarray(RNG.integers(0, 256, (12, 16, 3), np.uint8))
    smooth.resize((4000, 3000), Image.Resampling.BICUBIC).save(tmp_path / "x.jpg", quality=95)
    Image.open(tmp_path / "x.jpg").save(tmp_path / "x.bmp")
    small, exact = (
        read_picture(tmp_path / f"x.{name}", 32, 32).astype(int) for name in ("jpg", "bmp")
    )
    assert np.abs(small - exact).mean() < 2


@pytest.mark.parametrize("side", [8, 48])
def test_images_of_another_size(tmp_path, side):
    data = own_images(folder(tmp_path / "x y", "a", "b"), size=side)
    assert data.train.x.shape[1:] == (side, side, 3)
    assert data.name == f"pictures-x-y-{side}"


def test_heic_where_it_can_be_read(tmp_path):
    place = folder(tmp_path, "a", "b")
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    picture((64, 64)).save(place / "a" / "phone.heic")
    assert read(place).classes[0].used == 11


def test_heic_without_the_extra_is_told_the_extra(tmp_path, monkeypatch):
    place = folder(tmp_path, "a", "b")
    header = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    (place / "a" / "phone.heic").write_bytes(header + bytes(100))
    monkeypatch.setattr("fclab.data.pictures.known_formats", lambda: ("PNG", "JPEG"))
    (left,) = read(place).classes[0].left
    assert '-m pip install "pillow-heif' in str(left.error)
