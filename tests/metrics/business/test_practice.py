"""Figures by practice: the practice of a piece of work is that of its project, or of the nearest project above it that has one."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from metrics import ages
from metrics.catalogue import METRICS
from metrics.period import Period
from sql import query

JULY = {"since": "2026-07-01", "until": "2026-08-01"}
OF_WORK = (
    *("time_to_bill", "time_to_bill_cohort", "unbilled_time", "timesheet_lag", "approval_lag"),
    *("realization", "collection_realization", "overall_realization", "billing_leakage"),
)
BY_PRACTICE = tuple(metric.key for metric in METRICS if "practice" in metric.by)


def parts(rows, currency="USD", column="numerator"):
    return {row["part"]: row[column] for row in rows if row["currency"] == currency}


@pytest.fixture
def firm(world, at):
    """Two practices and none: work of one hour in Cloud, of two in Advisory by a phase of its project, of four on a project without and of eight on none."""
    world.account("Client", source_id="A")
    made = at("2026-06-01")
    world.project(made, source_id="C", practice="Cloud", account_ref="A", budget_amount=5000, currency="USD")
    world.project(made, source_id="A1", practice=" Advisory ", account_ref="A")
    world.project(made, source_id="A2", parent_ref="A1", account_ref="A")
    world.project(made, source_id="N", account_ref="A")
    invoice = world.invoice("posted", at("2026-06-20"), gross=100, net=100)
    world.entry(project_ref="C", cost_rate=10, invoice_line_ref=world.line(invoice, net=100))
    world.entry(project_ref="A2", minutes=120, cost_rate=10)
    world.entry(project_ref="N", minutes=240, cost_rate=10)
    world.entry(minutes=480)
    return world


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("unbilled_time", {"Advisory": 200, "(no practice)": 1200}),
        ("time_to_bill", {"Cloud": 100, "Advisory": 0, "(no practice)": 0}),
        ("realization", {"Cloud": 100, "Advisory": 0, "(no practice)": 0}),
        ("billing_leakage", {"Cloud": 0, "Advisory": 200, "(no practice)": 1200}),
        ("project_margin", {"Cloud": 90, "Advisory": 180, "(no practice)": 360}),
        ("delivery_backlog", {"Cloud": 4900}),
    ],
)
def test_work_counts_in_the_practice_of_its_project(firm, metric, expected) -> None:
    assert parts(firm.ask(metric, by="practice")) == expected


@pytest.mark.parametrize("metric", OF_WORK)
def test_the_practices_add_up_to_the_whole_and_their_rows_to_them(firm, metric) -> None:
    for currency in (None, "USD"):
        asked = [row for row in firm.ask(metric, by="practice") if row["currency"] == currency]
        (whole,) = [row for row in firm.ask(metric) if row["currency"] == currency] or [None]
        if whole is None:
            assert asked == []
            continue
        for column in ("numerator", "denominator", "unknown", "sample"):
            assert sum(row[column] or 0 for row in asked) == (whole[column] or 0), (currency, column)
    behind = defaultdict(Decimal)
    for row in firm.ask(f"{metric}_rows"):
        if row["in_numerator"] and row["currency"] == "USD":
            behind[row["practice"]] += row["amount"]
    assert dict(behind) == {part: it for part, it in parts(firm.ask(metric, by="practice")).items() if it}


def test_a_practice_is_one_in_whichever_system_its_projects_are(firm, at) -> None:
    other = firm.system("erp")
    firm.project(at("2026-06-01"), source_id="C", practice="Cloud", system_id=other)
    firm.entry(project_ref="C", system_id=other)
    assert parts(firm.ask("unbilled_time", by="practice"))["Cloud"] == 100
    assert len(parts(firm.ask("unbilled_time", by="project"))) == 4


def test_a_project_that_changes_its_practice_takes_its_work_along(firm) -> None:
    firm.change("biz.project", "A1", practice="Cloud")
    assert parts(firm.ask("unbilled_time", by="practice")) == {"Cloud": 200, "(no practice)": 1200}
    firm.change("biz.project", "A2", practice="Data")
    assert parts(firm.ask("unbilled_time", by="practice")) == {"Data": 200, "(no practice)": 1200}


def test_projects_above_each_other_in_a_circle_have_none(firm) -> None:
    firm.change("biz.project", "A1", practice=None, parent_ref="A2")
    assert parts(firm.ask("unbilled_time", by="practice")) == {"(no practice)": 1400}


def test_months_of_work_and_milestones_are_of_their_projects_practice(firm, at) -> None:
    firm.record(
        "biz.milestone",
        "M",
        {"project_ref": "A2", "amount": 70, "currency": "USD", "approved_at": at("2026-07-03")},
        {},
    )
    for metric in ("delayed_invoice_triggers", "invoice_cycle_time"):
        found = {
            row["part"]: row for row in firm.ask(metric, **JULY, by="practice") if row["currency"] is None
        }
        (whole,) = [row for row in firm.ask(metric, **JULY) if row["currency"] is None]
        assert sum(row["denominator"] for row in found.values()) == whole["denominator"]
        assert found["Advisory"]["denominator"] == 2
        behind = [row["practice"] for row in firm.ask(f"{metric}_rows", **JULY) if row["in_denominator"]]
        assert {part: behind.count(part) for part in found} == {
            part: row["denominator"] for part, row in found.items()
        }


@pytest.mark.parametrize(
    ("of_deal", "of_project", "expected"),
    [("Cloud", "Data", "Cloud"), (None, "Data", "Data"), (" ", None, "(no practice)")],
)
def test_a_deal_is_of_the_practice_that_the_crm_tells_else_of_its_project(
    world, at, flow, of_deal, of_project, expected
) -> None:
    world.won(at("2026-06-03"), number="N1", practice=of_deal)
    world.project(at("2026-06-20"), opportunity_key="N1", practice=of_project)
    world.poll("projects", at("2026-07-02"), object="project")
    for metric in ("failed_project_creations", "project_ready_time"):
        (part,) = [row for row in world.ask(metric, by="practice") if row["currency"] is None]
        (row,) = world.ask(f"{metric}_rows")
        seen = part["denominator"] + part["unknown"]
        assert (part["part"], seen, row["practice"]) == (expected, 1, expected)


def test_a_project_was_set_up_in_its_practice(world, at) -> None:
    for practice, account in (("Cloud", "A"), ("Cloud", None), (None, "A")):
        world.project(at("2026-06-03"), practice=practice, account_ref=account)
    world.account("Client", source_id="A")
    found = world.ask("project_setup_accuracy", by="practice")
    assert parts(found, None) == {"Cloud": 1, "(no practice)": 1}
    assert parts(found, None, "denominator") == {"Cloud": 2, "(no practice)": 1}
    assert sorted(row["practice"] for row in world.ask("project_setup_accuracy_rows")) == [
        "(no practice)",
        "Cloud",
        "Cloud",
    ]


def test_hours_and_capacity_are_those_of_the_persons_practice_and_not_of_the_project(world) -> None:
    hr = world.system("hr")
    world.record("biz.resource", "H", {"system_id": hr, "employee_no": "E1", "practice": "Cloud"}, {})
    world.record("biz.resource", "R", {"employee_no": "e1", "capacity_hours": 40}, {"source_id": "one"})
    world.record("biz.resource", "R", {"capacity_hours": 40, "practice": "Data"}, {"source_id": "two"})
    world.record("biz.resource", "R", {"capacity_hours": 20}, {"source_id": "three"})
    world.project(date(2026, 6, 1), source_id="P", practice="Data")
    world.entry(resource_ref="one", project_ref="P", minutes=600)
    found = world.ask("billable_utilization", by="practice", as_of="2026-08-01")
    assert parts(found, None) == {"Cloud": 10, "Data": 0, "(no practice)": 0}
    assert parts(found, None, "denominator") == {"Cloud": 176, "Data": 176, "(no practice)": 88}
    behind = world.ask("billable_utilization_rows", as_of="2026-08-01")
    assert {row["practice"]: row["value"] for row in behind} == {"Cloud": 10, "Data": 0, "(no practice)": 0}


def test_days_by_practice_are_the_exact_ones(firm, at, as_viewer) -> None:
    firm.work_out()
    ages.add_up(firm.conn, firm.customer_id, "time_to_bill", everything=True)
    period = Period.parse("2026-06-01..2026-07-01", "UTC", at("2026-11-20"))
    with as_viewer([firm.customer_id]) as reader:
        asked = (reader, "time_to_bill", [firm.customer_id], period)
        told = ages.summary(*asked, by="practice", as_of=at("2026-11-20"))
        curve = ages.curve(*asked, by="practice", as_of=at("2026-11-20"))
    exact = firm.ask("time_to_bill", by="practice")
    for currency in (None, "USD"):
        assert parts(told, currency) == parts(exact, currency)
        assert parts(told, currency, "denominator") == parts(exact, currency, "denominator")
    assert {row["part"] for row in curve} == {"Cloud", "Advisory", "(no practice)"}


def test_every_figure_that_can_be_split_by_practice_says_so_of_its_question() -> None:
    assert {"time_to_bill", "unbilled_time", "project_margin", "wip_days", "billable_utilization"} <= set(
        BY_PRACTICE
    )
    unsaid = [key for key in BY_PRACTICE if "practice" not in query(f"viewer/{key}").split("columns:")[0]]
    assert unsaid == []
