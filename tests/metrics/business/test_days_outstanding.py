"""Days sales outstanding: what is owed, counted back over the months that were sold."""

from datetime import date
from decimal import Decimal
from math import inf

import pytest

DAY = 86400.0


def whole(rows, currency="USD"):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def bill(world, at):
    def make(posted, gross, **values):
        state = values.pop("state", "posted")
        return world.invoice(state, at(posted), gross=Decimal(gross), net=Decimal(gross), **values)

    return make


def pay(world, invoice, amount, day, **values):
    defaults = {"invoice_ref": invoice, "amount": Decimal(amount), "currency": "USD", "paid_on": day}
    world.record("biz.payment", "Y", defaults, values)


def test_without_invoices_there_is_nothing_to_say(world) -> None:
    assert whole(world.ask("days_sales_outstanding"), None)["value"] is None


def test_months_are_counted_back(world, bill) -> None:
    bill("2026-04-10", 70)
    bill("2026-05-10", 80)
    bill("2026-06-10", 100)
    paid = bill("2026-04-12", 38)
    pay(world, paid, 38, date(2026, 6, 2))
    row = whole(world.ask("days_sales_outstanding"))
    assert (row["numerator"], row["denominator"], row["sample"]) == (250, 100, 3)
    # June and May whole, then 70 of April's 108 in its 30 days
    assert row["value"] == pytest.approx((30 + 31 + 70 / 108 * 30) * DAY)
    assert row["simple"] == pytest.approx(250 / 100 * 30 * DAY)


def test_everything_paid_is_no_day(world, bill) -> None:
    pay(world, bill("2026-06-10", 100), 100, date(2026, 6, 20))
    assert whole(world.ask("days_sales_outstanding"))["value"] == 0


def test_what_is_not_overdue_is_the_best_possible(world, bill) -> None:
    bill("2026-06-01 12:00", 60, due_on=date(2026, 6, 30))
    bill("2026-06-01 12:00", 40, due_on=date(2026, 6, 15))
    row = whole(world.ask("days_sales_outstanding"))
    assert (row["simple"], row["best_possible"], row["delinquent"]) == tuple(
        pytest.approx(days * DAY) for days in (30, 18, 12)
    )
    assert row["overdue"] == 40
    # nothing was owed before: (0 + 100 − 100) ÷ (0 + 100 − 60)
    assert row["effectiveness"] == 0


def test_a_credit_note_takes_off_sales_and_what_is_owed(world, bill, at) -> None:
    invoice = bill("2026-06-10", 100)
    world.invoice("posted", at("2026-06-20"), kind="credit", credits_ref=invoice, net=-30, gross=-30)
    row = whole(world.ask("days_sales_outstanding"))
    assert (row["numerator"], row["denominator"]) == (70, 70)
    world.invoice("posted", at("2026-06-20"), kind="credit", net=-5, gross=-5)  # of no invoice: netted
    assert whole(world.ask("days_sales_outstanding"))["numerator"] == 65


def test_a_cancelled_invoice_is_neither_sold_nor_owed(world, bill, at) -> None:
    bill("2026-05-10", 100, state="void", voided_at=at("2026-06-05"))
    bill("2026-06-10", 40)
    may = whole(world.ask("days_sales_outstanding", since="2026-05-01", until="2026-06-01"))
    assert (may["numerator"], may["denominator"]) == (100, 100)
    june = whole(world.ask("days_sales_outstanding"))
    assert (june["numerator"], june["denominator"], june["simple"]) == (40, -60, None)


def test_a_month_of_more_credits_than_sales_has_no_simple_days(world, bill) -> None:
    bill("2026-05-10", 100)
    row = whole(world.ask("days_sales_outstanding"))
    assert (row["simple"], row["delinquent"], row["value"]) == (None, None, pytest.approx(61 * DAY))


def test_what_the_system_calls_paid_is_settled_when_it_said_so(world, bill, at) -> None:
    invoice = bill("2026-05-10", 100, state="paid", source_updated_at=at("2026-07-30"))
    world.event(invoice, "state", "paid", at("2026-06-15"), object_type="invoice")
    assert whole(world.ask("days_sales_outstanding", until="2026-06-10"))["numerator"] == 100
    assert whole(world.ask("days_sales_outstanding"))["numerator"] == 0


def test_a_payment_counts_on_the_day_it_was_made(world, bill) -> None:
    pay(world, bill("2026-05-10", 100), 60, date(2026, 6, 15))
    assert whole(world.ask("days_sales_outstanding", until="2026-06-15"))["numerator"] == 100
    assert whole(world.ask("days_sales_outstanding", until="2026-06-16"))["numerator"] == 40


@pytest.mark.parametrize(
    "values",
    [{"gross": None, "tax": None}, {"state": "part_paid"}],
    ids=["no gross amount", "paid in part, and nobody knows how much"],
)
def test_what_nobody_knows_is_unknown_and_not_zero(world, at, values) -> None:
    world.invoice(**{"state": "posted", "posted_at": at("2026-06-10"), "gross": 100, "net": 100} | values)
    row = whole(world.ask("days_sales_outstanding"))
    assert (row["value"], row["unknown"], row["sample"]) == (None, 1, 0)


def test_drafts_are_not_owed_and_the_past_is_seen_as_it_was(world, bill, at) -> None:
    world.invoice("draft", None, created_at=at("2026-06-02"), gross=5)
    bill("2026-06-10 10:00", 100)
    before, after = (
        whole(world.ask("days_sales_outstanding", as_of=moment), currency)
        for moment, currency in (("2026-06-10 09:59", None), ("2026-06-10 10:00", "USD"))
    )
    assert (before["value"], after["numerator"]) == (None, 100)


def test_more_owed_than_ever_sold_is_not_reached(world, bill) -> None:
    pay(world, bill("2026-06-10", 100), -50, date(2026, 6, 20))  # paid back more than was paid
    assert whole(world.ask("days_sales_outstanding"))["value"] == inf


def test_currencies_stay_apart_and_rows_add_up(world, bill) -> None:
    bill("2026-06-10", 100, account_ref="A", due_on=date(2026, 6, 20))
    bill("2026-06-10", 30, account_ref="B")
    bill("2026-06-10", 40, currency="EUR")
    bill("2026-05-10", 20, account_ref="B")
    figures = world.ask("days_sales_outstanding")
    behind = world.ask("days_sales_outstanding_rows")
    for currency, owed, sold in (("USD", 150, 130), ("EUR", 40, 40)):
        mine = [row for row in behind if row["currency"] == currency]
        figure = whole(figures, currency)
        assert sum(row["amount"] for row in mine if row["in_numerator"]) == figure["numerator"] == owed
        assert sum(row["amount"] for row in mine if row["in_denominator"]) == figure["denominator"] == sold
    parts = world.ask("days_sales_outstanding", by="account")
    assert {(row["part"], row["currency"]): row["numerator"] for row in parts} == {
        ("(none)", "EUR"): 40,
        ("A", "USD"): 100,
        ("B", "USD"): 50,
    }
