"""Project setup accuracy: every check passes at the first look, or the project was not set up right."""

from datetime import date

import pytest
from sqlalchemy import text

from metrics import audits
from sql import query
from tests.metrics.builders import OneTransaction

RIGHT = {
    "account_ref": "A",
    "contract_ref": "K",
    "billing_method": "time",
    "currency": "USD",
    "budget_amount": 100,
    "starts_on": date(2026, 6, 1),
}


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def project(world, at):
    """A project of Monday 8 June, complete but for what the test says; nobody has touched it since."""
    world.account("Alder", source_id="A")

    def make(made="2026-06-08 10:00", **values):
        return world.project(at(made), **RIGHT | {"source_updated_at": at(made)} | values)

    return make


def test_no_new_project_has_no_accuracy(world) -> None:
    assert whole(world.ask("project_setup_accuracy"))["value"] is None


@pytest.mark.parametrize(
    ("missing", "check"),
    [
        ("account_ref", "customer"),
        ("contract_ref", "contract"),
        ("billing_method", "billing method"),
        ("currency", "currency"),
        ("budget_amount", "budget"),
        ("starts_on", "dates"),
    ],
)
def test_one_missing_field_makes_the_project_wrong(world, project, missing, check) -> None:
    project()
    project(**{missing: None})
    row = whole(world.ask("project_setup_accuracy"))
    assert (row["value"], row["numerator"], row["denominator"]) == (0.5, 1, 2)
    rows = world.ask("project_setup_accuracy_rows")
    assert [row["outcome"] for row in rows] == [f"without {check}", "right"]
    parts = world.ask("project_setup_accuracy", by="check")
    assert {row["part"] for row in parts if row["currency"] is None and row["value"] < 1} == {check}


def test_a_customer_that_does_not_exist_is_none(world, project) -> None:
    project(account_ref="gone")
    assert whole(world.ask("project_setup_accuracy"))["value"] == 0


def test_a_field_that_the_system_never_tells_is_not_checked(world, project) -> None:
    project(contract_ref=None)
    assert whole(world.ask("project_setup_accuracy"))["value"] == 1


@pytest.mark.parametrize(
    ("changed", "outcome"), [("2026-06-09 09:59", "right"), ("2026-06-09 10:01", "unknown")]
)
def test_a_correction_after_the_first_look_does_not_make_it_right(
    world, project, at, changed, outcome
) -> None:
    project(source_updated_at=at(changed))
    (row,) = world.ask("project_setup_accuracy_rows")
    assert row["outcome"] == outcome
    if outcome == "unknown":
        figure = whole(world.ask("project_setup_accuracy"))
        assert (figure["value"], figure["unknown"], figure["low"], figure["high"]) == (None, 1, 0, 1)


@pytest.mark.parametrize(
    ("made", "audit"),
    [
        ("2026-06-08 10:00", "2026-06-09 10:00"),
        ("2026-06-12 10:00", "2026-06-15 10:00"),  # a Friday
        ("2026-06-13 10:00", "2026-06-15 10:00"),
    ],
)
def test_the_first_look_is_a_working_day_later(world, project, at, made, audit) -> None:
    project(made)
    (row,) = world.ask("project_setup_accuracy_rows")
    assert row["audit_at"] == at(audit)
    row = whole(world.ask("project_setup_accuracy", as_of=made))
    assert (row["value"], row["pending"]) == (None, 1)


def test_money_weighs_a_large_project_more(world, project) -> None:
    project(budget_amount=900)
    project(contract_ref=None)
    assert whole(world.ask("project_setup_accuracy"), "USD")["value"] == pytest.approx(0.9)


@pytest.fixture
def look(world, at):
    """Looks at new projects as every refresh does; answers how many findings were kept."""

    return lambda moment: audits.refresh(OneTransaction(world.conn), at(moment))


def test_what_the_first_look_found_stays_whatever_is_corrected(world, project, at, look) -> None:
    wrong, right = project(contract_ref=None), project()
    assert look("2026-06-09 09:59") == 0
    assert look("2026-06-09 10:00") == 2
    world.change("biz.project", wrong, contract_ref="K", source_updated_at=at("2026-06-09 10:30"))
    world.change("biz.project", right, account_ref=None, source_updated_at=at("2026-06-20"))
    assert look("2026-06-30 10:00") == 0
    rows = {row["item_id"]: row["outcome"] for row in world.ask("project_setup_accuracy_rows")}
    assert rows == {wrong: "without contract", right: "right"}
    world.change("biz.project", wrong, deleted_at=at("2026-07-01"))
    assert whole(world.ask("project_setup_accuracy"))["value"] == 0.5
    (row,) = {row["outcome"] for row in world.ask("project_setup_accuracy_rows", as_of="2026-06-09 09:59")}
    assert row == "pending"


def test_what_was_corrected_before_anybody_looked_is_not_made_up(world, project, at, look) -> None:
    project(source_updated_at=at("2026-06-09 10:01"))
    assert look("2026-06-09 11:00") == 0
    assert whole(world.ask("project_setup_accuracy"))["unknown"] == 1


def test_nothing_is_found_before_the_source_was_read_up_to_the_look(world, project, at, look) -> None:
    project(contract_ref=None)
    project()
    for moment, kept in (("2026-06-08 11:00", 0), ("2026-06-09 10:05", 2)):
        world.poll("projects", at(moment), object="project")
        world.conn.execute(text(query("kpi/stream_read")))
        assert look("2026-06-10 10:00") == kept


@pytest.mark.parametrize(
    ("field", "check"), [("cost_centre", "cost centre"), ("manager_ref", "manager"), ("tax_code", "tax code")]
)
def test_later_checks_are_made_where_the_field_is_told(world, project, field, check) -> None:
    project()
    assert whole(world.ask("project_setup_accuracy"))["value"] == 1
    project(**{field: "X"})
    assert [row["outcome"] for row in world.ask("project_setup_accuracy_rows")] == [
        f"without {check}",
        "right",
    ]
