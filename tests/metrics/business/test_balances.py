"""Balances: what unbilled work was worth at the end of each day, by what was known at which time."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from metrics import balances

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
ROWS = text(
    "SELECT day, currency, value, unknown, sample FROM ops.balance_day WHERE customer_id = :customer AND metric = 'unbilled_time'"
    " AND known_from <= :known AND known_to > :known ORDER BY day, currency"
)


@pytest.fixture
def draw(world, at):
    """Draws the balances as of an instant; answers how many were written."""

    def drawn(known: str, until: date = LAST) -> int:
        world.work_out()
        return balances.draw_customer(world.conn, world.customer_id, until, at(known))

    return drawn


@pytest.fixture
def known(world, at):
    """What was known of each day at an instant: {day: {currency: (value, unknown, sample)}}."""

    def rows(moment: str):
        found: dict = {}
        for row in world.conn.execute(ROWS, {"customer": world.customer_id, "known": at(moment)}):
            found.setdefault(row.day, {})[row.currency] = (row.value, row.unknown, row.sample)
        return found

    return rows


def test_a_day_ends_with_what_waits(world, at, draw, known) -> None:
    world.billed_entry(at("2026-06-05 10:00"))
    draw("2026-07-01 06:00")
    days = {day: rows["USD"][0] for day, rows in known("2026-07-02").items()}
    assert min(days) == date(2026, 6, 2), "the day on which it was typed in"
    assert days[date(2026, 6, 2)] == days[date(2026, 6, 4)] == Decimal("100")
    assert days[date(2026, 6, 5)] == days[LAST] == 0


def test_drawn_twice_is_drawn_once(world, at, draw) -> None:
    world.entry()
    assert draw("2026-07-01 06:00") == 29
    assert draw("2026-07-01 06:05") == 0


def test_late_work_changes_what_is_known_and_not_what_was_known(world, at, draw, known) -> None:
    world.entry()
    draw("2026-07-01 06:00")
    world.entry(entered_at=at("2026-06-29"), submitted_at=at("2026-06-29"), approved_at=at("2026-06-29"))
    assert draw("2026-07-03 06:00") == 2, "only the two days that it touches"
    assert known("2026-07-02")[LAST]["USD"] == (Decimal("100"), 0, 1)
    assert known("2026-07-04")[LAST]["USD"] == (Decimal("200"), 0, 2)
    assert known("2026-07-04")[date(2026, 6, 28)]["USD"] == (Decimal("100"), 0, 1)


def test_work_that_never_was_takes_its_days_back(world, at, draw, known) -> None:
    entry = world.entry()
    draw("2026-07-01 06:00")
    world.change("biz.time_entry", entry, billable=False)
    draw("2026-07-03 06:00")
    assert known("2026-07-02")[LAST]["USD"][0] == Decimal("100")
    assert known("2026-07-04").get(LAST, {"USD": (0, 0, 0)})["USD"][0] == 0


def test_a_new_day_is_one_new_balance(world, draw) -> None:
    world.entry()
    draw("2026-06-30 06:00", until=date(2026, 6, 29))
    assert draw("2026-07-01 06:00") == 1


def test_unknown_is_not_zero(world, draw, known) -> None:
    world.entry(rate=None)
    world.entry(rate=None, currency=None)
    draw("2026-07-01 06:00")
    assert known("2026-07-02")[LAST] == {"USD": (None, 1, 0), "": (None, 1, 0)}


MOMENTS = st.integers(min_value=0, max_value=40 * 24).map(lambda hours: timedelta(hours=hours))
PIECE = st.fixed_dictionaries(
    {
        "entered": MOMENTS,
        "approved": st.none() | MOMENTS,
        "state": st.sampled_from(
            ["none", "draft", "posted", "void", "credited", "deleted", "unknown", "removed"]
        ),
        "posted": MOMENTS,
        "ended": MOMENTS,
        "rate": st.sampled_from([None, 100, Decimal("33.33")]),
        "currency": st.sampled_from(["USD", "EUR", None]),
    }
)


def _make(world, start, piece) -> None:
    posted = start + piece["posted"]
    ended = posted + piece["ended"]
    more: dict = {}
    match piece["state"]:
        case "draft" | "unknown":
            more["invoice_line_ref"] = world.line(world.invoice(piece["state"], created_at=posted))
        case "posted":
            more["invoice_line_ref"] = world.line(world.invoice("posted", posted))
        case "void" | "credited":
            more["invoice_line_ref"] = world.line(world.invoice(piece["state"], posted, voided_at=ended))
        case "deleted":
            invoice = world.invoice("draft", created_at=posted, deleted_at=ended, deleted_how="absence")
            more["invoice_line_ref"] = world.line(invoice)
        case "removed":
            more |= {"deleted_at": ended, "deleted_how": "absence"}
    approved = piece["approved"] is not None
    entered = start + piece["entered"]
    world.entry(
        entered_at=entered,
        submitted_at=entered,
        approved_at=entered + piece["approved"] if approved else None,
        approval_state="approved" if approved else "submitted",
        rate=piece["rate"],
        currency=piece["currency"],
        **more,
    )


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(PIECE, min_size=1, max_size=6), late=st.lists(PIECE, max_size=3))
def test_however_it_came_about_a_balance_is_the_figure_of_that_day(
    world, at, draw, known, first, late
) -> None:
    """Drawn in two steps is drawn at once, and every day's balance is what `kpi show unbilled_time` says of its end."""
    with world.conn.begin_nested() as undone:
        start = at("2026-05-25")
        for piece in first:
            _make(world, start, piece)
        draw("2026-07-01 06:00")
        for piece in late:
            _make(world, start, piece)
        draw("2026-07-02 06:00")
        kept = known("2026-07-03")
        told = {}
        for row in world.ask("unbilled_time", since="2026-06-01", until="2026-07-01", by="day"):
            if row["currency"] is not None or row["unknown"]:
                day = told.setdefault(date.fromisoformat(row["part"]), {})
                day[row["currency"] or ""] = (row["value"], row["unknown"], row["sample"])
        assert {day: rows for day, rows in kept.items() if day >= FIRST} == told
        undone.rollback()


@pytest.mark.parametrize("role", ["metrics", "viewer", "triage", "collector", "portal"])
@pytest.mark.parametrize("statement", ["UPDATE ops.balance_day SET value = 0", "DELETE FROM ops.balance_day"])
def test_nobody_changes_what_was_known(world, draw, role, statement) -> None:
    world.entry()
    draw("2026-07-01 06:00")
    world.conn.execute(text(f"SET LOCAL ROLE throughline_{role}"))
    with pytest.raises(ProgrammingError, match="permission denied"):
        world.conn.execute(text(statement))
