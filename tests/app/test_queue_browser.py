"""A morning at the queue in a real browser: by key and by button, and what the second of two people is told."""

import pytest
from playwright.sync_api import Page, expect

from tests.app.test_browser import Open, browser, visit  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def said(page: Page, words: str) -> None:
    """Waits for the line that says what became of an act."""
    expect(page.locator(".banner", has_text=words)).to_be_visible(timeout=20_000)


def test_an_exception_is_worked_by_key_and_by_button_and_the_second_is_told_who_was_faster(
    visit: Open,  # noqa: F811
) -> None:
    sam, kim = visit("helix", "partner_support"), visit("helix", "partner_manager")
    page, other = sam.go("/exceptions"), kim.go("/exceptions")
    page.locator(".queue").focus()
    page.keyboard.press("t")
    said(page, "It is yours.")
    expect(page.locator(".pane dd", has_text="Sam Okoye").first).to_be_visible()
    # what the second saw is gone: nothing is overwritten
    other.locator(".queue").focus()
    other.keyboard.press("t")
    said(other, "was faster")
    expect(other.locator(".pane dd", has_text="Sam Okoye").first).to_be_visible()
    page.locator(".queue").focus()
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Note").fill("Called the vendor")
    page.get_by_role("button", name="Add the note").click()
    said(page, "The note is in the history.")
    expect(page.locator(".pane", has_text="Called the vendor")).to_be_visible()
    page.get_by_role("button", name="Claim fixed").click()
    said(page, "Claimed fixed")
    page.locator(".queue").focus()
    for words in ("Taken back.", "Taken back."):
        page.keyboard.press("u")
        said(page, words)
        sam.settle()
    assert [line for line in (*sam.said, *kim.said) if "Failed to load" not in line] == []
