"""`fclab export MODEL --to page` in a real browser, from a file, without a network."""

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import fclab
from fclab.cli import main
from fclab.data import binary_points
from fclab.data.pictures import read_picture
from fclab.store.folder import write_model
from fclab.tuning.ensemble import ensemble_outputs
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import BINARY
from fclab.values.run import Run
from fclab.web.page import page, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

expect = pytest.importorskip("playwright.sync_api").expect
RNG = np.random.default_rng(0)
SHOW = """async (pictures) => {
  const input = document.querySelector("input[type=file]");
  const found = [];
  for (const [name, text] of pictures) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name));
    input.files = given.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const ready = `[data-picture="${name}"][data-ready]`;
    while (!document.querySelector(ready)) await new Promise((resume) => setTimeout(resume));
    found.push([...document.querySelectorAll(`${ready} data`)].map((one) => Number(one.value)));
  }
  return found;
}"""


@pytest.fixture
def opened(browser: "Browser", tmp_path: Path) -> Iterator[Callable[..., "Page"]]:
    """Opens a page that is a file; a test fails where it has an error, or asks for anything."""
    complaints: list[str] = []
    contexts = []

    def complain(url: str, own: str) -> None:
        if not url.startswith((own, "blob:")):  # what it made itself
            complaints.append(f"request: {url}")

    def open_page(content: str, address: str = "#lang=en", **options: Any) -> "Page":
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(content, "utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
        context.on("console", lambda said: complaints.append(f"console: {said.text}"))
        context.on("request", lambda asked: complain(asked.url, path.as_uri()))
        opened = context.new_page()
        opened.goto(path.as_uri() + address)
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture(scope="module")
def data() -> fclab.Dataset:
    return fclab.synthetic((0, 55, 58))


@pytest.fixture(scope="module")
def run(data) -> Run:
    """The lab's network, trained until it is sure of itself."""
    return trained(data, fclab.Recipe(epochs=60, lr=0.02))[0]


def trained(data: fclab.Dataset, recipe: fclab.Recipe, seeds: int = 1) -> list[Run]:
    return list(fclab.train(data, [recipe], range(seeds)))


def fclab_does(*words: object) -> "subprocess.CompletedProcess[str]":
    """A command as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "fclab", *map(str, words), "--lang", "en"],
        check=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip


def as_png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def shown(opened: "Page", pictures: dict[str, bytes]) -> np.ndarray:
    """What the page answers, ``(pictures, classes)``."""
    given = [[name, base64.b64encode(content).decode()] for name, content in pictures.items()]
    return np.array(opened.evaluate(SHOW, given))


def photograph(width: int, height: int, channels: int = 3) -> np.ndarray:
    """Something with edges, gradients and grain."""
    down, right = np.mgrid[0:height, 0:width]
    made = np.empty((height, width, channels))
    for c in range(channels):
        wave = np.sin(right / RNG.uniform(2, width) + RNG.uniform(0, 6)) + np.cos(
            down / RNG.uniform(2, height)
        )
        disc = np.hypot(right - RNG.uniform(0, width), down - RNG.uniform(0, height))
        made[..., c] = 90 + 50 * wave + 60 * (disc < min(width, height) / 3)
    made += RNG.normal(0, 12, made.shape)
    return np.clip(made, 0, 255).astype(np.uint8)


SIZES = [
    (7, 9), (31, 33), (32, 32), (33, 31), (64, 64), (65, 47), (100, 37), (37, 100), (255, 257),
    (333, 500), (640, 427), (427, 641), (999, 1001), (1200, 33), (33, 1200), (1501, 1127),
]  # fmt: skip


def test_a_page_answers_for_test_pictures_as_fclab_does(opened, data, run):
    first = data.test.x[:300]
    found = shown(opened(page([run.model])), {f"{i}.png": as_png(x) for i, x in enumerate(first)})
    wanted = run.model.probabilities(first)
    assert len(wanted) == 300
    assert wanted.max(axis=1).mean() > 0.8  # it is sure: what it saw matters
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_page_answers_for_photographs_as_predict_does(opened, run, tmp_path):
    folder = tmp_path / "photographs"
    folder.mkdir()
    for width, height in SIZES:
        Image.fromarray(photograph(width, height)).save(folder / f"{width}x{height}.png")
    seen_through = photograph(321, 123, 4)
    seen_through[..., 3] = 255 * (seen_through[..., 3] > 100)
    Image.fromarray(seen_through).save(folder / "transparent.png")
    Image.fromarray(photograph(321, 223, 1)[..., 0]).save(folder / "grey.png")
    Image.fromarray(photograph(400, 300)).quantize(64).save(folder / "palette.png")
    profiled = Image.fromarray(photograph(401, 301))
    profiled.save(folder / "gamma.png", icc_profile=_other_profile())
    write_model(run.model, tmp_path / "model")
    done = fclab_does("predict", tmp_path / "model", folder, "--json")
    told = {Path(one["path"]).name: [*one["probabilities"].values()]
            for one in json.loads(done.stdout)["pictures"]}  # fmt: skip
    assert len(told) == 20
    file = tmp_path / "answers.html"
    said = fclab_does("export", tmp_path / "model", "--to", "page", "--out", file).stderr
    assert "answers.html" in said
    found = shown(
        opened(file.read_text("utf-8")), {name: (folder / name).read_bytes() for name in told}
    )
    np.testing.assert_allclose(found, [*told.values()], atol=1e-3)


def _other_profile() -> bytes:
    """A profile of colours that would change every pixel if it were applied."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()


RECIPES = [
    fclab.Recipe(layers=(24, 12, 3), activation="gelu", norm="batch", pool=2, contrast=True,
                 tta="shift", epochs=3),
    fclab.Recipe(layers=(16, 8, 3), activation="tanh", norm="layer", tta="flip", epochs=3),
    fclab.Recipe(layers=(16, 3), activation="sigmoid", pool=4, tta="shift", epochs=3),
    fclab.Recipe(layers=(3,), contrast=True, epochs=3),
]  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: one.activation)
def test_every_recipe_works_in_a_page(opened, data, recipe):
    (run,) = trained(data, recipe.replace(lr=0.1))
    x = data.test.x[::12]
    found = shown(opened(page([run.model])), {f"{i}.png": as_png(one) for i, one in enumerate(x)})
    np.testing.assert_allclose(found, run.model.probabilities(x), atol=1e-5)


