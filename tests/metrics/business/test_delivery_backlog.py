"""Delivery backlog: what of the budgets of running projects is still to be worked."""

from datetime import date

import pytest

JUNE = {"as_of": "2026-07-10"}


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def project(world, at):
    """A running project of 1,000 USD with two hours of work, 200 USD."""

    def make(source_id="P", **values):
        row = {"source_id": source_id, "account_ref": "A", "budget_amount": 1000, "currency": "USD"}
        world.project(at("2026-05-01"), **row | values)
        for _ in range(2):
            world.entry(project_ref=source_id)

    return make


def test_without_a_project_there_is_nothing_to_say(world) -> None:
    assert whole(world.ask("delivery_backlog"))["value"] is None


@pytest.mark.parametrize(
    ("given", "projects", "money", "unknown"),
    [
        ({}, 1, 800, 0),
        ({"budget_amount": 150}, 0, 0, 0),  # over its budget owes nothing
        ({"budget_amount": None, "budget_hours": 10}, 1, None, 0),
        ({"budget_amount": None}, None, None, 1),
        ({"currency": "EUR"}, None, None, 1),
        ({"is_active": False}, None, None, 1),
        ({"is_active": False, "ends_on": date(2026, 6, 20)}, None, None, 0),
        ({"is_active": False, "ends_on": date(2026, 7, 5)}, 1, 800, 0),  # it was running then
        ({"account_ref": None}, None, None, 0),
    ],
)
def test_what_is_left_of_the_budget(world, project, given, projects, money, unknown) -> None:
    project(**given)
    rows = world.ask("delivery_backlog", **JUNE)
    found = [row["value"] for row in rows if row["currency"]]
    assert (whole(rows)["value"], found[0] if found else None) == (projects, money)
    assert whole(rows)["unknown"] == unknown


def test_work_of_a_phase_is_work_of_its_project(world, project, at) -> None:
    project()
    world.project(at("2026-05-02"), source_id="P/1", parent_ref="P", account_ref="A")
    world.entry(project_ref="P/1")
    assert whole(world.ask("delivery_backlog", **JUNE), "USD")["value"] == 700


def test_work_after_the_period_was_still_to_be_done(world, project) -> None:
    project()
    world.entry(project_ref="P", worked_on=date(2026, 7, 2))
    assert whole(world.ask("delivery_backlog", **JUNE), "USD")["value"] == 800


def test_rows_and_parts_add_up(world, project) -> None:
    project()
    project("Q", budget_amount=500, ends_on=date(2026, 6, 10))
    project("R", budget_amount=None)
    rows, behind = world.ask("delivery_backlog", **JUNE), world.ask("delivery_backlog_rows", **JUNE)
    assert (whole(rows)["value"], whole(rows)["overdue"]) == (2, 1)
    assert sum(row["in_numerator"] for row in behind) == 2
    assert sum(row["amount"] for row in behind if row["in_numerator"]) == whole(rows, "USD")["value"] == 1100
    assert sum(row["is_unknown"] for row in behind) == whole(rows)["unknown"] == 1
    parts = [row["value"] for row in world.ask("delivery_backlog", by="project", **JUNE) if row["currency"]]
    assert sorted(parts) == [300, 800]
