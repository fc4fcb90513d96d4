"""Business time: the cumulative form that views use equals the plain measure of open time, for any calendar."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics.calendars import extend, materialise
from metrics.period import Period
from metrics.read import rows
from tests.metrics.builders import a_customer, a_flow, a_run, at, insert
from tests.metrics.open_time import measured

pytestmark = pytest.mark.slow

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe")
minute = st.integers(0, 24 * 60)
span = st.tuples(minute, minute).filter(lambda ends: ends[0] < ends[1])
hours = st.dictionaries(st.sampled_from(DAYS), st.lists(span, min_size=1, max_size=3), min_size=1)
moment = st.integers(0, 30 * 24 * 3600).map(
    lambda n: datetime(2026, 10, 15, tzinfo=UTC) + timedelta(seconds=n)
)


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def a_calendar(conn, customer, week, zone, key="office"):
    calendar = conn.execute(
        text(
            "INSERT INTO ops.calendar (customer_id, key, time_zone, hours)"
            " VALUES (:customer, :key, :zone, CAST(:hours AS jsonb)) RETURNING calendar_id"
        ),
        {"customer": customer, "key": key, "zone": zone, "hours": json.dumps(week)},
    ).scalar_one()
    materialise(conn, customer, at("2026-06-01"))
    return calendar


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    week=hours,
    zone=st.sampled_from(ZONES),
    moments=st.lists(moment, min_size=3, max_size=6),
)
def test_before_a_deadline_lie_as_many_open_seconds_as_it_counts(conn, week, zone, moments):
    customer = a_customer(conn)
    said = {day: [[clock(a), clock(b)] for a, b in spans] for day, spans in week.items()}
    calendar = a_calendar(conn, customer, said, zone)
    for since in moments:
        own = conn, customer, calendar, since
        deadline = conn.execute(
            text("SELECT kpi.business_deadline(:customer, :calendar, :since, :seconds)"),
            {"customer": customer, "calendar": calendar, "since": since, "seconds": 5400},
        ).scalar_one()
        assert measured(*own, deadline) == 5400
        assert measured(*own, deadline - timedelta(seconds=1)) == 5399


@pytest.fixture
def office(conn):
    """A customer with a flow that is promised within two open hours, Monday to Friday, nine to five."""
    customer = a_customer(conn)
    calendar = a_calendar(conn, customer, {day: [["09:00", "17:00"]] for day in DAYS[:5]}, "UTC")
    flow = a_flow(conn, customer, calendar_id=calendar, deadline_seconds=7200)
    return customer, flow


def outcomes(conn, as_viewer, customer, as_of):
    with as_viewer([customer], as_of) as reader:
        frame = rows(reader, "A1", [customer], Period.parse("2026-10", "UTC", as_of))
    return dict(zip(frame["item_id"], frame["outcome"], strict=True))


def test_a_transaction_of_friday_evening_is_due_on_monday(conn, as_viewer, office):
    customer, flow = office
    friday = at("2026-10-02 16:00")
    timely = a_run(conn, customer, flow, friday, finished_at=at("2026-10-05 10:00"))
    late = a_run(conn, customer, flow, friday, finished_at=at("2026-10-05 10:00:01"))
    still_open = a_run(conn, customer, flow, friday, "running")
    assert outcomes(conn, as_viewer, customer, at("2026-10-05 09:59:59"))[still_open] == "O"
    assert outcomes(conn, as_viewer, customer, at("2026-10-20")) == {
        timely: "S1",
        late: "S3",
        still_open: "O+",
    }


def test_a_deadline_beyond_the_filled_calendar_is_unknown(conn, as_viewer, office):
    customer, flow = office
    conn.execute(text("DELETE FROM ops.calendar_window WHERE customer_id = :c"), {"c": customer})
    run = a_run(conn, customer, flow, at("2026-10-02 16:00"))
    assert outcomes(conn, as_viewer, customer, at("2026-10-20")) == {run: "unknown"}


def test_a_changed_calendar_marks_the_cells_it_judged(conn, office):
    customer, flow = office
    conn.execute(text("DELETE FROM ops.dirty_cell"))
    hour = at("2026-10-02 16:00")
    counters = dict.fromkeys(
        conn.execute(
            text(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'kpi' AND table_name = 'flow_hour'"
                " AND is_nullable = 'NO' AND column_name NOT IN ('customer_id', 'hour', 'flow_id')"
            )
        ).scalars(),
        0,
    )
    insert(conn, "kpi.flow_hour", customer_id=customer, hour=hour, flow_id=flow, **counters)
    marked = text("SELECT count(*) FROM ops.dirty_cell WHERE customer_id = :c")
    materialise(conn, customer, at("2026-06-01"))
    assert conn.execute(marked, {"c": customer}).scalar_one() == 0
    insert(
        conn,
        "ops.calendar_holiday",
        customer_id=customer,
        calendar_id=conn.execute(text("SELECT max(calendar_id) FROM ops.calendar")).scalar_one(),
        held_on="2026-10-05",
        name="moving house",
        source="customer",
    )
    materialise(conn, customer, at("2026-06-01"))
    assert conn.execute(marked, {"c": customer}).scalar_one() == 1


def test_hours_and_holidays_change_on_a_day_and_leave_the_days_before_alone(conn):
    customer = a_customer(conn)
    week = {day: [["09:00", "17:00"]] for day in DAYS[:5]}
    calendar = a_calendar(conn, customer, week, "UTC")
    windows = text(
        "SELECT CAST(opens_at AT TIME ZONE 'UTC' AS text), CAST(closes_at AT TIME ZONE 'UTC' AS time)"
        " FROM ops.calendar_window WHERE calendar_id = :k ORDER BY 1"
    )
    before = conn.execute(windows, {"k": calendar}).all()
    later = [
        {"from": "2026-10-05", "hours": {"mon": [["08:00", "12:00"]]}, "holidays": None},
        {"from": "2026-12-07", "hours": week, "holidays": "GB-ENG"},
    ]
    conn.execute(text("UPDATE ops.calendar SET later = CAST(:l AS jsonb)"), {"l": json.dumps(later)})
    materialise(conn, customer, at("2026-06-01"))
    after = [(opens, f"{closes:%H:%M}") for opens, closes in conn.execute(windows, {"k": calendar})]
    assert [opens for opens, _ in after if opens < "2026-10-05"] == [
        opens for opens, _ in before if opens < "2026-10-05"
    ]
    assert [each for each in after if "2026-10-02" <= each[0] < "2026-10-13"] == [
        ("2026-10-02 09:00:00", "17:00"), ("2026-10-05 08:00:00", "12:00"), ("2026-10-12 08:00:00", "12:00"),
    ]  # fmt: skip
    december = {opens[8:10] for opens, _ in after if opens.startswith("2026-12")}
    assert {"07", "24", "29"} <= december
    assert not {"01", "25", "28"} & december, "closed on the other days, at Christmas and on its substitute"
    assert [opens[:10] for opens, _ in after if opens.startswith("2026-01-01")] == ["2026-01-01"], (
        "no holiday then"
    )


def test_calendars_are_filled_ahead_before_they_run_out(conn, office):
    customer, _ = office
    last = text("SELECT max(closes_at) FROM ops.calendar_window WHERE customer_id = :c")
    assert conn.execute(last, {"c": customer}).scalar_one().year == 2028
    assert extend(conn, at("2026-11-20")) == 0
    extend(conn, at("2028-02-01"))
    assert conn.execute(last, {"c": customer}).scalar_one().year == 2030
