"""Part 2 in a browser: played through, with mouse, keyboard and pasted points."""

import re

import pytest
from addressed import has, has_points

expect = pytest.importorskip("playwright.sync_api").expect

QUICK = "count=60&epochs=300&hidden=4"


def opened(page, server, state: str, lang: str = "en"):
    page.goto(f"{server.address}#v=1&part=binary&lang={lang}&{state}")
    return page.locator("main .answered")


def near(place: float):
    """Within a pixel or two."""
    return pytest.approx(place, abs=0.02)


def has_colours(page, more_than: int) -> None:
    """Wait until the plane has more colours: few while nothing is drawn on it."""
    page.wait_for_function(
        "([c, n]) => new Set(new Uint32Array("
        "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size > n",
        arg=[page.locator("canvas.surface").element_handle(), more_than],
    )


def test_a_shape_is_chosen_and_its_training_played(server, page, axe):
    said = opened(page, server, "count=60&epochs=300&hidden=8")
    expect(said).to_contain_text("Not separated")
    page.get_by_label("Points", exact=True).select_option("Moons")
    page.get_by_label("Activation").select_option("Tanh")
    page.get_by_label("Initial weights").fill("0")
    page.get_by_label("Learning rate").fill("-1.5")
    expect(said).to_contain_text(re.compile("^(?!.*Not).*Separated", re.DOTALL))
    has(page, shape="moons", noise="0.025")
    has_colours(page, 100)

    epoch = page.get_by_label("Epoch", exact=True)
    expect(page.get_by_role("button", name="Step")).to_be_disabled()
    page.get_by_role("button", name="To the start").click()
    expect(epoch).to_have_value("0")
    expect(said.locator("dd").first).to_have_text("–")
    page.get_by_role("button", name="Step").click()
    expect(epoch).to_have_attribute("aria-valuetext", "1")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    epoch.press("End")
    expect(epoch).to_have_attribute("aria-valuetext", "300")
    expect(page.locator(".neurons canvas")).to_have_count(8)
    axe(page)


def test_points_of_ones_own_by_mouse_keyboard_and_text(server, page, axe):
    said = opened(page, server, "shape=own&epochs=200")
    expect(page.get_by_text("Draw or paste points of both classes")).to_be_visible()
    plane = page.locator("canvas.surface")
    box = plane.bounding_box()
    plane.click(position={"x": box["width"] / 4, "y": box["height"] / 4})
    has_points(page, [[near(-0.75), near(0.75), 0]])
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4, steps=4)
    page.mouse.up()
    (moved,) = has_points(page, [[near(0), near(0.75), 0]])

    plane.focus()
    for key in ("1", "ArrowDown", "ArrowDown", "Enter", "ArrowRight", "ArrowRight", "Enter"):
        plane.press(key)
    has_points(page, [moved, [0, -0.15, 1], [0.15, -0.15, 1]])
    plane.press("Delete")
    has_points(page, [moved, [0, -0.15, 1]])
    expect(said).to_contain_text("Right, train")
    axe(page)

    page.get_by_text("Points as text: 2").click()
    text = page.get_by_label("A line for each point")
    expect(text).to_have_value(f"{moved[0]:g},{moved[1]:g},0\n0,-0.15,1")
    text.fill("x;y;class\n1,5;2;0\n-1;0,25;1\n0;0;1")
    page.get_by_role("button", name="Take these points").click()
    has_points(page, [[1.5, 2, 0], [-1, 0.25, 1], [0, 0, 1]])
    for wrong, reason in (("0,0,0\n1,2", "Line 2"), ("0,0,2", "Line 1"), ("11,0,1", "Line 1"),
                          ("0,0,1\n" * 501, "Points: 501")):  # fmt: skip
        text.fill(wrong)
        page.get_by_role("button", name="Take these points").click()
        expect(page.locator("details [role=alert]")).to_contain_text(reason)
    has_points(page, [[1.5, 2, 0], [-1, 0.25, 1], [0, 0, 1]])


def test_what_is_told_comes_in_the_language_of_the_page(server, page):
    said = opened(page, server, "layers=3&hidden=64", "ru")
    expect(said.locator(".error")).to_contain_text("не дольше 1378 эпох")
    said = opened(
        page, server, "activation=relu&layers=3&hidden=32&init_scale=1&lr=1&epochs=9", "ru"
    )
    expect(said).to_contain_text("разошлось на эпохе")


def test_an_address_restores_it_all_also_on_a_phone(server, new_page, axe):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    state = f"{QUICK}&shape=circles&noise=0.1&layers=2&activation=relu&seed=7&seeds=3"
    said = opened(page, server, state, "ru")
    expect(said).to_contain_text(re.compile("Разделено с [0-3] зёрен из 3"))
    expect(page.get_by_label("Точки", exact=True)).to_have_value("circles")
    expect(page.get_by_label("Зерно", exact=True)).to_have_value("7")
    expect(page.locator(".neurons canvas")).to_have_count(8)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)
    has(page, layers="2", seeds="3")


def test_an_address_that_lies_does_no_harm(server, page):
    opened(
        page, server, "shape=own&points=[[0,0,0],[%22<b>%22,1,1],[1,1,1],7,[99,0,1]]&hidden=-5&lr=x"
    )
    expect(page.get_by_text("Draw or paste points of both classes")).to_be_visible()
    expect(page.get_by_text("Points as text: 0")).to_be_visible()
    expect(page.get_by_role("slider", name="Hidden neurons")).to_have_value("16")
