"""The studies of a store in the page: opened, compared, commented on, extended, handed in."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgpack
import pytest

from fclab.data import synthetic
from fclab.labs.lab1.content.study_table import table_text
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import do_study, final_table
from fclab.store.database import Store
from fclab.study.kept import comment_row, load_definition, load_study
from fclab.study.two_studies import compare_studies
from fclab.values.recipe import CIFAR
from fclab.words.wording import wording

served = pytest.importorskip("served")
expect = pytest.importorskip("playwright.sync_api").expect

NAME = "mine"
WORDS = {
    lang: tomllib.loads((files("fclab.web") / "texts" / lang / "studies.toml").read_text("utf-8"))
    for lang in ("en", "ru")
}
EN = WORDS["en"]
LONG = 180_000  # milliseconds: the machine may be busy


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[Any]:
    """A server whose store is named on its command line, and is not there yet."""
    for module in ("starlette", "uvicorn", "websockets"):
        pytest.importorskip(module, reason=f"{module} is not installed (the extra web)")
    with served.served(tmp_path_factory.mktemp("house"), "--store", "kept/store.db") as one:
        yield one


@pytest.fixture(scope="module")
def store(house) -> Path:
    """The server's store with a small study, kept by another process than its own."""
    path = house.folder / "kept" / "store.db"
    if not path.exists():
        base = CIFAR.replace(epochs=12, lr=0.02)
        few = Settings(seeds=2, base=base, batch_factors=(2,), lr_factors=(), hidden=())
        with Store(path) as kept:
            do_study(kept, synthetic((0, 55, 58)), few, name=NAME)
    return path


def at(house, lang: str = "en", **state: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in state.items())
    return f"{house.address}#v=1&part=studies&lang={lang}{more}"


def test_without_a_store_a_study_can_be_begun(house, page, axe):
    page.goto(at(house))
    expect(page.get_by_text(EN["none"])).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name=EN["do_tasks"])).to_be_enabled()
    axe(page)
    assert not (house.folder / "kept").exists()  # looking makes nothing


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_study_is_opened_and_compared_as_its_address_says(house, store, page, axe, lang):
    words = WORDS[lang]
    page.goto(at(house, lang, study=NAME, first="stop", second="base"))
    table = page.get_by_role("region", name=words["table"]).get_by_role("table")
    with Store(store, create=False) as kept:
        found = final_table(load_study(kept, NAME))
    text = table_text(found, NAME, wording(lang))
    expect(table.locator("tbody tr")).to_have_count(len(text.rows), timeout=LONG)
    for row, cells in zip(table.locator("tbody tr").all(), text.rows, strict=True):
        for column in ("row", "test", "compared"):
            for piece in cells[column]:
                expect(row).to_contain_text(piece)
    compared = page.get_by_role("region", name=words["by_class"])
    expect(compared.locator("tbody tr")).to_have_count(3, timeout=LONG)
    expect(page.get_by_label(words["first"], exact=True)).to_have_value("stop")
    axe(page)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_two_whole_studies_are_compared(house, store, page, axe, lang):
    words = WORDS[lang]
    base = CIFAR.replace(epochs=12, lr=0.02)
    few = Settings(seeds=2, base=base, batch_factors=(), lr_factors=(2,), hidden=())
    with Store(store, create=False) as kept:
        do_study(kept, synthetic((0, 55, 58)), few, name="other")
        found = compare_studies(load_study(kept, NAME), load_study(kept, "other"))
    page.goto(at(house, lang, study=NAME, other="other"))
    table = page.get_by_role("region", name=words["whole"]["table"])
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(len(found.matched), timeout=LONG)
    assert [one.first.name for one in found.matched][:2] == ["base", "stop"]
    assert found.matched[0].change.difference == 0  # the same runs
    expect(rows.first).to_contain_text(wording(lang).plain("verdict.not_distinguishable"))
    for only, name in ((found.only_first, NAME), (found.only_second, "other")):
        said = words["whole"]["only"].split(":")[0].format(name=name, rows="")
        expect(page.get_by_text(said)).to_contain_text(wording(lang).title(only[0]))
    axe(page)


