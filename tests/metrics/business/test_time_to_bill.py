"""Time to bill: from approved to posted, with what is still open kept in the count."""

from datetime import date, timedelta
from decimal import Decimal
from math import inf
from typing import Any

import pytest

from metrics.period import Period
from metrics.read import figures, rows

DAY = 86400.0


def whole(rows: list[dict[str, Any]], currency: str | None = None) -> dict[str, Any]:
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


def test_a_customer_without_work_has_no_time_to_bill(world) -> None:
    (row,) = world.ask("time_to_bill")
    assert row["value"] is None
    assert row["sample"] == 0


def test_the_median_counts_what_is_still_open(world, at) -> None:
    for days in (2, 4, 6):
        world.billed_entry(at("2026-06-02 12:00") + timedelta(days=days))
    world.entry()
    world.entry()
    row = whole(world.ask("time_to_bill"))
    # three of five are billed after 2, 4 and 6 days: the naive median of the billed says 4 days, half of all says 6
    assert row["value"] == pytest.approx(6 * DAY)
    assert (row["numerator"], row["denominator"], row["still_open"], row["sample"]) == (3, 5, 2, 5)
    assert row["within_7_days"] == pytest.approx(0.6)


def test_a_median_that_nothing_reaches_is_an_answer(world, at) -> None:
    world.billed_entry(at("2026-06-05"))
    for _ in range(4):
        world.entry()
    assert whole(world.ask("time_to_bill"))["value"] == inf


def test_money_weighs_a_large_piece_more_than_a_small_one(world, at) -> None:
    world.billed_entry(at("2026-06-03 12:00"), rate=100)
    world.billed_entry(at("2026-06-12 12:00"), rate=900)
    rows = world.ask("time_to_bill")
    assert whole(rows)["value"] == pytest.approx(1 * DAY)
    money = whole(rows, "USD")
    assert money["value"] == pytest.approx(10 * DAY)
    assert (money["numerator"], money["denominator"]) == (Decimal("1000"), Decimal("1000"))
    assert money["within_7_days"] == pytest.approx(0.1)


def test_two_currencies_are_two_answers(world, at) -> None:
    world.billed_entry(at("2026-06-03 12:00"))
    world.billed_entry(at("2026-06-05 12:00"), currency="EUR", rate=10)
    rows = world.ask("time_to_bill")
    assert {row["currency"] for row in rows} == {None, "USD", "EUR"}
    assert whole(rows, "EUR")["denominator"] == Decimal("10")
    assert whole(rows)["denominator"] == 2


def test_a_draft_is_not_a_bill(world, at) -> None:
    world.entry(invoice_line_ref=world.line(world.invoice("draft", created_at=at("2026-06-03"))))
    row = whole(world.ask("time_to_bill"))
    assert (row["numerator"], row["still_open"]) == (0, 1)


def test_a_credited_invoice_bills_nothing(world, at) -> None:
    invoice = world.invoice("credited", at("2026-06-03"), voided_at=at("2026-06-10"))
    world.entry(invoice_line_ref=world.line(invoice))
    row = whole(world.ask("time_to_bill"))
    assert (row["numerator"], row["still_open"]) == (0, 1)
    before_the_credit = whole(world.ask("time_to_bill", as_of="2026-06-09"))
    assert (before_the_credit["numerator"], before_the_credit["still_open"]) == (1, 0)


def test_a_bill_taken_back_later_leaves_the_month_as_it_was(world, at) -> None:
    invoice = world.invoice("void", at("2026-06-12 12:00"), voided_at=at("2026-08-10"))
    world.entry(invoice_line_ref=world.line(invoice))
    assert whole(world.ask("time_to_bill"))["numerator"] == 1
    august = whole(world.ask("time_to_bill", since="2026-08-01", until="2026-09-01"))
    # open again from the day it was taken back, at the age it has by then
    assert (august["numerator"], august["denominator"], august["still_open"]) == (0, 1, 1)
    (row,) = world.ask("time_to_bill_rows", since="2026-08-01", until="2026-09-01")
    assert row["value"] == pytest.approx((at("2026-09-01") - at("2026-06-02 12:00")).total_seconds())


def test_work_that_is_written_off_ends_otherwise_and_is_not_censored(world, at) -> None:
    world.billed_entry(at("2026-06-12 12:00"))
    world.entry(bill_state="written_off", written_off_at=at("2026-06-07 12:00"))
    row = whole(world.ask("time_to_bill"))
    # censoring the write-off would say that everything is billed in the end
    assert row["within_14_days"] == pytest.approx(0.5)
    assert (row["numerator"], row["ended_otherwise"], row["still_open"]) == (1, 1, 0)
    assert row["value"] == pytest.approx(10 * DAY)