def test_seeds_answer_together(opened, data):
    runs = trained(data, fclab.Recipe(layers=(8, 3), epochs=5, lr=0.05, tta="flip"), 3)
    outputs = np.exp(ensemble_outputs(runs, "test"))[::10]
    x = data.test.x[::10]
    found = shown(opened(page([run.model for run in runs])),
                  {f"{i}.png": as_png(one) for i, one in enumerate(x)})  # fmt: skip
    np.testing.assert_allclose(found, outputs / outputs.sum(axis=1, keepdims=True), atol=1e-5)


def test_images_need_not_be_square_nor_of_cifar(opened):
    x = RNG.integers(0, 256, (24, 12, 20, 3), np.uint8)
    own = fclab.Dataset.from_arrays(x, np.arange(24) % 2, x, np.arange(24) % 2,
                                    class_names=["</script><b>", "dog & cat"])  # fmt: skip
    (run,) = trained(own, fclab.Recipe(layers=(6, 2), epochs=9, pool=2, tta="shift"))
    opened = opened(page([run.model]))
    pictures = {f"{w}x{h}": photograph(w, h) for w, h in [(20, 12), (101, 77), (50, 200)]}
    found = shown(opened, {name: as_png(picture) for name, picture in pictures.items()})
    seen = []
    for picture in pictures.values():
        file = Path(opened.url.removeprefix("file://").split("#")[0]).with_name("one.png")
        file.write_bytes(as_png(picture))
        seen.append(read_picture(file, 12, 20))
    np.testing.assert_allclose(found, run.model.probabilities(np.stack(seen)), atol=1e-5)
    assert opened.get_by_role("rowheader", name="</script><b>").count() == 1


