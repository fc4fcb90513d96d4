"""The two clocks of an exception: business time from the queue to the first answer and to the end, paused only while others are waited for."""

import pytest
from sqlalchemy import text

from sql import query
from tests.metrics.builders import a_calendar, a_flow, an_event, at
from tests.metrics.triage.conftest import NOW

H = 3600


@pytest.fixture
def clock(desk):
    def ask(own, when):
        statement = text(query("triage/clock"))
        with desk.as_viewer([desk.customer]) as conn:
            given = {"customer_ids": [desk.customer], "exception_ids": [own], "as_of": at(when)}
            return conn.execute(statement, given).one()

    return ask


def hours(row):
    return row.response_seconds / H, row.resolution_seconds / H, row.runs


@pytest.fixture
def own(desk):
    """In the queue since 8:00."""
    return desk.opened()


def test_both_clocks_run_from_when_it_came_into_the_queue(clock, own):
    row = clock(own, "2026-10-05 11:00")
    assert (hours(row), row.responded_at, row.calendar) == ((3, 3, True), None, None)


def test_the_first_act_of_a_person_is_the_answer(desk, clock, own):
    an_event(desk.conn, desk.customer, own, "occurred", at("2026-10-05 08:10"))
    desk.do("note", own, note="looking", when=at("2026-10-05 08:30"))
    desk.do("take", own, when=at("2026-10-05 09:30"))
    assert hours(clock(own, "2026-10-05 12:00")) == (0.5, 4, True)


@pytest.mark.parametrize(
    ("party", "worked"), [("customer", 2), ("vendor", 2), ("partner", 6), ("internal", 6)]
)
def test_only_waiting_for_others_stops_the_clock(desk, clock, own, party, worked):
    desk.do("wait", own, waiting_on=party, when=at("2026-10-05 09:00"))
    desk.do("triage", own, when=at("2026-10-05 13:00"))
    assert hours(clock(own, "2026-10-05 14:00"))[1:] == (worked, True)


def test_waiting_for_somebody_else_is_another_stretch(desk, clock, own):
    desk.do("wait", own, waiting_on="customer", when=at("2026-10-05 09:00"))
    desk.do("wait", own, waiting_on="internal", when=at("2026-10-05 11:00"))
    assert hours(clock(own, "2026-10-05 12:00"))[1:] == (2, True)
    desk.do("wait", own, waiting_on="vendor", when=at("2026-10-05 12:00"))
    assert hours(clock(own, "2026-10-05 18:00"))[1:] == (2, False)


def test_a_pause_that_was_taken_back_never_was(desk, clock, own):
    desk.do("wait", own, waiting_on="customer", when=at("2026-10-05 09:00"))
    desk.undo(own, when=at("2026-10-05 11:00"))
    row = clock(own, "2026-10-05 12:00")
    assert (hours(row), row.responded_at) == ((4, 4, True), None)


def test_what_comes_back_goes_on_counting(desk, clock, own):
    desk.do("waive", own, note="known", waived_until=at("2026-11-01"), when=at("2026-10-05 10:00"))
    assert hours(clock(own, "2026-10-09 10:00"))[1:] == (2, False)
    desk.do("reopen", own, note="not any more", when=at("2026-10-09 10:00"))
    assert hours(clock(own, "2026-10-09 11:00"))[1:] == (3, True)


def test_time_is_counted_while_the_promise_s_calendar_is_open(desk, clock):
    office = [("2026-10-05 09:00", "2026-10-05 17:00"), ("2026-10-06 09:00", "2026-10-06 17:00")]
    a_calendar(desk.conn, desk.customer, [("2026-10-05 00:00", "2026-12-05 00:00")], key="always")
    calendar = a_calendar(desk.conn, desk.customer, office)
    flow = a_flow(desk.conn, desk.customer, calendar_id=calendar)
    own = desk.opened()
    desk.conn.execute(text("UPDATE ops.exception SET flow_id = :flow"), {"flow": flow})
    desk.do("take", own, when=at("2026-10-05 18:00"))
    desk.do("wait", own, waiting_on="customer", when=at("2026-10-06 10:00"))
    row = clock(own, "2026-10-06 12:00")
    assert (hours(row), row.calendar) == ((8, 9, False), "office")
    # beyond the calendar's windows nobody can say
    desk.do("triage", own, when=at("2026-10-06 11:00"))
    assert clock(own, "2026-10-07 12:00").resolution_seconds is None


def test_what_ended_before_anybody_answered_stops_both(desk, clock):
    own = desk.opened(closed_at=NOW, state="verified_closed")
    an_event(desk.conn, desk.customer, own, "closed", NOW, from_state="new", to_state="verified_closed")
    assert hours(clock(own, "2026-10-08 12:00")) == (1, 1, False)
