"""A5: did scheduled runs begin in time? One slot at noon, the next at two, a deadline of an hour."""

from datetime import timedelta

import pytest

from metrics.period import Period
from tests.metrics.builders import a_customer, a_flow, a_run, an_objective, at, insert

NOON = at("2026-10-05 12:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scheduled(conn):
    """A customer with one slot; answers the customer and its flow."""
    customer = a_customer(conn)
    flow = a_flow(conn, customer, slot_seconds=7200)
    a_slot(conn, customer, flow, NOON)
    return customer, flow


def a_slot(conn, customer, flow, due, minutes=60):
    insert(
        conn,
        "kpi.slot",
        customer_id=customer,
        flow_id=flow,
        due_at=due,
        attempt_by=due + timedelta(minutes=minutes),
    )


def test_a_slot_that_nothing_served_is_missed(scheduled, adds_up, behind):
    customer, _ = scheduled
    figure = adds_up("A5", customer)
    assert (figure.numerator, figure.denominator, figure.detail["missed"]) == (0, 1, 1)
    rows = behind("A5", customer)
    assert (list(rows["outcome"]), list(rows["value"].isna())) == (["missed"], [True])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "on time"),
        ({"started_at": NOON + 60 * MINUTE}, "on time"),
        ({"started_at": NOON + 60 * MINUTE + timedelta(seconds=1)}, "late"),
        ({"started_at": None, "finished_at": NOON + 59 * MINUTE}, "on time"),
        ({"started_at": None, "finished_at": None, "status": "failed"}, "unknown"),
        ({"started_at": None, "finished_at": None, "status": "queued"}, "late"),
        ({"started_at": None, "finished_at": None, "status": "skipped"}, "missed"),
    ],
)
def test_a_slot_is_kept_when_its_run_begins_by_the_deadline(
    conn, scheduled, adds_up, behind, given, expected
):
    customer, flow = scheduled
    a_run(conn, customer, flow, NOON, **({"finished_at": NOON + timedelta(hours=3)} | given))
    assert list(behind("A5", customer)["outcome"]) == [expected]
    figure = adds_up("A5", customer)
    assert (figure.numerator, figure.unknown) == (expected == "on time", expected == "unknown")


@pytest.mark.parametrize(("late", "expected"), [(240, "on time"), (241, "late")])
def test_an_agreed_grace_is_stricter_than_the_deadline(conn, scheduled, behind, late, expected):
    customer, flow = scheduled
    an_objective(conn, customer, "schedule_adherence", grace_seconds=240)
    a_run(
        conn,
        customer,
        flow,
        NOON,
        started_at=NOON + timedelta(seconds=late),
        finished_at=NOON + timedelta(hours=1),
    )
    assert list(behind("A5", customer)["outcome"]) == [expected]


def test_a_slot_is_judged_by_the_grace_of_its_day(conn, scheduled, parts):
    customer, flow = scheduled
    an_objective(conn, customer, "schedule_adherence", "2026-01-01", grace_seconds=3000)
    an_objective(conn, customer, "A5", "2026-10-06", grace_seconds=60)
    for day in range(2):
        due = NOON + timedelta(days=day)
        if day:
            a_slot(conn, customer, flow, due)
        a_run(conn, customer, flow, due, started_at=due + 2 * MINUTE, finished_at=due + 3 * MINUTE)
    days = parts("A5", customer, by="day", period=Period.parse("2026-10-05..2026-10-07", "UTC", NOON))
    assert {part: (each.numerator, each.denominator) for part, each in days.items()} == {
        "2026-10-05": (1, 1),
        "2026-10-06": (0, 1),
    }


def test_a_slot_whose_time_has_not_run_out_is_pending(conn, scheduled, whole, behind):
    customer, flow = scheduled
    a_run(conn, customer, flow, NOON, started_at=NOON + 30 * MINUTE)
    figure = whole("A5", customer, as_of=NOON + 29 * MINUTE)
    assert (figure.value, figure.denominator, figure.detail["pending"]) == (None, 0, 1)
    assert whole("A5", customer, as_of=NOON + 30 * MINUTE).value == 1
    assert list(behind("A5", customer, as_of=NOON - MINUTE)["outcome"]) == []


@pytest.mark.parametrize(("before", "expected"), [(30, "excused"), (90, "missed")])
def test_a_run_skipped_for_the_one_before_is_excused_while_that_one_is_in_time(
    conn, scheduled, behind, adds_up, before, expected
):
    customer, flow = scheduled
    a_run(conn, customer, flow, NOON - before * MINUTE, finished_at=NOON + 10 * MINUTE)
    a_run(conn, customer, flow, NOON, "skipped", started_at=None, finished_at=NOON + timedelta(hours=2))
    assert list(behind("A5", customer)["outcome"]) == [expected]
    assert adds_up("A5", customer).denominator == (expected == "missed")


def test_a_flow_without_a_schedule_has_no_adherence(conn, parts):
    customer = a_customer(conn)
    a_run(conn, customer, a_flow(conn, customer), NOON)
    assert {part: each.value for part, each in parts("A5", customer, by="flow").items()} == {
        "won-to-project": None
    }
