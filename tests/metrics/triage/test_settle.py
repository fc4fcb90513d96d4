"""What ends by itself: a claim is judged by what was read after it, waivers and sleeps end by the clock."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from metrics.triage.settle import Settled, settle_customers
from tests.metrics.builders import a_flow, a_poll, a_system, an_occurrence, at
from tests.metrics.triage.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def settle(desk):
    return lambda when: settle_customers(desk.conn, [desk.customer], when)


def state_of(desk, own):
    return desk.row(own).state, desk.events(own)[-1].kind


def clear(desk, own, when):
    desk.conn.execute(
        text("UPDATE ops.exception_occurrence SET cleared_at = :at WHERE exception_id = :own"),
        {"at": when, "own": own},
    )


def test_ten_fixes_that_were_only_claimed_come_back_after_the_next_reading(desk, settle):
    a_poll(desk.conn, desk.customer, None, NOW)
    claimed = [desk.opened() for _ in range(10)]
    for own in claimed:
        desk.do("claim", own)
    assert settle(NOW + HOUR) == Settled()
    a_poll(desk.conn, desk.customer, NOW, NOW + 2 * HOUR)
    assert settle(NOW + 3 * HOUR) == Settled(not_proven=10)
    assert settle(NOW + 3 * HOUR) == Settled()
    for own in claimed:
        assert state_of(desk, own) == ("reopened", "not_proven")
        assert (desk.row(own).unproven_count, desk.row(own).claimed_at) == (1, None)
        assert desk.events(own)[-1].note == "Fix not proven: what was read since still shows 1 open."


def test_a_claim_is_closed_when_nothing_of_it_is_open(desk, settle):
    own = desk.opened()
    desk.do("claim", own)
    clear(desk, own, NOW + HOUR)
    assert settle(NOW + 2 * HOUR) == Settled(proven=1)
    assert state_of(desk, own) == ("verified_closed", "closed")
    assert desk.row(own).closed_at == NOW + 2 * HOUR


def test_what_happens_again_after_the_claim_refutes_it_at_once(desk, settle):
    a_poll(desk.conn, desk.customer, None, NOW)
    own = desk.opened()
    desk.do("claim", own)
    an_occurrence(desk.conn, desk.customer, own, NOW + HOUR)
    assert settle(NOW + HOUR) == Settled(not_proven=1)
    assert desk.events(own)[-1].note == "Fix not proven: it has happened again since."


def test_a_flow_that_runs_on_a_schedule_is_judged_after_its_next_slot(desk, settle):
    flow = a_flow(desk.conn, desk.customer, slot_seconds=86400)
    own = desk.opened(flow_id=flow)
    desk.do("claim", own)
    a_poll(desk.conn, desk.customer, None, NOW + 24 * HOUR)
    assert settle(NOW + 24 * HOUR) == Settled()
    a_poll(desk.conn, desk.customer, None, NOW + 26 * HOUR)
    assert settle(NOW + 26 * HOUR) == Settled(not_proven=1)


def test_a_record_is_judged_when_both_systems_were_read(desk, settle):
    crm, psa = (
        a_system(desk.conn, desk.customer, "crm", "crm"),
        a_system(desk.conn, desk.customer, "psa", "psa"),
    )
    flow = a_flow(desk.conn, desk.customer)
    desk.conn.execute(
        text("UPDATE ops.flow SET from_system_id = :crm, to_system_id = :psa"), {"crm": crm, "psa": psa}
    )
    own = desk.opened(rule="verification_break", object_type="project", flow_id=flow)
    desk.conn.execute(
        text(
            "UPDATE ops.exception_occurrence SET subject_type = 'opportunity', system_id = :crm WHERE exception_id = :own"
        ),
        {"crm": crm, "own": own},
    )
    desk.do("claim", own)
    a_poll(
        desk.conn,
        desk.customer,
        None,
        NOW + HOUR,
        system_id=crm,
        stream="opportunities",
        object="opportunity",
    )
    a_poll(desk.conn, desk.customer, None, NOW, system_id=psa, stream="projects", object="project")
    assert settle(NOW + HOUR) == Settled()
    # another stream of the same system says nothing about it
    a_poll(desk.conn, desk.customer, None, NOW + HOUR, system_id=psa, stream="invoices", object="invoice")
    assert settle(NOW + HOUR) == Settled()
    a_poll(desk.conn, desk.customer, None, NOW + HOUR, system_id=psa, stream="projects", object="project")
    assert settle(NOW + HOUR) == Settled(not_proven=1)


def test_a_waiver_ends_by_itself_and_keeps_its_reason(desk, settle):
    own = desk.opened()
    ends = NOW + timedelta(days=30)
    desk.do("waive", own, note="the customer migrates in November", waived_until=ends)
    assert (desk.row(own).closed_at, settle(ends - HOUR)) == (NOW, Settled())
    assert settle(ends + HOUR) == Settled(waivers_ended=1)
    assert state_of(desk, own) == ("reopened", "waiver_ended")
    assert (desk.row(own).closed_at, desk.events(own)[-1].at) == (None, ends)
    assert desk.events(own)[-2].note == "the customer migrates in November"


def test_a_waiver_under_which_it_ended_is_closed(desk, settle):
    own = desk.opened()
    desk.do("waive", own, note="known", waived_until=NOW + HOUR)
    clear(desk, own, NOW + HOUR)
    assert settle(NOW + 2 * HOUR) == Settled(proven=1)
    assert desk.row(own).state == "verified_closed"


@pytest.mark.parametrize("until", [{"snoozed_until": NOW + HOUR}, {"snoozed_count": 3}])
def test_a_sleeper_wakes_at_its_time_or_count(desk, settle, until):
    own = desk.opened()
    desk.do("snooze", own, **until)
    assert settle(NOW) == Settled()
    desk.conn.execute(
        text("UPDATE ops.exception SET occurrences = 3 WHERE exception_id = :own"), {"own": own}
    )
    assert settle(NOW + HOUR) == Settled(woken=1)
    assert state_of(desk, own) == ("new", "woken")
    assert (desk.row(own).snoozed_until, desk.row(own).snoozed_count) == (None, None)


def test_a_stream_that_fails_again_after_the_claim_comes_back(desk, settle):
    own = desk.opened(rule="stream_failing")
    desk.conn.execute(
        text(
            "UPDATE ops.exception_occurrence SET subject_type = 'stream', subject_id = 'runs' WHERE exception_id = :own"
        ),
        {"own": own},
    )
    desk.do("claim", own)
    assert settle(NOW + HOUR) == Settled()
    a_poll(desk.conn, desk.customer, at("2026-10-05 09:30"), NOW + HOUR, outcome="failed")
    assert settle(NOW + HOUR) == Settled(not_proven=1)
