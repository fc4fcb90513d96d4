"""Detection: one cause is one exception, occurrences are counted, and it closes only when the trouble is over."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics.detect import Detected
from metrics.refresh import refresh

from .detecting import failed

pytestmark = pytest.mark.slow


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
