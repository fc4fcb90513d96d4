"""Detection in the business systems: what is missing, waits too long or cannot be read is an exception by name, until it is over."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics.detect import Detected

pytestmark = pytest.mark.slow


@pytest.fixture
def deal(world, at):
    """A deal that was won and has four hours to get its project."""
    world.deal_flow = world.flow("opportunity_to_project", 4)
    world.project(at("2026-01-05"), source_id="EARLIER")
    world.account("Alder Logistics", world.crm_id, source_id="CA")
    return world.won(at("2026-06-03 10:00"), number="OPP-00012", account_ref="CA", amount=2500)


def test_a_missing_project_is_an_exception_by_name(world, queue, deal, at) -> None:
    assert queue.look(at("2026-06-03 13:59")) == Detected()
    assert queue.look(at("2026-06-03 14:00")) == Detected(opened=1)
    found = queue.one()
    assert (found.rule, found.title) == (
        "failed_project_creation",
        "Project for OPP-00012 (Alder Logistics) was never created",
    )
    assert (found.value_at_risk, found.detail) == (Decimal("2500"), "No run reported an error.")
    assert (found.opened_at, found.severity) == (at("2026-06-03 14:00"), 2)


def test_the_project_that_comes_after_all_closes_it(world, queue, deal, at) -> None:
    queue.look(at("2026-06-04"))
    world.project(at("2026-06-05 09:00"), opportunity_key="OPP-00012")
    assert queue.look(at("2026-06-05 10:00")) == Detected(closed=1)
    assert (queue.one().state, queue.one().closed_at) == ("verified_closed", at("2026-06-05 09:00"))
    assert queue.one().title == "Project for OPP-00012 (Alder Logistics) was created late"


def test_history_that_is_read_at_once_opens_and_closes_as_it_happened(world, queue, deal, at) -> None:
    world.project(at("2026-06-05 09:00"), opportunity_key="OPP-00012")
    assert queue.look(at("2026-11-01")) == Detected(opened=1, closed=1)
    assert (queue.one().opened_at, queue.one().closed_at) == (at("2026-06-03 14:00"), at("2026-06-05 09:00"))


def test_a_deal_that_is_lost_later_closes_it(world, queue, deal, at) -> None:
    queue.look(at("2026-06-04"))
    world.change("biz.opportunity", deal, is_won=False, is_lost=True, lost_at=at("2026-06-06"))
    assert queue.look(at("2026-06-07")) == Detected(closed=1)


def test_a_run_that_failed_is_what_the_missing_project_waits_for(world, queue, deal, at) -> None:
    world.run(
        at("2026-06-03 10:01"), flow_id=world.deal_flow, status="failed", object_type="opportunity", object_key="OPP-00012",
        error_message="Customer is blocked",
    )  # fmt: skip
    assert queue.look(at("2026-06-04")) == Detected(opened=2)
    by_rule = {row.rule: row for row in queue.exceptions()}
    missing = by_rule["failed_project_creation"]
    assert missing.blocked_by_exception_id == by_rule["run_failed"].exception_id
    assert missing.detail == "A run tried and failed."


def test_a_doubtful_match_waits_for_a_person_and_is_no_failure(world, queue, deal, at) -> None:
    world.account("Alder Logistics", source_id="PA")
    project = world.project(at("2026-06-03 12:00"), account_ref="PA")
    assert queue.look(at("2026-06-04")) == Detected(opened=1)
    assert (queue.one().rule, queue.one().value_confidence) == ("unmatched_record", "estimated")
    world.change("biz.project", project, opportunity_key="OPP-00012")
    assert queue.look(at("2026-06-05")) == Detected(closed=1)


def test_approved_work_that_waits_too_long_is_one_exception_a_project(world, queue, at) -> None:
    world.account("Alder Logistics", source_id="PA")
    world.project(at("2026-01-05"), source_id="P1", name="Warehouse", account_ref="PA")
    for _ in range(3):
        world.entry(project_ref="P1", rate=Decimal("33.33"))
    world.entry(project_ref="P1", currency="EUR", rate=10)
    assert queue.look(at("2026-07-17 11:59")) == Detected()
    assert queue.look(at("2026-07-17 12:00")) == Detected(opened=2)
    by_currency = {row.currency: row for row in queue.exceptions()}
    found = by_currency["USD"]
    assert found.title == "Approved work on Warehouse (Alder Logistics) is not billed after 45 days"
    assert (found.occurrences, found.value_at_risk, found.value_confidence) == (3, Decimal("99.99"), "exact")
    assert by_currency["EUR"].value_at_risk == Decimal("10")


def test_billing_closes_it_bit_by_bit(world, queue, at) -> None:
    items = [world.entry() for _ in range(2)]
    queue.look(at("2026-08-01"))
    line = world.line(world.invoice("posted", at("2026-08-02 10:00")))
    world.change("biz.time_entry", items[0], invoice_line_ref=line)
    assert queue.look(at("2026-08-03")) == Detected()
    assert (queue.one().value_at_risk, queue.one().occurrences) == (Decimal("100"), 2)
    world.change("biz.time_entry", items[1], invoice_line_ref=line)
    assert queue.look(at("2026-08-03")) == Detected(closed=1)
    assert queue.one().closed_at == at("2026-08-02 10:00")


def test_work_on_a_draft_still_waits(world, queue, at) -> None:
    world.entry(invoice_line_ref=world.line(world.invoice("draft", created_at=at("2026-06-10"))))
    assert queue.look(at("2026-08-01")) == Detected(opened=1)


def test_work_linked_to_what_was_not_read_is_not_accused(world, queue, at) -> None:
    world.entry(invoice_line_ref="never-read")
    assert queue.look(at("2026-08-01")) == Detected()


def test_a_record_in_quarantine_is_an_exception_until_it_is_read(world, queue, at) -> None:
    for number in (1, 2):
        world.put(
            "ops.quarantine", customer_id=world.customer_id, quarantine_id=number, system_id=world.system_id, stream="invoices",
            reason=f"'{number},00' is no number", field="net", place=f"page {number}", payload=b"{}",
            payload_sha256=bytes([number]), poll_id=1, first_seen_at=at("2026-06-01"), last_seen_at=at("2026-06-01"),
        )  # fmt: skip
    assert queue.look(at("2026-06-02")) == Detected(opened=1)
    found = queue.one()
    assert (found.rule, found.occurrences) == ("record_quarantined", 2)
    assert found.title == "Records of psa, invoices, could not be read: net: … is no number"
    world.conn.execute(text("UPDATE ops.quarantine SET state = 'replayed', replayed_at = '2026-06-03Z'"))
    assert queue.look(at("2026-06-04")) == Detected(closed=1)


def test_a_stream_that_cannot_be_read_is_an_exception_until_it_can(world, queue, at) -> None:
    world.poll("invoices", at("2026-06-01 09:00"))
    world.poll("invoices", at("2026-06-01 09:05"), "failed", error="401 Unauthorized")
    world.poll("invoices", at("2026-06-01 09:10"), "failed", error="401 Unauthorized")
    assert queue.look(at("2026-06-01 09:11")) == Detected()
    world.poll("invoices", at("2026-06-01 09:15"), "failed", error="401 Unauthorized")
    assert queue.look(at("2026-06-01 09:16")) == Detected(opened=1)
    assert (queue.one().title, queue.one().opened_at) == (
        "Invoices of psa cannot be read",
        at("2026-06-01 09:05"),
    )
    world.poll("invoices", at("2026-06-01 09:20"))
    assert queue.look(at("2026-06-01 09:21")) == Detected(closed=1)
