"""`fclab predict` as a person uses it: any picture, one answer or one clear line."""

import json
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from fclab.cli import main
from fclab.data import binary_points, cifar100
from fclab.data.pictures import find_pictures, read_picture
from fclab.engines.job import initial_weights
from fclab.store.folder import read_model, write_model
from fclab.values.dataset import Dataset
from fclab.values.errors import DataError
from fclab.values.model import Model
from fclab.values.recipe import BINARY, CIFAR


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def untrained(dataset: Dataset, folder: Path, recipe=CIFAR) -> Model:
    """A model with its initial weights: its answers differ from picture to picture too."""
    model = Model(dataset.info, recipe, initial_weights(recipe, dataset.info.n_inputs, 0))
    write_model(model, folder)
    return model


@pytest.fixture(scope="module")
def images(cifar_dir) -> Dataset:
    return cifar100((0, 55, 58), cifar_dir)


@pytest.fixture(scope="module")
def model(images, tmp_path_factory) -> Path:
    """A folder of results with a model for images and one for points in the plane."""
    folder = tmp_path_factory.mktemp("results")
    untrained(binary_points("xor", points=20), folder / "runs" / "xor", BINARY)
    untrained(images, folder / "runs" / "cifar100-0-55-58")
    return folder


def answered(capsys) -> dict:
    return json.loads(capsys.readouterr().out)


