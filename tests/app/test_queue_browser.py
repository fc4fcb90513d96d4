"""A morning at the queue in a real browser: by key and by button, one and many, and what the second of two people is told."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect
from sqlalchemy import text

from metrics.triage.settle import Settled, settle_customers
from sql import query
from tests.app.conftest import Served
from tests.app.test_browser import Visit, browser, sign_in  # noqa: F401
from tests.metrics.builders import an_exception, an_occurrence

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def sam(browser: Browser, served: Served) -> Iterator[Visit]:  # noqa: F811
    """The tab in which Sam of support works, signed in once for the whole morning."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        yield sign_in(context, served, "helix", "partner_support")


def said(page: Page, words: str) -> None:
    """Waits for the line that says what became of an act."""
    expect(page.locator(".banner", has_text=words)).to_be_visible(timeout=20_000)


def press(tab: Visit, *keys: str) -> None:
    """Keys in the list, when nothing is loading."""
    tab.settle()
    tab.page.locator(".queue").focus()
    for key in keys:
        tab.page.keyboard.press(key)


def form(tab: Visit, key: str) -> Locator:
    """The form that a key opens; pressed again while what stands above it is still being drawn, as a person would."""
    body = tab.page.locator("[data-testid=stPopoverBody]")
    for _ in range(4):
        press(tab, key)
        with suppress(AssertionError):
            expect(body).to_be_visible(timeout=5_000)
            break
    return body


def test_an_exception_is_worked_by_key_and_by_button_and_the_second_is_told_who_was_faster(
    sam: Visit,
    browser: Browser,  # noqa: F811
    served: Served,
) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        kim = sign_in(context, served, "helix", "partner_manager")
        raced(sam, kim)
        assert [line for line in (*sam.said, *kim.said) if "Failed to load" not in line] == []


def raced(sam: Visit, kim: Visit) -> None:
    """Two people before the same list: each act is the one they saw, or it is refused and they are told why."""
    page, other = sam.go("/exceptions"), kim.go("/exceptions")
    press(sam, "t")
    said(page, "It is yours.")
    expect(page.locator(".pane dd", has_text="Sam Okoye").first).to_be_visible()
    # what the second saw is gone: nothing is overwritten
    press(kim, "t")
    said(other, "was faster")
    expect(other.locator(".pane dd", has_text="Sam Okoye").first).to_be_visible()
    form(sam, "n")
    page.get_by_role("textbox", name="Note").fill("Called the vendor")
    page.get_by_role("button", name="Add the note").click()
    said(page, "The note is in the history.")
    expect(page.locator(".pane", has_text="Called the vendor")).to_be_visible()
    page.get_by_role("button", name="Claim fixed").click()
    said(page, "Claimed fixed")
    press(sam, "u")
    said(page, "Taken back.")
    # many at once: two are chosen, the first of them was moved by somebody else since
    press(sam, "Home", "x", "j", "X")
    expect(page.locator(".chosen-line")).to_have_text("2 chosen", timeout=20_000)
    other.reload()
    press(kim, "t")
    said(other, "It is yours.")
    form(sam, "s").get_by_role("button", name="Snooze").click()
    said(page, "1 exception done (snooze). 1 refused:")
    said(page, "was faster")
    press(sam, "u")
    said(page, "1 exception taken back.")
    press(kim, "u")
    said(other, "Taken back.")


