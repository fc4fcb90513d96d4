"""Time and people on a real Tryton: ties, deletions, rates that change, works of every kind."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.live.rpc import Tryton

pytestmark = pytest.mark.live


def test_a_tie_of_many_rows_in_one_transaction_is_read_once_and_whole(
    office: Any, held: Callable[..., Any]
) -> None:
    lines = office.enter(office.project(), *range(1, 313))
    stamps = {
        row["last_modified_at"]
        for row in office.psa.rows("timesheet.line", [["id", "in", lines]], ["last_modified_at"])
    }
    got = held("psa", page_size=50).poll("time_entries")
    everything = office.psa.rows("timesheet.line", [], ["date", "duration", "employee", "create_date"])
    assert len(stamps) == 1
    assert got.read == len(everything)
    for row in everything:
        mine = got.row("time_entry", row["id"])
        assert mine["minutes"] * 60 == Decimal(str(row["duration"].total_seconds()))
        assert (mine["worked_on"], mine["entered_at"]) == (row["date"], row["create_date"])
        assert mine["resource_ref"] == str(row["employee"])


def test_a_poll_without_news_reads_only_the_overlap(office: Any, held: Callable[..., Any]) -> None:
    got = held("psa").poll("time_entries")
    before = got.positions["time_entries"]["since"]
    again = got.poll("time_entries")
    assert again.positions["time_entries"]["since"] > before
    assert not [row for row in again.rows["time_entry"].values() if "deleted_at" in row]


def test_time_takes_rate_project_and_customer_from_its_task(office: Any, held: Callable[..., Any]) -> None:
    project = office.project(price="212.60")
    (line,) = office.enter(project, 7.5)
    row = held("psa").poll("time_entries").row("time_entry", line)
    assert (row["project_ref"], row["task_ref"]) == (str(project), str(office.tasks(project)[0]))
    assert (row["rate"], row["currency"], row["minutes"]) == (Decimal("212.60"), "USD", Decimal("7.5"))
    assert (row["billable"], row["bill_state"]) == (True, "open")
    assert (row["approval_state"], row["approval_precision"]) == ("approved", "entered")
    assert row["approved_at"] == row["entered_at"]


def test_without_the_option_nobody_knows_whether_time_was_approved(
    office: Any, held: Callable[..., Any]
) -> None:
    (line,) = office.enter(office.project(), 30)
    row = held("psa", approval=None).poll("time_entries").row("time_entry", line)
    assert (row["approval_state"], row["approved_at"], row["approval_precision"]) == ("unknown", None, None)


def test_a_price_that_changes_reaches_the_time_that_is_not_yet_billed(
    office: Any, held: Callable[..., Any]
) -> None:
    project = office.project(price="100")
    (billed,) = office.enter(project, 60)
    office.bill(project)
    (unbilled,) = office.enter(project, 60)
    got = held("psa").poll("time_entries")
    office.psa.write("project.work", office.tasks(project), {"list_price": Decimal(140)})
    got.poll("time_entries")
    assert got.row("time_entry", unbilled)["rate"] == 140
    assert got.row("time_entry", billed)["rate"] == 100


def test_time_on_a_manual_project_is_billable_only_when_the_estate_says_so(
    office: Any, held: Callable[..., Any]
) -> None:
    (line,) = office.enter(office.project(project_invoice_method="manual"), 30)
    plain = held("psa").poll("time_entries").row("time_entry", line)
    told = held("psa", manual_time="billable").poll("time_entries").row("time_entry", line)
    assert (plain["billable"], plain["bill_state"]) == (False, "not_billable")
    assert (told["billable"], told["bill_state"]) == (True, "open")


def test_a_deleted_time_line_is_gone_at_the_next_poll(
    office: Any, held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    first, second, kept = office.enter(office.project(), 10, 20, 30)
    mine, theirs = (
        held("psa").poll("time_entries"),
        held("psa", key=key_of(admin("psa"))).poll("time_entries"),
    )
    office.psa.model("timesheet.line", "delete", [first, second])
    domain = [["resource", "=", f"timesheet.line,{first}"], ["event", "=", "delete"]]
    (logged,) = admin("psa").rows("ir.model.log", domain, ["create_date"])
    mine.poll("time_entries")
    theirs.poll("time_entries")
    for line in (first, second):
        assert mine.row("time_entry", line)["deleted_how"] == "absence"
        assert theirs.row("time_entry", line)["deleted_how"] == "log"
        assert theirs.row("time_entry", line)["deleted_at"] == logged["create_date"]
    assert "deleted_at" not in mine.row("time_entry", kept)
    assert any("seen by absence" in warning for warning in mine.warnings)


def test_a_subtask_belongs_to_the_project_above_it(office: Any, held: Callable[..., Any]) -> None:
    project = office.project()
    (parent,) = office.tasks(project)
    values = {
        "name": "Sub",
        "type": "task",
        "company": office.company,
        "parent": parent,
        "timesheet_available": True,
    }
    (sub,) = office.psa.create("project.work", {**values, "effort_duration": timedelta(hours=5)})
    got = held("psa").poll("projects", "tasks")
    assert got.row("task", sub)["project_ref"] == str(project)
    assert got.row("project", project)["budget_hours"] == 15
    office.psa.write("project.work", [sub], {"effort_duration": timedelta(hours=7)})
    assert got.poll("projects").row("project", project)["budget_hours"] == 17


def test_two_projects_can_carry_the_key_of_one_opportunity_and_a_third_none(
    office: Any, held: Callable[..., Any]
) -> None:
    one, two = office.project(comment="crm:OPP-00012"), office.project(comment="see crm:OPP-00012 again")
    none = office.project()
    got = held("psa").poll("projects")
    assert [got.row("project", each)["opportunity_key"] for each in (one, two, none)] == [
        "OPP-00012",
        "OPP-00012",
        None,
    ]
    number = held("psa", opportunity_key={"field": "name", "pattern": "Project (.+)"}).poll("projects")
    assert number.row("project", one)["opportunity_key"] == got.row("project", one)["name"].split()[1]


def test_people_and_what_they_cost(office: Any, held: Callable[..., Any]) -> None:
    employee = office.hire("EMP-COST")
    got = held("psa").poll("resources", "cost_rates")
    (rate,) = [row for row in got.rows["cost_rate"].values() if row["resource_ref"] == str(employee)]
    assert (rate["rate"], rate["currency"], rate["valid_from"]) == (50, "USD", date(2024, 1, 1))
    party = office.psa.read("company.employee", employee, ["party"])["party"]
    office.psa.write("party.party", [party], {"name": "Married Name"})
    assert got.poll("resources").row("resource", employee)["name"] == "Married Name"


def key_of(administrator: Tryton) -> str:
    """A REST key of the administrator, who may search the log."""
    (user,) = administrator.search("res.user", [["login", "=", "admin"]])
    (made,) = administrator.create("res.user.application", {"user": user, "application": "rest"})
    return str(administrator.read("res.user.application", made, ["key"])["key"])