@pytest.mark.parametrize(
    ("field", "value"), [("billable", "false"), ("bill_state", "not_billable")], ids=["flag", "state"]
)
def test_work_that_becomes_non_billable_ends_otherwise(world, at, field, value) -> None:
    item = world.entry(billable=False)
    world.event(item, field, value, at("2026-06-07 12:00"))
    row = whole(world.ask("time_to_bill"))
    assert (row["ended_otherwise"], row["denominator"]) == (1, 1)
    assert whole(world.ask("time_to_bill", as_of="2026-06-07 11:00"))["still_open"] == 1


def test_work_that_was_never_billable_is_no_part_of_it(world) -> None:
    world.entry(billable=False)
    world.entry(bill_state="not_billable")
    assert whole(world.ask("time_to_bill"))["sample"] == 0


def test_deleted_work_ends_otherwise(world, at) -> None:
    world.entry(deleted_at=at("2026-06-07 12:00"), deleted_how="log")
    assert whole(world.ask("time_to_bill"))["ended_otherwise"] == 1


def test_the_period_watches_older_work_from_its_own_first_day(world, at) -> None:
    world.billed_entry(at("2026-06-12 12:00"), approved_at=at("2026-04-02 12:00"))
    may = whole(world.ask("time_to_bill", since="2026-05-01", until="2026-06-01"))
    assert (may["numerator"], may["still_open"]) == (0, 1)
    june = whole(world.ask("time_to_bill"))
    assert june["numerator"] == 1
    assert june["value"] == pytest.approx(71 * DAY)
    july = world.ask("time_to_bill", since="2026-07-01", until="2026-08-01")
    assert whole(july)["sample"] == 0


def test_a_bill_posted_at_the_stroke_of_midnight_belongs_to_the_month_that_begins(world, at) -> None:
    world.billed_entry(at("2026-07-01"))
    assert whole(world.ask("time_to_bill"))["numerator"] == 0
    july = whole(world.ask("time_to_bill", since="2026-07-01", until="2026-08-01"))
    assert (july["numerator"], july["denominator"]) == (1, 1)


def test_the_cohort_is_what_was_approved_in_the_period_watched_until_now(world, at) -> None:
    world.billed_entry(at("2026-08-12 12:00"))
    world.billed_entry(at("2026-06-12 12:00"), approved_at=at("2026-04-02 12:00"))
    row = whole(world.ask("time_to_bill_cohort"))
    assert (row["numerator"], row["denominator"]) == (1, 1)
    assert row["value"] == pytest.approx(71 * DAY)
    assert whole(world.ask("time_to_bill_cohort", as_of="2026-08-01"))["still_open"] == 1


@pytest.mark.parametrize(
    ("as_of", "numerator", "half"), [("2026-07-10", 1, inf), ("2026-09-01", 2, 71 * DAY)]
)
def test_what_a_month_approved_is_one_figure_that_moves_until_it_is_billed(
    world, as_viewer, at, as_of, numerator, half
) -> None:
    world.billed_entry(at("2026-06-12 12:00"))
    world.billed_entry(at("2026-08-12 12:00"))
    world.entry()
    world.billed_entry(at("2026-06-12 12:00"), approved_at=at("2026-05-30 12:00"))  # May's work
    world.work_out()
    asked = [world.customer_id], Period.parse("2026-06", "UTC", None)
    with as_viewer([world.customer_id]) as conn:
        found = figures(conn, "C4b", *asked, as_of=at(as_of))
        behind = rows(conn, "C4b", *asked, as_of=at(as_of))
    (count,) = [figure for figure in found if figure.currency is None]
    assert (count.numerator, count.denominator, count.value) == (numerator, 3, pytest.approx(half))
    assert (behind["in_numerator"].sum(), behind["in_denominator"].sum()) == (numerator, 3)


def test_an_expense_is_work_too(world, at) -> None:
    world.expense(
        invoice_line_ref=world.line(world.invoice("posted", at("2026-06-03 12:00")), kind="expense")
    )
    assert whole(world.ask("time_to_bill"), "USD")["numerator"] == Decimal("40")


def test_approval_that_a_system_does_not_know_is_taken_from_the_entry(world, at) -> None:
    line = world.line(world.invoice("posted", at("2026-06-03 09:00")))
    world.entry(invoice_line_ref=line, approved_at=None, submitted_at=None, approval_precision="entered")
    assert whole(world.ask("time_to_bill"))["value"] == pytest.approx(DAY)