def test_a_morning_from_the_filter_to_the_proof_and_what_came_back(
    sam: Visit, served: Served, now: datetime
) -> None:
    customer = served.world.customers["aue"]
    with served.db.engine("owner").begin() as conn:
        own = an_exception(conn, customer, now, title="Morning: the target says no")
    page = sam.go("/exceptions?find=morning")
    expect(page.locator(".queue .row")).to_have_count(1, timeout=20_000)
    press(sam, "t")
    said(page, "It is yours.")
    form(sam, "n")
    page.get_by_role("textbox", name="Note").fill("Raised the limit")
    page.get_by_role("button", name="Add the note").click()
    said(page, "The note is in the history.")
    press(sam, "c")
    said(page, "Claimed fixed")
    # it happens again: the claim is refuted, and who still looks at the claim is told so
    later = datetime.now(UTC) + timedelta(hours=1)
    with served.db.engine("owner").begin() as conn:
        an_occurrence(conn, customer, own, later)
    assert settled(served, customer, later).not_proven == 1
    press(sam, "c")
    said(page, "System was faster (not proven to reopened")
    expect(page.locator(".pane", has_text="fix not proven 1 ×")).to_be_visible(timeout=20_000)
    press(sam, "c")
    said(page, "Claimed fixed")
    # now it is over: proof closes it, and the open queue has it no more
    with served.db.engine("owner").begin() as conn:
        conn.execute(
            text("UPDATE ops.exception_occurrence SET cleared_at = :at WHERE exception_id = :own"),
            {"at": later, "own": own},
        )
    assert settled(served, customer, later).proven == 1
    # an act shows it at once; without one the list looks again by itself within a minute, perhaps just now
    with suppress(TimeoutError):
        page.locator(".queue").focus(timeout=3_000)
        page.keyboard.press("u")
    expect(page.locator(".screen", has_text="Nothing matches")).to_be_visible(timeout=20_000)
    page.get_by_role("radio", name="Closed").click()
    expect(page.locator(".pane .chip", has_text="Closed, proven")).to_be_visible(timeout=20_000)
    # the same cause again: the same exception is back in the open queue, with its history
    with served.db.engine("owner").begin() as conn:
        an_occurrence(conn, customer, own, later + timedelta(hours=2))
    assert came_back(served, customer, own, later + timedelta(hours=3)) == "reopened"
    press(sam, "c")
    said(page, "System was faster (reopened")
    page.get_by_role("radio", name="Open").click()
    expect(page.locator(".pane .chip", has_text="came back 1 ×")).to_be_visible(timeout=20_000)
    expect(page.locator(".pane", has_text="Raised the limit")).to_be_visible()
    press(sam, "t")
    said(page, "You have it already.")
    with served.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = :own"), {"own": own})


def settled(served: Served, customer: int, when: datetime) -> Settled:
    with served.db.engine("metrics").begin() as conn:
        return settle_customers(conn, [customer], when + timedelta(hours=1))


def came_back(served: Served, customer: int, own: int, when: datetime) -> str:
    """What detection makes of the exception when it has touched it."""
    with served.db.engine("metrics").begin() as conn:
        conn.execute(text(query("kpi/detect_stage")))
        conn.execute(
            text("INSERT INTO pg_temp.touched VALUES (:customer, :own)"), {"customer": customer, "own": own}
        )
        asked = {"customer_ids": [customer], "now": when}
        return str(conn.execute(text(query("kpi/detect_move")), asked).one().kind)


def test_on_a_phone_the_list_stands_on_the_first_screen_and_the_filters_behind_a_button(
    browser: Browser,  # noqa: F811
    served: Served,
) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        tab = sign_in(context, served, "helix", "partner_support")
        page = tab.go("/exceptions")
        rows, causes, kind = (
            page.locator(".queue .row"),
            page.locator(".causes .todo li"),
            page.get_by_label("Kind"),
        )
        assert all(box.bounding_box()["height"] < 34 for box in causes.all())
        assert causes.last.bounding_box()["y"] < rows.first.bounding_box()["y"] < 844 - 46
        assert rows.first.bounding_box()["y"] < page.locator(".facts").first.bounding_box()["y"]
        expect(kind).to_be_hidden()
        page.get_by_role("button", name="Filters").click()
        expect(kind).to_be_visible()
        page.get_by_role("button", name="Hide the filters").click()
        expect(kind).to_be_hidden()
        rows.nth(1).click()
        expect(page.locator(".st-key-work")).to_be_in_viewport(timeout=20_000)
        # what leads to a row of this list goes there without a new page
        page.evaluate("window.isTheSame = true")
        lead = causes.first.get_by_role("link")
        wanted = str(lead.get_attribute("href")).partition("open=")[2]
        lead.click()
        expect(page.locator(".queue .row.here")).to_have_attribute("data-id", wanted)
        assert page.evaluate("window.isTheSame")
        assert [line for line in tab.said if "Failed to load" not in line] == []