def test_a_picture_is_moved_by_keys_sliders_and_mouse(opened, data, run):
    opened = opened(page([run.model]))
    picture = data.test.x[0]
    shown(opened, {"one.png": as_png(picture)})
    stage = opened.get_by_role("application")
    stage.press("ArrowRight")
    stage.press("ArrowRight")
    stage.press("ArrowUp")
    moved = np.pad(picture, ((8, 8), (8, 8), (0, 0)), mode="reflect")[9:41, 6:38]
    expected = run.model.probabilities(moved[None])[0]
    np.testing.assert_allclose(_answers(opened), expected, atol=1e-5)
    at = stage.bounding_box()
    assert at
    pixel = at["width"] / 32
    opened.mouse.move(at["x"] + 100, at["y"] + 100)
    opened.mouse.down()
    opened.mouse.move(at["x"] + 100 - 2 * pixel, at["y"] + 100 + pixel)
    opened.mouse.up()
    np.testing.assert_allclose(
        _answers(opened), run.model.probabilities(picture[None])[0], atol=1e-2
    )
    for label, text in [("Zoom", "× 2"), ("Turn", "90°")]:
        slider = opened.get_by_label(label)
        slider.fill("1" if label == "Zoom" else "90")
        expect(slider).to_have_attribute("aria-valuetext", text)
    opened.get_by_role("button", name="As it was").click()
    np.testing.assert_allclose(
        _answers(opened), run.model.probabilities(picture[None])[0], atol=1e-5
    )


def _answers(opened: "Page") -> list[float]:
    opened.wait_for_selector("[data-ready]")
    return [
        float(one) for one in opened.locator("data").evaluate_all("all => all.map(d => d.value)")
    ]


def test_a_picture_is_drawn_by_hand_and_by_keys(opened, run):
    opened = opened(page([run.model]))
    opened.get_by_role("button", name="Draw").click()
    before = _answers(opened)
    stage = opened.get_by_role("application")
    stage.press(" ")
    for _ in range(6):
        stage.press("Shift+ArrowRight")
    stage.press(" ")
    by_keys = _answers(opened)
    assert by_keys != before
    at = stage.bounding_box()
    assert at
    opened.mouse.move(at["x"] + 40, at["y"] + 40)
    opened.mouse.down()
    opened.mouse.move(at["x"] + 200, at["y"] + 200, steps=5)
    opened.mouse.up()
    assert _answers(opened) not in (before, by_keys)


def test_the_map_of_shifts_is_that_of_moved_pictures(opened, data, run):
    opened = opened(page([run.model]))
    picture = data.test.x[1]
    shown(opened, {"one.png": as_png(picture)})
    opened.wait_for_selector("[data-done]")
    padded = np.pad(picture, ((8, 8), (8, 8), (0, 0)), mode="reflect")
    views = np.stack(
        [padded[8 - y : 40 - y, 8 - x : 40 - x] for y in range(-8, 9) for x in range(-8, 9)]
    )
    shares = run.model.probabilities(views)
    asked = shares[144].argmax()
    kept = (shares.argmax(axis=1) == asked).sum()
    told = opened.locator("[data-done]").inner_text()
    assert f"{kept} of 289" in told
    least, most = (
        f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
        for share in (shares[:, asked].min(), shares[:, asked].max())
    )
    assert f"{least} to {most}" in told
    heat = opened.locator(".heat canvas")
    box = heat.bounding_box()
    assert box
    heat.hover(position={"x": box["width"] * 3.5 / 17, "y": box["height"] * 12.5 / 17})
    share = 100 * shares[12 * 17 + 3, asked]
    expect(opened.get_by_text(f"right −5, down 4: {share:.1f}\N{NO-BREAK SPACE}%")).to_have_count(1)


