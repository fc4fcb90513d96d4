"""From due to drafted to sent: what should have set off an invoice, and how long the invoice took."""

from datetime import date, timedelta
from decimal import Decimal
from math import inf

import pytest

DAY = 86400.0
JULY = {"since": "2026-07-01", "until": "2026-08-01"}


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def draft(world, at):
    """Work of June on project P, on an invoice drafted, posted and sent at these moments."""

    def make(drafted, posted=None, sent=None, **work):
        state = "sent" if sent else "posted" if posted else "draft"
        invoice = world.invoice(
            state, at(posted) if posted else None, created_at=at(drafted), sent_at=at(sent) if sent else None
        )
        return world.entry(**{"project_ref": "P", "invoice_line_ref": world.line(invoice)} | work)

    return make


def milestone(world, at, completed, invoice=None, **values):
    line = world.line(invoice, kind="milestone") if invoice else None
    defaults = {"completed_at": at(completed), "amount": 5000, "currency": "USD", "invoice_line_ref": line}
    return world.record("biz.milestone", "M", defaults, values)


def test_nothing_due_is_nothing_to_say(world) -> None:
    assert whole(world.ask("delayed_invoice_triggers"))["value"] is None
    assert whole(world.ask("invoice_cycle_time"))["value"] is None


@pytest.mark.parametrize(
    ("drafted", "as_of", "outcome"),
    [
        ("2026-07-03", "2026-07-20", "in time"),
        ("2026-06-20", "2026-07-20", "in time"),  # billed before the month was over
        ("2026-07-12", "2026-07-20", "late"),
        ("2026-07-12", "2026-07-11 12:00", "missing"),
        ("2026-07-12", "2026-07-09", "pending"),
    ],
)
def test_a_months_work_is_due_when_the_month_has_ended(world, draft, drafted, as_of, outcome) -> None:
    draft(drafted)
    (row,) = world.ask("delayed_invoice_triggers_rows", **JULY, as_of=as_of)
    assert row["outcome"] == outcome


def test_work_that_no_run_ever_touched_is_seen(world) -> None:
    world.entry(project_ref="P")
    row = whole(world.ask("delayed_invoice_triggers", **JULY))
    assert (row["value"], row["denominator"], row["missing"]) == (1, 1, 1)
    assert whole(world.ask("delayed_invoice_triggers", **JULY), "USD")["value"] == Decimal(100)


def test_many_entries_of_a_month_are_one_trigger_and_the_late_ones_are_the_money(world, draft) -> None:
    draft("2026-07-03")
    for _ in range(3):
        world.entry(project_ref="P", rate=70)
    rows = world.ask("delayed_invoice_triggers", **JULY)
    assert (whole(rows)["numerator"], whole(rows)["denominator"]) == (1, 1)
    assert (whole(rows, "USD")["numerator"], whole(rows, "USD")["denominator"]) == (210, 310)


def test_one_hour_that_the_draft_left_out_does_not_make_the_trigger_late(world, draft) -> None:
    for _ in range(3):
        draft("2026-07-03")
    world.entry(project_ref="P", rate=70)
    rows = world.ask("delayed_invoice_triggers", **JULY)
    assert (whole(rows)["numerator"], whole(rows)["denominator"]) == (0, 1)
    assert (whole(rows, "USD")["numerator"], whole(rows, "USD")["left_out"]) == (0, 70)


def test_approval_after_the_month_is_when_it_came_due(world, at) -> None:
    world.entry(project_ref="P", approved_at=at("2026-07-04 12:00"))
    (row,) = world.ask("delayed_invoice_triggers_rows", **JULY, as_of="2026-07-13")
    assert (row["at"], row["outcome"]) == (at("2026-07-04 12:00"), "pending")
    world.entry(project_ref="Q", approved_at=None, approval_state="submitted")
    assert whole(world.ask("delayed_invoice_triggers", **JULY))["denominator"] == 1


