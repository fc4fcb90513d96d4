"""G16: budgets of time, from the examples of OpenSLO (github.com/OpenSLO/OpenSLO, Apache-2.0)."""

from datetime import timedelta

from sqlalchemy import Connection, text


def budget(conn: Connection, events: int, target: str) -> float:
    asked = text("SELECT kpi.budget(:events, CAST(:target AS numeric))")
    return float(conn.execute(asked, {"events": events, "target": target}).scalar_one())


def test_two_weeks_of_minutes_at_95_percent(conn: Connection) -> None:
    slices = 14 * 24 * 60
    assert slices == 20_160
    assert timedelta(minutes=budget(conn, slices, "0.95")) == timedelta(hours=16, minutes=48)


def test_a_week_at_99_95_percent(conn: Connection) -> None:
    seconds = 7 * 24 * 3600
    assert timedelta(seconds=budget(conn, seconds, "0.9995")) == timedelta(minutes=5, seconds=2.4)
