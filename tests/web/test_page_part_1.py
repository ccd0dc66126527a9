"""Part 1 in a browser: played through, drawn into, pasted into, and restored from its address."""

import re

import pytest
from addressed import has

expect = pytest.importorskip("playwright.sync_api").expect

QUICK = "#v=1&part=regression&lang=en&steps=400&hidden=8&lr=0.0005"


def opened(page, server, more=""):
    page.goto(f"{server.address}{QUICK}{more}")
    expect(status(page)).to_contain_text("After 400 steps")  # not a frame on the way there
    return page


def status(page):
    return page.locator("section [role=status]").first


def test_played_through(server, page, axe):
    opened(page, server)
    expect(status(page)).to_contain_text("Mean squared error to the curve")
    before = status(page).inner_text()
    page.get_by_label("Hidden neurons").press("ArrowRight")
    expect(status(page)).not_to_have_text(before)
    page.get_by_label("Activation").select_option("tanh")
    expect(page.get_by_text(re.compile(r"\d+ of 9 ha(s|ve) (its|their) centre"))).to_be_visible()
    page.get_by_label("Curve", exact=True).select_option("sine")
    page.get_by_label("Noise").press("End")
    page.get_by_label("Seed").fill("7")
    page.get_by_role("slider", name="Steps").press("ArrowRight")
    check = page.get_by_role("region", name="Gradient check")
    expect(check).to_contain_text(re.compile("after 40[1-9] steps"))
    for row in check.locator("tbody tr").all():
        by_hand, by_differences = (
            number_of(row.locator("td").nth(k).inner_text()) for k in (0, 1)
        )  # fmt: skip
        assert by_hand == pytest.approx(by_differences, rel=1e-2, abs=1e-3)
    formulas = page.get_by_role("region", name="Formulas")
    first = formulas.inner_text()
    page.get_by_label("Hidden neuron j").press("End")
    expect(formulas).not_to_have_text(first)
    page.get_by_text("Neuron by neuron").click()
    page.get_by_role("button", name="3", exact=True).click()
    expect(page.get_by_label("Hidden neuron j")).to_have_value("3")
    axe(page)
    has(page, activation="tanh", target="sine", seed="7", noise="1", unit="3")


def number_of(text):
    text = text.replace("−", "-").replace(",", "")
    if "·10" in text:
        mantissa, power = text.split("·10")
        return float(mantissa) * 10.0 ** int(
            power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
        )
    return float(text)


def test_a_link_restores_the_view(server, new_page):
    first = opened(new_page(), server, "&target=abs&seed=5&unit=2")
    told = status(first).inner_text()
    has(first, target="abs", seed="5", unit="2")
    again = new_page()
    again.goto(first.url)
    expect(status(again)).to_have_text(told)
    expect(again.get_by_label("Curve", exact=True)).to_have_value("abs")
    expect(again.get_by_label("Seed")).to_have_value("5")


def test_drawn_with_the_mouse_and_the_keyboard(server, page, axe):
    opened(page, server)
    page.get_by_role("button", name="Draw the curve").click()
    box = page.locator(".u-over").first.bounding_box()
    left, top = box["x"], box["y"]
    page.mouse.move(left + 5, top + 60)
    page.mouse.down()
    for k in range(1, 12):
        page.mouse.move(left + 5 + k * (box["width"] - 10) / 11, top + 60)
    page.mouse.up()
    expect(page.get_by_label("Curve", exact=True)).to_have_value("own")
    written = page.get_by_label("Points x, y")
    expect(written).to_have_value(re.compile(r"^-0\.5, \S+\n-0\.49, (\S+)\n(.*, \1\n){90,}"))
    knob = page.get_by_role("slider", name="Point of the curve")
    higher = round(float(knob.get_attribute("aria-valuenow")) + 0.1, 4)
    knob.press("PageUp")
    expect(knob).to_have_attribute("aria-valuenow", str(higher))
    knob.press("ArrowLeft")
    expect(knob).to_contain_text("x = −0.01")
    axe(page)
    has(page, target="own")


def test_points_are_pasted_in_ones_own_numbers(server, page):
    opened(page, server, "&noise=0")
    field, use = (
        page.get_by_label("Points x, y"),
        page.get_by_role("button", name="Use these points"),
    )
    field.fill("time;height\n10;100\nhundred;200\n")
    use.click()
    expect(page.get_by_role("alert").filter(has_text="Line 3")).to_be_visible()
    field.fill("10\t100,5\n20\t400,5\n15\t200")
    before = status(page).inner_text()
    use.click()
    expect(page.get_by_label("Curve", exact=True)).to_have_value("own")
    expect(page.get_by_label("Points x, y")).to_have_value("10, 100.5\n15, 200\n20, 400.5")
    has(page, box="[10,20,100.5,400.5]", points="[[-0.5,0],[0,0.3317],[0.5,1]]")
    expect(status(page)).not_to_have_text(before)
    expect(status(page)).to_contain_text("After 400 steps")
    again = status(page).inner_text()
    page.reload()
    expect(status(page)).to_have_text(again)


def test_what_goes_wrong_is_said_in_the_language_of_the_page(server, page, axe):
    page.goto(f"{server.address}#v=1&part=regression&lang=ru&lr=0.9")
    expect(status(page)).to_contain_text("Обучение разошлось на шаге")
    axe(page)
    page.get_by_label("Зерно").fill("-3")
    expect(page.get_by_role("alert").filter(has_text="Целое число от 0")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{server.address}#v=1&part=regression&lang=ru&target=own")
    expect(page.get_by_role("alert").filter(has_text="не меньше двух точек")).to_be_visible()


def test_on_a_phone_in_the_dark(server, new_page, axe):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True)
    opened(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)


def test_the_panel_shows_what_reproduces_it(server, page, axe):
    opened(page, server, "&target=bump")
    panel = page.get_by_role("region", name="The same elsewhere")
    panel.get_by_role("button", name="As command").click()
    expect(panel.locator("pre")).to_have_text(
        'fclab regression --target bump --layers "FC(8), FC(1)" --lr 0.0005 --epochs 400'
    )
    panel.get_by_role("button", name="As PyTorch code").click()
    expect(panel.locator("pre")).to_contain_text("import torch")
    panel.get_by_role("button", name="As notebook").click()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save fclab-regression.ipynb").click()
    assert '"nbformat": 4' in download.value.path().read_text("utf-8")
    axe(page)
