"""The order of the queue: money times urgency times severity, and every factor told."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics.triage import cut_off
from sql import query
from tests.metrics.builders import OneTransaction, a_customer, an_exception, an_occurrence, insert
from tests.metrics.triage.conftest import NOW

pytestmark = pytest.mark.slow


@pytest.fixture
def ask(desk):
    def rows(name, *customers, **given):
        statement = text(query(name))
        ids = [desk.customer, *customers]
        asked = (
            dict.fromkeys(statement.compile().params)
            | {"customer_ids": ids, "as_of": NOW, "view": "open"}
            | given
        )
        with desk.as_viewer(ids) as conn:
            return conn.execute(statement, {key: asked[key] for key in statement.compile().params}).all()

    return rows


def opened(desk, amount, currency="USD", **more):
    return worth(desk, desk.opened(**more), amount, currency)


def worth(desk, own, amount, currency="USD"):
    desk.conn.execute(
        text(
            "UPDATE ops.exception SET value_at_risk = :amount, currency = :currency, value_confidence = :sure,"
            " version = 1 WHERE exception_id = :own"
        ),
        {
            "amount": amount,
            "currency": amount and currency,
            "sure": "exact" if amount else "unknown",
            "own": own,
        },
    )
    return own


def order(rows):
    return [row.exception_id for row in rows]


def test_more_money_comes_first_and_severity_weighs(desk, ask):
    small, big = opened(desk, 100), opened(desk, 900)
    urgent = opened(desk, 300, severity=1)
    assert order(ask("screen/exceptions")) == [urgent, big, small]
    desk.do("prioritise", small, severity=1)
    assert [round(row.score) for row in ask("screen/exceptions")] == [1200, 900, 400]


def test_what_nobody_knows_is_placed_like_the_mean_and_said_to_be_a_guess(desk, ask):
    first, middle, last = (opened(desk, amount) for amount in (800, 300, 100))
    unknown = opened(desk, None)
    assert order(ask("screen/exceptions"))[0] == first
    assert order(ask("screen/exceptions"))[-1] == last
    (row,) = ask("screen/exception", exception_id=unknown)
    assert (row.is_guess, row.own, row.value_at_risk) == (True, Decimal(400), None)
    assert set(order(ask("screen/exceptions"))[1:3]) == {middle, unknown}


def test_a_cause_weighs_what_waits_for_it(desk, ask):
    big, cause = opened(desk, 900), opened(desk, 100)
    for _ in range(2):
        waits = opened(desk, 500)
        desk.conn.execute(
            text("UPDATE ops.exception SET blocked_by_exception_id = :cause WHERE exception_id = :own"),
            {"cause": cause, "own": waits},
        )
        an_occurrence(desk.conn, desk.customer, waits, NOW, subject_type="time_entry")
    first, second, *_ = ask("screen/exceptions")
    assert (first.exception_id, second.exception_id) == (cause, big)
    (row,) = ask("screen/exception", exception_id=cause)
    assert (row.own, row.blocked, row.blocked_exceptions) == (Decimal(100), Decimal(1000), 2)
    cleared = {found.subject_type: found.records for found in ask("triage/will_clear", exception_id=cause)}
    assert cleared == {"transaction": 3, "time_entry": 2}


def test_currencies_stand_side_by_side_at_the_latest_rate(desk, ask):
    for day, rate in (("2026-10-01", 2), ("2026-10-04", 3)):
        insert(desk.conn, "ops.fx_rate", rate_on=day, currency="EUR", base="USD", rate=rate, source="test")
    dollars, euros = opened(desk, 250), opened(desk, 100, currency="EUR")
    assert order(ask("screen/exceptions")) == [euros, dollars]
    (row,) = ask("screen/exception", exception_id=euros)
    assert (row.value_at_risk, row.own, row.rank_currency) == (Decimal(100), Decimal(300), "USD")


def test_the_nearer_cut_off_comes_first(desk, ask):
    near, none = opened(desk, 100), a_customer(desk.conn)
    desk.conn.execute(
        text(
            'UPDATE ops.customer SET billing_cut_off = \'{"day": 6, "at": "09:00"}\' WHERE customer_id = :own'
        ),
        {"own": desk.customer},
    )
    cut_off.write_down(OneTransaction(desk.conn), NOW)
    (row,) = ask("screen/exception", none, exception_id=near)
    assert (row.cut_off_at, row.urgency, row.weight, row.score) == (NOW + timedelta(days=1), 3, 1, 300)
    assert cut_off.write_down(OneTransaction(desk.conn), NOW) == 0
    desk.conn.execute(text("UPDATE ops.customer SET billing_cut_off = NULL"))
    cut_off.write_down(OneTransaction(desk.conn), NOW)
    (row,) = ask("screen/exception", exception_id=near)
    assert (row.cut_off_at, row.urgency) == (None, 1)


def test_what_sleeps_comes_last_and_what_is_closed_has_no_place(desk, ask):
    sleeping, awake = opened(desk, 900), opened(desk, 100)
    desk.do("snooze", sleeping, snoozed_until=NOW + timedelta(days=1))
    assert order(ask("screen/exceptions")) == [awake, sleeping]
    assert order(ask("screen/exceptions", view="snoozed")) == [sleeping]
    desk.do("waive", awake, note="agreed", waived_until=NOW + timedelta(days=1))
    (closed,) = ask("screen/exceptions", view="closed")
    assert (closed.exception_id, closed.score) == (awake, None)


@pytest.fixture
def many(desk):
    """Exceptions of every sort: two currencies, equal worth, unknown worth, causes that others wait for, asleep, closed."""
    insert(desk.conn, "ops.fx_rate", rate_on="2026-10-04", currency="EUR", base="USD", rate=3, source="test")
    for amount in (800, 300, 300, 300, 100):
        opened(desk, amount)
        opened(desk, amount, currency="EUR", severity=1)
        opened(desk, None, severity=2)
    causes = [opened(desk, None), opened(desk, 5), opened(desk, 5, currency="EUR")]
    for cause in causes:
        desk.conn.execute(
            text("UPDATE ops.exception SET blocked_by_exception_id = :cause WHERE exception_id = :own"),
            {"cause": cause, "own": opened(desk, 450)},
        )
    for amount in (900, None):
        desk.do("snooze", opened(desk, amount), snoozed_until=NOW + timedelta(days=1))
        desk.do("waive", opened(desk, amount), note="agreed", waived_until=NOW + timedelta(days=1))


@pytest.mark.parametrize("view", ["open", "all", "closed"])
def test_pages_are_the_whole_list_in_its_order_and_nothing_twice(desk, ask, many, view):
    whole = ask("screen/exceptions", view=view)
    assert [row.place for row in whole] == sorted(row.place for row in whole)
    for size in (1, 3, 7):
        assert order(ask("screen/exceptions", view=view, row_limit=size)) == order(whole)[:size]
        read, after = [], None
        while page := ask("screen/exceptions", view=view, row_limit=size, after=after, ranked_at=NOW):
            assert page[0].total == len(whole)
            read += order(page)
            after = list(page[-1].place)
        assert read == order(whole)


def test_who_reads_on_later_ranks_as_when_they_began(desk, ask):
    near = a_customer(desk.conn)
    insert(desk.conn, "kpi.cut_off", customer_id=near, cut_off_at=NOW + timedelta(hours=2))
    theirs = {worth(desk, an_exception(desk.conn, near, NOW), 100) for _ in range(3)}
    ours = {opened(desk, 300) for _ in range(3)}
    first = ask("screen/exceptions", near, row_limit=2)
    assert set(order(first)) < theirs
    later = {"as_of": NOW + timedelta(hours=3), "after": list(first[-1].place)}
    rest = order(ask("screen/exceptions", near, ranked_at=NOW, **later))
    assert (len(rest), set(rest)) == (4, ours | theirs - set(order(first)))
    # ranked as of now, after the cut-off has passed, those read already would come again
    assert set(order(first)) < set(order(ask("screen/exceptions", near, **later)))


def test_the_clocks_of_a_page_are_worked_out_once(desk):
    opened(desk, 100)
    statement = text("EXPLAIN " + query("screen/exceptions"))
    asked = dict.fromkeys(statement.compile().params) | {
        "customer_ids": [desk.customer],
        "as_of": NOW,
        "view": "open",
    }
    with desk.as_viewer([desk.customer]) as conn:
        plan = [row[0].strip() for row in conn.execute(statement, asked)]
    assert {"CTE triage_seconds", "CTE triage_clock"} <= set(plan)


def test_whoever_has_just_counted_gets_the_same_list(desk, ask):
    for amount, currency in (
        (500, "USD"),
        (400, "EUR"),
        (None, "USD"),
        (300, "GBP"),
        (None, "USD"),
        (200, "EUR"),
    ):
        opened(desk, amount, currency)
    counts = [row for row in ask("screen/exception_counts") if row.scope == "currency" and row.known]
    known = [{"currency": row.currency, "amount": str(row.value_at_risk), "n": row.known} for row in counts]
    assert {(each["currency"], each["n"]) for each in known} == {("USD", 1), ("EUR", 2), ("GBP", 1)}
    counted = ask("screen/exceptions")
    assert ask("screen/exceptions", known=json.dumps(known), total=len(counted)) == counted
    (dearest, *_) = ask(
        "screen/exceptions", known=json.dumps([{"currency": "USD", "amount": "9000", "n": 1}])
    )
    assert dearest.value_at_risk is None  # the mean that it was told stands for what nobody knows
