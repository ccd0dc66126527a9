"""One's own picture: a network of the server, pictures that browsers cannot open, moved images."""

import base64
import io
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import fclab
from fclab.data.pictures import read_picture, read_whole
from fclab.web.tasks.picture import PictureWish, accuracy_over_shifts, show_network
from fclab.web.uploads import LONGEST, MOST_BYTES
from fclab.web.wire import unpack

expect = pytest.importorskip("playwright.sync_api").expect
QUICK = "v=1&part=picture&epochs=20&hidden=[4]"


@pytest.fixture
def photograph() -> Image.Image:
    down, right = np.mgrid[0:201, 0:333]
    waves = [90 + 60 * np.sin(right / 30 + c) + 40 * np.cos(down / (9 + c)) for c in range(3)]
    return Image.fromarray(np.stack(waves, axis=-1).clip(0, 255).astype(np.uint8))


def test_the_part_is_played(server, page, axe):
    page.goto(f"{server.address}#{QUICK}&lang=en")
    page.locator(".moved").wait_for()
    axe(page)
    expect(page.get_by_role("button", name=re.compile("^Test image"))).to_have_count(18)
    expect(page.locator("data")).to_have_count(3)
    shares = page.locator("data").evaluate_all("all => all.map((one) => Number(one.value))")
    assert sum(shares) == pytest.approx(1)
    page.get_by_role("button", name="Test image 2: apple").or_(
        page.get_by_role("button", name="Test image 2: stand-in 0")).click()  # fmt: skip
    expect(page.locator("[data-done]")).to_contain_text("289")
    page.get_by_role("button", name="Keep it to compare").click()
    page.get_by_label("Training images are moved").fill("2")
    page.locator(".moved").nth(1).wait_for()
    expect(page.get_by_role("heading", name="Network 2")).to_be_visible()
    expect(page).to_have_url(re.compile("shift=2"))


def test_the_address_brings_the_network_back_on_a_phone_in_russian(server, new_page, axe):
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{server.address}#{QUICK}&classes=[3,7]&seed=5&flip=true&lang=ru&theme=dark")
    page.locator(".moved").wait_for()
    axe(page)
    expect(page.get_by_label("Классы")).to_have_value("3, 7")
    expect(page.get_by_label("Зерно")).to_have_value("5")
    expect(page.get_by_label("Отражать обучающие изображения")).to_be_checked()
    expect(page.locator("data")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_browser_shows_what_only_the_server_can_read(server, page, photograph, tmp_path):
    photograph.save(tmp_path / "photo.tiff")
    page.goto(f"{server.address}#{QUICK}&lang=en")
    page.locator(".moved").wait_for()
    page.set_input_files("input[type=file] >> nth=0", tmp_path / "photo.tiff")
    page.locator('[data-picture="photo.tiff"][data-ready]').wait_for()
    seen = (
        page.locator("[data-picture]")
        .locator("xpath=..")
        .locator("canvas")
        .evaluate("c => [...c.getContext('2d').getImageData(0, 0, 32, 32).data]")
    )
    found = np.reshape(seen, (32, 32, 4))[..., :3]
    np.testing.assert_array_equal(found, read_picture(tmp_path / "photo.tiff", 32, 32))


GIVE = """([how, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: 'image/png' }));
  const event = how === 'drop'
    ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector('main').dispatchEvent(event);
}"""


def test_a_picture_is_dropped_pasted_and_photographed(server, page, photograph, complaints):
    page.goto(f"{server.address}#{QUICK}&lang=en&sample=2")
    page.locator("[data-ready]").wait_for()
    file = io.BytesIO()
    photograph.save(file, "PNG")
    content = base64.b64encode(file.getvalue()).decode()
    for how in ("drop", "paste"):
        page.evaluate(GIVE, [how, f"{how}.png", content])
        page.locator(f'[data-picture="{how}.png"][data-ready]').wait_for()
    page.wait_for_url(re.compile("sample=0"))
    page.evaluate(GIVE, ["drop", "none.png", base64.b64encode(b"no picture").decode()])
    expect(page.get_by_role("alert").filter(has_text="none.png")).to_be_visible()
    assert all("422" in one for one in complaints)  # the browser itself writes so
    complaints.clear()
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    page.get_by_role("button", name="Take the picture").click()
    expect(page.locator("video")).to_have_count(0)
    page.locator('[data-picture=""][data-ready]').wait_for()


def send(server, content: bytes, name: str = "x", **headers: str) -> tuple[int, bytes]:
    query = urllib.parse.urlencode({"name": name, "lang": "ru"})
    asked = urllib.request.Request(f"{server.address}picture?{query}", content, headers)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_picture_of_the_server_is_that_of_fclab_and_is_not_kept(server, photograph, tmp_path):
    before = sorted(server.folder.rglob("*"))
    for suffix in ("png", "tiff", "jpg"):
        photograph.resize((1501, 1207)).save(tmp_path / f"a.{suffix}")
        status, answer = send(server, (tmp_path / f"a.{suffix}").read_bytes())
        assert status == 200
        found = unpack(answer)
        small, whole = found["small"], found["pixels"]
        np.testing.assert_array_equal(small, read_picture(tmp_path / f"a.{suffix}", 32, 32))
        np.testing.assert_array_equal(whole, read_whole(tmp_path / f"a.{suffix}", LONGEST))
        assert whole.shape[1] == LONGEST
    assert sorted(server.folder.rglob("*")) == before


def test_what_is_no_picture_or_too_large_is_refused(server, photograph):
    status, answer = send(server, b"no picture", "фото.heic")
    assert status == 422
    assert "фото.heic" in answer.decode()
    file = io.BytesIO()
    photograph.save(file, "PNG")
    status, answer = send(server, file.getvalue()[:4000], "cut.png")
    assert status == 422
    assert "cut.png" in answer.decode()
    huge = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(huge, "PNG")
    assert send(server, huge.getvalue(), "bomb.png")[0] == 422
    assert send(server, bytes(MOST_BYTES + 1))[0] == 413
    assert send(server, file.getvalue(), Origin="http://example.org")[0] == 421
    assert send(server, file.getvalue())[0] == 200


def test_accuracy_on_moved_images_is_that_of_the_model():
    data = fclab.synthetic((0, 55, 58))
    data = replace(data, test=data.test[np.arange(0, 300, 6)])
    recipe = fclab.Recipe(layers=(6, 3), epochs=3, lr=0.05, contrast=True)
    (run,) = fclab.train(data, [recipe], [0])
    found = accuracy_over_shifts(run.model, data, lambda: None)
    padded = np.pad(data.test.x, ((0, 0), (8, 8), (8, 8), (0, 0)), mode="reflect")
    for down, right in [(0, 0), (-8, 8), (3, -5), (8, 1)]:
        moved = padded[:, 8 - down : 40 - down, 8 - right : 40 - right]
        expected = run.model.score(moved, data.targets("test"))
        assert found[down + 8, right + 8] == pytest.approx(expected)
    assert found[8, 8] == pytest.approx(run.metrics["test_accuracy"])


def test_a_network_that_nobody_waits_for_is_given_up():
    asked = []

    def alive() -> None:
        asked.append(1)
        if len(asked) > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(show_network(PictureWish(epochs=3000, shift=4), lambda event: None, alive))
    assert len(asked) == 41
