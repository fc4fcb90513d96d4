"""In a real browser a card is split by practice, one part is picked, and the card stays open meanwhile."""

import pytest
from playwright.sync_api import Page

from tests.app.browsing import Open, barriers, browser, visit

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_card_is_split_and_one_of_its_parts_is_looked_at(visit: Open, width: int) -> None:
    tab = visit(width=width)
    page = tab.go("/business-impact")
    page.locator('[data-open^="C7|"], [data-open="C7"]').first.click()
    card = page.locator("[data-testid=stDialog]")
    card.get_by_text("Rows behind it").wait_for(timeout=60_000)
    choose(page, "Split by", "Practice")
    card.get_by_role("button", name="The parts as CSV").wait_for(timeout=60_000)
    with page.expect_download(timeout=60_000) as download:
        card.get_by_role("button", name="The parts as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert (lines[0].split(",")[0], any(line.startswith("Cloud,") for line in lines)) == ("part", True)
    choose(page, "Card of", "Cloud")
    card.locator(".listing, dl", has_text="Cloud").first.wait_for(timeout=60_000)
    assert card.get_by_text("as in the figure").count()
    assert tab.ask("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    assert tab.said == []
