"""Project margin: what client projects earned, less what that cost; one unknown cost leaves its project out."""

from datetime import date
from decimal import Decimal

import pytest

LATER = {"as_of": "2026-08-01"}


def whole(rows, currency="USD"):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def project(world, at):
    """A client's project with one hour at 100 that cost 60, unless the test says otherwise."""
    world.account("Alder", source_id="A")

    def make(key="P", work=True, account="A", **entry):
        world.project(at("2026-01-05"), source_id=key, account_ref=account, currency="USD", name=key)
        if work:
            world.entry(**{"project_ref": key, "cost_rate": 60} | entry)

    return make


def test_no_project_has_no_margin(world) -> None:
    assert whole(world.ask("project_margin"), None)["value"] is None


def test_it_is_a_ratio_of_sums(world, project) -> None:
    project("P", rate=900, cost_rate=300)
    project("Q", rate=100, cost_rate=150)
    row = whole(world.ask("project_margin", **LATER))
    assert (row["value"], row["numerator"], row["denominator"], row["losing"]) == (0.55, 550, 1000, 1)


def test_hours_that_nobody_pays_cost_all_the_same(world, project) -> None:
    project()
    world.entry(project_ref="P", billable=False, rate=None, cost_rate=20)
    world.expense(project_ref="P", amount=10, billable=False)
    assert whole(world.ask("project_margin", **LATER))["value"] == pytest.approx(0.1)


def test_the_cost_is_that_of_the_day(world, project) -> None:
    for since, rate in ((date(2026, 1, 1), 40), (date(2026, 6, 2), 80)):
        defaults = {"resource_ref": "W", "valid_from": since, "rate": rate, "currency": "USD"}
        world.record("biz.cost_rate", "C", defaults, {})
    project(resource_ref="W")
    assert whole(world.ask("project_margin", **LATER))["cost"] == 40


def test_the_cost_of_a_person_may_stand_in_another_system(world, project) -> None:
    hr = world.system("hr")
    world.record("biz.resource", "W", {"employee_no": "E-7"}, {"source_id": "W"})
    world.record("biz.resource", "H", {"employee_no": "e-7"}, {"source_id": "E-7", "system_id": hr})
    defaults = {"resource_ref": "E-7", "valid_from": date(2026, 1, 1), "rate": 25, "currency": "USD"}
    world.record("biz.cost_rate", "C", defaults, {"system_id": hr})
    project(resource_ref="W", cost_rate=None)
    assert whole(world.ask("project_margin", **LATER))["cost"] == 25


@pytest.mark.parametrize(
    "entry",
    [{"cost_rate": None}, {"rate": None}, {"currency": "EUR"}],
    ids=["no cost", "no rate", "earned in one currency, paid in another"],
)
def test_an_unknown_project_is_on_neither_side(world, project, entry) -> None:
    project("P")
    project("Q", **entry)
    rows = world.ask("project_margin", **LATER)
    assert whole(rows)["value"] == pytest.approx(0.4)
    assert whole(rows, None)["unknown"] == 1
    assert sum(row["is_unknown"] for row in world.ask("project_margin_rows", **LATER)) == 1


def test_fixed_price_earns_its_milestones_and_not_its_hours(world, project, at) -> None:
    project()
    defaults = {"project_ref": "P", "completed_at": at("2026-06-20"), "amount": 500, "currency": "USD"}
    world.record("biz.milestone", "M", defaults, {})
    world.record("biz.milestone", "M", defaults, {"completed_at": at("2026-07-02")})
    row = whole(world.ask("project_margin", **LATER))
    assert (row["denominator"], row["cost"]) == (500, 60)


def test_what_was_recognised_goes_before_everything_else(world, project) -> None:
    project()
    defaults = {
        "project_ref": "P",
        "period_from": date(2026, 6, 1),
        "period_to": date(2026, 6, 30),
        "currency": "USD",
    }
    world.record("biz.revenue_schedule", "S", defaults, {"recognised": 240})
    assert whole(world.ask("project_margin", **LATER))["denominator"] == 240
    (part,) = world.ask("project_margin", **LATER, by="basis")
    assert part["part"] == "recognised"


def test_without_revenue_there_is_no_percentage(world, project) -> None:
    project(billable=False)
    row = whole(world.ask("project_margin", **LATER))
    assert (row["value"], row["numerator"], row["denominator"]) == (None, -60, 0)


def test_the_house_own_projects_are_left_out(world, project) -> None:
    project(account=None)
    assert whole(world.ask("project_margin", **LATER), None)["value"] is None


def test_rows_and_parts_add_up(world, project) -> None:
    project("P")
    project("Q", rate=50)
    figure = whole(world.ask("project_margin", **LATER))
    behind = world.ask("project_margin_rows", **LATER)
    assert sum(row["amount"] for row in behind if row["in_numerator"]) == figure["numerator"] == Decimal(30)
    parts = world.ask("project_margin", **LATER, by="project")
    assert {row["part"]: row["numerator"] for row in parts} == {"P": 40, "Q": -10}
