"""The queue in a real browser while others work in it: what they do is seen without a touch, and no key hits another row for it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import text

from tests.app.browsing import Visit, browser, sign_in  # noqa: F401
from tests.app.conftest import Served
from tests.metrics.builders import an_exception

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
WIDE: ViewportSize = {"width": 1440, "height": 900}
_words = count()
SEEN = 30_000  # milliseconds in which a busy machine has asked more than once


@pytest.fixture
def word(served: Served, now: datetime) -> Iterator[str]:
    """A word with which to find three exceptions of one customer and no others; nobody has looked for it before."""
    customer, word = served.world.customers["aue"], f"beside-{next(_words)}-"
    with served.db.engine("owner").begin() as conn:
        numbers = [an_exception(conn, customer, now, title=word + each) for each in ("one", "two", "three")]
    yield word
    with served.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = ANY (:own)"), {"own": numbers})


@pytest.fixture
def watching(browser: Browser, served: Served, word: str) -> Iterator[Visit]:  # noqa: F811
    """The tab of somebody who looks at them and touches nothing, at the first."""
    with browser.new_context(viewport=WIDE) as context:
        tab = sign_in(context, served, "helix", "partner_support")
        tab.go(f"/exceptions?find={word}")
        expect(tab.page.locator(".queue .row")).to_have_count(3, timeout=SEEN)
        yield tab


def elsewhere(served: Served, own: str, change: str) -> None:
    """Somebody who is served by another process changes one exception."""
    with served.db.engine("owner").begin() as conn:
        said = text(f"UPDATE ops.exception SET {change}, version = version + 1 WHERE exception_id = :own")
        conn.execute(said, {"own": int(own.partition("-")[2])})


def row(page: Page, own: str) -> str:
    return f".queue .row[data-id='{own}']"


def test_what_a_colleague_does_is_seen_in_row_and_pane_without_a_touch(
    watching: Visit,
    browser: Browser,  # noqa: F811
    served: Served,
    word: str,
) -> None:
    page = watching.page
    own = str(page.locator(".queue .row.here").get_attribute("data-id"))
    kept = page.locator(".queue .row").nth(1).element_handle()
    with browser.new_context(viewport=WIDE) as context:
        kim = sign_in(context, served, "helix", "partner_manager")
        other = kim.go(f"/exceptions?find={word}&open={own}")
        other.locator(".queue").focus()
        other.keyboard.press("t")
        expect(page.locator(row(page, own))).to_have_attribute("data-version", "2", timeout=SEEN)
        owner = other.locator(".pane dd").first.inner_text()
        expect(page.locator(".pane dd", has_text=owner).first).to_be_visible(timeout=SEEN)
        # a note changes no version, and is read all the same
        other.locator(".queue").focus()
        other.keyboard.press("n")
        other.get_by_role("textbox", name="Note").fill("The vendor calls back")
        other.get_by_role("button", name="Add the note").click()
        expect(page.locator(".pane", has_text="The vendor calls back")).to_be_visible(timeout=SEEN)
    assert kept.evaluate("row => row.isConnected"), "the other rows were not drawn again"
    assert watching.said == []


def test_what_another_process_closed_stays_where_it_stood_and_a_key_is_held_to_what_is_seen(
    watching: Visit, served: Served, word: str
) -> None:
    page = watching.page
    here = page.locator(".queue .row.here")
    own = str(here.get_attribute("data-id"))
    order = [each.get_attribute("data-id") for each in page.locator(".queue .row").all()]
    elsewhere(served, own, "state = 'waived', closed_at = now(), waived_until = now() + interval '9 days'")
    expect(page.locator(row(page, own))).to_have_class("row left here", timeout=SEEN)
    expect(here).to_contain_text("no longer here")
    assert [each.get_attribute("data-id") for each in page.locator(".queue .row").all()] == order
    page.locator(".queue").focus()
    page.keyboard.press("c")
    expect(page.locator(".banner.risk")).to_be_visible(timeout=SEEN)
    with served.db.engine("owner").connect() as conn:
        claimed = "SELECT count(*) FROM ops.exception WHERE title LIKE :word || '%' AND state = 'fix_claimed'"
        assert conn.execute(text(claimed), {"word": word}).scalar_one() == 0


_THOUSANDS = """
INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, title, state, opened_at, last_occurred_at,
  first_seen_at, last_seen_at, value_at_risk, currency, value_confidence)
