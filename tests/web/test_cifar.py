"""Part 3 in a browser, with the real images."""

import re

import pytest

from fclab import cifar100, train
from fclab.scripts import script
from fclab.web import images
from fclab.web.reproduction import Reproduction
from fclab.web.tasks import load_task
from fclab.web.tasks.cifar import CifarWish

expect = pytest.importorskip("playwright.sync_api").expect

QUICK = "#v=1&part=cifar&lang=en&classes=[0,55,58]&hidden=[6]&epochs=12&seeds=3&lr=0.02"
WISH = CifarWish(classes=(0, 55, 58), hidden=(6,), epochs=12, seeds=3, lr=0.02)


@pytest.fixture(scope="module")
def runs(cifar_dir):
    found = train(cifar100(WISH.classes, cifar_dir), [WISH.recipe], range(WISH.seeds))
    return sorted(found, key=lambda run: run.seed)


def open_part(page, server, address=QUICK):
    page.goto(server.address + address)
    expect(page.get_by_text(re.compile(r"^(Done|Готово)")).first).to_be_visible()


def test_a_training_is_seen_and_asked(server, page, axe, runs):
    open_part(page, server)
    accuracy = sum(run.metrics["test_accuracy"] for run in runs) / len(runs)
    expect(page.locator(".found")).to_contain_text(f"Test accuracy: {100 * accuracy:.1f} %")
    expect(page.locator(".chart")).to_have_count(2)
    axe(page)

    wrong = int((runs[0].answers("test") != runs[0].targets["test"]).sum())
    told = page.get_by_text("test images wrong")
    expect(told).to_contain_text(f"Seed 0 answers {wrong} of 300")
    count = int(runs[0].confusion("test")[1, 2])
    cell = page.get_by_role("button", name=f"otter answered as pickup truck: {count}")
    cell.click()
    expect(page.locator(".answers li")).to_have_count(min(count, 24))
    expect(page.locator(".answers li").first).to_contain_text("→ pickup truck")

    canvas = page.locator(".first-layer canvas").first
    last = canvas.evaluate("canvas => canvas.toDataURL()")

    def shows_the_last(wanted: bool) -> None:  # it is drawn a moment after the page has changed
        page.wait_for_function(
            "([canvas, last, wanted]) => (canvas.toDataURL() === last) == wanted",
            arg=[canvas.element_handle(), last, wanted],
        )

    page.get_by_role("slider", name="Epoch", exact=True).press("Home")
    expect(page.locator(".epoch output")).to_have_text("0")
    shows_the_last(False)
    page.get_by_role("button", name="Neuron 4").click()
    expect(page.get_by_role("img", name="Weights of neuron 4 as an image")).to_be_visible()
    expect(page.locator(".one-neuron .pictures li")).to_have_count(16)
    page.get_by_role("button", name="Play").click()  # over the epochs, then it ends by itself
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    shows_the_last(True)


def test_classes_are_picked_by_name_number_and_keys(server, page):
    open_part(page, server)
    search = page.get_by_label("Search by name or number")
    page.get_by_role("button", name="Remove apple").click()
    search.fill("волк")
    expect(page.locator(".sheet button")).to_have_count(1)
    search.press("Enter")
    expect(page.get_by_role("button", name="Remove wolf")).to_be_visible()
    search.fill("3")  # a number is that class, not all with a 3
    expect(page.locator(".sheet button")).to_have_text([re.compile("^3. bear")])
    search.fill("")
    page.locator(".sheet button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Remove aquarium fish")).to_be_visible()
    expect(page.get_by_text("The settings have changed since")).to_be_visible()
    expect(page).to_have_url(re.compile("classes=%5B1%2C55%2C58%2C97%5D"))
    page.get_by_text("By group and variant").click()
    page.get_by_label("Group").fill("3")
    page.get_by_label("Variant", exact=True).fill("9")
    page.get_by_label("Rule of the year").select_option("2026")
    page.get_by_role("button", name="Take these classes").click()
    expect(page.locator(".variant li")).to_have_text(
        [re.compile("3 \\+ 7 = 10 – bowl"), re.compile("= 39"), re.compile("= 59")]
    )
    expect(page.locator(".picked")).to_have_text(
        [re.compile("^10. bowl"), re.compile("^39. keyboard"), re.compile("^59. pine tree")]
    )
    page.get_by_label("Group").fill("99")
    page.get_by_role("button", name="Take these classes").click()
    expect(page.locator(".variant .error")).to_contain_text("there is no class 106")


def test_a_link_shows_the_same_on_a_phone_in_russian(server, new_page, axe):
    phone = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    open_part(phone, server, QUICK.replace("lang=en", "lang=ru"))
    expect(phone.get_by_label("Скрытые слои")).to_have_value("FC(6)")
    expect(phone.get_by_text("Сеть: FC(6), FC(3)")).to_be_visible()
    expect(phone.locator(".picked").nth(1)).to_contain_text("55. выдра")
    expect(phone.locator(".found")).to_contain_text("Точность на тестовой выборке")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    axe(phone)


def test_what_takes_too_long_is_refused_and_a_training_can_be_stopped(server, page):
    page.goto(server.address + "#v=1&part=cifar&lang=en&hidden=[512]&epochs=3000&seeds=32")
    expect(page.get_by_role("alert")).to_contain_text("take fewer epochs, seeds or neurons")
    page.get_by_label("Hidden layers").fill("FC(5) -> FC(4)")
    expect(page.get_by_text("Network: FC(5), FC(4), FC(3)")).to_be_visible()
    page.get_by_label("Runs (seeds)").press("Home")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Training; all runs side by side.")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()


@pytest.fixture
def found(cifar_dir, monkeypatch):
    """The images, looked for anew."""
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    monkeypatch.setattr(images, "_found", [])


def test_command_and_program_are_those_of_the_view(found):
    wish = CifarWish(classes=(3, 1), hidden=(6, 5), lr=0.02, momentum=0.9, epochs=7, seeds=1)
    made = load_task("cifar").reproduces
    assert made
    shown = made(wish)
    assert isinstance(shown, Reproduction)
    assert shown.command() == (
        'fclab cifar --classes 1 3 --layers "FC(6), FC(5), FC(2)" --lr 0.02 --momentum 0.9 '
        "--epochs 7"
    )
    assert shown.data
    assert shown.program("en") == script(shown.data, wish.recipe, 0, "en").whole


@pytest.mark.slow
def test_the_command_trains_the_run_that_is_shown(cifar_dir, found, runs, tmp_path):
    import subprocess
    import sys

    made = load_task("cifar").reproduces
    assert made
    arguments, *others = made(WISH).commands
    assert len(others) == WISH.seeds - 1
    done = subprocess.run(
        [sys.executable, "-m", "fclab", *arguments, "--data", cifar_dir, "--lang", "en"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert f"{100 * runs[0].metrics['test_accuracy']:.1f}%" in done.stdout