def test_a_straggler_is_due_with_the_month_of_its_approval(world, at) -> None:
    world.entry(project_ref="P", approved_at=at("2026-07-20 12:00"))
    assert world.ask("delayed_invoice_triggers_rows", **JULY) == []
    (row,) = world.ask("delayed_invoice_triggers_rows", since="2026-08-01", until="2026-09-01")
    assert (row["at"], row["limit_at"]) == (at("2026-08-01"), at("2026-08-11"))


def test_written_off_before_it_was_late_owes_nothing(world, at) -> None:
    world.entry(project_ref="P", bill_state="written_off", written_off_at=at("2026-07-05"))
    assert whole(world.ask("delayed_invoice_triggers", **JULY))["value"] is None


def test_a_bill_that_was_not_read_is_unknown(world) -> None:
    world.entry(project_ref="P", invoice_line_ref="never-read")
    row = whole(world.ask("delayed_invoice_triggers", **JULY))
    assert (row["value"], row["unknown"], row["low"], row["high"]) == (None, 1, 0, 1)


def test_a_milestone_is_judged_by_the_promise_of_its_flow(world, at) -> None:
    world.flow("milestone_to_invoice", 48, from_system_id=world.system_id)
    late = milestone(world, at, "2026-07-06 10:00", world.invoice("draft", created_at=at("2026-07-08 11:00")))
    milestone(world, at, "2026-07-06 10:00", world.invoice("draft", created_at=at("2026-07-08 09:00")))
    rows = world.ask("delayed_invoice_triggers_rows", **JULY)
    assert {row["item_id"] for row in rows if row["in_numerator"]} == {late}
    parts = world.ask("delayed_invoice_triggers", **JULY, by="kind")
    assert {(row["part"], row["currency"]): row["value"] for row in parts} == {
        ("milestone", None): 1,
        ("milestone", "USD"): 5000,
    }


def test_a_promise_in_business_hours_sleeps_over_the_weekend(world, at) -> None:
    calendar = world.office_hours("2026-06-01", 90)
    world.flow("milestone_to_invoice", 8, calendar_id=calendar, from_system_id=world.system_id)
    milestone(world, at, "2026-07-03 13:00")  # Friday; eight open hours later it is Monday, 13:00
    (row,) = world.ask("delayed_invoice_triggers_rows", **JULY)
    assert row["limit_at"] == at("2026-07-06 13:00")


def test_a_milestone_of_unknown_value_is_counted_and_is_no_zero(world, at) -> None:
    milestone(world, at, "2026-07-03", amount=None)
    rows = world.ask("delayed_invoice_triggers", **JULY)
    assert (whole(rows)["value"], whole(rows)["without_value"]) == (1, 1)
    assert whole(rows, "USD")["unknown"] == 1


def test_each_invoice_of_a_month_is_a_cycle_and_so_is_what_is_on_none(world, draft) -> None:
    draft("2026-07-02", "2026-07-03", "2026-07-04")
    draft("2026-07-02", "2026-07-03", "2026-07-07")
    world.entry(project_ref="P")
    world.entry(project_ref="P")
    row = whole(world.ask("invoice_cycle_time", **JULY))
    assert row["value"] == pytest.approx(6 * DAY)
    assert (row["numerator"], row["denominator"], row["still_open"]) == (2, 3, 1)


def test_a_cycle_is_ready_when_the_last_of_it_is_approved(world, draft, at) -> None:
    draft("2026-07-09", "2026-07-10", invoice_line_ref=None, source_id="T1")
    draft("2026-07-09", "2026-07-10", approved_at=at("2026-07-08"))
    world.link(
        world.conn.exec_driver_sql("SELECT max(invoice_line_ref) FROM biz.time_entry").scalar_one(), "T1"
    )
    row = whole(world.ask("invoice_cycle_time", **JULY))
    assert (row["value"], row["denominator"]) == (pytest.approx(2 * DAY), 1)


