"""G5: alert thresholds for targets over 30 and 28 days, from the tests of Sloth (github.com/slok/sloth, Apache-2.0)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from sql import query

MINUTE, HOUR, DAY = 60, 3600, 86400


def tiers(conn: Connection, window: str | None, moment: datetime) -> list:
    asked = {"named": window, "moment": moment, "zone": "Europe/London"}
    return list(conn.execute(text(query("kpi/burn_thresholds")), asked))


@pytest.mark.parametrize(
    ("window", "thresholds"),
    [("30d", [14.4, 6, 3, 1]), ("28d", [13.44, 5.6, 2.8, 0.9333])],
)
def test_thresholds_follow_from_the_window(conn: Connection, window: str, thresholds: list[float]) -> None:
    found = tiers(conn, window, datetime(2026, 4, 10, tzinfo=UTC))
    assert [float(tier.threshold) for tier in found] == pytest.approx(thresholds, abs=5e-5)
    assert [(tier.severity, tier.short_seconds, tier.long_seconds) for tier in found] == [
        ("page", 5 * MINUTE, HOUR),
        ("page", 30 * MINUTE, 6 * HOUR),
        ("ticket", 2 * HOUR, DAY),
        ("ticket", 6 * HOUR, 3 * DAY),
    ]


@pytest.mark.parametrize(
    ("month", "hours"), [(2, 28 * 24), (3, 31 * 24 - 1), (4, 30 * 24), (10, 31 * 24 + 1)]
)
def test_a_calendar_month_is_as_long_as_it_is(conn: Connection, month: int, hours: int) -> None:
    found = tiers(conn, "calendar-month", datetime(2026, month, 15, tzinfo=UTC))
    assert float(found[0].threshold) == pytest.approx(0.02 * hours)


@pytest.mark.parametrize("window", [None, "", "a while", "0d", "30 days", "quarter"])
def test_a_window_that_is_not_supported_has_no_thresholds(conn: Connection, window: str | None) -> None:
    assert {tier.threshold for tier in tiers(conn, window, datetime(2026, 4, 10, tzinfo=UTC))} == {None}
