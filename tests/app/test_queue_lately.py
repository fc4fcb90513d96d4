"""What the queue says of how exceptions run: bars, words, and the order that puts first what gets worse."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import queue_lately, queue_reads
from app.scope import Scope
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.metrics.builders import an_exception, an_occurrence

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
NOW = datetime.fromisoformat("2026-11-20T14:00:00+00:00")


def row(days: list[int], **more: Any) -> dict[str, Any]:
    before, week = sum(days[:7]), sum(days[7:])
    growth = (week - before) / (week + before) ** 0.5 if week + before else 0.0
    return {
        "days": days,
        "growth": growth,
        "opened_at": NOW - 60 * DAY,
        "last_occurred_at": NOW,
        "read_until": None,
        **more,
    }


@pytest.mark.parametrize(
    ("days", "more", "said"),
    [
        ([2] * 7 + [4] * 7, {}, "twice the week before"),
        ([2] * 7 + [6] * 7, {}, "3 × the week before"),
        ([9] * 7 + [13] * 7, {}, "more than the week before"),
        ([8] * 7 + [4] * 7, {}, "half the week before"),
        ([9] * 7 + [1] * 7, {}, "far less than the week before"),
        ([3] * 13 + [12], {}, "4 × a usual day"),
        ([3] * 14, {}, "as the week before"),
        ([0] * 13 + [1], {"opened_at": NOW - DAY / 2}, "new today"),
        ([3] * 12 + [0] * 2, {"last_occurred_at": NOW - 2.5 * DAY}, "quiet for 2 days"),
        ([3] * 12 + [0] * 2, {"read_until": NOW - 1.5 * DAY}, "not read for 1 day"),
    ],
)
def test_how_it_runs_in_words(days: list[int], more: dict[str, Any], said: str) -> None:
    assert queue_lately.words_of(row(days, **more), NOW) == said


def test_bars_are_in_eighths_of_the_highest_and_no_day_with_records_is_drawn_empty() -> None:
    html = queue_lately.bars(row([0, 1, 50, 100] + [0] * 9 + [99]))
    assert re.findall(r'class="b(\d)"', html) == ["0", "1", "4", "8", *"0" * 9, "8"]
    assert queue_lately.bars(row([0] * 14)) == queue_lately.bars(None) == ""


@pytest.fixture
def growing(seeded: Placed, now: datetime):
    """A cheap exception that grew over the last days; gone afterwards."""
    customer = seeded.world.customers["acme"]
    with seeded.db.engine("owner").begin() as conn:
        own = an_exception(conn, customer, now - 3 * DAY, title="Grows & grows", last_occurred_at=now)
        system = conn.execute(
            text("SELECT min(system_id) FROM ops.system WHERE customer_id = :own"), {"own": customer}
        ).scalar_one()
        for hours in range(1, 70):
            an_occurrence(conn, customer, own, now - timedelta(hours=hours), system_id=system)
    yield f"{customer}-{own}"
    with seeded.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = :own"), {"own": own})


def rows_on(page: Any) -> list[str]:
    return re.findall(r'role="option" id="row-([^"]+)"', html_of(page))


def test_the_page_puts_first_what_gets_worse_when_asked_and_says_so(draw: Draw, growing: str) -> None:
    page = draw("exceptions", "partner_support")
    before = rows_on(page)
    assert before[0] != growing
    html = html_of(page)
    assert 'class="lately worse" title="' in html
    assert ">new this week</span>" in html
    page = page.selectbox(key="order").select("worse").run()
    after = rows_on(page)
    assert after[0] == growing
    assert set(after) == set(before)


def test_the_order_of_the_filter_leaves_out_what_the_filter_leaves_out(
    seeded: Placed, growing: str, now
) -> None:
    customer, _, number = growing.partition("-")
    scope = Scope(1, (int(customer),), "partner_support", 1)
    find = ("open", None, "grows", None)
    (found,) = queue_reads.exceptions(scope, now, *find, order="worse")
    assert (found["exception_id"], found["total"], len(found["place"])) == (int(number), 1, 6)
    assert queue_reads.exceptions(scope, now, *find, order="worse", after=found["place"]) == []
