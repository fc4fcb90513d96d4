"""Answering and resolving exceptions in business time: the clock stands still while somebody else is waited for, and G4."""

import json

import pytest
from sqlalchemy import text

from metrics.calendars import materialise
from metrics.period import Period
from metrics.sla.items import exceptions
from metrics.sla.objective import Objective
from metrics.sla.window import Subject
from sql import query
from tests.metrics.builders import a_customer, a_flow, an_event, an_exception, at
from tests.metrics.sla.conftest import LATER

pytestmark = pytest.mark.slow


@pytest.fixture
def office(conn):
    """A customer with office hours, Monday to Friday from 9 to 17."""
    customer = a_customer(conn)
    week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    conn.execute(
        text(
            "INSERT INTO ops.calendar (customer_id, key, time_zone, hours) VALUES (:customer, 'office', 'UTC', CAST(:hours AS jsonb))"
        ),
        {"customer": customer, "hours": json.dumps(week)},
    )
    materialise(conn, customer, at("2026-06-01"))
    return customer


@pytest.fixture
def clock(conn, as_viewer):
    """The exceptions whose goal fell due in October."""

    def ask(customer, within="2h", calendar="office", kind="resolution", as_of=LATER, **more):
        objective = Objective(
            key="o", metric=f"exception_{kind}", target=90, within=within, calendar=calendar, **more
        )
        october = Period.parse("2026-10", "UTC", LATER)
        with as_viewer([customer], as_of) as reader:
            return exceptions(reader, Subject(customer, "acme", "UTC"), objective, october, as_of, [])

    return ask


def moved(conn, customer, exception, *steps):
    """Moves of a person: (when, to which state), waiting on whom after a colon."""
    for when, said in steps:
        state, _, on = said.partition(":")
        detail = json.dumps({"waiting_on": on} if on else {})
        an_event(
            conn, customer, exception, "moved", at(when), "ada@example.com", to_state=state, detail=detail
        )


@pytest.mark.parametrize(
    ("since", "within", "due"),
    [
        ("2026-10-02 16:00", "2h", "2026-10-05 10:00"),  # G4: Friday 16:00 is due on Monday at 10:00
        ("2026-10-02 15:00", "2h", "2026-10-02 17:00"),
        ("2026-10-02 17:00", "8h", "2026-10-05 17:00"),
        ("2026-10-03 12:00", "1h", "2026-10-05 10:00"),
    ],
)
def test_g4_a_goal_counts_open_hours_only(conn, office, clock, since, within, due) -> None:
    an_exception(conn, office, at(since))
    (row,) = clock(office, within)
    assert (row["due_at"], row["outcome"]) == (at(due), "bad")
    (before,) = clock(office, within, as_of=at(since))
    assert (before["due_at"], before["outcome"]) == (at(due), "pending")


@pytest.mark.parametrize(
    ("closed", "outcome"),
    [("2026-10-05 10:00", "good"), ("2026-10-05 10:01", "bad"), ("2026-10-04 12:00", "good")],
)
def test_closed_by_the_goal_is_in_time(conn, office, clock, closed, outcome) -> None:
    an_exception(conn, office, at("2026-10-02 16:00"), at(closed))
    (row,) = clock(office)
    assert row["outcome"] == outcome


def test_waiting_for_somebody_stops_the_clock_and_moves_the_goal(conn, office, clock) -> None:
    waits = an_exception(conn, office, at("2026-10-05 09:00"))
    moved(
        conn, office, waits,
        ("2026-10-05 10:00", "waiting:customer"), ("2026-10-06 10:00", "triaged"), ("2026-10-06 10:59", "fix_claimed"),
        ("2026-10-06 11:00", "verified_closed"),
    )  # fmt: skip
    (row,) = clock(office)
    assert (row["used_seconds"], row["due_at"], row["outcome"]) == (7200, at("2026-10-06 11:00"), "good")
    (earlier,) = clock(office, as_of=at("2026-10-05 16:00"))
    assert (earlier["used_seconds"], earlier["outcome"]) == (3600, "pending")


def test_waiting_for_oneself_does_not_stop_the_clock(conn, office, clock) -> None:
    waits = an_exception(conn, office, at("2026-10-05 09:00"))
    moved(
        conn, office, waits, ("2026-10-05 10:00", "waiting:internal"), ("2026-10-05 12:00", "verified_closed")
    )
    (row,) = clock(office)
    assert (row["used_seconds"], row["outcome"]) == (10_800, "bad")