SELECT :customer, 'run_failed', 'technical', 'far-' || n, 1, 'Far down ' || n, 'new', :now, :now, :now, :now, 200000 - n, 'EUR', 'exact'
FROM generate_series(1, 1050) AS n"""


@pytest.fixture
def thousands(served: Served, now: datetime) -> Iterator[None]:
    """More than are worked at once."""
    with served.db.engine("owner").begin() as conn:
        conn.execute(text(_THOUSANDS), {"customer": served.world.customers["aue"], "now": now})
    yield
    with served.db.engine("owner").begin() as conn:
        own = "SELECT exception_id FROM ops.exception WHERE fingerprint LIKE 'far-%'"
        for table in ("exception_event", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id IN ({own})"))


def test_the_list_goes_on_beyond_a_thousand_and_the_browser_holds_a_few_hundred(
    browser: Browser,  # noqa: F811
    served: Served,
    thousands: None,
) -> None:
    with browser.new_context(viewport=WIDE) as context:
        tab = sign_in(context, served, "helix", "partner_support")
        page = tab.go("/exceptions?find=far+down")
        here, rows, queue = (
            page.locator(".queue .row.here"),
            page.locator(".queue .row"),
            page.locator(".queue"),
        )
        queue.focus()
        page.keyboard.press("x")
        expect(page.locator(".chosen-line")).to_have_text("1 chosen", timeout=SEEN)
        for length in (*range(200, 1100, 100), 1050):
            page.keyboard.press("End")
            number = f"{length:,}".replace(",", ".")  # as this customer writes it
            told = f"{number} of 1.050, the next ones come as you go on" if length < 1050 else "All 1.050"
            expect(page.locator(".so-far")).to_have_text(told, timeout=SEEN)
        page.keyboard.press("End")
        expect(here).to_have_attribute("aria-posinset", "1050", timeout=SEEN)
        expect(here).to_be_in_viewport()
        expect(here).to_contain_text("Far down 1050")
        assert rows.count() <= 400
        # what is out of sight is as high as it would be, stays chosen, and comes when one goes there
        high = queue.evaluate("list => [list.scrollHeight, list.querySelector('.row').offsetHeight]")
        assert high[0] == 1050 * high[1]
        queue.evaluate("list => { list.scrollTop = list.scrollHeight * 0.4; }")
        expect(rows.filter(has_text="Far down 425").first).to_be_in_viewport(timeout=SEEN)
        expect(here).to_have_count(0)
        page.keyboard.press("k")  # on from the row that is looked at, which is far away
        expect(here).to_have_attribute("aria-posinset", "1049", timeout=SEEN)
        expect(here).to_be_in_viewport(timeout=SEEN)
        # what was chosen a thousand rows ago is what a key means; then it means the row that is looked at
        for taken in (["Far down 1"], ["Far down 1", "Far down 1049"]):
            page.keyboard.press("t")
            said = "It is yours." if len(taken) > 1 else "1 exception done (take)."
            expect(page.locator(".banner.ok")).to_have_text(said, timeout=SEEN)
            assert owned(served) == taken
            tab.settle()
            queue.focus()
        expect(here).to_have_attribute("data-version", "2", timeout=SEEN)
        page.keyboard.press("Home")
        expect(here).to_have_attribute("aria-posinset", "1", timeout=SEEN)
        assert tab.said == []


def owned(served: Served) -> list[str]:
    """The titles of those that somebody has, as they were made."""
    with served.db.engine("owner").connect() as conn:
        asked = "SELECT title FROM ops.exception WHERE fingerprint LIKE 'far-%' AND owner_person_id IS NOT NULL ORDER BY exception_id"
        return list(conn.execute(text(asked)).scalars())