def test_work_whose_approval_nobody_knows_is_unknown(world) -> None:
    world.entry(approved_at=None, approval_state="unknown", approval_precision=None)
    row = whole(world.ask("time_to_bill"))
    assert (row["unknown"], row["sample"], row["value"]) == (1, 0, None)
    (listed,) = world.ask("time_to_bill_rows")
    assert (listed["is_unknown"], listed["at"], listed["outcome"]) == (True, None, "unknown")


def test_a_link_to_an_invoice_that_was_not_read_is_unknown(world) -> None:
    world.entry(invoice_line_ref="never-read")
    row = whole(world.ask("time_to_bill"))
    assert (row["unknown"], row["sample"]) == (1, 0)


def test_an_invoice_in_a_state_that_nobody_knows_is_unknown(world, at) -> None:
    world.entry(invoice_line_ref=world.line(world.invoice("unknown", at("2026-06-03"))))
    assert whole(world.ask("time_to_bill"))["unknown"] == 1


def test_work_without_a_rate_is_counted_and_has_no_value(world, at) -> None:
    world.billed_entry(at("2026-06-03 12:00"), rate=None)
    rows = world.ask("time_to_bill")
    assert whole(rows)["numerator"] == 1
    assert whole(rows)["without_value"] == 1
    assert whole(rows, "USD")["unknown"] == 1
    assert whole(rows, "USD")["value"] is None


def test_split_work_is_billed_share_by_share_and_loses_no_cent(world, at) -> None:
    item = world.entry(rate=Decimal("100.01"))
    world.link(world.line(world.invoice("posted", at("2026-06-04 12:00"))), item, share=Decimal("0.6"))
    money = whole(world.ask("time_to_bill"), "USD")
    assert money["numerator"] + money["still_open"] == Decimal("100.01")
    assert money["numerator"] == Decimal("60.0060")
    assert money["within_7_days"] == pytest.approx(0.6)


def test_work_on_two_bills_at_once_is_billed_once(world, at) -> None:
    item = world.entry()
    for day in (4, 9):
        world.link(world.line(world.invoice("posted", at(f"2026-06-0{day} 12:00"))), item)
    row = whole(world.ask("time_to_bill"), "USD")
    assert (row["numerator"], row["denominator"]) == (Decimal("100"), Decimal("100"))
    assert row["value"] == pytest.approx(2 * DAY)


def test_parts_by_account_follow_a_merged_record(world, at) -> None:
    world.record("biz.account", "A", {"name": "Alder Logistics Ltd"}, {"source_id": "A1"})
    world.record("biz.account", "A", {"name": "alder", "merged_into_ref": "A1"}, {"source_id": "A2"})
    world.record("biz.project", "P", {"name": "Move", "account_ref": "A2"}, {"source_id": "P1"})
    world.billed_entry(at("2026-06-03 12:00"), project_ref="P1")
    by_account = world.ask("time_to_bill", by="account")
    assert {row["part"] for row in by_account} == {"Alder Logistics Ltd"}
    assert {row["part"] for row in world.ask("time_to_bill", by="project")} == {"Move"}


def test_the_rows_add_up_to_the_figure(world, at) -> None:
    for days in (1, 3):
        world.billed_entry(at("2026-06-02 12:00") + timedelta(days=days), rate=Decimal("33.33"))
    world.entry(worked_on=date(2026, 5, 30))
    world.entry(invoice_line_ref="never-read")
    figure, rows = world.ask("time_to_bill"), world.ask("time_to_bill_rows")
    assert sum(row["in_numerator"] for row in rows) == whole(figure)["numerator"]
    assert sum(row["in_denominator"] for row in rows) == whole(figure)["denominator"]
    assert sum(row["is_unknown"] for row in rows) == whole(figure)["unknown"]
    assert sum(row["amount"] for row in rows if row["in_numerator"]) == whole(figure, "USD")["numerator"]
    assert len(world.ask("time_to_bill_rows", row_limit=2)) == 2


def test_the_curve_falls_to_its_open_part(world, at) -> None:
    world.billed_entry(at("2026-06-03 12:00"))
    world.entry()
    curve = [row for row in world.ask("time_to_bill_curve") if row["currency"] is None]
    assert [(row["age_days"], row["billed"], row["open"]) for row in curve] == [(1, 0.5, 0.5), (29, 0.5, 0.5)]


def test_another_customer_is_not_seen(world, at) -> None:
    stranger = world.customer()
    system = world.system("psa", stranger)
    world.entry(customer_id=stranger, system_id=system)
    rows = world.ask("time_to_bill", customers=[stranger], seen_by=[world.customer_id])
    assert rows == []
    assert whole(world.ask("time_to_bill"))["sample"] == 0