def test_a_comment_is_text_and_is_kept(house, store, page):
    said = "Wider <b>is</b> not & better"
    page.goto(at(house, study=NAME))
    row = page.get_by_role("listitem").filter(has=page.locator("h3", has_text="base"))
    row.get_by_role("button").first.click(timeout=LONG)
    with Store(store, create=False) as kept:  # meanwhile another process changes another row
        comment_row(kept, NAME, "stop", "of another process")
    row.get_by_role("textbox").fill(said)
    row.get_by_role("button", name=EN["save"]).click()
    expect(row.locator("q")).to_have_text(said, timeout=LONG)
    page.reload()
    expect(row.locator("q")).to_have_text(said, timeout=LONG)
    with Store(store, create=False) as kept:
        rows = {one.name: one.comment for one in load_definition(kept, NAME).rows}
    assert rows["base"] == said
    assert rows["stop"] == "of another process"


def test_a_row_is_trained_and_removed(house, store, page):
    page.goto(at(house, "ru", study=NAME))
    words = WORDS["ru"]
    train = page.get_by_role("button", name=words["add"])
    train.click(timeout=LONG)
    expect(page.get_by_role("alert")).to_contain_text("строка не отличалась бы", timeout=LONG)
    page.get_by_label(words["fields"]["hidden"]).fill("6, 4")
    page.get_by_label(words["fields"]["name"]).fill("two layers")
    page.get_by_label(words["fields"]["comment"], exact=True).fill("мой ряд")
    train.click()
    line = page.get_by_role("row").filter(has_text="FC(6), FC(4), FC(3)")
    expect(line).to_be_visible(timeout=LONG)
    with Store(store, create=False) as kept:
        made = load_study(kept, NAME).row("two layers")
        assert (made.recipe.layers, made.parent, made.comment) == ((6, 4, 3), "stop", "мой ряд")
    page.get_by_role("button", name=words["remove_row"].format(row="two layers")).click()
    page.get_by_role("button", name=words["remove_yes"], exact=True).click()
    expect(line).to_have_count(0, timeout=LONG)
    with Store(store, create=False) as kept:
        assert "two layers" not in [row.name for row in load_definition(kept, NAME).rows]


def test_the_report_is_a_download(house, store, page):
    page.goto(at(house, study=NAME))
    for kind, head in (("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!")):
        named = EN["report_of"].format(name=NAME, format=kind.upper())
        button = page.get_by_role("button", name=named)
        expect(button).to_be_enabled(timeout=LONG)
        with page.expect_download(timeout=LONG) as waiting:
            button.click()
        assert waiting.value.suggested_filename == f"{NAME}.{kind}"
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(head)
        assert len(content) > 50_000


def test_a_ladder_that_is_stopped_keeps_what_is_trained(house, store, page):
    with Store(store, create=False) as kept:
        before = len(kept.listing())
    page.goto(at(house, study=NAME))
    page.get_by_label(EN["ladder"]["epochs"]).fill("1", timeout=LONG)
    page.get_by_label(EN["ladder"]["seeds"]).fill("1")
    page.get_by_role("button", name=EN["ladder"]["climb"]).click()
    expect(page.get_by_text(re.compile(r"Rungs: [3-9]"))).to_be_visible(timeout=LONG)
    page.get_by_role("button", name=EN["stop"], exact=True).click()
    expect(page.get_by_text(EN["stopped"])).to_be_visible()
    with Store(store, create=False) as kept:
        assert len(kept.listing()) >= before + 3
        assert kept.names("ladder") == []  # a half of one takes no place


def test_on_a_phone_nothing_is_cut_off(house, store, new_page, axe):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.goto(at(house, "ru", study=NAME, first="stop", second="base"))
    expect(page.get_by_role("region", name=WORDS["ru"]["by_class"])).to_be_visible(timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)


