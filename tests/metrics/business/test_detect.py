"""Detection: one cause is one exception, occurrences are counted, and it closes only when the trouble is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics import matching, rollup, work
from metrics.detect import Detected, detect
from metrics.refresh import refresh

pytestmark = pytest.mark.slow


class OneTransaction:
    """Stands for the database where a test wants all of it undone: every engine is the test's own connection."""

    def __init__(self, conn) -> None:
        self.conn = conn

    def engine(self, role):
        return self

    @contextmanager
    def begin(self) -> Iterator:
        yield self.conn


class Queue:
    """The exception queue of the small world."""

    def __init__(self, world) -> None:
        self.world = world
        self.database = OneTransaction(world.conn)

    def look(self, now) -> Detected:
        rollup.rebuild(self.database, now, [self.world.customer_id])
        matching.match(self.database, now)
        work.refresh(self.database)
        return detect(self.database, now)

    def _rows(self, statement: str) -> list:
        return self.world.conn.execute(text(statement), {"customer": self.world.customer_id}).all()

    def exceptions(self) -> list:
        return self._rows("SELECT * FROM ops.exception WHERE customer_id = :customer ORDER BY exception_id")

    def one(self):
        (row,) = self.exceptions()
        return row

    def occurrences(self) -> list:
        return self._rows(
            "SELECT * FROM ops.exception_occurrence WHERE customer_id = :customer ORDER BY exception_id, subject_id"
        )

    def events(self) -> list:
        rows = self._rows(
            "SELECT kind, to_state FROM ops.exception_event WHERE customer_id = :customer ORDER BY event_id"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def queue(world) -> Queue:
    world.without_house_rules()
    return Queue(world)


@pytest.fixture
def flow(world):
    """A flow that copies single invoices and promises an hour."""
    return world.flow("time_to_invoice", 1)


def failed(world, flow, moment, key="INV-1", message="HTTP 503 from the ERP", **values):
    return world.run(
        moment,
        flow_id=flow,
        status="failed",
        object_type="invoice",
        object_key=key,
        error_message=message,
        **values,
    )


def test_a_quiet_day_opens_nothing(world, queue, flow, at) -> None:
    world.run(at("2026-06-01 10:00"), flow_id=flow)
    assert queue.look(at("2026-06-02")) == Detected()
    assert queue.exceptions() == []


def test_a_failed_transaction_opens_one_exception(world, queue, flow, at) -> None:
    run = failed(world, flow, at("2026-06-01 10:00"), amount=250, currency="USD")
    assert queue.look(at("2026-06-02")) == Detected(opened=1)
    found = queue.one()
    assert (found.rule, found.class_ if hasattr(found, "class_") else found._mapping["class"]) == (
        "run_failed",
        "technical",
    )
    assert found.title == "time_to_invoice: HTTP 503 from the ERP"
    assert (found.state, found.occurrences, found.opened_at) == ("new", 1, at("2026-06-01 10:00"))
    assert (found.value_at_risk, found.currency, found.value_confidence) == (Decimal("250"), "USD", "exact")
    (occurrence,) = queue.occurrences()
    assert (occurrence.subject_type, occurrence.subject_id, occurrence.cleared_at) == (
        "transaction",
        run,
        None,
    )
    assert queue.events() == [("opened", "new")]


def test_looking_twice_changes_nothing(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"))
    world.flow("opportunity_to_project", 4)
    world.project(at("2026-01-05"))
    world.won(at("2026-06-03 10:00"))
    world.entry(approved_at=at("2026-04-02 12:00"))
    queue.look(at("2026-06-20"))
    before = queue.exceptions(), queue.occurrences(), queue.events()
    assert len(before[0]) == 3
    assert queue.look(at("2026-06-20")) == Detected()
    assert (queue.exceptions(), queue.occurrences(), queue.events()) == before


def test_one_cause_is_one_exception_however_many_records_it_stops(world, queue, flow, at) -> None:
    for number in range(5):
        failed(
            world,
            flow,
            at("2026-06-01 10:00") + timedelta(minutes=number),
            f"INV-{number}",
            f"Time-out after {number} s",
        )
    assert queue.look(at("2026-06-02")) == Detected(opened=1)
    assert (queue.one().occurrences, queue.one().title) == (5, "time_to_invoice: Time-out after … s")


def test_other_words_are_another_cause(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1", "Tax code is invalid")
    failed(world, flow, at("2026-06-01 10:01"), "INV-2", "Customer is blocked")
    assert queue.look(at("2026-06-02")) == Detected(opened=2)


def test_the_record_that_is_missing_is_the_cause(world, queue, flow, at) -> None:
    other = world.flow("expense_to_invoice", 1)
    failed(world, flow, at("2026-06-01 10:00"), "T-1", "Project P-118 not found in the ERP")
    failed(world, other, at("2026-06-01 11:00"), "X-1", "No project P-118")
    failed(world, flow, at("2026-06-01 12:00"), "T-2", "Project P-119 not found in the ERP")
    assert queue.look(at("2026-06-02")) == Detected(opened=2)
    first, second = sorted(queue.exceptions(), key=lambda row: row.object_key)
    assert (first.object_type, first.object_key, first.occurrences, first.flow_id) == (
        "project",
        "P-118",
        2,
        None,
    )
    assert first.title == "Project P-118 is missing: other records wait for it"
    assert (second.object_key, second.occurrences) == ("P-119", 1)


def test_automatic_retries_open_nothing_before_they_are_used_up(world, queue, flow, at) -> None:
    first = failed(world, flow, at("2026-06-01 10:00"))
    world.run(
        at("2026-06-01 10:00"), flow_id=flow, transaction_key=first, retry_of=first, trigger="automatic",
        started_at=at("2026-06-01 10:05"), finished_at=at("2026-06-01 10:06"), object_type="invoice", object_key="INV-1",
    )  # fmt: skip
    assert queue.look(at("2026-06-02")) == Detected()


def test_a_transaction_that_is_still_running_at_its_deadline_is_overdue(world, queue, flow, at) -> None:
    world.run(at("2026-06-01 10:00"), flow_id=flow, status="running", finished_at=None)
    assert queue.look(at("2026-06-01 10:59")) == Detected()
    assert queue.look(at("2026-06-01 11:00")) == Detected(opened=1)
    assert (queue.one().rule, queue.one().title) == (
        "run_overdue",
        "time_to_invoice: not done by the promised time",
    )


def test_a_slot_that_nothing_served_is_missed_and_the_next_run_makes_it_good(world, queue, at) -> None:
    flow = world.flow("accounts", 0.5, since="2026-06-01 00:00", runs_system_id=world.system_id)
    world.conn.execute(
        text(
            "UPDATE ops.flow_promise SET slot_seconds = 3600 WHERE customer_id = :customer AND flow_id = :flow"
        ),
        {"customer": world.customer_id, "flow": flow},
    )
    world.run(at("2026-06-01 00:00"), flow_id=flow)
    world.poll("runs", at("2026-06-01 01:45"))
    assert queue.look(at("2026-06-01 01:45")) == Detected(opened=1)
    assert (queue.one().rule, queue.one().title) == ("missed_slot", "accounts: did not run when it was due")
    world.run(at("2026-06-01 02:00"), flow_id=flow)
    world.poll("runs", at("2026-06-01 02:10"))
    assert queue.look(at("2026-06-01 02:10")).closed == 1
    assert (queue.one().state, queue.one().closed_at) == ("verified_closed", at("2026-06-01 02:01"))


def test_a_later_success_of_the_same_object_closes_it(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1")
    failed(world, flow, at("2026-06-01 10:01"), "INV-2")
    queue.look(at("2026-06-01 12:00"))
    world.run(at("2026-06-01 13:00"), flow_id=flow, object_type="invoice", object_key="INV-1")
    assert queue.look(at("2026-06-01 14:00")) == Detected()
    assert [row.cleared_at for row in queue.occurrences()] == [at("2026-06-01 13:01"), None]
    world.run(at("2026-06-01 15:00"), flow_id=flow, object_type="invoice", object_key="INV-2")
    assert queue.look(at("2026-06-01 16:00")) == Detected(closed=1)
    assert queue.events() == [("opened", "new"), ("closed", "verified_closed")]


def test_a_success_of_another_object_closes_nothing(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1")
    world.run(at("2026-06-01 13:00"), flow_id=flow, object_type="invoice", object_key="INV-7")
    queue.look(at("2026-06-01 14:00"))
    assert queue.one().closed_at is None


@pytest.mark.parametrize(("slot_seconds", "closed"), [(3600, 1), (None, 0)])
def test_a_scheduled_batch_is_made_good_by_the_next_one_and_an_event_is_not(
    world, queue, at, slot_seconds, closed
) -> None:
    flow = world.flow("expense_to_erp", hours=1, slot_seconds=slot_seconds)
    world.run(at("2026-06-01 10:00"), flow_id=flow, status="failed", error_message="connection refused")
    world.run(at("2026-06-01 11:00"), flow_id=flow)
    assert queue.look(at("2026-06-01 12:00")) == Detected(opened=1, closed=closed)


def test_the_same_cause_again_reopens_the_same_exception(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1")
    world.run(at("2026-06-01 11:00"), flow_id=flow, object_type="invoice", object_key="INV-1")
    queue.look(at("2026-06-01 12:00"))
    failed(world, flow, at("2026-06-05 10:00"), "INV-9")
    assert queue.look(at("2026-06-05 12:00")) == Detected(reopened=1)
    found = queue.one()
    assert (found.state, found.reopen_count, found.occurrences, found.closed_at) == ("reopened", 1, 2, None)
    assert queue.events()[-1] == ("reopened", "reopened")


def test_a_person_who_retried_it_closes_it_and_it_was_an_exception(world, queue, flow, at) -> None:
    first = failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-01 10:30"))
    world.run(
        at("2026-06-01 10:00"), flow_id=flow, transaction_key=first, retry_of=first, trigger="manual",
        started_at=at("2026-06-01 10:40"), finished_at=at("2026-06-01 10:41"), object_type="invoice", object_key="INV-1",
    )  # fmt: skip
    assert queue.look(at("2026-06-01 12:00")) == Detected(closed=1)
    assert queue.one().closed_at == at("2026-06-01 10:41")
    (row,) = world.ask("exception_volume", as_of="2026-06-02")
    assert (row["value"], row["causes"], row["still_open"]) == (1, 1, 0)


def test_a_status_that_is_corrected_was_no_exception(world, queue, flow, at) -> None:
    run = failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-01 10:30"))
    world.conn.execute(
        text("UPDATE raw.run SET status = 'success', error_message = NULL WHERE external_id = :run"),
        {"run": run},
    )
    assert queue.look(at("2026-06-01 12:00")) == Detected(closed=1)
    assert queue.one().occurrences == 0
    (row,) = world.ask("exception_volume", as_of="2026-06-02")
    assert row["value"] == 0


def test_every_bad_transaction_is_in_the_queue_once_and_no_good_one(world, queue, flow, at) -> None:
    for number in range(3):
        failed(world, flow, at("2026-06-01 10:00") + timedelta(minutes=number), f"INV-{number}")
    world.run(at("2026-06-01 10:30"), flow_id=flow)
    world.run(at("2026-06-01 10:40"), flow_id=flow, status="running", finished_at=None)
    world.run(at("2026-06-01 10:50"), flow_id=flow, trigger="test", status="failed")
    queue.look(at("2026-06-02"))
    (rate,) = world.ask("exception_rate", as_of="2026-06-02")
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (4, 5, pytest.approx(0.8))
    in_queue = {row.subject_id for row in queue.occurrences()}
    bad = {
        row["item_id"] for row in world.ask("exception_rate_rows", as_of="2026-06-02") if row["in_numerator"]
    }
    assert in_queue == bad
    assert len(queue.occurrences()) == 4


def test_two_currencies_of_one_cause_are_told_and_not_added(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1", amount=100, currency="USD")
    failed(world, flow, at("2026-06-01 10:01"), "INV-2", amount=30, currency="EUR")
    queue.look(at("2026-06-02"))
    found = queue.one()
    assert (found.value_at_risk, found.currency, found.value_confidence) == (None, None, "unknown")
    assert found.detail == "At risk: EUR 30.00 and USD 100.00."


def test_unknown_value_is_unknown_and_not_zero(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-02"))
    assert (queue.one().value_at_risk, queue.one().value_confidence) == (None, "unknown")


def test_a_value_that_is_known_in_part_is_an_estimate(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1", amount=100, currency="USD")
    failed(world, flow, at("2026-06-01 10:01"), "INV-2", currency="USD")
    queue.look(at("2026-06-02"))
    assert (queue.one().value_at_risk, queue.one().value_confidence) == (Decimal("100"), "estimated")


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


def test_what_a_person_waived_stays_waived_until_it_is_over(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"), "INV-1")
    queue.look(at("2026-06-01 12:00"))
    world.conn.execute(text("UPDATE ops.exception SET state = 'waived'"))
    failed(world, flow, at("2026-06-01 13:00"), "INV-2")
    assert queue.look(at("2026-06-01 15:00")) == Detected()
    assert (queue.one().state, queue.one().occurrences) == ("waived", 2)


def test_volume_counts_occurrences_and_their_causes(world, queue, flow, at) -> None:
    for number in range(3):
        failed(world, flow, at("2026-06-01 10:00") + timedelta(minutes=number), f"INV-{number}")
    failed(world, flow, at("2026-06-02 10:00"), "INV-9", "Tax code is invalid")
    queue.look(at("2026-06-03"))
    (whole,) = world.ask("exception_volume", as_of="2026-06-03")
    assert (whole["value"], whole["causes"], whole["technical"], whole["business"]) == (4, 2, 4, 0)
    days = {row["part"]: row["value"] for row in world.ask("exception_volume", by="day", as_of="2026-06-03")}
    assert days == {"2026-06-01": 3, "2026-06-02": 1, "2026-06-03": 0}
    rows = world.ask("exception_volume_rows", as_of="2026-06-03")
    assert sum(row["in_numerator"] for row in rows) == 4


def test_a_customer_of_whom_nothing_was_read_has_no_volume(world) -> None:
    (row,) = world.ask("exception_volume")
    assert row["value"] is None


def test_another_customers_exceptions_are_not_seen(world, queue, flow, at) -> None:
    failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-02"))
    stranger = world.customer()
    assert world.ask("exception_volume", customers=[world.customer_id], seen_by=[stranger]) == []
    assert world.ask("exception_volume_rows", customers=[world.customer_id], seen_by=[stranger]) == []


def test_a_whole_refresh_with_the_rights_of_its_role(fresh_database, now) -> None:
    database = fresh_database()
    with database.engine("owner").begin() as conn:
        conn.execute(
            text("INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('p', 'p', 'UTC', 'en')")
        )
        conn.execute(
            text(
                "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency) VALUES (1, 'c', 'c', 'UTC', 'USD')"
            )
        )
        conn.execute(
            text("INSERT INTO ops.system (customer_id, key, role, kind) VALUES (1, 'psa', 'psa', 'file')")
        )
        conn.execute(
            text(
                "INSERT INTO biz.time_entry (customer_id, system_id, source_id, project_ref, worked_on, minutes, billable, rate, currency,"
                " entered_at, approved_at, approval_state, first_seen_at, last_seen_at) VALUES"
                " (1, 1, 'T1', 'P', '2026-06-01', 60, true, 100, 'USD', '2026-06-01Z', '2026-06-02Z', 'approved', :now, :now)"
            ),
            {"now": now},
        )
    done = refresh(database, now)
    assert (done.pieces, done.opened) == (1, 1)
    again = refresh(database, now)
    assert (again.opened, again.reopened, again.closed, again.links) == (0, 0, 0, 0)
