"""Failed project creations and the time until a project is ready: from the business systems, not from the run log."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest

HOUR = 3600.0


@pytest.fixture
def promised(world):
    """Four hours from win to project, and a PSA that is known to hold projects."""
    world.project(datetime(2026, 1, 5, tzinfo=UTC), source_id="EARLIER")
    world.promised_flow = world.flow("opportunity_to_project", 4)
    return world


def count(rows, part=""):
    (row,) = [row for row in rows if row["currency"] is None and row["part"] == part]
    return row


def outcomes(world, **more):
    return {row["item_id"]: row["outcome"] for row in world.ask("failed_project_creations_rows", **more)}


def test_a_quiet_month_has_no_rate(promised) -> None:
    row = count(promised.ask("failed_project_creations"))
    assert (row["value"], row["numerator"], row["denominator"]) == (None, 0, 0)
    (ready,) = promised.ask("project_ready_time")
    assert (ready["value"], ready["sample"]) == (None, 0)


def test_a_project_in_time_is_created(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), number="OPP-1")
    promised.project(at("2026-06-03 14:00"), opportunity_key="OPP-1")
    row = count(promised.ask("failed_project_creations"))
    assert (row["value"], row["denominator"]) == (0, 1)
    assert outcomes(promised) == {won: "created"}


def test_a_project_that_never_came_is_missing_by_name_and_value(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), number="OPP-1", name="Warehouse", amount=2500)
    rows = promised.ask("failed_project_creations")
    assert (count(rows)["value"], count(rows)["missing_silently"]) == (1, 1)
    (money,) = [row for row in rows if row["currency"] == "USD"]
    assert (money["value"], money["denominator"]) == (2500, 2500)
    (listed,) = promised.ask("failed_project_creations_rows")
    assert (listed["item_id"], listed["label"], listed["amount"]) == (won, "OPP-1 Warehouse", 2500)
    assert listed["outcome"] == "missing silently"


def test_a_run_that_failed_tells_an_explicit_failure_from_a_silent_one(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), number="OPP-1")
    promised.run(at("2026-06-03 10:01"), flow_id=promised.promised_flow, status="failed", object_key="opp-1")
    assert outcomes(promised) == {won: "missing with an error"}
    assert count(promised.ask("failed_project_creations"))["missing_with_error"] == 1


def test_a_late_project_failed_its_promise(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), number="OPP-1")
    promised.project(at("2026-06-03 14:00:01"), opportunity_key="OPP-1")
    assert outcomes(promised) == {won: "late"}


def test_before_the_deadline_nothing_is_decided(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"))
    assert outcomes(promised, as_of="2026-06-03 13:59") == {won: "pending"}
    row = count(promised.ask("failed_project_creations", as_of="2026-06-03 13:59"))
    assert (row["value"], row["pending"]) == (None, 1)
    assert outcomes(promised, as_of="2026-06-03 14:00") == {won: "missing silently"}


def test_won_back_before_the_deadline_owes_nothing(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), is_won=False, is_lost=True, lost_at=at("2026-06-03 12:00"))
    assert outcomes(promised) == {won: "withdrawn"}
    assert count(promised.ask("failed_project_creations"))["denominator"] == 0


def test_lost_after_the_deadline_was_still_a_failure(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), is_won=False, is_lost=True, lost_at=at("2026-06-05"))
    assert outcomes(promised) == {won: "missing silently"}


def test_a_project_that_was_rolled_back_is_missing(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), number="OPP-1")
    promised.project(at("2026-06-03 11:00"), opportunity_key="OPP-1", deleted_at=at("2026-06-03 11:30"))
    assert outcomes(promised) == {won: "missing silently"}


def test_a_project_that_was_never_active_is_no_project(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"), number="OPP-1")
    project = promised.project(at("2026-06-03 11:00"), opportunity_key="OPP-1", is_active=False)
    assert outcomes(promised) == {won: "missing silently"}
    promised.entry(project_ref=project)  # closed, and used before
    assert outcomes(promised) == {won: "created"}


def test_a_suggestion_is_neither_created_nor_failed(promised, at) -> None:
    promised.account("Alder", promised.crm_id, source_id="CA")
    promised.account("Alder", source_id="PA")
    won = promised.won(at("2026-06-03 10:00"), account_ref="CA")
    promised.project(at("2026-06-03 11:00"), account_ref="PA")
    row = count(promised.ask("failed_project_creations"))
    assert (row["value"], row["unknown"], row["unsure"]) == (None, 1, 1)
    assert (row["low"], row["high"]) == (0, 1)
    assert outcomes(promised) == {won: "unsure"}
    ready = count(promised.ask("project_ready_time"))
    assert (ready["unknown"], ready["sample"]) == (1, 0)


def test_two_projects_of_one_opportunity_count_once_and_show_as_two(promised, at) -> None:
    promised.won(at("2026-06-03 10:00"), number="OPP-1")
    for hour in (11, 12):
        promised.project(at(f"2026-06-03 {hour}:00"), opportunity_key="OPP-1")
    assert count(promised.ask("failed_project_creations"))["denominator"] == 1
    (listed,) = promised.ask("failed_project_creations_rows")
    assert (listed["projects"], listed["value"]) == (2, HOUR)


def test_without_a_promise_nothing_failed(world, at) -> None:
    won = world.won(at("2026-06-03 10:00"))
    assert outcomes(world) == {won: "no promise"}
    assert count(world.ask("failed_project_creations"))["unknown"] == 1


def test_last_months_win_is_judged_by_last_months_promise(world, at) -> None:
    world.project(at("2026-01-05"))
    flow = world.flow("opportunity_to_project", 1, since="2026-06-01")
    world.put(
        "ops.flow_promise",
        customer_id=world.customer_id,
        flow_id=flow,
        valid_from=at("2026-01-01"),
        valid_to=at("2026-06-01"),
        deadline_seconds=48 * 3600,
        latency_threshold_seconds=60,
    )
    may = world.won(at("2026-05-20 10:00"), number="OPP-1")
    june = world.won(at("2026-06-03 10:00"), number="OPP-2")
    world.project(at("2026-05-21 10:00"), opportunity_key="OPP-1")
    world.project(at("2026-06-04 10:00"), opportunity_key="OPP-2")
    assert outcomes(world, since="2026-05-01") == {may: "created", june: "late"}


def test_a_system_that_was_not_read_proves_nothing(promised, at) -> None:
    won = promised.won(at("2026-06-03 10:00"))
    promised.put(
        "kpi.stream_read",
        customer_id=promised.customer_id,
        system_id=promised.system_id,
        stream="projects",
        object="project",
        windows="{[2026-01-01Z, 2026-06-03 13:00Z)}",
        counted_until=at("2026-06-03 13:00"),
    )
    assert outcomes(promised) == {won: "not read"}
    assert count(promised.ask("failed_project_creations"))["unknown"] == 1


def test_a_project_system_that_was_never_read_proves_nothing(world, at) -> None:
    world.flow("opportunity_to_project", 4)
    won = world.won(at("2026-06-03 10:00"))
    assert outcomes(world) == {won: "not read"}


def test_work_that_needs_no_delivery_needs_no_project(promised, at) -> None:
    promised.won(at("2026-06-03 10:00"), requires_delivery=False)
    assert outcomes(promised) == {}


@pytest.mark.parametrize(
    ("won_at", "created_at", "outcome", "seconds"),
    [
        # Friday 15:00 plus four business hours is Monday 11:00
        ("2026-06-05 15:00", "2026-06-08 11:00", "created", 4 * HOUR),
        ("2026-06-05 15:00", "2026-06-08 11:00:01", "late", 4 * HOUR + 1),
        ("2026-06-06 12:00", "2026-06-08 10:00", "created", 1 * HOUR),
    ],
)
def test_deadlines_and_times_are_business_time(world, at, won_at, created_at, outcome, seconds) -> None:
    calendar = world.office_hours("2026-05-25", 60)
    world.flow("opportunity_to_project", 4, calendar_id=calendar)
    world.won(at(won_at), number="OPP-1")
    world.project(at(created_at), opportunity_key="OPP-1")
    assert set(outcomes(world).values()) == {outcome}
    assert count(world.ask("project_ready_time"))["value"] == pytest.approx(seconds)


def test_business_hours_are_local_when_clocks_change(world, at) -> None:
    calendar = world.office_hours("2026-10-01", 60, "Europe/London")
    world.flow("opportunity_to_project", 4, calendar_id=calendar)
    # Friday 23 October 15:00 in London (14:00 UTC), clocks go back on Sunday: due on Monday at 11:00, which is 11:00 UTC
    world.won(at("2026-10-23 14:00"), number="OPP-1")
    world.project(at("2026-10-26 11:00"), opportunity_key="OPP-1")
    asked = {"since": "2026-10-01", "until": "2026-11-01"}
    assert set(outcomes(world, **asked).values()) == {"created"}
    assert count(world.ask("project_ready_time", **asked))["value"] == pytest.approx(4 * HOUR)


def test_a_calendar_that_does_not_reach_so_far_decides_nothing(world, at) -> None:
    calendar = world.office_hours("2026-05-25", 5)
    world.flow("opportunity_to_project", 4, calendar_id=calendar)
    world.project(at("2026-01-05"))
    world.won(at("2026-06-03 10:00"))
    assert count(world.ask("failed_project_creations"))["no_promise"] == 1


def test_the_median_counts_opportunities_that_still_wait(promised, at) -> None:
    for number, hours in enumerate((1, 2), start=1):
        promised.won(at("2026-06-03 10:00"), number=f"OPP-{number}")
        promised.project(at("2026-06-03 10:00") + timedelta(hours=hours), opportunity_key=f"OPP-{number}")
    promised.won(at("2026-06-03 10:00"))
    promised.won(at("2026-06-03 10:00"), is_won=False, lost_at=at("2026-06-05"))
    row = count(promised.ask("project_ready_time"))
    assert row["value"] == pytest.approx(2 * HOUR)
    assert (row["numerator"], row["still_open"], row["ended_otherwise"]) == (2, 1, 1)
    assert row["within_deadline"] == pytest.approx(0.5)


def test_a_median_that_nothing_reaches_is_an_answer(promised, at) -> None:
    promised.won(at("2026-06-03 10:00"))
    assert count(promised.ask("project_ready_time"))["value"] == inf


def test_the_rows_add_up_to_the_figures(promised, at) -> None:
    for number in range(3):
        promised.won(at(f"2026-06-0{number + 1} 10:00"), number=f"OPP-{number}")
    promised.project(at("2026-06-01 11:00"), opportunity_key="OPP-0")
    promised.project(at("2026-06-09 11:00"), opportunity_key="OPP-1")
    for key in ("failed_project_creations", "project_ready_time"):
        figure, rows = count(promised.ask(key)), promised.ask(f"{key}_rows")
        assert sum(row["in_numerator"] for row in rows) == figure["numerator"] > 0
        assert sum(row["in_denominator"] for row in rows) == figure["denominator"] == 3
        assert sum(row["is_unknown"] for row in rows) == figure["unknown"]


@pytest.mark.parametrize("by", ["day", "account", "system"])
def test_parts_add_up_to_the_whole(promised, at, by) -> None:
    for day in (3, 4):
        promised.won(at(f"2026-06-0{day} 10:00"))
    parts = [row for row in promised.ask("failed_project_creations", by=by) if row["currency"] is None]
    assert sum(row["numerator"] for row in parts) == 2
    assert len(parts) == {"day": 30, "account": 1, "system": 1}[by]


def test_another_customer_is_not_seen(promised, at) -> None:
    promised.won(at("2026-06-03 10:00"))
    stranger = promised.customer()
    seen = promised.ask("failed_project_creations", customers=[promised.customer_id], seen_by=[stranger])
    assert seen == []
