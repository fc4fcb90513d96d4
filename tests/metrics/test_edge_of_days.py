"""What of a period is no whole local day: read hour by hour, on both sides of it, in every zone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import sql
from tests.metrics.builders import a_customer, at

EDGE = (Path(sql.__file__).parent / "fragments" / "edge.sql").read_text(encoding="utf-8")
ASKED = text(f"WITH {EDGE} SELECT begins_at, ends_at FROM edge ORDER BY begins_at")
# midnight comes twice in Havana in autumn, and not at all in Cairo in spring
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Kathmandu")


@pytest.fixture
def spans(conn):
    def ask(zone: str, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        with conn.begin_nested() as point:
            customer = a_customer(conn, time_zone=zone)
            found = conn.execute(ASKED, {"customer_ids": [customer], "since": since, "until": until}).all()
            point.rollback()
        return [(row.begins_at, row.ends_at) for row in found]

    return ask


def midnight(zone: str, instant: datetime, days: int = 0) -> datetime:
    """When the local day of an instant began, or one so many days after it: the first of two, and the next instant to a missing one."""
    wall = instant.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (wall + timedelta(days=days)).astimezone(UTC)


def reckoned(zone: str, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    first = since if midnight(zone, since) == since else midnight(zone, since, 1)
    last = midnight(zone, until)
    if first > last:  # all within one local day
        return [(since, until)]
    return [(begins, ends) for begins, ends in ((since, first), (last, until)) if begins < ends]


@pytest.mark.parametrize(
    ("zone", "since", "until", "expected"),
    [
        ("UTC", "2026-10-01", "2026-11-01", []),
        ("UTC", "2026-10-01 06:00", "2026-10-03", [("2026-10-01 06:00", "2026-10-02")]),
        ("UTC", "2026-10-01", "2026-10-02 15:00", [("2026-10-02", "2026-10-02 15:00")]),
        ("UTC", "2026-10-01 06:00", "2026-10-01 15:00", [("2026-10-01 06:00", "2026-10-01 15:00")]),
        ("UTC", "2026-10-01", "2026-10-01 15:00", [("2026-10-01", "2026-10-01 15:00")]),
        ("UTC", "2026-10-01 06:00", "2026-10-02", [("2026-10-01 06:00", "2026-10-02")]),
        (
            "Europe/Berlin",
            "2026-10-25",
            "2026-10-26",
            [("2026-10-25", "2026-10-25 23:00"), ("2026-10-25 23:00", "2026-10-26")],
        ),
    ],
)  # fmt: skip
def test_hours_before_the_first_whole_day_and_after_the_last(spans, zone, since, until, expected) -> None:
    assert spans(zone, at(since), at(until)) == [(at(begins), at(ends)) for begins, ends in expected]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 365 * 24),
    hours=st.integers(1, 100),
)
@example(zone="America/Havana", hour=304 * 24 + 5, hours=24)
@example(zone="Africa/Cairo", hour=113 * 24 + 22, hours=23)
def test_they_are_the_rest_of_the_period_in_every_zone(spans, zone, hour, hours) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    until = since + timedelta(hours=hours)
    assert spans(zone, since, until) == reckoned(zone, since, until)
