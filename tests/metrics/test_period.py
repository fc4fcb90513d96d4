"""Periods: what a person types, cut at the midnights of the contract's zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from metrics.period import Period, midnight
from tests.metrics.builders import at

NOW = at("2026-11-20 03:00")  # still the 19th in New York


@pytest.mark.parametrize(
    ("said", "zone", "since", "until"),
    [
        ("2026-10", "UTC", "2026-10-01 00:00", "2026-11-01 00:00"),
        ("2026-12", "UTC", "2026-12-01 00:00", "2027-01-01 00:00"),
        ("2026-10", "Europe/London", "2026-09-30 23:00", "2026-11-01 00:00"),
        ("2026-10-05", "America/New_York", "2026-10-05 04:00", "2026-10-06 04:00"),
        ("2026-10-01..2026-10-15", "UTC", "2026-10-01 00:00", "2026-10-15 00:00"),
        ("28d", "UTC", "2026-10-24 00:00", "2026-11-21 00:00"),
        ("1d", "America/New_York", "2026-11-19 05:00", "2026-11-20 05:00"),
    ],
)
def test_what_can_be_typed(said, zone, since, until):
    period = Period.parse(said, zone, NOW)
    assert (period.since, period.until, period.label) == (at(since), at(until), said)


@pytest.mark.parametrize(
    "said", ["", "2026-13", "2026-02-30", "2026-10-15..2026-10-01", "0d", "last week", "99999d"]
)
def test_what_cannot_is_refused_in_one_line(said):
    with pytest.raises(ValueError, match=r"period") as refused:
        Period.parse(said, "UTC", NOW)
    assert "\n" not in str(refused.value)


def test_a_day_is_as_long_as_its_clocks_make_it():
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)):
        period = Period.parse(day, "Europe/London", NOW)
        assert period.until - period.since == timedelta(hours=hours)


def test_a_midnight_that_comes_twice_is_its_first_and_one_that_is_skipped_is_when_clocks_move():
    assert midnight(date(2026, 10, 25), "Atlantic/Azores") == at("2026-10-25 00:00")
    assert midnight(date(2026, 9, 6), "America/Santiago") == at("2026-09-06 04:00")


def test_the_days_of_a_period_are_local_ones_also_in_part():
    period = Period(at("2026-10-01 20:00"), at("2026-10-03 04:00"), "America/New_York", "a while")
    assert period.local_days() == [date(2026, 10, 1), date(2026, 10, 2)]


def test_a_period_without_a_zone_or_backwards_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Period(datetime(2026, 1, 1), at("2026-02-01"), "UTC", "x")  # noqa: DTZ001
    with pytest.raises(ValueError, match="ends before"):
        Period(datetime(2026, 2, 1, tzinfo=UTC), at("2026-01-01"), "UTC", "x")


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/London",
        "Atlantic/Azores",
        "America/Santiago",
        "America/Havana",
        "Asia/Kolkata",
        "Africa/Cairo",
    ],
)
def test_the_database_cuts_the_same_midnights(conn, zone):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(730)]
    found = conn.execute(
        text(
            "SELECT d.day, kpi.instant(CAST(d.day AS timestamp), :zone) FROM unnest(CAST(:days AS date[])) d (day)"
        ),
        {"days": days, "zone": zone},
    )
    assert {row.day: row.instant for row in found} == {day: midnight(day, zone) for day in days}
