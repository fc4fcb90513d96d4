"""Missing timesheets: days on which somebody should have worked and nobody has entered anything."""

from datetime import date

import pytest

from metrics.detect import would
from tests.metrics.business.conftest import at

WEEK = {"since": "2026-06-01", "until": "2026-06-08", "as_of": "2026-06-30"}  # 1 June is a Monday


def whole(rows):
    (row,) = [row for row in rows if row["part"] == ""]
    return row


@pytest.fixture
def person(world):
    """Somebody with 40 hours a week who has entered time on the first days of June, and whose leave is read."""

    def make(days=(), **values):
        defaults = {"capacity_hours": 40, "starts_on": date(2020, 1, 1), "is_active": True}
        key = world.record("biz.resource", "R", defaults, values)
        system = {"system_id": values["system_id"]} if "system_id" in values else {}
        for day in days:
            world.entry(resource_ref=key, worked_on=date(2026, 6, day), **system)
        return key

    return make


@pytest.fixture
def leave(world):
    def make(person, first, last, **values):
        row = {"resource_ref": person, "starts_on": first, "ends_on": last, "state": "approved"}
        world.record("biz.leave", "V", row, values)

    return make


@pytest.fixture
def known(world, leave):
    """Somebody's leave of last year: leave is read."""
    leave("somebody", date(2025, 1, 1), date(2025, 1, 1))


def test_nobody_owes_nothing(world) -> None:
    assert whole(world.ask("missing_timesheets", **WEEK))["value"] is None


def test_a_working_day_without_any_entry_is_missing(world, person, known) -> None:
    person([1, 2, 3, 5])
    row = whole(world.ask("missing_timesheets", **WEEK))
    assert (row["value"], row["numerator"], row["denominator"], row["people"]) == (0.2, 1, 5, 1)
    first = world.ask("missing_timesheets_rows", **WEEK)[0]
    assert (first["outcome"], first["at"].date()) == ("missing", date(2026, 6, 4))
    days = world.ask("missing_timesheets", **WEEK, by="day")
    assert {row["part"] for row in days if row["value"]} == {"2026-06-04"}


def test_without_leave_nobody_can_tell_a_missing_day_from_a_free_one(world, person) -> None:
    person([1, 2, 3, 5])
    row = whole(world.ask("missing_timesheets", **WEEK))
    assert (row["value"], row["denominator"], row["unknown"], row["high"]) == (0, 4, 1, 0.2)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, 0),
        ({"state": "requested"}, 2),
        ({"hours": 4}, 2),  # half a day is a day to enter
        ({"hours": 8}, 0),
    ],
)
def test_leave_is_no_missing_day(world, person, leave, given, missing) -> None:
    leave(person([1, 2, 3]), date(2026, 6, 4), date(2026, 6, 5), **given)
    assert whole(world.ask("missing_timesheets", **WEEK))["numerator"] == missing


def test_leave_in_another_system_is_found_by_the_employee_number(world, person, leave) -> None:
    hr = world.system("hr")
    person([1, 2, 3], employee_no="e7")
    other = world.record("biz.resource", "R", {"employee_no": "E7", "is_active": True}, {"system_id": hr})
    leave(other, date(2026, 6, 4), date(2026, 6, 5), system_id=hr)
    row = whole(world.ask("missing_timesheets", **WEEK))
    assert (row["numerator"], row["denominator"]) == (0, 3)


@pytest.mark.parametrize(
    ("given", "judged", "unknown"),
    [
        ({"capacity_hours": 24, "working_days": "123"}, 3, 0),
        ({"capacity_hours": 24}, 1, 4),
        ({"capacity_hours": None}, 0, 0),
        ({"ends_on": date(2026, 6, 2)}, 2, 0),
        ({"is_active": False}, 0, 0),
    ],
)
def test_the_contract_says_which_days(world, person, known, given, judged, unknown) -> None:
    person([1], **given)
    row = whole(world.ask("missing_timesheets", **WEEK))
    assert (row["denominator"], row["unknown"]) == (judged, unknown)


def test_a_day_is_judged_a_week_later(world, person, known) -> None:
    person([2])
    row = whole(world.ask("missing_timesheets", **WEEK | {"as_of": "2026-06-09 12:00"}))
    assert (row["numerator"], row["denominator"], row["pending"]) == (1, 2, 3)


def test_rows_add_up(world, person, known) -> None:
    person([1, 2])
    person([1], capacity_hours=20)
    row, behind = (world.ask(name, **WEEK) for name in ("missing_timesheets", "missing_timesheets_rows"))
    figure = whole(row)
    assert sum(row["in_numerator"] for row in behind) == figure["numerator"]
    assert sum(row["in_denominator"] for row in behind) == figure["denominator"]
    assert sum(row["is_unknown"] for row in behind) == figure["unknown"]


def test_utilization_net_of_leave_stands_beside_gross(world, person, leave) -> None:
    somebody = person([1, 2, 3])
    assert whole(world.ask("billable_utilization", **WEEK))["net"] is None
    leave(somebody, date(2026, 6, 4), date(2026, 6, 5))
    row = whole(world.ask("billable_utilization", **WEEK))
    assert (row["value"], row["net"], row["leave_hours"]) == (3 / 40, 3 / 24, 16)


def test_a_try_tells_of_days_that_were_entered_too_late(world, person, known) -> None:
    own = person()
    for day, entered in ((1, "2026-06-02"), (2, "2026-06-20"), (3, "2026-06-09")):
        world.entry(resource_ref=own, worked_on=date(2026, 6, day), entered_at=at(entered))
    for day in (4, 5):
        world.entry(resource_ref=own, worked_on=date(2026, 6, day), entered_at=None)
    asked = (["missing_time"], [world.customer_id], at("2026-06-30"), at("2026-06-09"))
    with world.conn.begin_nested() as undone:
        (row,), _ = would(world.conn, [], *asked)
        undone.rollback()
    # the 2nd, and the days from the 8th to the 22nd, of which no entry is known at all
    assert (row["became"], row["opened_at"], row["records"]) == ("opens", at("2026-06-10"), 1 + 11)
