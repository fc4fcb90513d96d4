"""Balances of what is owed: at the end of each day the amount that Days sales outstanding counts back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics import balances

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
OWED = "days_sales_outstanding"
ROWS = text(
    "SELECT day, currency, value, unknown, sample FROM ops.balance_day WHERE customer_id = :customer AND metric = :metric"
    " AND known_from <= :known AND known_to > :known ORDER BY day, currency"
)


@pytest.fixture
def draw(world, at):
    def drawn(known: str) -> int:
        world.work_out()
        return balances.draw_customer(world.conn, world.customer_id, LAST, at(known), [OWED])

    return drawn


@pytest.fixture
def known(world, at):
    """What was known of each day at an instant: {day: {currency: (value, unknown, sample)}}."""

    def rows(moment: str):
        found: dict = {}
        asked = {"customer": world.customer_id, "metric": OWED, "known": at(moment)}
        for row in world.conn.execute(ROWS, asked):
            found.setdefault(row.day, {})[row.currency] = (row.value, row.unknown, row.sample)
        return found

    return rows


def _bill(world, posted, gross=100, state="posted", **values) -> str:
    gross = None if gross is None else Decimal(gross)
    return world.invoice(state, posted, gross=gross, net=gross or 0, **values)


def _pay(world, invoice, amount, day, currency="USD") -> None:
    defaults = {"invoice_ref": invoice, "amount": Decimal(amount), "currency": currency, "paid_on": day}
    world.record("biz.payment", "Y", defaults, {})


def test_what_is_owed_falls_on_the_day_of_the_payment(world, at, draw, known) -> None:
    bill = _bill(world, at("2026-06-05 10:00"))
    _pay(world, bill, 30, date(2026, 6, 10))
    draw("2026-07-01 06:00")
    owed = {day: rows["USD"][0] for day, rows in known("2026-07-02").items()}
    assert min(owed) == date(2026, 6, 5)
    assert owed[date(2026, 6, 9)] == 100
    assert owed[date(2026, 6, 10)] == owed[LAST] == 70


def test_a_late_payment_changes_what_is_known_and_not_what_was_known(world, at, draw, known) -> None:
    bill = _bill(world, at("2026-06-05 10:00"))
    assert draw("2026-07-01 06:00") == 26
    _pay(world, bill, 100, date(2026, 6, 29))
    assert draw("2026-07-03 06:00") == 2, "only the two days that it touches"
    assert known("2026-07-02")[LAST]["USD"] == (100, 0, 1)
    assert known("2026-07-04")[LAST]["USD"] == (0, 0, 0)
    assert known("2026-07-04")[date(2026, 6, 28)]["USD"] == (100, 0, 1)


def test_bills_that_nobody_can_tell_are_unknown_and_not_zero(world, at, draw, known) -> None:
    _bill(world, at("2026-06-05 10:00"), gross=None)
    _bill(world, at("2026-06-06 10:00"), currency=None)
    draw("2026-07-01 06:00")
    assert known("2026-07-02")[LAST] == {"USD": (None, 1, 0), "": (None, 1, 0)}


def test_only_the_bill_that_something_happened_to_is_told_again(world, at, draw) -> None:
    paid, other = (_bill(world, at("2026-06-05 10:00")) for _ in range(2))
    draw("2026-07-01 06:00")
    world.conn.execute(text("UPDATE kpi.balance_step SET value = 7"))
    _pay(world, paid, 30, date(2026, 6, 29))
    draw("2026-07-03 06:00")
    steps = world.conn.execute(text("SELECT subject, sum(value) FROM kpi.balance_step GROUP BY subject"))
    assert dict(steps.all()) == {f"{world.system_id} {paid}": 70, f"{world.system_id} {other}": 7}


HOURS = st.integers(min_value=0, max_value=30 * 24).map(lambda hours: timedelta(hours=hours))
BILL = st.fixed_dictionaries(
    {
        "posted": HOURS,
        "ended": HOURS,
        "state": st.sampled_from(
            ["posted", "paid", "part_paid", "void", "unknown", "deleted", "lone credit"]
        ),
        "gross": st.sampled_from([None, 100, Decimal("33.33")]),
        "currency": st.sampled_from(["USD", "EUR", None]),
        "paid": st.lists(st.tuples(HOURS, st.sampled_from([10, 40, 100])), max_size=2),
        "credited": st.none() | st.tuples(HOURS, st.sampled_from([20, 100])),
    }
)


def _make(world, start, bill) -> set[date]:
    """The bill with all that happened to it; answers the days on which something did."""
    posted = start + bill["posted"]
    ended = posted + bill["ended"]
    of = {"gross": bill["gross"], "currency": bill["currency"]}
    match bill["state"]:
        case "void":
            own = _bill(world, posted, state="void", voided_at=ended, **of)
        case "deleted":
            own = _bill(world, posted, deleted_at=ended, deleted_how="absence", **of)
        case "paid":
            own = _bill(world, posted, state="paid", source_updated_at=ended, **of)
        case "lone credit":
            own = _bill(world, posted, kind="credit", **of)
        case "unknown":
            own = _bill(world, posted, state="unknown", created_at=posted, **of)
        case state:
            own = _bill(world, posted, state=state, **of)
    days = {posted.date(), ended.date()}
    for after, amount in bill["paid"]:
        days.add((start + after).date())
        _pay(world, own, amount, (start + after).date(), bill["currency"] or "USD")
    if bill["credited"] and bill["state"] != "lone credit":
        after, amount = bill["credited"]
        days.add((start + after).date())
        of = {"currency": bill["currency"]}
        _bill(world, start + after, amount, kind="credit", credits_ref=own, **of)
    return days


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(BILL, min_size=1, max_size=4), late=st.lists(BILL, max_size=2))
def test_however_it_came_about_a_balance_is_what_the_figure_says_is_owed(
    world, at, draw, known, first, late
) -> None:
    with world.conn.begin_nested() as undone:
        start = at("2026-05-25")
        touched = {LAST}
        for bill in first:
            touched |= _make(world, start, bill)
        draw("2026-07-01 06:00")
        for bill in late:
            touched |= _make(world, start, bill)
        draw("2026-07-02 06:00")
        kept = known("2026-07-03")
        for day in sorted(touched):
            if not FIRST <= day <= LAST:
                continue
            until = str(day + timedelta(days=1))
            told = {}
            for row in world.ask(OWED, since="2026-05-01", until=until, as_of="2026-07-02"):
                nobody_knows = row["unknown"] and not row["sample"]
                if row["currency"] is not None or row["unknown"]:
                    value = None if nobody_knows else row["numerator"]
                    told[row["currency"] or ""] = (value, row["unknown"], row["sample"])
            assert kept.get(day, {}) == told, day
        undone.rollback()