def test_two_networks_answer_side_by_side(opened, data, run, tmp_path):
    (other,) = trained(data, fclab.Recipe(layers=(5, 3), epochs=2))
    write_page([other.model], tmp_path / "other.html")
    opened = opened(page([run.model]))
    opened.set_input_files("input[type=file] >> nth=0", tmp_path / "other.html")
    opened.get_by_role("heading", name="Network 2").wait_for()
    x = data.test.x[:3]
    found = shown(opened, {f"{i}.png": as_png(one) for i, one in enumerate(x)})
    # The first answer of a picture may come before that of the second network.
    assert found.shape[1] in (3, 6)
    opened.wait_for_function("document.querySelectorAll('[data-ready]').length === 2")
    last = [*run.model.probabilities(x[2:])[0], *other.model.probabilities(x[2:])[0]]
    np.testing.assert_allclose(_answers(opened), last, atol=1e-5)
    opened.get_by_role("button", name="Remove the second one").click()
    assert len(_answers(opened)) == 3


def test_what_is_no_picture_is_said(opened, run, tmp_path):
    opened = opened(page([run.model]))
    for name, said in [("x.png", "cannot open"), ("x.html", "no page of fclab")]:
        (tmp_path / name).write_text("<script>alert(1)</script>", "utf-8")
        opened.set_input_files("input[type=file] >> nth=0", tmp_path / name)
        opened.get_by_role("alert").filter(has_text=f"{name}").filter(has_text=said).wait_for()


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_for_everybody(opened, axe, data, run, lang, theme):
    opened = opened(page([run.model]), f"#lang={lang}&theme={theme}",
                    viewport={"width": 390, "height": 844}, bypass_csp=True)  # fmt: skip
    shown(opened, {"one.png": as_png(data.test.x[0])})
    opened.wait_for_selector("[data-done]")
    axe(opened)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    small = opened.locator("button, select, label.button, input[type=range]").evaluate_all(
        "all => all.map((e) => Math.min(e.offsetWidth, e.offsetHeight)).filter((n) => n && n < 24)"
    )
    assert small == []
    opened.get_by_label({"en": "Language", "ru": "Язык"}[lang]).select_option(
        "ru" if lang == "en" else "en"
    )
    expect(opened).to_have_title(re.compile({"en": "^Своя картинка", "ru": "^Your picture"}[lang]))


def test_networks_that_see_no_colour_images_are_refused():
    grey = RNG.integers(0, 256, (12, 8, 8, 1), np.uint8)
    y = np.arange(12) % 2
    for one in (fclab.Dataset.from_arrays(grey, y, grey, y), binary_points("xor")):
        recipe = (
            fclab.Recipe(layers=(2,), epochs=1)
            if one.task == "multiclass"
            else BINARY.replace(epochs=1)
        )
        (run,) = trained(one, recipe)
        with pytest.raises(UsageError, match="colour images"):
            page([run.model])


