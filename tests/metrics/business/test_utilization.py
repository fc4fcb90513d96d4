"""Billable utilization: a ratio of sums over people whose contract hours are known."""

from datetime import date

import pytest

LATER = {"as_of": "2026-08-01"}


def whole(rows):
    (row,) = [row for row in rows if row["part"] == ""]
    return row


@pytest.fixture
def person(world):
    """Somebody of 40 hours a week; June 2026 has 22 working days, 176 hours."""

    def make(hours=0, capacity=40, entry=None, **values):
        who = world.record("biz.resource", "W", {"name": "W", "capacity_hours": capacity}, values)
        if hours:
            world.entry(resource_ref=who, minutes=hours * 60, **entry or {})
        return who

    return make


def test_nobody_has_no_utilization(world) -> None:
    assert whole(world.ask("billable_utilization"))["value"] is None


def test_it_is_a_ratio_of_sums_and_no_mean_of_percentages(world, person) -> None:
    person(hours=88)
    person(hours=88, capacity=20)
    row = whole(world.ask("billable_utilization", **LATER))
    assert (row["numerator"], row["denominator"], row["sample"]) == (176, 264, 2)
    assert row["value"] == pytest.approx(176 / 264)  # the mean of 50 % and 100 % would be 75 %
    assert row["capacity"].startswith("gross")


@pytest.mark.parametrize(
    ("employed", "days"),
    [
        ({"starts_on": date(2026, 6, 15)}, 12),
        ({"ends_on": date(2026, 6, 5)}, 5),
        ({"ends_on": date(2026, 6, 5), "is_active": False}, 5),
    ],
)
def test_joiners_and_leavers_count_by_the_day(world, person, employed, days) -> None:
    person(hours=8, **employed)
    assert whole(world.ask("billable_utilization", **LATER))["denominator"] == 8 * days


def test_who_left_before_or_comes_later_is_nobodys_capacity(world, person) -> None:
    person(hours=8)
    person(ends_on=date(2026, 5, 31))
    person(starts_on=date(2026, 7, 1))
    person(is_active=False)
    row = whole(world.ask("billable_utilization", **LATER))
    assert (row["sample"], row["unknown"]) == (1, 0)


def test_a_public_holiday_is_no_working_day(world, person, at) -> None:
    person(hours=8)
    calendar = world.office_hours("2026-06-01", 1)
    world.put(
        "ops.calendar_holiday",
        customer_id=world.customer_id,
        calendar_id=calendar,
        held_on=date(2026, 6, 19),
        name="Juneteenth",
        source="prefilled",
    )
    assert whole(world.ask("billable_utilization", **LATER))["denominator"] == 8 * 21


def test_unapproved_hours_are_told_beside_it(world, person) -> None:
    person(hours=44)
    person(hours=44, entry={"approval_state": "submitted", "approved_at": None})
    row = whole(world.ask("billable_utilization", **LATER))
    assert (row["value"], row["with_unapproved"], row["unapproved_hours"]) == (0.125, 0.25, 44)


def test_who_has_no_contract_hours_is_unknown_and_on_neither_side(world, person) -> None:
    person(hours=88)
    person(hours=80, capacity=None)
    world.entry(resource_ref=None, minutes=60)
    row = whole(world.ask("billable_utilization", **LATER))
    assert (row["value"], row["unknown"], row["unknown_hours"]) == (0.5, 2, 81)


def test_another_system_may_know_the_contract_hours(world, person) -> None:
    hr = world.system("hr")
    person(hours=88, capacity=None, employee_no="E-7")
    world.record("biz.resource", "H", {"capacity_hours": 40, "employee_no": "e-7"}, {"system_id": hr})
    row = whole(world.ask("billable_utilization", **LATER))
    assert (row["value"], row["sample"], row["unknown"]) == (0.5, 1, 0)


def test_a_month_that_runs_has_the_capacity_of_its_days_so_far_and_is_provisional(world, person) -> None:
    person(hours=8)
    row = whole(world.ask("billable_utilization", as_of="2026-06-03 12:00"))
    assert (row["denominator"], row["is_provisional"]) == (24, True)
    assert whole(world.ask("billable_utilization", as_of="2026-07-12"))["is_provisional"] is False


def test_people_are_told_by_their_key(world, person) -> None:
    who = person(hours=8, email="wren@example.com")
    (row,) = world.ask("billable_utilization_rows", **LATER)
    assert (row["label"], row["value"], row["capacity"]) == (f"person {who}", 8, 176)