def test_what_was_taken_back_never_was(conn, office, clock) -> None:
    new = an_exception(conn, office, at("2026-10-05 09:00"))
    moved(conn, office, new, ("2026-10-05 10:00", "verified_closed"))
    wrong = conn.execute(text("SELECT max(event_id) FROM ops.exception_event")).scalar()
    an_event(
        conn, office, new, "undone", at("2026-10-05 10:30"), "ada@example.com", to_state="new", undoes_event_id=wrong
    )  # fmt: skip
    (row,) = clock(office)
    assert (row["ended_at"], row["outcome"]) == (None, "bad")
    (answer,) = clock(office, kind="response")
    assert answer["ended_at"] is None


def test_what_comes_back_goes_on_where_it_stopped(conn, office, clock) -> None:
    back = an_exception(conn, office, at("2026-10-05 09:00"))
    moved(conn, office, back, ("2026-10-05 10:30", "verified_closed"), ("2026-10-07 09:00", "reopened"))
    (closed,) = clock(office, as_of=at("2026-10-06 12:00"))
    assert (closed["used_seconds"], closed["outcome"]) == (5400, "good")
    moved(conn, office, back, ("2026-10-07 09:31", "verified_closed"))
    (row,) = clock(office)
    assert (row["used_seconds"], row["due_at"], row["outcome"]) == (7260, at("2026-10-07 09:30"), "bad")


def test_waived_inside_its_goal_counts_on_neither_side(conn, office, clock) -> None:
    early, late = (an_exception(conn, office, at("2026-10-05 09:00")) for _ in range(2))
    moved(conn, office, early, ("2026-10-05 10:00", "waived"))
    moved(conn, office, late, ("2026-10-05 12:00", "waived"))
    assert {row["exception_id"]: row["outcome"] for row in clock(office)} == {early: "left_out", late: "bad"}


@pytest.mark.parametrize(
    ("acted", "closed", "outcome"),
    [
        ("2026-10-05 10:59", None, "good"), ("2026-10-05 11:01", None, "bad"), (None, None, "bad"),
        (None, "2026-10-05 10:00", "left_out"), (None, "2026-10-05 12:00", "bad"), ("2026-10-05 12:00", "2026-10-05 10:00", "left_out"),
    ],
)  # fmt: skip
def test_an_answer_is_the_first_act_of_a_person(conn, office, clock, acted, closed, outcome) -> None:
    new = an_exception(conn, office, at("2026-10-05 09:00"), at(closed) if closed else None)
    if acted:
        an_event(conn, office, new, "noted", at(acted), "ada@example.com")
    (row,) = clock(office, kind="response")
    assert row["outcome"] == outcome


def test_without_a_calendar_time_simply_passes(conn, office, clock) -> None:
    an_exception(conn, office, at("2026-10-02 16:00"), at("2026-10-02 18:00"))
    (row,) = clock(office, calendar=None)
    assert (row["due_at"], row["used_seconds"], row["outcome"]) == (at("2026-10-02 18:00"), 7200, "good")


def test_a_calendar_that_is_not_filled_leaves_it_unknown(conn, office, clock) -> None:
    an_exception(conn, office, at("2026-10-05 09:00"))
    (row,) = clock(office, within="900d")
    assert (row["due_at"], row["outcome"]) == (None, "unknown")


def test_only_what_the_objective_is_about_is_looked_at(conn, office, clock) -> None:
    urgent, calm = (an_exception(conn, office, at("2026-10-05 09:00"), severity=n) for n in (1, 4))
    assert [row["exception_id"] for row in clock(office, severity=(1, 2))] == [urgent]
    assert {row["exception_id"] for row in clock(office)} == {urgent, calm}


def test_a_goal_of_november_does_not_count_in_october(conn, office, clock) -> None:
    a_flow(conn, office)
    an_exception(conn, office, at("2026-10-30 16:30"))
    assert clock(office) == []


@pytest.mark.parametrize(
    "steps",
    [
        [("2026-10-05 10:30", "verified_closed"), ("2026-10-07 09:00", "reopened")],
        [("2026-10-05 10:00", "waiting:vendor"), ("2026-10-06 10:00", "triaged"), ("2026-10-06 12:00", "verified_closed")],
        [("2026-10-05 10:00", "waiting:partner"), ("2026-10-06 12:00", "fix_claimed")],
        [("2026-10-05 10:00", "triaged"), ("2026-10-05 11:00", "waived")],
    ],
)  # fmt: skip
def test_the_clock_is_the_one_that_the_queue_shows(conn, office, clock, as_viewer, steps) -> None:
    new = an_exception(conn, office, at("2026-10-05 09:00"))
    moved(conn, office, new, *steps)
    (row,) = clock(office)
    with as_viewer([office], LATER) as reader:
        asked = {"customer_ids": [office], "exception_ids": [new], "as_of": LATER}
        (queue,) = reader.execute(text(query("triage/clock")), asked).all()
    assert row["used_seconds"] == pytest.approx(queue.resolution_seconds, abs=1e-3)
