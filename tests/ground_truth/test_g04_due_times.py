"""G4: a deadline in open hours, as a vendor explains it to its users (Zendesk community post 4408868203034)."""

import json

import pytest
from sqlalchemy import text

from metrics.calendars import materialise
from tests.metrics.builders import a_customer, at


@pytest.mark.parametrize(
    ("since", "hours", "expected"),
    [
        ("2026-10-02 16:00", 2, "2026-10-05 10:00"),  # Friday 16:00 is due on Monday at 10:00
        ("2026-10-02 15:00", 2, "2026-10-02 17:00"),  # used up to the last second of a window
        ("2026-10-02 17:00", 8, "2026-10-05 17:00"),
        ("2026-10-03 12:00", 1, "2026-10-05 10:00"),  # a weekend does not count
    ],
)
def test_a_deadline_counts_open_hours_only(conn, since, hours, expected):
    customer = a_customer(conn)
    office = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = conn.execute(
        text(
            "INSERT INTO ops.calendar (customer_id, key, time_zone, hours)"
            " VALUES (:customer, 'office', 'UTC', CAST(:hours AS jsonb)) RETURNING calendar_id"
        ),
        {"customer": customer, "hours": json.dumps(office)},
    ).scalar_one()
    materialise(conn, customer, at("2026-06-01"))
    due = conn.execute(
        text("SELECT kpi.business_deadline(:customer, :calendar, :since, :seconds)"),
        {"customer": customer, "calendar": calendar, "since": at(since), "seconds": hours * 3600},
    ).scalar_one()
    assert due == at(expected)