def photograph(size=(48, 40)) -> Image.Image:
    """Red above, green below, blue to the right: no two turns of it are alike."""
    width, height = size
    made = np.zeros((height, width, 3), np.uint8)
    made[: height // 2, :, 0] = 220
    made[height // 2 :, :, 1] = 180
    made[:, width // 2 :, 2] = 200
    return Image.fromarray(made)


def test_a_training_image_is_answered_as_the_model_answers_its_array(
    model, images, tmp_path, capsys
):
    chosen = [0, 700, 1400]
    for i in chosen:
        Image.fromarray(images.train.x[i]).save(tmp_path / f"{i}.png")
    files = [tmp_path / f"{i}.png" for i in chosen]
    assert fclab("predict", model, *files, "--json") == 0
    said = answered(capsys)
    expected = read_model(model / "runs" / "cifar100-0-55-58").probabilities(images.train.x[chosen])
    found = [list(picture["probabilities"].values()) for picture in said["pictures"]]
    np.testing.assert_array_equal(np.array(found, np.float32), expected)
    assert [p["answer"] for p in said["pictures"]] == [
        (0, 55, 58)[i] for i in expected.argmax(axis=1)
    ]
    assert said["classes"]["55"] == {"en": "otter", "ru": "выдра"}
    assert said["stand_in"] is False


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pixels=arrays(np.uint8, (32, 32, 3)), suffix=st.sampled_from(["png", "bmp", "tiff", "ppm"]))
def test_small_pictures_pass_unchanged(pixels, suffix, tmp_path):
    path = tmp_path / f"x.{suffix}"
    Image.fromarray(pixels).save(path)
    np.testing.assert_array_equal(read_picture(path, 32, 32), pixels)


def test_a_wide_picture_is_cut_to_its_middle_not_squeezed(tmp_path):
    pixels = np.zeros((64, 192, 3), np.uint8)
    pixels[:, 64:128] = (10, 200, 90)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    np.testing.assert_array_equal(
        read_picture(tmp_path / "x.png", 32, 32), np.full((32, 32, 3), (10, 200, 90), np.uint8)
    )


def test_a_large_picture_is_averaged_not_thinned_out(tmp_path):
    checked = (np.indices((320, 320)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checked).save(tmp_path / "x.png")
    assert np.ptp(read_picture(tmp_path / "x.png", 32, 32)[4:-4, 4:-4]) <= 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "RGB", "I"])
def test_pictures_of_every_mode_look_like_themselves(mode, tmp_path):
    original = photograph((32, 32))
    if mode == "P":  # a palette of its own has all its colours
        original = original.convert("P", palette=Image.Palette.ADAPTIVE).convert("RGB")
    path = tmp_path / ("x.tiff" if mode in ("CMYK", "I") else "x.png")
    grey = np.asarray(original.convert("L"))
    if mode in ("I;16", "I"):
        deep = grey.astype(np.uint16 if mode == "I;16" else np.int32) * 257
        Image.fromarray(deep).save(path)
    else:
        palette = Image.Palette.ADAPTIVE
        original.convert(mode, palette=palette).save(path)
    with Image.open(path) as kept:
        assert kept.mode == mode
    seen = read_picture(path, 32, 32).astype(int)
    if mode == "1":
        assert set(np.unique(seen)) == {0, 255}
        assert abs(seen.mean() - grey.mean()) < 10
    else:
        expected = np.asarray(original) if mode in ("P", "RGBA", "CMYK", "RGB") else grey[..., None]
        assert np.abs(seen - expected).max() <= 3


def test_what_is_transparent_lies_over_white(tmp_path):
    clear = Image.new("RGBA", (40, 40), (200, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 20, 40))
    clear.save(tmp_path / "rgba.png")
    palette = Image.new("P", (40, 40), 0)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    palette.paste(1, (0, 0, 20, 40))
    palette.save(tmp_path / "p.png", transparency=0)
    for name in ("rgba.png", "p.png"):
        seen = read_picture(tmp_path / name, 32, 32)
        assert seen[5, 3].tolist() == [0, 0, 255]
        assert seen[5, 28].tolist() == [255, 255, 255]


def test_of_an_animation_the_first_frame_counts(tmp_path):
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    assert read_picture(tmp_path / "x.gif", 32, 32)[16, 16].tolist() == [255, 0, 0]


TURNS = {  # EXIF orientation: what a camera that stored this did to the upright picture
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
}  # fmt: skip


@pytest.mark.parametrize("orientation", TURNS)
def test_a_photograph_is_turned_upright(orientation, tmp_path):
    upright = photograph((64, 64))
    stored = upright if TURNS[orientation] is None else upright.transpose(TURNS[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "turned.jpg", exif=exif, quality=100, subsampling=0)
    upright.save(tmp_path / "upright.jpg", quality=100, subsampling=0)
    turned = read_picture(tmp_path / "turned.jpg", 32, 32).astype(int)
    assert np.abs(turned - read_picture(tmp_path / "upright.jpg", 32, 32)).max() <= 8


def huge_png(path: Path, width: int, height: int) -> Path:
    """The head of a PNG that promises so many pixels, and no pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize(
    ("width", "height"), [(32_000, 32_000), (12_000, 12_000), (10_001, 10_000)]
)
def test_a_picture_of_far_too_many_pixels_is_not_decoded(width, height, tmp_path, monkeypatch):
    path = huge_png(tmp_path / "bomb.png", width, height)

    def decode(*_arguments):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(DataError, match=r"bomb\.png.* pixels.* not decoded"):
        read_picture(path, 32, 32)


def test_bad_pictures_among_good_ones(model, tmp_path, capsys):
    good = tmp_path / "good.png"
    photograph().save(good)
    photograph((200, 200)).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:60])
    (tmp_path / "text.png").write_text("no picture at all", "utf-8")
    (tmp_path / "empty.png").touch()
    huge_png(tmp_path / "bomb.png", 40_000, 40_000)
    bad = ["cut.jpg", "cut.png", "text.png", "empty.png", "bomb.png", "absent.png"]
    files = [tmp_path / name for name in bad]
    assert fclab("predict", model, *files[:3], good, *files[3:], "--lang", "en") == 1
    told = capsys.readouterr()
    assert "good.png" in told.out
    assert "otter" in told.out
    lines = told.err.splitlines()
    assert len(lines) == len(bad) + 1
    for name, line in zip(bad, lines, strict=False):
        assert line.startswith("fclab: ")
        assert name in line
        assert name not in told.out
    assert lines[-1] == "fclab: 6 of 7 pictures could not be read"
    assert fclab("predict", model, *files, good, "--json") == 1
    found = answered(capsys)["pictures"]
    assert [Path(picture["path"]).name for picture in found] == [*bad, "good.png"]
    assert ["error" in picture for picture in found] == [True] * 6 + [False]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_picture_is_read_or_refused_but_never_a_traceback(data, tmp_path):
    suffix = data.draw(st.sampled_from(["png", "jpg", "gif", "bmp", "webp", "tiff"]))
    path = tmp_path / f"x.{suffix}"
    photograph((24, 20)).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(DataError):
        assert read_picture(path, 32, 32).shape == (32, 32, 3)


def test_a_programming_language_for_printers_is_not_run(tmp_path):
    path = tmp_path / "x.png"
    path.write_text(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n%%EndComments\nshowpage\n", "utf-8"
    )
    with pytest.raises(DataError, match="not a picture"):
        read_picture(path, 32, 32)


def test_folders_and_patterns(tmp_path):
    for name in ("b.png", "a.jpg", "deep/c.PNG", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    inside = ["a.jpg", "b.png", "deep/c.PNG"]
    assert find_pictures([tmp_path]) == [tmp_path / name for name in inside]
    pattern = str(tmp_path / "*.png")
    assert find_pictures([pattern, tmp_path / "b.png"]) == [tmp_path / "b.png"]
    (tmp_path / "[1].png").touch()
    assert find_pictures([str(tmp_path / "[1].png")]) == [tmp_path / "[1].png"]
    with pytest.raises(DataError, match="like"):
        find_pictures([str(tmp_path / "*.gif")])
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="no pictures"):
        find_pictures([tmp_path / "none"])


@pytest.mark.parametrize(("lang", "name"), [("ru", "выдра"), ("en", "otter")])
def test_names_of_the_classes_and_what_the_model_knows(model, tmp_path, capsys, lang, name):
    photograph().save(tmp_path / "x.png")
    assert fclab("predict", model, tmp_path / "x.png", "--lang", lang) == 0
    out = capsys.readouterr().out
    assert out.count(name) >= 2
    assert out.count("%") == 3


def test_of_many_classes_the_likeliest_are_named(tmp_path, capsys):
    from fclab.values.dataset import CIFAR_PREPROCESSING, Split
    from fclab.values.names import CLASS_NAMES

    blank = Split(np.zeros((1, 32, 32, 3), np.uint8), np.zeros(1, np.int64))
    dataset = Dataset(
        "blank", "multiclass", "synthetic", blank, blank, CLASS_NAMES[:20], CIFAR_PREPROCESSING
    )
    untrained(dataset, tmp_path, CIFAR.replace(layers=(10, 20)))
    photograph().save(tmp_path / "x.png")
    assert fclab("predict", tmp_path, tmp_path / "x.png", "--lang", "en") == 0
    told = capsys.readouterr()
    assert told.out.count("%") == 5
    assert "SYNTHETIC STAND-IN" in told.err


@pytest.fixture
def picture(tmp_path) -> Path:
    photograph().save(tmp_path / "x.png")
    return tmp_path / "x.png"


def complaint(capsys, code: int, *arguments) -> str:
    assert fclab("predict", *arguments) == code
    told = capsys.readouterr()
    assert not told.out
    return told.err.splitlines()[0]


def test_a_model_that_is_not_there(tmp_path, picture, capsys):
    said = complaint(capsys, 1, tmp_path / "nowhere", picture)
    assert said == f"fclab: no model in {tmp_path / 'nowhere'}: there is no such folder"
    assert "model.safetensors" in complaint(capsys, 1, tmp_path, picture)


def test_a_model_of_points_does_not_see_pictures(model, picture, capsys):
    assert "does not see images" in complaint(capsys, 2, model / "runs" / "xor", picture)


def test_one_of_several_models_must_be_named(images, tmp_path, picture, capsys):
    for name in ("a", "b"):
        untrained(images, tmp_path / "runs" / name)
    assert "name one of" in complaint(capsys, 2, tmp_path, picture)
    assert fclab("predict", tmp_path / "runs" / "b" / "model.json", picture) == 0


def test_a_damaged_model(images, tmp_path, picture, capsys):
    untrained(images, tmp_path / "m", CIFAR.replace(norm="batch"))
    whole = (tmp_path / "m" / "model.safetensors").read_bytes()
    (tmp_path / "m" / "model.safetensors").write_bytes(whole[:-100])
    assert "damaged" in complaint(capsys, 1, tmp_path / "m", picture)
    untrained(images, tmp_path / "m", CIFAR)  # without the arrays of the normalisation
    plain = (tmp_path / "m" / "model.safetensors").read_bytes()
    untrained(images, tmp_path / "m", CIFAR.replace(norm="batch"))
    (tmp_path / "m" / "model.safetensors").write_bytes(plain)
    assert "does not hold the layers" in complaint(capsys, 1, tmp_path / "m", picture)


def test_a_model_that_diverged(images, tmp_path, picture, capsys):
    weights = initial_weights(CIFAR, images.info.n_inputs, 0)
    nothing = {name: np.full_like(array, np.nan) for name, array in weights.items()}
    write_model(Model(images.info, CIFAR, nothing), tmp_path / "m")
    assert "diverged" in complaint(capsys, 1, tmp_path / "m", picture)


def test_no_picture_is_asked_about(model, capsys):
    assert "which pictures" in complaint(capsys, 2, model)


def test_a_good_model_of_a_real_run_knows_its_classes(images, tmp_path, capsys):
    """Trained for a few epochs it tells pickup trucks from apples, through files of pictures."""
    from fclab.engines import train
    from fclab.store.folder import write_run

    run = next(iter(train(images, [CIFAR.replace(epochs=30)], [0])))
    write_run(run, tmp_path / "run")
    chosen = np.flatnonzero(images.test.y != 1)[::10]
    for i in chosen:
        Image.fromarray(images.test.x[i]).save(tmp_path / f"{i}.png")
    files = [tmp_path / f"{i}.png" for i in chosen]
    assert fclab("predict", tmp_path / "run", *files, "--json") == 0
    answers = [picture["answer"] for picture in answered(capsys)["pictures"]]
    truth = np.array([0, 55, 58])[images.test.y[chosen]]
    assert (np.array(answers) == truth).mean() > 0.7


def process(model: Path, *words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A real process that gets bytes on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "fclab", "predict", str(model), *map(str, words), "--lang", "en"],
        input=stdin, capture_output=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_a_process_reads_the_standard_input_a_folder_and_every_format(model, tmp_path):
    whole = photograph((64, 64))
    (tmp_path / "album").mkdir()
    suffixes = ["png", "jpg", "webp", "gif", "tiff", "bmp", "avif"]
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
        suffixes.append("heic")
    for suffix in suffixes:
        whole.save(tmp_path / "album" / f"x.{suffix}")
    sent = (tmp_path / "album" / "x.png").read_bytes()
    done = process(model, "-", tmp_path / "album", "--json", stdin=sent)
    assert done.returncode == 0, done.stderr
    *others, standard = json.loads(done.stdout)["pictures"]
    assert standard["path"] == "-"
    assert {Path(one["path"]).suffix[1:] for one in others} == set(suffixes)
    of_png = next(one for one in others if one["path"].endswith(".png"))
    assert standard["probabilities"] == pytest.approx(of_png["probabilities"], abs=1e-6)
    assert sum(standard["probabilities"].values()) == pytest.approx(1, abs=1e-6)
    assert {one["answer"] for one in others} == {standard["answer"]}


def test_what_comes_in_is_no_picture(model, tmp_path):
    done = process(model, "-", "--json", stdin=b"no picture at all")
    assert done.returncode == 1
    assert json.loads(done.stdout)["pictures"] == [
        {"path": "-", "error": "-: not a picture of a known format"}
    ]
    assert b"1 of 1 pictures could not be read" in done.stderr