def convolutional(path: Path) -> Path:
    """A network as the course's second lab has them: (1, 3, 32, 32), a hundred classes."""
    onnx = pytest.importorskip("onnx")
    helper, rng = onnx.helper, np.random.default_rng(1)
    constants = {
        "kernel": rng.normal(0, 0.02, (8, 3, 3, 3)),
        "offset": rng.normal(size=8),
        "weight": rng.normal(0, 0.05, (8 * 15 * 15, 100)),
        "bias": rng.normal(size=100),
    }
    nodes = [
        helper.make_node("Conv", ["images", "kernel", "offset"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "weight", "bias"], ["scores"]),
    ]
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "convolutional",
        [helper.make_tensor_value_info("images", real, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("scores", real, [1, 100])],
        [onnx.numpy_helper.from_array(v.astype(np.float32), k) for k, v in constants.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, path)
    return path


def test_an_onnx_file_answers_beside_the_network(opened, data, run, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    path = convolutional(tmp_path / "conv.onnx")
    opened = opened(page([run.model], with_onnx=True))
    opened.set_input_files("input[type=file] >> nth=0", path)
    opened.get_by_role("heading", name="Network 2").wait_for()
    picture = data.test.x[5]
    session = runtime.InferenceSession(path)
    for most in (255, 1):
        opened.get_by_label("Its pixels are").select_option(str(most))
        shown(opened, {f"{most}.png": as_png(picture)})
        opened.locator(f'[data-picture="{most}.png"][data-ready] >> nth=1').wait_for()
        planes = picture.transpose(2, 0, 1)[None].astype(np.float32) * (most / 255)
        (scores,) = session.run(None, {"images": planes})
        shares = np.exp(scores[0] - scores.max()) / np.exp(scores[0] - scores.max()).sum()
        answers = _answers(opened)
        np.testing.assert_allclose(
            answers[:3], run.model.probabilities(picture[None])[0], atol=1e-5
        )
        np.testing.assert_allclose(answers[3:], np.sort(shares)[::-1][:10], atol=1e-4)
        likeliest = CLASS_NAMES[int(shares.argmax())].en
        expect(opened.get_by_text(f"Answer: {likeliest}")).to_have_count(1)
    opened.locator("[data-done] >> nth=1").wait_for()


def test_an_exported_onnx_file_answers_as_the_network_itself(opened, data, run, tmp_path):
    exported = pytest.importorskip("fclab.export.onnx_file")
    made = exported.onnx_model([run.model], layout="nhwc", pixels="uint8")
    (tmp_path / "same.onnx").write_bytes(made.SerializeToString())
    opened = opened(page([run.model], with_onnx=True))
    opened.set_input_files("input[type=file] >> nth=0", tmp_path / "same.onnx")
    opened.get_by_role("heading", name="Network 2").wait_for()
    shown(opened, {"one.png": as_png(data.test.x[7])})
    opened.locator('[data-picture="one.png"][data-ready] >> nth=1').wait_for()
    answers = _answers(opened)
    np.testing.assert_allclose(answers[:3], answers[3:], atol=1e-5)


def test_the_option_brings_what_runs_onnx(run, tmp_path, capsys):
    write_model(run.model, tmp_path / "model")
    model, file = str(tmp_path / "model"), tmp_path / "page.html"
    with pytest.raises(SystemExit) as done:
        main(["export", model, "--to", "page", "--with-onnx", "--out", str(file)])
    assert done.value.code == 0
    assert file.stat().st_size > 5_000_000
    with pytest.raises(SystemExit) as refused:
        main(["export", model, "--to", "torch", "--with-onnx", "--lang", "en"])
    assert refused.value.code == 2
    assert "--with-onnx is of --to page" in capsys.readouterr().err


def test_a_page_without_onnx_says_what_is_needed(opened, run, tmp_path):
    opened = opened(page([run.model]))
    (tmp_path / "x.onnx").write_bytes(b"none")
    opened.set_input_files("input[type=file] >> nth=0", tmp_path / "x.onnx")
    opened.get_by_role("alert").filter(has_text="--with-onnx").wait_for()


def test_a_picture_is_turned_upright_as_fclab_does(opened, run, tmp_path):
    pictures, seen = {}, []
    for how in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = how
        file = tmp_path / f"{how}.png"
        Image.fromarray(photograph(90, 61)).save(file, exif=exif)
        pictures[file.name] = file.read_bytes()
        seen.append(read_picture(file, 32, 32))
    found = shown(opened(page([run.model])), pictures)
    np.testing.assert_allclose(found, run.model.probabilities(np.stack(seen)), atol=1e-5)


def test_two_fingers_enlarge_and_turn(opened, data, run):
    opened = opened(page([run.model]), viewport={"width": 390, "height": 844}, has_touch=True)
    shown(opened, {"one.png": as_png(data.test.x[0])})
    stage = opened.get_by_role("application")
    stage.scroll_into_view_if_needed()
    at = stage.bounding_box()
    assert at
    middle = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    fingers = opened.context.new_cdp_session(opened)

    def touch(kind: str, dx: float, dy: float) -> None:
        places = [] if kind == "touchEnd" else [
            {"x": middle[0] + s * dx, "y": middle[1] + s * dy, "id": s + 1} for s in (-1, 1)
        ]  # fmt: skip
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", 40, 0)
    for step in range(1, 11):
        angle, far = step / 10 * np.pi / 2, 40 * 2 ** (step / 10)
        touch("touchMove", far * np.cos(angle), far * np.sin(angle))
    touch("touchEnd", 0, 0)
    assert float(opened.get_by_label("Zoom").input_value()) == pytest.approx(1, abs=0.02)
    assert float(opened.get_by_label("Turn").input_value()) == pytest.approx(90, abs=2)
