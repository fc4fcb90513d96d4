"""A month from open to a sealed pack in a real browser: settled by both sides, commented, presented, sealed, signed and taken away."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.app.browsing import Open, barriers, browser, visit
from tests.app.conftest import Served
from tests.app.test_review_page import unsay

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

REVIEW = "/review?customer=acme&month=2026-10"


@pytest.fixture
def month(served: Served) -> Iterator[None]:
    yield
    unsay(served.db)


def choose(page: Page, label: str, number: int) -> None:
    """Take so many records of a list of items."""
    box = page.get_by_role("combobox", name=label).last
    box.click()
    for _ in range(number):
        page.get_by_role("option").filter(has_text="record").first.click()
    box.press("Tab")


def test_a_prepared_month_is_settled_presented_sealed_and_sent_within_five_minutes(
    visit: Open, month: None
) -> None:
    manager, executive = visit(), visit(role="customer_executive")
    began = time.monotonic()
    page = manager.go(REVIEW)
    page.get_by_role("button", name="Propose to leave out").click()
    choose(page, "Items", 2)
    page.get_by_label("Why, for the other side").fill("No project code was sent")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.get_by_text("2 proposed to be left out.")).to_be_visible(timeout=30_000)

    theirs = executive.go(REVIEW)
    theirs.get_by_role("button", name="Settle").click()
    theirs.get_by_role("textbox", name="Comment").fill("That is right")
    theirs.get_by_role("button", name="Accept", exact=True).click()
    expect(theirs.get_by_text("is accepted.")).to_be_visible(timeout=30_000)

    page = manager.go(REVIEW)
    expect(page.get_by_text("That is right")).to_be_visible()
    page.get_by_role("button", name="Write the commentary").click()
    page.get_by_role("textbox", name="Commentary").fill("A month with one outage.")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("The commentary is kept.")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="New action").click()
    page.get_by_role("textbox", name="What", exact=True).fill("Agree on project codes")
    page.get_by_role("textbox", name="Who", exact=True).fill("Dana")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("is open.")).to_be_visible(timeout=30_000)

    page.get_by_role("button", name="Present").click()
    stage = page.locator("dialog.stage")
    place = stage.locator(".place")
    expect(place).to_have_text(re.compile(r"^1 of \d+$"), timeout=30_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stDialog").get_by_text("2 rows counted.")).to_be_visible(timeout=30_000)
    page.keyboard.press("Escape")
    expect(stage.locator(".here [data-open]").first).to_be_focused()
    screens = int(place.inner_text().removeprefix("1 of "))
    for _ in range(screens - 1):
        page.keyboard.press("ArrowRight")
    expect(place).to_have_text(f"{screens} of {screens}")
    page.keyboard.press("ArrowLeft")
    expect(stage.get_by_text("Agree on project codes")).to_be_visible()
    page.keyboard.press("Escape")
    expect(stage).to_have_count(0, timeout=30_000)

    page.get_by_role("button", name="Seal the month").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Seal the month").click()
    expect(page.get_by_text("Sealed as version 1.")).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Sign it").click()
    expect(page.get_by_text("Signed for Northwind Connect.")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Review pack").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="PDF").click()
    paper = " ".join(sheet.extract_text() for sheet in PdfReader(download.value.path()).pages)
    assert "Sealed on" in paper
    assert "A month with one outage." in paper
    assert "That is right" in paper
    assert time.monotonic() - began < 300
    page.keyboard.press("Escape")
    assert barriers(page) == []
    assert manager.said == executive.said == []
