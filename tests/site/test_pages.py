"""Every page of the site as a reader sees it: no errors, no requests to other servers, and nothing that keeps readers out."""

from __future__ import annotations

from typing import Any

import pytest
from browsers import BROKEN_IMAGES, OVERFLOWS, SITE, serious, watched

pytestmark = pytest.mark.browser

PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_without_errors_and_is_accessible(browser: Any, home: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    problems = watched(page, home)
    page.goto(f"{home}/{name}")
    page.wait_for_load_state("networkidle")
    assert problems == []
    assert page.evaluate(BROKEN_IMAGES) == []
    assert serious(page) == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_in_the_dark(browser: Any, home: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    problems = watched(page, home)
    page.goto(f"{home}/{name}")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(OVERFLOWS) <= 0
    assert problems == []
    page.close()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("threshold", "Right probabilities, right decisions"),
        ("BorderlineSMOTE", "poise.over_sampling"),
        ("check-split", "Commands and options"),
    ],
)
def test_the_search_finds_pages(browser: Any, home: str, words: str, title: str) -> None:
    page = browser.new_page()
    problems = watched(page, home)
    page.goto(f"{home}/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li")
    page.wait_for_timeout(1000)
    found = page.locator("#search-results").inner_text()
    assert title in found
    assert problems == []
    page.close()


def test_the_doors_of_the_first_page_open(browser: Any, home: str) -> None:
    page = browser.new_page()
    for words, heading in (
        ("I read a blog post", "Your first ten minutes"),
        ("I have a table and a deadline", "Is resampling right for me?"),
        ("I run it every night", "Larger than memory"),
    ):
        page.goto(f"{home}/index.html")
        page.locator(".sd-card", has_text=words).click()
        assert heading in page.locator("h1").inner_text()
    page.close()
