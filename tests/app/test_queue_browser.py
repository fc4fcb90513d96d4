"""A morning at the queue in a real browser: by key and by button, one and many, and what the second of two people is told."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect
from sqlalchemy import text

from metrics.triage.settle import Settled, settle_customers
from sql import query
from tests.app.browsing import Visit, browser, sign_in  # noqa: F401
from tests.app.conftest import Served
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


# a page looks every few seconds whether others changed what it shows: one that has not looked yet
_LOOKS_SELDOM = """
const every = window.setInterval;
window.setInterval = (what, after, ...more) => every(what, after > 3000 ? 1e9 : after, ...more);
"""


def test_an_exception_is_worked_by_key_and_by_button_and_the_second_is_told_who_was_faster(
    sam: Visit,
    browser: Browser,  # noqa: F811
    served: Served,
) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        context.add_init_script(_LOOKS_SELDOM)
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


_MANY = """
INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, title, state, opened_at, last_occurred_at,
  first_seen_at, last_seen_at, value_at_risk, currency, value_confidence)
SELECT :customer, 'run_failed', 'technical', 'wide-' || n, 1, 'Approved time to ERP, and what else a long title has to say ' || n, 'new',
  :now, :now, :now, :now, 90000 + n, 'EUR', 'exact'
FROM generate_series(1, 300) AS n"""

# whether words inside an element can be read, and are not beyond where it is cut
_IS_READ = """(box, words) => {
  const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node; (node = walk.nextNode()); ) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    const end = box.getBoundingClientRect(), said = [...range.getClientRects()];
    return said.length > 0 && said.every((rect) => rect.width > 0 && rect.bottom <= end.bottom && rect.right <= end.right);
  }
  return false;
}"""


@pytest.fixture
def many(served: Served, now: datetime) -> Iterator[None]:
    """Three hundred exceptions more, and a third currency."""
    with served.db.engine("owner").begin() as conn:
        conn.execute(text(_MANY), {"customer": served.world.customers["acme"], "now": now})
    yield
    with served.db.engine("owner").begin() as conn:
        own = "SELECT exception_id FROM ops.exception WHERE fingerprint LIKE 'wide-%'"
        for table in ("exception_event", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id IN ({own})"))


def test_on_a_wide_screen_the_list_of_hundreds_begins_in_the_upper_half_and_is_walked_as_one(
    browser: Browser,  # noqa: F811
    served: Served,
    many: None,
) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        tab = sign_in(context, served, "northwind", "partner_support")
        page = tab.go("/exceptions?kind=technical")
        assert page.locator(".queue .row").first.bounding_box()["y"] <= 470
        # each currency has its three in one row, and what is safe to do can be read
        rows = [section.locator("li").all() for section in page.locator(".causes section").all()]
        tops = [{box.bounding_box()["y"] for box in row} for row in rows]
        assert ([len(row) for row in rows], [len(top) for top in tops]) == ([3, 3, 3], [1, 1, 1])
        safe = page.locator(".causes li", has_text="look before sending again")
        assert safe.count() >= 1
        assert all(box.evaluate(_IS_READ, "look before sending again") for box in safe.all())
        # what is seldom filtered by stands behind the button, which says what it hides and opens by key
        kind, button = page.get_by_label("Kind"), page.get_by_role("button", name="Filters: Technical")
        expect(page.get_by_role("radio", name="Closed")).to_be_visible()
        expect(page.get_by_label("Find")).to_be_visible()
        expect(kind).to_be_hidden()
        button.press("Enter")
        expect(kind).to_be_visible()
        assert page.locator(".queue .row").first.bounding_box()["y"] < 560
        walked(tab, served)
        assert tab.said == []


def walked(tab: Visit, served: Served) -> None:
    """By key through hundreds of rows, which come as one goes on; the 250th is worked, and one goes on from there."""
    page = tab.page
    rows, here = page.locator(".queue .row"), page.locator(".queue .row.here")
    expect(rows).to_have_count(100)
    list_of_it = page.locator(".queue").element_handle()
    press(tab, "End")
    stood = here.bounding_box()
    expect(rows).to_have_count(200, timeout=20_000)
    assert here.bounding_box() == stood
    press(tab, *"j" * 75)
    expect(rows).to_have_count(300, timeout=20_000)
    press(tab, *"j" * 75)
    expect(here).to_have_attribute("aria-posinset", "250")
    own = str(here.get_attribute("data-id"))
    expect(page.locator(f".pane[data-id='{own}']")).to_be_visible(timeout=20_000)
    press(tab, "t")
    said(page, "It is yours.")
    expect(here).to_have_attribute("data-version", "2", timeout=20_000)
    assert here.get_attribute("data-id") == own
    with served.db.engine("owner").connect() as conn:
        taken = conn.execute(
            text(
                "SELECT customer_id || '-' || exception_id FROM ops.exception"
                " WHERE fingerprint LIKE 'wide-%' AND owner_person_id IS NOT NULL"
            )
        )
        assert taken.scalars().all() == [own]
    # the list drawn anew has kept the keys and its place
    page.keyboard.press("j")
    expect(here).to_have_attribute("aria-posinset", "251")
    total = int(str(here.get_attribute("aria-setsize")))
    page.keyboard.press("End")
    expect(rows).to_have_count(total, timeout=20_000)
    expect(page.locator(".so-far")).to_have_text(f"All {total}")
    expect(here).to_have_attribute("aria-posinset", "300")
    page.keyboard.press("Home")
    expect(here).to_have_attribute("aria-posinset", "1")
    expect(here).to_be_in_viewport()
    assert list_of_it.evaluate("list => list.isConnected")  # never thrown away and made anew