def test_what_is_not_sent_yet_is_counted_in(world, draft) -> None:
    for number, day in enumerate((3, 5), 1):
        draft("2026-07-02", f"2026-07-0{day}", f"2026-07-0{day}", project_ref=f"P{number}")
    for number in (3, 4):
        draft("2026-07-02", "2026-07-03", project_ref=f"P{number}")  # posted, not sent
    row = whole(world.ask("invoice_cycle_time", **JULY))
    assert row["value"] == pytest.approx(4 * DAY)  # the sent ones alone would say three days
    assert (row["numerator"], row["denominator"], row["still_open"]) == (2, 4, 2)
    world.entry(project_ref="P5")
    assert whole(world.ask("invoice_cycle_time", **JULY))["value"] == inf


def test_where_nobody_tells_of_sending_posting_is_sending(world, draft) -> None:
    draft("2026-07-02", "2026-07-05")
    assert whole(world.ask("invoice_cycle_time", **JULY))["value"] == pytest.approx(4 * DAY)


def test_sent_ahead_of_time_takes_no_time(world, draft) -> None:
    draft("2026-06-20", "2026-06-21", "2026-06-21")
    row = whole(world.ask("invoice_cycle_time", **JULY))
    assert (row["value"], row["numerator"]) == (0, 1)
    assert whole(world.ask("invoice_cycle_time"))["value"] is None  # in June it was not due


def test_a_cycle_older_than_the_period_enters_late(world, draft, at) -> None:
    draft("2026-08-10", "2026-08-11", "2026-08-11")
    august = whole(world.ask("invoice_cycle_time", since="2026-08-01", until="2026-09-01"))
    assert august["value"] == pytest.approx(41 * DAY)
    assert whole(world.ask("invoice_cycle_time", **JULY))["still_open"] == 1
    assert whole(world.ask("invoice_cycle_time", since="2026-09-01", until="2026-10-01"))["value"] is None


def test_written_off_is_another_way_to_end(world, at, draft) -> None:
    world.entry(project_ref="P", bill_state="written_off", written_off_at=at("2026-07-05"))
    draft("2026-07-02", "2026-07-03", project_ref="Q")
    row = whole(world.ask("invoice_cycle_time", **JULY))
    assert (row["ended_otherwise"], row["numerator"], row["denominator"]) == (1, 1, 2)


def test_money_weighs_the_cycle(world, draft) -> None:
    draft("2026-07-02", "2026-07-03", rate=100)
    draft("2026-07-02", "2026-07-11", project_ref="Q", rate=900)
    rows = world.ask("invoice_cycle_time", **JULY)
    assert whole(rows)["value"] == pytest.approx(2 * DAY)
    assert whole(rows, "USD")["value"] == pytest.approx(10 * DAY)


def test_the_month_ends_at_the_customers_midnight(world, at) -> None:
    from sqlalchemy import text

    world.conn.execute(
        text("UPDATE ops.customer SET time_zone = 'America/New_York' WHERE customer_id = :id"),
        {"id": world.customer_id},
    )
    world.entry(project_ref="P", worked_on=date(2026, 6, 30))
    (row,) = world.ask("delayed_invoice_triggers_rows", **JULY)
    assert row["at"] == at("2026-07-01 00:00") + timedelta(hours=4)


@pytest.mark.parametrize("metric", ["invoice_cycle_time", "delayed_invoice_triggers"])
@pytest.mark.parametrize("by", ["kind", "account", "project", "system"])
def test_the_parts_add_up(world, at, draft, metric, by) -> None:
    draft("2026-07-02", "2026-07-03")
    draft("2026-07-15", "2026-07-16", project_ref="Q")
    milestone(world, at, "2026-07-03", project_ref="P")
    world.entry(project_ref="Q", currency="EUR")
    parts = [row for row in world.ask(metric, **JULY, by=by) if row["currency"] is None]
    assert sum(row["denominator"] for row in parts) == whole(world.ask(metric, **JULY))["denominator"] == 4
