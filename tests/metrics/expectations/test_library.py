"""The library: every workflow worth watching has its entry, and each entry works."""

from datetime import timedelta

import pytest

from metrics.expectation_library import LIBRARY, by_key
from tests.metrics.business.conftest import at
from tests.metrics.expectations.test_workflow_records import STORIES as WORKFLOW_RECORDS

pytestmark = pytest.mark.slow

WORKFLOWS = {
    "lead_to_opportunity",
    "opportunity_to_project",
    "project_to_resource",
    "resource_task_push",
    "time_and_expense_to_erp",
    "milestone_to_invoice",
    "erp_to_billing",
    "invoice_status_to_crm",
    "procurement_to_costing",
    "revenue_recognition",
    "delivery_to_renewal",
    "master_data_sync",
    "change_order",
    "support_ticket_sync",
    "payroll_cost_allocation",
}
DAY = timedelta(days=1)
OPENED = at("2026-10-05 09:00")


def test_every_workflow_is_in_it():
    assert {rule.workflow for rule in LIBRARY} == WORKFLOWS
    assert len({rule.key for rule in LIBRARY}) == len(LIBRARY)


def test_every_entry_says_what_it_needs():
    for rule in LIBRARY:
        assert all((rule.start, rule.end, rule.reads, rule.subject, rule.lacks)), rule.key
        assert (rule.seconds is None) != (rule.business_days is None), rule.key
    with pytest.raises(
        LookupError, match="no expectation is called 'won-to-invoice'; there are: lead-to-opportunity, won-to"
    ):
        by_key("won-to-invoice")


def _deal(world):
    deal = world.won(OPENED)
    return deal, lambda: world.project(OPENED + DAY / 2, opportunity_key=deal)


def _project(world):
    world.record("biz.task", "K", {}, {})
    project = world.project(OPENED)
    return project, lambda: world.record(
        "biz.task", "K", {}, {"project_ref": project, "first_seen_at": OPENED + DAY / 2}
    )


def _on_a_line(world, item, table):
    line = world.line(world.invoice("draft", created_at=OPENED + DAY / 2))
    world.change(table, item, invoice_line_ref=line)


def _entry(world):
    item = world.entry(approved_at=OPENED)
    return item, lambda: _on_a_line(world, item, "biz.time_entry")


def _expense(world):
    item = world.expense(approved_at=OPENED)
    return item, lambda: _on_a_line(world, item, "biz.expense")


def _milestone(world):
    item = world.record("biz.milestone", "M", {"amount": 900, "currency": "USD"}, {"approved_at": OPENED})
    return item, lambda: _on_a_line(world, item, "biz.milestone")


def _draft(world):
    invoice = world.invoice("draft", created_at=OPENED)
    return invoice, lambda: world.change("biz.invoice", invoice, state="posted", posted_at=OPENED + DAY / 2)


def _issued(world):
    invoice = world.invoice("posted", OPENED)
    return invoice, lambda: world.change("biz.invoice", invoice, sent_at=OPENED + DAY / 2)


def _numbered(world):
    world.invoice("posted", at("2026-02-01 09:00"), system_id=world.crm_id)
    invoice = world.invoice("posted", OPENED, number="INV-1")
    return invoice, lambda: world.invoice(
        "posted", OPENED, number="INV-1", system_id=world.crm_id, first_seen_at=OPENED + DAY / 2
    )


def _period(world):
    row = {"period_from": "2026-09-01", "period_to": "2026-09-30", "planned": 500, "currency": "USD"}
    period = world.record("biz.revenue_schedule", "S", row, {})
    return period, lambda: world.change(
        "biz.revenue_schedule", period, recognised=500, source_updated_at=at("2026-10-01 12:00")
    )


def _contract(world):
    row = {
        "account_ref": "A1",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "value": 9000,
        "currency": "USD",
    }
    contract = world.record("biz.contract", "C", row, {})
    later = {"account_ref": "A1", "starts_on": "2027-01-01", "first_seen_at": at("2026-10-02 09:00")}
    return contract, lambda: world.record("biz.contract", "C", {}, later)


def _account(world):
    world.account("Long Known", world.crm_id)
    world.account("Known There")
    account = world.account("Harbor Foods", world.crm_id, tax_id="X1", first_seen_at=OPENED)
    return account, lambda: world.account("Harbor Foods", tax_id="X1", first_seen_at=OPENED + DAY / 2)


def _person(world):
    world.record("biz.resource", "R", {}, {"system_id": world.crm_id})
    world.record("biz.resource", "R", {}, {})
    row = {"name": "Ada Example", "email": "Ada@firm.example", "system_id": world.crm_id}
    person = world.record("biz.resource", "R", row, {"first_seen_at": OPENED})
    there = {"email": "ada@firm.example", "first_seen_at": OPENED + DAY / 2}
    return person, lambda: world.record("biz.resource", "R", {}, there)


def _assigned(world):
    project = world.project(OPENED, source_id="P1", name="Payroll", budget_amount=900, currency="USD")
    row = {"project_ref": project, "resource_ref": "R1"}
    return project, lambda: world.record("biz.assignment", "S", row, {"created_at": OPENED + DAY / 2})


STORIES = {
    "won-to-project": _deal,
    "project-to-resource": _assigned,
    "project-to-task": _project,
    "time-to-billable-line": _entry,
    "expense-to-billable-line": _expense,
    "milestone-to-trigger": _milestone,
    "draft-to-issued": _draft,
    "issued-to-sent": _issued,
    "invoice-to-crm": _numbered,
    "revenue-recognised": _period,
    "contract-to-renewal": _contract,
    "account-to-erp": _account,
    "employee-to-psa": _person,
}


def test_every_entry_has_its_story():
    assert set(STORIES) | set(WORKFLOW_RECORDS) == {rule.key for rule in LIBRARY}


@pytest.mark.parametrize("rule", STORIES)
def test_each_rule_is_overdue_without_its_effect_and_met_with_it(world, rule):
    world.rule(rule, 24)
    subject, follow = STORIES[rule](world)
    for name in by_key(rule).reads:
        world.read(name, at("2026-11-20"))
        world.read(name, at("2026-11-20"), world.crm_id)
    world.sweep()
    frame = world.rows(at("2026-11-20"))
    (opened,) = [row for row in frame.itertuples() if row.item_id == subject]
    assert opened.outcome == "overdue"
    assert opened.at == opened.opened_at + DAY
    follow()
    world.sweep()
    assert world.outcomes("2026-11-20")[subject] == "met"


def test_an_effect_of_the_first_reading_may_have_been_in_time(world):
    world.rule("employee-to-psa", 24)
    _, _ = STORIES["employee-to-psa"](world)
    world.conn.exec_driver_sql(
        "DELETE FROM biz.resource WHERE email IS NULL AND system_id <> " + str(world.crm_id)
    )
    seen = OPENED + 3 * DAY
    world.record("biz.resource", "R", {}, {"email": "ada@firm.example", "first_seen_at": seen})
    world.sweep()
    assert set(world.rows(at("2026-11-20"))["outcome"]) == {"undated"}
