"""The address of the page: what is looked at, links that are none, back and forward, a server that
went away."""

import re

import pytest
from addressed import has
from served import served

expect = pytest.importorskip("playwright.sync_api").expect


def test_back_returns_to_the_part_as_it_was(server, page):
    page.goto(f"{server.address}#v=1&part=regression&lang=en&steps=300&hidden=9")
    page.get_by_label("Hidden neurons").press("ArrowRight")
    page.get_by_role("link", name="Points").click()
    page.get_by_label("Activation").select_option("tanh")
    has(page, part="binary", activation="tanh")
    page.go_back()
    has(page, part="regression", hidden="10", steps="300")
    expect(page.get_by_label("Hidden neurons")).to_have_value("10")
    page.go_forward()
    has(page, part="binary", activation="tanh")
    expect(page.get_by_label("Activation")).to_have_value("tanh")


def test_the_epoch_that_is_looked_at_is_in_the_address(server, page):
    link = f"{server.address}#v=1&part=binary&lang=en&count=60&hidden=4&epochs=300&epoch=41"
    page.goto(link)
    player = page.locator(".player")
    expect(page.locator(".verdict")).to_be_visible()  # trained to the end
    epoch = int(player.locator("output").inner_text())
    assert 30 <= epoch <= 41
    player.get_by_role("button").nth(1).click()  # a step back
    page.wait_for_url(lambda address: f"epoch={epoch - 1}" in address or "epoch=3" in address)
    page.get_by_label("Activation").select_option("relu")  # what is trained anew is followed
    expect(player.locator("output")).to_have_text("300")
    page.wait_for_url(lambda address: "epoch=" not in address)


def test_part_3_shows_what_a_link_looks_at(server, page):
    page.goto(f"{server.address}#v=1&part=cifar&lang=en&classes=[1,2]&hidden=[6]&epochs=20&seeds=2"
              "&epoch=3&neuron=4&cell=[1,0]")  # fmt: skip
    expect(page.get_by_text(re.compile("^Done:"))).to_be_visible()
    expect(page.locator(".epoch output")).to_have_text("3")
    expect(page.get_by_role("button", name="Neuron 4", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".confusion [aria-pressed=true]")).to_have_count(1)
    page.get_by_role("button", name="Neuron 2", exact=True).click()
    has(page, neuron="2", epoch="3", cell="[1,0]")
    page.locator("button.main", has_text="Train").first.click()
    page.wait_for_url(lambda address: "epoch=3" not in address)


def test_a_moved_test_image_is_in_the_address(server, page):
    page.goto(f"{server.address}#v=1&part=picture&lang=en&classes=[1,2]&hidden=[4]&epochs=9"
              "&sample=3&x=4&zoom=2&turn=30")  # fmt: skip
    page.locator("[data-ready]").wait_for()
    has(page, sample="3", x="4", zoom="2", turn="30")
    page.get_by_role("button", name=re.compile("^Test image 2")).first.click()
    has(page, sample="2", x=None, zoom=None, turn=None)


@pytest.mark.parametrize(
    "link",
    [
        "v=1&part=constructor&lang=xx&theme=weird",
        "v=1&part=regression&lang=en&hidden=1e999&lr=-5&steps=NaN&seed=9e99&noise=%22x%22&unit=0",
        "v=1&part=regression&lang=en&points=[[0,null]]&box=[1]&__proto__=1&toString=2",
        "v=1&part=binary&lang=en&shape=own&points=[[1,1,2],[0,0,0]]&epoch=-7",
        "v=1&part=studies&lang=en&study=%3Cb%3Enone&first=a&second=b&other=c",
        "%%%&&&===&part",
    ],
)
def test_a_link_that_is_none_shows_a_page(server, page, link):
    page.goto(f"{server.address}#{link}")
    expect(page.locator("main section").first).to_be_visible()
    page.wait_for_url(
        lambda address: not re.search("1e999|NaN|weird|xx|__proto__|null|%%%", address)
    )


def test_a_link_of_another_version_is_not_taken_and_said(server, page):
    page.goto(f"{server.address}#v=2&part=regression&lang=en&hidden=3")
    expect(page.get_by_text("made by another version")).to_be_visible()
    expect(page.get_by_label("Hidden neurons")).to_have_value("64")


def test_a_link_is_copied_where_the_browser_has_no_clipboard(server, page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{server.address}#v=1&part=regression&lang=en&steps=300&hidden=7")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_what_was_trained_before_the_server_went_away_is_not_shown_twice(
    tmp_path, page, complaints
):
    with served(tmp_path, FCLAB_DATA="") as first:
        port = first.port
        page.goto(f"{first.address}#v=1&part=cifar&lang=en&classes=[1,2]&epochs=400&seeds=1"
                  "&hidden=[64]&lr=0.001")  # fmt: skip
        expect(page.locator("progress")).not_to_have_attribute("value", "0")
        first.end()
        expect(page.get_by_text("The server does not answer")).to_be_visible()
    with served(tmp_path, port=port, FCLAB_DATA=""):
        expect(page.get_by_text(re.compile("^Done:"))).to_be_visible()
        expect(page.get_by_role("img", name="After epoch 400 the loss is")).to_be_visible()
        expect(page.locator("progress")).to_have_attribute("value", "1")
    complaints.clear()  # the browser itself writes that it could not connect
