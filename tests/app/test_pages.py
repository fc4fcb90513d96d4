"""Every page, drawn as it is served: full, empty, stale and broken, by people of different roles."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from typing import Any

import pytest

from app import data, queue, queue_reads
from app.navigation import PAGES
from app.scope import Scope
from metrics.catalogue import METRICS
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of

pytestmark = pytest.mark.slow


@pytest.fixture
def shown(draw: Draw) -> Callable[[str, str], str]:
    """The HTML of a page as a role sees it; drawn once for all tests that only read it."""

    def read(slug: str, role: str) -> str:
        if (slug, role) not in _SHOWN:
            test = draw(slug, role)
            assert not test.exception
            _SHOWN[slug, role] = html_of(test)
        return _SHOWN[slug, role]

    return read


_SHOWN: dict[tuple[str, str], str] = {}
Shown = Callable[[str, str], str]


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
@pytest.mark.parametrize("role", ["partner_manager", "partner_support", "customer_executive"])
def test_every_page_is_drawn_for_every_role(shown: Shown, slug: str, role: str) -> None:
    html = shown(slug, role)
    assert "could not be drawn" not in html
    assert "Data as of" in html


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_no_page_names_its_maker(shown: Shown, slug: str) -> None:
    assert not re.search("throughline|streamlit", shown(slug, "customer_executive"), re.IGNORECASE)


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_an_executive_reads_of_one_customer_only(shown: Shown, slug: str) -> None:
    html = shown(slug, "customer_executive")
    assert "Borealis" not in html
    assert "Stadtwerke" not in html
    assert "erp-07.internal" not in html  # what systems answered stays with the partner


def test_the_overview_answers_in_one_sentence(shown: Shown) -> None:
    html = shown("overview", "partner_manager")
    assert re.search(r'class="verdict (ok|info|risk|breach|unknown)"', html)
    assert "Work is turning into invoices" in html
    assert html.count('class="tile"') == 4


def test_another_month_is_another_answer(draw: Draw) -> None:
    test = draw("overview")
    first = html_of(test)
    month = next(box for box in test.selectbox if box.label == "Month")
    month.select("2026-10").run()
    assert "October 2026" in html_of(test)
    assert html_of(test) != first


def test_another_customer_is_another_answer(draw: Draw) -> None:
    test = draw("overview")
    next(box for box in test.selectbox if box.label == "Customer").select("borealis").run()
    shown = html_of(test)
    assert "Borealis Advisory" in shown
    assert "£" in shown
    assert "US$" not in shown


def test_a_customer_of_another_partner_cannot_be_asked_for(draw: Draw, seeded: Placed) -> None:
    test = draw("overview")
    test.query_params["customer"] = "aue"
    test.run()
    assert "Stadtwerke" not in html_of(test)


def test_nothing_ever_read_is_said_so(draw: Draw) -> None:
    for slug in ("overview", "flows", "business-impact", "exceptions", "freshness"):
        shown = html_of(draw(slug, streams=lambda scope, as_of: []))
        assert "Nothing has been read" in shown, slug
        assert 'class="tile"' not in shown, slug


def test_a_quiet_month_is_neither_good_nor_bad(draw: Draw) -> None:
    def quiet(scope: Scope, asked: tuple[data.Asked, ...], as_of: datetime) -> Any:
        return dict.fromkeys(asked, ())

    shown = html_of(draw("flows", figures=quiet))
    assert "No transaction came due" in shown
    assert "neither good nor bad" in shown


def test_an_overview_without_figures_judges_nothing(draw: Draw) -> None:
    def quiet(scope: Scope, asked: tuple[data.Asked, ...], as_of: datetime) -> Any:
        return dict.fromkeys(asked, ())

    shown = html_of(draw("overview", figures=quiet, history=quiet))
    assert "There is nothing to judge yet" in shown
    assert "100" not in re.findall(r'class="value[^"]*">([^<]*)<', shown)


def stale(scope: Scope, as_of: datetime) -> list[dict[str, Any]]:
    """One stream that was last read completely two days ago."""
    old = as_of - timedelta(days=2)
    return [
        {
            "customer_id": scope.customer_ids[0], "customer": "Acme Consulting", "system_key": "crm", "role": "crm",
            "kind": "sql", "stream": "opportunities", "outcome": "failed", "error_kind": "refused",
            "error": "crm-3.internal.example refused the connection", "due_at": as_of, "started_at": as_of,
            "complete_at": old, "read_until": old, "every_seconds": 300.0, "polls": 288, "complete": 0, "rows_read": 0,
            "held": 0, "truncated": False, "clock_skew_seconds": None, "rate_limit": None, "rate_limit_remaining": None,
            "warnings": [],
        }
    ]  # fmt: skip


def test_old_data_are_called_stale_and_still_shown(draw: Draw) -> None:
    shown = html_of(draw("overview", streams=stale))
    assert "Stale:" in shown
    assert shown.count('class="tile"') == 4


def refused(scope: Scope, as_of: datetime) -> list[dict[str, Any]]:
    """One stream of a system that never let us in."""
    return [{**stale(scope, as_of)[0], "complete_at": None, "read_until": None, "error_kind": "auth"}]


def test_what_to_do_is_told_to_who_can_do_it(draw: Draw) -> None:
    assert "Put in a new key for it." in html_of(draw("overview", streams=refused))
    customer = html_of(draw("overview", "customer_executive", streams=refused))
    assert "Acme Consulting cannot be read" in customer
    assert "Put in a new key" not in customer
    assert "Northwind Connect looks after it." in customer


def test_only_the_partner_reads_what_a_system_answered(draw: Draw) -> None:
    assert "refused the connection" in html_of(draw("freshness", streams=stale))
    assert "refused the connection" not in html_of(draw("freshness", "customer_executive", streams=stale))


def test_a_page_that_breaks_gives_a_reference_and_no_details(
    draw: Draw, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("password=hunter2 at db-1.internal.example")

    test = draw("overview", figures=broken)
    shown = html_of(test)
    assert "could not be drawn" in shown
    assert "hunter2" not in shown
    reference = re.search(r"Quote reference ([0-9a-f]{8})", shown)
    assert reference is not None
    assert reference[1] in caplog.text
    assert not test.exception


def test_somebody_without_customers_is_told_whom_to_ask(draw: Draw) -> None:
    shown = html_of(draw("overview", customers=lambda scope: ()))
    assert "no customer to show" in shown


def test_filters_that_leave_nothing_are_named(draw: Draw) -> None:
    test = draw("exceptions")
    test.text_input(key="find").set_value("no such thing").run()
    shown = html_of(test)
    assert "Nothing matches" in shown
    assert "no such thing" in shown


def test_the_queue_shows_the_worst_and_dearest_first(shown: Shown) -> None:
    html = shown("exceptions", "partner_manager")
    titles = re.findall(r'class="t"[^>]*>([^<]*)<', html)
    assert titles[0].startswith("Harbor Foods: Process redesign")
    assert "about US$48,200" in html
    assert "value unknown" in html


def test_what_holds_back_the_most_comes_with_what_waits_for_it(shown: Shown) -> None:
    html = shown("exceptions", "partner_manager")
    causes = html[html.index('class="causes"') : html.index('class="queue ')]
    assert re.findall(r"Holds back the most, (\w+)", causes) == ["GBP", "USD"]
    first = causes[causes.index("Holds back the most, USD") :]
    assert "Harbor Foods: Process redesign" in first[: first.index("</li>")]
    assert "1 more waits for it" in first[: first.index("</li>")]
    assert "US$54,320" in first[: first.index("</li>")]  # 48,200 and 6,120.03 that wait for it


def test_what_was_recovered_stands_in_the_queue_and_in_the_review_and_opens_its_rows(shown: Shown) -> None:
    queue_, review = shown("exceptions", "partner_manager"), shown("review", "customer_executive")
    assert re.search(
        r'Recovered this month, GBP</span><b><[^>]*data-open="recovered\|GBP\|all"[^>]*>£7,503<', queue_
    )
    assert re.search(r'Found by us, USD</span><b><[^>]*data-open="D7\|\|"[^>]*>US\$7,503<', review)
    assert "The customer told of it first, USD" in review


def test_an_address_opens_an_exception_that_the_filters_hide(draw: Draw) -> None:
    view = draw("exceptions").session_state["what is looked at"]
    shown = queue_reads.exceptions(view.scope, view.as_of, "open", None, None, limit=None)
    closed = queue_reads.exceptions(view.scope, view.as_of, "closed", None, None, limit=None)[0]
    wanted = queue.identity(closed)
    assert queue.identity(queue.with_wanted(shown, wanted, view.scope, view)[0]) == wanted
    assert queue.with_wanted(shown, queue.identity(shown[3]), view.scope, view) == shown
    assert queue.with_wanted(shown, "999-999999", view.scope, view) == shown


def test_definitions_are_those_that_count(shown: Shown) -> None:
    html = shown("definitions", "partner_manager")
    for metric in METRICS:
        assert metric.key in html
        assert escape(metric.changes[-1].what) in html
