"""ONNX files answer as fclab does in onnxruntime-web, in Chromium. See .ci/onnxruntime-web."""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from drawn import images, points, untrained
from test_onnx import as_input, together

from fclab.data import cifar100
from fclab.export.onnx_file import onnx_model
from fclab.values.recipe import BINARY, CIFAR, FREE, REGRESSION

ROOT = Path(__file__).resolve().parents[2]
FILES = os.environ.get("FCLAB_TEST_ONNXRUNTIME_WEB")
DIST = Path(FILES or ROOT / "web" / "node_modules" / "onnxruntime-web") / "dist"
CHROMIUM = os.environ.get("FCLAB_TEST_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
if not FILES and not DIST.is_dir():
    pytest.skip("onnxruntime-web is not here: npm ci in web/", allow_module_level=True)
if not CHROMIUM:
    pytest.skip("no Chromium here (FCLAB_TEST_CHROMIUM names one)", allow_module_level=True)
from playwright.sync_api import Page, sync_playwright  # noqa: E402

SWITCHES = ["--no-sandbox", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
ANSWER = """async ({file, type, dims, values}) => {
  const ort = await import('/ort/ort.wasm.min.mjs');
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(file, {executionProviders: ['wasm']});
  const array = type === 'uint8' ? Uint8Array.from(values) : Float32Array.from(values);
  const input = new ort.Tensor(type, array, dims);
  const found = await session.run({[session.inputNames[0]]: input});
  return Object.fromEntries(session.outputNames.map(
    name => [name, {dims: found[name].dims, values: Array.from(found[name].data)}]));
}"""


class Files(SimpleHTTPRequestHandler):
    """A folder, with the runtime under /ort/."""

    extensions_map = {  # noqa: RUF012 (as the base class has it)
        ".mjs": "text/javascript", ".wasm": "application/wasm", "": "application/octet-stream",
        ".html": "text/html",
    }  # fmt: skip

    def translate_path(self, path: str) -> str:
        name = path.removeprefix("/ort/")
        return str(DIST / name) if name != path else super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def page(folder) -> Iterator[Page]:
    """A page of a server that has the folder; a request to anybody else fails."""
    (folder / "index.html").write_text("<!doctype html><title>net</title>", "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
            made = browser.new_page()
            asked: list[str] = []
            made.on("request", lambda request: asked.append(request.url))
            made.goto(f"http://127.0.0.1:{server.server_port}/index.html")
            yield made
            browser.close()
        home = f"http://127.0.0.1:{server.server_port}/"
        assert [url for url in asked if not url.startswith((home, "blob:"))] == []
        assert f"{home}ort/ort-wasm-simd-threaded.wasm" in asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answered(page: Page, folder: Path, models, x, layout="nchw", pixels="float32"):
    made = onnx_model(models, layout=layout, pixels=pixels)
    content = made.SerializeToString()
    name = f"{sha256(content).hexdigest()}.onnx"  # a browser keeps what it has
    (folder / name).write_bytes(content)
    given = as_input(x, layout, pixels)
    asked = {
        "file": f"/{name}",
        "type": str(given.dtype),
        "dims": list(given.shape),
        "values": given.ravel().tolist(),
    }
    found = page.evaluate(ANSWER, asked)
    return {name: np.reshape(one["values"], one["dims"]) for name, one in found.items()}


SMALL = (12, 6, 3)
RECIPES = {
    "lab": CIFAR,
    "best": FREE.replace(layers=SMALL),
    "gelu, layers normalised, contrast": CIFAR.replace(
        layers=SMALL, activation="gelu", norm="layer", contrast=True, pool=4
    ),
    "tanh, mirrored": CIFAR.replace(layers=SMALL, activation="tanh", tta="flip", norm="batch"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_real_images(name, page, folder, cifar_dir):
    dataset = cifar100((0, 55, 58), cifar_dir)
    models, x = [untrained(dataset, RECIPES[name])], dataset.test.x[::20]
    found = answered(page, folder, models, x)
    assert np.abs(found["probabilities"] - together(models, x)).max() <= 1e-5


def test_networks_together_of_bytes_with_channels_last(page, folder):
    dataset = images((16, 12, 3))
    models = [untrained(dataset, recipe, seed) for seed, recipe in enumerate(RECIPES.values())]
    found = answered(page, folder, models, dataset.train.x, "nhwc", "uint8")
    assert np.abs(found["probabilities"] - together(models, dataset.train.x)).max() <= 1e-5


def test_networks_for_points(page, folder):
    dataset = points("binary", 2)
    models = [untrained(dataset, BINARY)]
    found = answered(page, folder, models, dataset.train.x)
    assert np.abs(found["probabilities"] - together(models, dataset.train.x)).max() <= 1e-5
    dataset = points("regression", 1)
    models = [untrained(dataset, REGRESSION)]
    found = answered(page, folder, models, dataset.train.x)
    np.testing.assert_allclose(
        found["values"], together(models, dataset.train.x), rtol=1e-5, atol=1e-5
    )
