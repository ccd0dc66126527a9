"""A server, and a browser that complains of whatever a page should not do."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from served import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SWITCHES = ["--no-sandbox", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip
HERE = {"127.0.0.1"}
PATIENCE = 120_000
"""Milliseconds: a busy machine is not a failure."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of a process of pytest; it has the real CIFAR-100 where that is on
    this machine, and a store of its own."""
    for module in ("starlette", "uvicorn", "websockets", "msgpack"):
        pytest.importorskip(module, reason=f"{module} is not installed (the extra web)")
    told = os.environ.get("FCLAB_DATA")  # before a test takes it away
    folder = Path(told or Path(__file__).resolve().parents[3] / "shared/data/cifar-100-python")
    data = {"FCLAB_DATA": str(folder)} if folder.is_dir() else {}
    with served(tmp_path_factory.mktemp("served"), **data) as one:
        yield one


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium without a window and without a name but 127.0.0.1 (see .ci/chromium)."""
    named = os.environ.get("FCLAB_TEST_CHROMIUM")
    known = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    chromium = named or next(filter(None, known), None)
    if not chromium:
        pytest.skip("no Chromium here (FCLAB_TEST_CHROMIUM names one)")
    if not named:
        pytest.importorskip("playwright", reason="playwright is not installed (the extra dev)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield made
        made.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages of a test did that they should not; must be empty at its end."""
    return []


@pytest.fixture
def new_page(browser: "Browser", complaints: list[str]) -> Iterator[Callable[..., "Page"]]:
    """Opens one more page, of a browser without history; called with options of a context, such
    as ``viewport``, ``color_scheme``, ``locale`` or ``has_touch``."""
    contexts = []

    def open_page(**options: Any) -> "Page":
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
        context.on("console", lambda message: message.type == "error"
                   and complaints.append(f"console: {message.text}"))  # fmt: skip
        context.on("request", lambda request: _listen(request.url))
        page = context.new_page()
        page.on("websocket", lambda socket: _listen(socket.url))
        return page

    def _listen(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("blob", "data", "about") and parts.hostname not in HERE:
            complaints.append(f"request: {url}")

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def page(new_page: Callable[..., "Page"]) -> "Page":
    """An empty page of 1280 × 800; a test fails where a page has an error, writes one to its
    console, or asks anybody but 127.0.0.1 for anything."""
    return new_page()


@pytest.fixture
def axe() -> Callable[["Page"], None]:
    """Fails with what WCAG 2.2 AA says against a page as it is shown now."""
    axe_core = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed (the extra dev)"
    )

    def check(page: "Page") -> None:
        found = axe_core.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        told = [
            f"{one['id']}: {one['help']}\n  "
            + "\n  ".join(f"{' '.join(map(str, node['target']))}\n    {node['failureSummary']}"
                          for node in one["nodes"])
            for one in found.response["violations"]
        ]  # fmt: skip
        assert not told, "\n".join(told)
        assert found.response["passes"], "axe found nothing to check"

    return check
