"""From worked to handed in to approved: what still waits is counted in."""

from datetime import date
from decimal import Decimal
from math import inf

import pytest

DAY = 86400.0


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def sheet(world, at):
    """Work of 1 June, handed in and approved at these moments; None: not yet."""

    def make(handed_in, approved=None, **values):
        state = "approved" if approved else "submitted" if handed_in else "draft"
        return world.entry(
            **{
                "entered_at": at("2026-06-01 18:00"),
                "submitted_at": at(handed_in) if handed_in else None,
                "approved_at": at(approved) if approved else None,
                "approval_state": state,
            }
            | values
        )

    return make


@pytest.mark.parametrize("metric", ["timesheet_lag", "approval_lag"])
def test_without_work_there_is_no_lag(world, metric) -> None:
    assert whole(world.ask(metric))["value"] is None


def test_the_clock_starts_at_the_end_of_the_day(world, sheet) -> None:
    sheet("2026-06-05")
    assert whole(world.ask("timesheet_lag"))["value"] == pytest.approx(3 * DAY)
    sheet("2026-06-01 20:00", worked_on=date(2026, 6, 1))
    rows = world.ask("timesheet_lag_rows")
    assert [row["value"] for row in rows] == [3 * DAY, 0]


def test_what_is_not_handed_in_is_counted_in(world, sheet) -> None:
    sheet("2026-06-03")
    sheet("2026-06-05")
    for _ in range(2):
        sheet(None)
    row = whole(world.ask("timesheet_lag"))
    assert (row["value"], row["numerator"], row["denominator"]) == (pytest.approx(3 * DAY), 2, 4)
    sheet(None)
    assert whole(world.ask("timesheet_lag"))["value"] == inf


def test_approval_waits_from_the_day_it_was_handed_in(world, sheet) -> None:
    sheet("2026-06-05", "2026-06-09")
    sheet("2026-06-05")
    sheet(None)
    row = whole(world.ask("approval_lag"))
    assert (row["value"], row["numerator"], row["denominator"]) == (pytest.approx(4 * DAY), 1, 2)


def test_a_system_that_approves_nothing_has_no_lag(world, sheet) -> None:
    sheet("2026-06-05", "2026-06-05", approval_precision="entered")
    row = whole(world.ask("approval_lag"))
    assert (row["value"], row["unknown"]) == (None, 1)
    assert whole(world.ask("timesheet_lag"))["unknown"] == 0


def test_deleted_is_another_way_to_end(world, sheet, at) -> None:
    sheet(None, deleted_at=at("2026-06-10"))
    row = whole(world.ask("timesheet_lag"))
    assert (row["ended_otherwise"], row["numerator"]) == (1, 0)


def test_the_past_is_seen_as_it_was(world, sheet) -> None:
    sheet("2026-06-05", "2026-06-09")
    assert whole(world.ask("approval_lag", as_of="2026-06-08"))["still_open"] == 1
    assert whole(world.ask("approval_lag", since="2026-06-10", until="2026-07-01"))["value"] is None


@pytest.mark.parametrize("metric", ["timesheet_lag", "approval_lag"])
def test_rows_add_up_by_count_and_by_money(world, sheet, metric) -> None:
    sheet("2026-06-05", "2026-06-09", rate=Decimal("33.33"))
    sheet("2026-06-06", "2026-06-07", rate=None)
    sheet("2026-06-06", "2026-06-07", currency="EUR")
    figures, behind = world.ask(metric), world.ask(f"{metric}_rows")
    assert sum(row["in_numerator"] for row in behind) == whole(figures)["numerator"] == 3
    assert whole(figures)["hours"] == 3
    for currency in ("USD", "EUR"):
        mine = [row["amount"] for row in behind if row["currency"] == currency and row["in_numerator"]]
        assert sum(mine) == whole(figures, currency)["numerator"]
    assert whole(figures, "USD")["unknown"] == 1
