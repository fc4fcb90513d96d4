"""Past cases like an exception: the same fingerprint before the same rule, the rule before the workflow, with how each ended."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from sql import query
from tests.metrics.builders import a_customer, a_flow, an_event, an_exception, at
from tests.metrics.triage.conftest import NOW

CLOSED = at("2026-10-01 12:00")


@pytest.fixture
def ask(desk):
    def rows(name, exception, *customers, **given):
        ids = [desk.customer, *customers]
        asked = {"customer_ids": ids, "exception_id": exception, "row_limit": 5} | given
        with desk.as_viewer(ids) as conn:
            return conn.execute(text(query(name)), asked).all()

    return rows


def past(desk, flow, closed=CLOSED, customer=None, **values):
    """A case that was closed ten hours after it came."""
    whose = customer or desk.customer
    own = an_exception(desk.conn, whose, closed - timedelta(hours=10), closed, **values)
    desk.conn.execute(
        text("UPDATE ops.exception SET flow_id = :flow WHERE exception_id = :own"), {"flow": flow, "own": own}
    )
    return own


def present(desk, flow, **values):
    own = desk.opened(**values)
    desk.conn.execute(
        text("UPDATE ops.exception SET flow_id = :flow WHERE exception_id = :own"), {"flow": flow, "own": own}
    )
    return own


def test_the_same_fingerprint_comes_first_then_the_rule_then_the_workflow(desk, ask):
    flow, other = (
        a_flow(desk.conn, desk.customer),
        a_flow(desk.conn, desk.customer, "elsewhere", workflow="other"),
    )
    second = a_customer(desk.conn)
    their_flow = a_flow(desk.conn, second)
    own = present(desk, flow, fingerprint="same")
    by_class = past(desk, flow, CLOSED + timedelta(days=2), rule="missed_slot")
    by_rule = past(desk, flow, CLOSED + timedelta(days=1))
    same = past(desk, their_flow, customer=second, fingerprint="same")
    past(desk, other)
    past(desk, flow, **{"class": "business", "rule": "late_invoice_trigger"})
    found = [(row.exception_id, row.likeness) for row in ask("triage/similar", own, second)]
    assert found == [(same, 1), (by_rule, 2), (by_class, 3)]
    assert [row.exception_id for row in ask("triage/similar", own)] == [by_rule, by_class]


def test_a_case_says_how_it_ended_and_how_long_it_took(desk, ask):
    flow = a_flow(desk.conn, desk.customer)
    own, before = present(desk, flow), past(desk, flow)
    claimed = {"from_state": "new", "to_state": "fix_claimed", "note": "rate limit raised"}
    an_event(
        desk.conn,
        desk.customer,
        before,
        "moved",
        CLOSED - timedelta(hours=1),
        "kim@partner.example",
        **claimed,
    )
    (row,) = ask("triage/similar", own)
    assert (row.state, row.seconds, row.claimed_by, row.note) == (
        "verified_closed",
        36000.0,
        "kim@partner.example",
        "rate limit raised",
    )


def test_what_is_open_or_merged_is_no_past_case(desk, ask):
    flow = a_flow(desk.conn, desk.customer)
    own, other = present(desk, flow), present(desk, flow)
    merged = present(desk, flow)
    desk.merge(merged, other, when=NOW)
    assert ask("triage/similar", own) == []


def test_what_waits_for_a_cause_is_named_dearest_first_and_counted(desk, ask):
    cause = desk.opened()
    for worth in (100, None, 900):
        waits = desk.opened()
        desk.conn.execute(
            text(
                "UPDATE ops.exception SET blocked_by_exception_id = :cause, value_at_risk = CAST(:worth AS numeric),"
                " currency = CASE WHEN CAST(:worth AS numeric) IS NOT NULL THEN 'USD' END WHERE exception_id = :own"
            ),
            {"cause": cause, "own": waits, "worth": worth},
        )
    rows = ask("triage/waits_for", cause, row_limit=2)
    assert [(row.value_at_risk, row.total) for row in rows] == [(900, 3), (100, 3)]


def test_a_case_that_was_over_before_it_came_tells_how_long_it_took(desk, ask):
    flow = a_flow(desk.conn, desk.customer)
    own = present(desk, flow)
    case = past(desk, flow)
    desk.conn.execute(
        text("UPDATE ops.exception SET first_seen_at = :later WHERE exception_id = :case"),
        {"later": CLOSED + timedelta(days=20), "case": case},
    )
    (found,) = ask("triage/similar", own)
    assert found.seconds == 10 * 3600
