"""G3: the business-hours engine, against the published specs of zendesk/biz (Apache-2.0), github.com/zendesk/biz."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from metrics.calendars import materialise
from tests.metrics.builders import a_customer, at, insert
from tests.metrics.open_time import counted

WEEK = {
    "mon": [["09:00", "17:00"]],
    "tue": [["10:00", "16:00"]],
    "wed": [["09:00", "17:00"]],
    "thu": [["10:00", "16:00"]],
    "fri": [["09:00", "17:00"]],
    "sat": [["11:00", "14:30"]],
}


@pytest.fixture
def customer(conn):
    return a_customer(conn)


@pytest.fixture
def calendar(conn, customer):
    def make(hours, time_zone="UTC", closed=(), year=2006):
        number = conn.execute(
            text(
                "INSERT INTO ops.calendar (customer_id, key, time_zone, hours)"
                " VALUES (:customer, 'office', :zone, CAST(:hours AS jsonb)) RETURNING calendar_id"
            ),
            {"customer": customer, "zone": time_zone, "hours": json.dumps(hours)},
        ).scalar_one()
        for day in closed:
            insert(
                conn,
                "ops.calendar_holiday",
                customer_id=customer,
                calendar_id=number,
                held_on=day,
                name="closed",
                source="customer",
            )
        materialise(conn, customer, datetime(year, 6, 1, tzinfo=UTC))
        return number

    return make


def windows(conn, calendar, since, until):
    return [
        (row.opens_at, row.closes_at)
        for row in conn.execute(
            text(
                "SELECT opens_at, closes_at FROM ops.calendar_window WHERE calendar_id = :calendar"
                " AND opens_at >= :since AND opens_at < :until ORDER BY opens_at"
            ),
            {"calendar": calendar, "since": since, "until": until},
        )
    ]


def test_a_week_has_39_and_a_half_open_hours(conn, customer, calendar):
    week = at("2006-01-01"), at("2006-01-08")
    assert counted(conn, customer, calendar(WEEK), *week) == 39.5 * 3600


def test_closed_days_have_no_hours(conn, calendar):
    office = calendar(WEEK, closed=("2006-01-16", "2006-01-18"))
    assert windows(conn, office, at("2006-01-14"), at("2006-01-20")) == [
        (at("2006-01-14 11:00"), at("2006-01-14 14:30")),
        (at("2006-01-17 10:00"), at("2006-01-17 16:00")),
        (at("2006-01-19 10:00"), at("2006-01-19 16:00")),
    ]


@pytest.mark.parametrize(
    ("wall", "expected"),
    [("2014-03-09 02:30", "2014-03-09 03:30-04:00"), ("2014-11-02 01:30", "2014-11-02 01:30-04:00")],
    ids=["a time that clocks skip is an hour later", "a time that comes twice is its first"],
)
def test_wall_time_when_clocks_change(conn, wall, expected):
    found = conn.execute(
        text("SELECT kpi.instant(CAST(:wall AS timestamp), 'America/New_York')"), {"wall": wall}
    ).scalar_one()
    assert found == datetime.fromisoformat(expected)


def test_a_window_that_clocks_swallow_is_left_out(conn, calendar):
    night = calendar({"sun": [["02:00", "03:00"]]}, "America/New_York", year=2014)
    sunday = at("2014-03-09")
    assert windows(conn, night, sunday, at("2014-03-10")) == []
    assert len(windows(conn, night, at("2014-03-16"), at("2014-03-17"))) == 1


def test_opening_hours_follow_the_wall_clock_through_the_year(conn, calendar):
    office = calendar({"fri": [["09:00", "17:00"]]}, "America/New_York", year=2014)
    zone = ZoneInfo("America/New_York")
    found = windows(conn, office, at("2014-03-07"), at("2014-03-15"))
    assert [opens.astimezone(zone).hour for opens, _ in found] == [9, 9]
    assert [opens.astimezone(UTC).hour for opens, _ in found] == [14, 13]