def test_what_part_3_shows_becomes_a_row(house, page, axe):
    words = WORDS["ru"]
    page.goto(f"{house.address}#v=1&part=cifar&lang=ru&classes=[1,2]&epochs=9&seeds=1&hidden=[4]")
    panel = page.get_by_role("region", name=words["panel"])
    panel.get_by_label(words["fields"]["comment"]).fill("меньше нейронов")
    panel.get_by_role("button", name=words["add_as_row"]).click(timeout=LONG)
    expect(panel.get_by_role("row").filter(has_text="FC(4), FC(2)")).to_be_visible(timeout=LONG)
    axe(page)
    panel.get_by_role("link", name=words["open"]).click()
    expect(page.locator("q").filter(has_text="меньше нейронов")).to_be_visible(timeout=LONG)
    with Store(house.folder / "kept" / "store.db", create=False) as kept:
        names = [name for name in kept.names("study") if name.endswith("-1-2-lab")]
        assert len(names) == 1
        rows = load_definition(kept, names[0]).rows
    assert [row.name for row in rows] == ["base", "stop", "own-1"]
    assert (rows[-1].recipe.epochs, rows[-1].recipe.layers) == (9, (4, 2))


def ask(house, task: str, lang: str, /, **wish: object) -> dict[str, Any]:
    """The last event of a wish, over the socket."""
    from websockets.sync.client import connect

    place = house.address.removeprefix("http://").rstrip("/")
    with connect(f"ws://{place}/socket", origin=f"http://{place}") as socket:  # pyright: ignore
        message = {"v": 1, "id": 1, "panel": "p", "task": task, "wish": wish, "lang": lang}
        socket.send(json.dumps(message))
        while True:
            event = msgpack.unpackb(socket.recv(timeout=60))
            if event["kind"] in ("done", "error"):
                return event


def test_only_what_the_list_has_can_be_named(house, store):
    for name in ("/etc/passwd", "../kept/store.db", "sqlite:///other.db", "postgresql://x/y"):
        for task in ("study", "study_report", "study_tasks"):
            told = ask(house, task, "ru", study=name)
            assert told["kind"] == "error", task
            assert f"исследования «{name}»" in told["text"]
    assert ask(house, "study_report", "en", lab="../x")["kind"] == "error"
    assert not (house.folder / "other.db").exists()


@pytest.mark.parametrize(
    ("task", "wish"),
    [
        ("study_comment", {"row": "stop", "comment": "x" * 1001}),
        ("study_comment", {"row": "stop", "comment": "turned \u202e around"}),
        ("study_row", {"hidden": [100_000]}),
        ("study_row", {"hidden": [1024, 1024], "changes": {"epochs": 900_000}}),
        ("study_row", {"changes": {"no_such_field": 1}}),
        ("study_row", {"changes": {"lr": {"deep": 1}}}),
        ("study_row", {"store": "/tmp/x.db"}),
        ("study_remove", {"rows": ["base"]}),
        ("study_ladder", {"seeds": 6}),
        ("study_report", {"format": "exe"}),
    ],
)
def test_what_is_out_of_bounds_is_refused(house, store, task, wish):
    with Store(store, create=False) as kept:
        rows = load_definition(kept, NAME).rows
    told = ask(house, task, "en", study=NAME, **wish)
    assert told["kind"] == "error"
    assert told["text"]
    with Store(store, create=False) as kept:
        assert load_definition(kept, NAME).rows == rows


def test_the_same_from_the_terminal(house, store, capsys):
    from fclab.cli import main

    state = {"study": NAME, "first": "stop", "second": "base"}
    told = ask(house, "reproduce", "en", part="studies", state=state, lang="en")
    table, compared = (shlex.split(line)[1:] for line in told["command"].splitlines())
    shown = ask(house, "study_compare", "en", **state)
    printed = []
    for words in ([*table, "--format", "csv"], compared):
        with pytest.raises(SystemExit) as ended:
            main([*words, "--lang", "en"])
        assert ended.value.code == 0
        printed.append(" ".join(capsys.readouterr().out.split()))
    assert "Stopped at epoch" in printed[0]
    for paragraph in shown["paragraphs"]:
        assert " ".join(paragraph.split()) in printed[1]
