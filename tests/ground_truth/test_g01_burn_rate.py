"""G1: burn rates, from the Google SRE Workbook, chapter 5 (sre.google/workbook/alerting-on-slos)."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


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


def test_a_target_of_90_percent_burns_ten_times_too_fast_at_most(conn: Connection) -> None:
    burn = ask(conn, "kpi.burn_rate(100, kpi.budget(100, 0.9))")
    assert burn == 10  # in a total outage: 14.4 is out of reach
