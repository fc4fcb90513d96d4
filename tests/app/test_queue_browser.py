"""A morning at the queue in a real browser: by key and by button, one and many, and what the second of two people is told."""

import pytest
from playwright.sync_api import Page, expect

from tests.app.test_browser import Open, Visit, browser, visit  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def said(page: Page, words: str) -> None:
    """Waits for the line that says what became of an act."""
    expect(page.locator(".banner", has_text=words)).to_be_visible(timeout=20_000)


def press(tab: Visit, *keys: str) -> None:
    """Keys in the list, when nothing is loading."""
    tab.settle()
    tab.page.locator(".queue").focus()
    for key in keys:
        tab.page.keyboard.press(key)


def test_an_exception_is_worked_by_key_and_by_button_and_the_second_is_told_who_was_faster(
    visit: Open,  # noqa: F811
) -> None:
    sam, kim = visit("helix", "partner_support"), visit("helix", "partner_manager")
    page, other = sam.go("/exceptions"), kim.go("/exceptions")
    press(sam, "t")
    said(page, "It is yours.")
    expect(page.locator(".pane dd", has_text="Sam Okoye").first).to_be_visible()
    # what the second saw is gone: nothing is overwritten
    press(kim, "t")
    said(other, "was faster")
    expect(other.locator(".pane dd", has_text="Sam Okoye").first).to_be_visible()
    press(sam, "n")
    page.get_by_role("textbox", name="Note").fill("Called the vendor")
    page.get_by_role("button", name="Add the note").click()
    said(page, "The note is in the history.")
    expect(page.locator(".pane", has_text="Called the vendor")).to_be_visible()
    page.get_by_role("button", name="Claim fixed").click()
    said(page, "Claimed fixed")
    for words in ("Taken back.", "Taken back."):
        press(sam, "u")
        said(page, words)
    # many at once: two are chosen, the first of them was moved by somebody else since
    press(sam, "Home", "x", "j", "X")
    expect(page.locator(".chosen-line")).to_have_text("2 chosen", timeout=20_000)
    other.reload()
    press(kim, "Home", "t")
    said(other, "It is yours.")
    press(sam, "s")
    page.locator("[data-testid=stPopoverBody]").get_by_role("button", name="Snooze").click()
    said(page, "1 exception done (snooze). 1 refused:")
    said(page, "was faster")
    press(sam, "u")
    said(page, "1 exception taken back.")
    press(kim, "u")
    said(other, "Taken back.")
    assert [line for line in (*sam.said, *kim.said) if "Failed to load" not in line] == []
