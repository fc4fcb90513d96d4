"""The silence detector: nothing runs, nothing is polled from the integration platform, and what is overdue is so at the minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.slow

SECOND = timedelta(seconds=1)
LONDON, NEW_YORK, BERLIN, HOWE = "Europe/London", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"
NIGHT = {"sat": "22:00-24:00", "sun": "00:00-06:00"}
ALWAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")


def local(moment: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


# zone, what is special about the calendar, won at (local), deadline, due at (local)
DUE = [
    ("UTC", {}, "2026-10-02 16:00", {"hours": 2}, "2026-10-05 10:00"),  # G4: Friday 16:00 + 2 h: Monday 10:00
    (LONDON, {}, "2026-10-02 16:00", {"hours": 2}, "2026-10-05 10:00"),
    (LONDON, {}, "2026-10-02 15:00", {"hours": 2}, "2026-10-02 17:00"),  # the last second of Friday
    (LONDON, {}, "2026-10-03 11:30", {"hours": 4}, "2026-10-05 13:00"),  # won on a Saturday
    # the clocks go back on Sunday 25 October 2026, in the office nobody notices
    (LONDON, {}, "2026-10-23 15:00", {"hours": 4}, "2026-10-26 11:00"),
    (LONDON, {"hours": NIGHT}, "2026-10-24 23:00", {"hours": 3}, "2026-10-25 01:00"),  # 01:00 the second time
    (LONDON, {"hours": NIGHT}, "2026-10-24 23:00", {"hours": 8}, "2026-10-25 06:00"),  # the night had nine hours
    (LONDON, {"hours": ALWAYS}, "2026-10-24 12:00", {"hours": 24}, "2026-10-25 11:00"),
    # and forward on Sunday 29 March 2026
    (LONDON, {}, "2026-03-27 15:00", {"hours": 4}, "2026-03-30 11:00"),
    (LONDON, {"hours": NIGHT}, "2026-03-28 23:00", {"hours": 3}, "2026-03-29 03:00"),
    (LONDON, {"hours": ALWAYS}, "2026-03-28 12:00", {"hours": 24}, "2026-03-29 13:00"),
    # New York changes on other days: 8 March and 1 November 2026
    (NEW_YORK, {}, "2026-03-06 16:30", {"hours": 1}, "2026-03-09 09:30"),
    (NEW_YORK, {}, "2026-10-30 16:30", {"hours": 9}, "2026-11-03 09:30"),
    (HOWE, {"hours": ALWAYS}, "2026-10-03 12:00", {"hours": 24}, "2026-10-04 12:30"),  # by half an hour
    # holidays: Thanksgiving, the customer's own bridge day, and the weekend in one
    (NEW_YORK, {"holidays": "US"}, "2026-11-25 16:00", {"hours": 2}, "2026-11-27 10:00"),
    (NEW_YORK, {"holidays": "US", "closed": ("2026-11-27",)}, "2026-11-25 16:00", {"hours": 2}, "2026-11-30 10:00"),
    (LONDON, {"holidays": "GB-ENG"}, "2026-12-24 16:00", {"hours": 2}, "2026-12-29 10:00"),  # 28th: substitute day
    # the end of the next business day, whatever the hour of the win
    (LONDON, {}, "2026-10-01 08:00", {"business_days": 1}, "2026-10-02 17:00"),
    (LONDON, {}, "2026-10-02 16:59", {"business_days": 1}, "2026-10-05 17:00"),
    (LONDON, {}, "2026-10-03 10:00", {"business_days": 1}, "2026-10-05 17:00"),
    (LONDON, {"holidays": "GB-ENG"}, "2026-12-24 10:00", {"business_days": 1}, "2026-12-29 17:00"),
    (LONDON, {}, "2026-10-23 10:00", {"business_days": 2}, "2026-10-27 17:00"),  # over the change of clocks
    (NEW_YORK, {}, "2026-10-02 23:30", {"business_days": 1}, "2026-10-05 17:00"),  # Friday there, Saturday in UTC
    # elapsed hours do not care
    (BERLIN, None, "2026-10-24 12:00", {"hours": 24}, "2026-10-25 11:00"),
    (BERLIN, None, "2026-10-02 16:00", {"hours": 4}, "2026-10-02 20:00"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "calendar", "won", "deadline", "due"), DUE)
def test_a_won_deal_is_overdue_at_the_minute_although_nothing_ran(world, zone, calendar, won, deadline, due):
    calendar_id = None if calendar is None else world.calendar(zone, **calendar)
    world.rule("won-to-project", calendar_id=calendar_id, **deadline)
    deal = world.won(local(won, zone))
    expected = local(due, zone)
    if (zone, won, due) == (LONDON, "2026-10-24 23:00", "2026-10-25 01:00"):
        expected = local(due, zone, fold=1)
    world.read("project", expected + timedelta(days=30))
    world.sweep()
    ((_, at_the_end),) = world.rows(expected)[["item_id", "at"]].itertuples(index=False)
    assert at_the_end == expected
    assert world.outcomes(expected - SECOND) == {deal: "pending"}
    assert world.outcomes(expected) == {deal: "overdue"}
    assert world.conn.execute(text("SELECT count(*) FROM raw.run")).scalar_one() == 0


@pytest.mark.parametrize(
    ("won", "due"),
    [
        ("2026-10-02 16:00", "2026-10-05 10:00"),  # a weekend
        ("2026-12-24 16:00", "2026-12-29 10:00"),  # Christmas, a weekend and a substitute day
        ("2026-10-23 16:00", "2026-10-26 10:00"),  # clocks back
        ("2026-03-27 16:00", "2026-03-30 10:00"),  # clocks forward
    ],
)
def test_the_queue_opens_it_at_that_minute(world, won, due):
    world.rule("won-to-project", 2, calendar_id=world.calendar(LONDON, holidays="GB-ENG"))
    deal = world.won(local(won, LONDON), amount=48_200, currency="GBP")
    due_at = local(due, LONDON)
    world.read("project", due_at + timedelta(days=1))
    assert world.detect(due_at - SECOND).opened == 0
    assert world.detect(due_at).opened == 1
    (one,) = world.queue()
    assert (one.opened_at, one.value_at_risk, one.currency, one.value_confidence) == (
        due_at,
        48_200,
        "GBP",
        "exact",
    )
    assert one.object_type == "project"
    world.project(due_at + timedelta(hours=3), opportunity_key=deal)
    assert world.detect(due_at + timedelta(hours=4)).closed == 1
    (one,) = world.queue()
    assert one.closed_at == due_at + timedelta(hours=3)


def test_a_calendar_that_is_not_filled_so_far_gives_no_deadline(world, at):
    calendar = world.calendar()
    world.rule("won-to-project", 2, calendar_id=calendar)
    world.rule("won-to-project", business_days=1, calendar_id=calendar, to_system_id=world.system_id)
    world.won(at("2028-12-29 16:30"))
    world.read("project", at("2029-06-01"))
    world.sweep()
    assert set(world.rows(at("2029-05-01"))["outcome"]) == {"no clock"}
    figure = world.figure(at("2029-05-01"))["", None]
    assert (figure.value, figure.denominator, figure.unknown) == (None, 0, 2)
