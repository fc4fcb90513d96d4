"""Titles that a platform wrote at length, in a real browser: cut to a few lines where there is a list, and read whole there too."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import text

from tests.app.browsing import Open, barriers, browser, visit
from tests.app.conftest import Served
from tests.metrics.builders import an_exception

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

LONG = (
    "Time to billing: the target refused the record, for "
    + "a value that it does not know, and " * 6
    + "THE END"
)
# how many lines of a text can be seen
_LINES = "(title) => Math.round(title.getBoundingClientRect().height / parseFloat(getComputedStyle(title).lineHeight))"


@pytest.fixture
def long_title(served: Served, now: datetime) -> Iterator[str]:
    """The exception that puts the most at risk, and its title."""
    customer = served.world.customers["aue"]
    with served.db.engine("owner").begin() as conn:
        own = an_exception(conn, customer, now, title=LONG)
        worth = "UPDATE ops.exception SET value_at_risk = 987654, currency = 'EUR', value_confidence = 'exact' WHERE exception_id = :own"
        conn.execute(text(worth), {"own": own})
    yield LONG
    with served.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = :own"), {"own": own})


def whole(title: Locator) -> bool:
    """Whether nothing of a title is cut."""
    return bool(
        title.evaluate(
            "(it) => it.scrollHeight <= it.clientHeight + 1 && it.scrollWidth <= it.clientWidth + 1"
        )
    )


@pytest.mark.parametrize(("path", "width", "lines"), [("/", 1440, 3), ("/", 390, 3), ("/exceptions", 390, 1)])
def test_a_long_title_is_cut_to_its_lines_and_read_whole_by_a_tick(
    visit: Open, long_title: str, path: str, width: int, lines: int
) -> None:
    tab = visit("helix", "customer_executive", width=width)
    title = tab.go(path).locator(".todo .what a", has_text="THE END").first
    expect(title).to_be_visible()
    assert title.evaluate(_LINES) <= lines
    assert not whole(title)
    # the whole text under the pointer, and for who does not see the page
    assert (title.get_attribute("title"), title.text_content()) == (long_title, long_title)
    tab.page.get_by_label("Whole titles").check()
    assert whole(title)
    assert title.evaluate(_LINES) > 3
    assert tab.ask("document.documentElement.scrollWidth") <= width
    assert barriers(tab.page) == []
    tab.page.get_by_label("Whole titles").uncheck()
    assert title.evaluate(_LINES) <= lines
    if path == "/":
        title.focus()
        tab.page.keyboard.press("Shift+Tab")
        tab.page.keyboard.press("Tab")
        assert whole(title), "by key"
