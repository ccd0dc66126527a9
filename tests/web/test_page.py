"""The frame around all parts, in a browser; and that what watches over the tests does so."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def test_the_page_opens_and_answers_in_both_languages(server, page, axe):
    page.goto(server.address)
    expect(page.locator("main [role=status]").first).to_contain_text(re.compile(r"\d"))
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))
    axe(page)
    page.get_by_label("Language").select_option("ru")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^ru"))
    axe(page)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("console.error('a slip')", "console: a slip"),
        ("setTimeout(() => { throw new Error('a slip') })", "error: a slip"),
        ("fetch('https://example.org/x').catch(() => 0)", "Content Security Policy"),
        ("new Image().src = 'http://localhost:1/x.png'", "Content Security Policy"),
    ],
)
def test_what_a_page_should_not_do_is_noticed(server, page, complaints, script, found):
    page.goto(server.address)
    page.evaluate(script)
    for _ in range(200):
        if complaints:
            break
        page.wait_for_timeout(50)
    assert found in "\n".join(complaints)
    complaints.clear()


def test_a_request_to_elsewhere_is_noticed(page, complaints):
    page.set_content("<img src='http://example.org/x.png'>")
    assert "request: http://example.org/x.png" in complaints
    complaints.clear()


def test_what_is_not_accessible_is_noticed(page, axe):
    page.set_content("<html lang=en><title>x</title><img src='data:image/png;base64,'>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
