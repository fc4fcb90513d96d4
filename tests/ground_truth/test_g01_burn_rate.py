"""G1: burn rates, from the Google SRE Workbook, chapter 5 (sre.google/workbook/alerting-on-slos)."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)
TARGET = 0.999


def ask(conn: Connection, expression: str, **given: float) -> float:
    return float(conn.execute(text(f"SELECT {expression}"), given).scalar_one())


@pytest.mark.parametrize(
    ("burn", "lasts"),
    [
        (1, timedelta(days=30)),
        (2, timedelta(days=15)),
        (10, timedelta(days=3)),
        (1000, timedelta(minutes=43.2)),
    ],
)
def test_how_long_a_whole_budget_lasts(conn: Connection, burn: int, lasts: timedelta) -> None:
    seconds = ask(conn, "kpi.budget_lasts(1, :burn, :window)", burn=burn, window=int(MONTH.total_seconds()))
    assert timedelta(seconds=seconds) == lasts


@pytest.mark.parametrize(
    ("share", "within", "threshold"),
    [
        ("0.02", HOUR, 14.4),
        ("0.05", 6 * HOUR, 6),
        ("0.10", timedelta(days=3), 1),
        ("0.05", HOUR, 36),
    ],
)
def test_the_burn_rate_that_uses_a_share_of_the_budget(
    conn: Connection, share: str, within: timedelta, threshold: float
) -> None:
    given = {
        "share": share,
        "window": int(MONTH.total_seconds()),
        "within": int(within.total_seconds()),
    }
    found = ask(conn, "kpi.burn_threshold(CAST(:share AS numeric), :window, :within)", **given)
    assert found == threshold


@pytest.mark.parametrize(
    ("within", "threshold", "after"),
    [
        (timedelta(minutes=10), 1, timedelta(seconds=0.6)),
        (timedelta(hours=36), 1, timedelta(minutes=2, seconds=9.6)),  # "2 minutes and 10 seconds"
    ],
)
def test_how_soon_a_total_outage_is_seen(
    conn: Connection, within: timedelta, threshold: int, after: timedelta
) -> None:
    seconds = ask(
        conn,
        "kpi.burn_seen_after(1, CAST(:target AS numeric), :within, :threshold)",
        target=str(TARGET),
        within=int(within.total_seconds()),
        threshold=threshold,
    )
    assert timedelta(seconds=seconds) == after


def test_a_target_of_90_percent_loses_little_to_an_hour_of_outage(conn: Connection) -> None:
    burn = ask(conn, "kpi.burn_rate(100, kpi.budget(100, 0.9))")
    assert burn == 10  # the fastest it can burn: 14.4 is out of reach
    spent = ask(
        conn,
        "kpi.budget_spent(10, :hour, :window)",
        hour=int(HOUR.total_seconds()),
        window=int(MONTH.total_seconds()),
    )
    assert round(spent * 100, 1) == 1.4
