"""Work-in-progress days: unbilled work measured in days of fees."""

from datetime import date
from decimal import Decimal

import pytest

DAY = 86400.0


def whole(rows, currency="USD"):
    (row,) = [row for row in rows if row["currency"] == currency]
    return row


@pytest.fixture
def fees(world, at):
    def make(posted, net, **values):
        state = values.pop("state", "posted")
        return world.invoice(state, at(posted), **{"net": Decimal(net), "gross": Decimal(net) * 2} | values)

    return make


def test_without_work_and_fees_there_is_nothing_to_say(world) -> None:
    assert whole(world.ask("wip_days"), None)["value"] is None


def test_a_year_of_fees_is_the_measure(world, fees) -> None:
    fees("2025-01-01", 5)  # older than a year: only tells that there was one
    fees("2025-09-10", 200)
    fees("2026-06-10", 165)
    world.entry()
    row = whole(world.ask("wip_days"))
    assert (row["value"], row["denominator"]) == (pytest.approx(100 / 365 * 365 * DAY), 365)
    assert row["recent_wip_days"] == pytest.approx(100 / 165 * 91 * DAY)
    # tax on both sides: 740 owed of sales of 730
    assert row["debtor_days"] == pytest.approx(740 / 730 * 365 * DAY)
    assert row["lock_up_days"] == pytest.approx(row["value"] + row["debtor_days"])


def test_a_young_firm_has_the_days_since_its_first_invoice(world, fees) -> None:
    fees("2026-06-11", 200)
    world.entry()
    row = whole(world.ask("wip_days"))
    assert (row["fee_days"], row["value"]) == (20, pytest.approx(10 * DAY))


def test_credits_and_cancellations_are_no_fees(world, fees, at) -> None:
    invoice = fees("2026-06-11", 200)
    world.invoice("posted", at("2026-06-12"), kind="credit", credits_ref=invoice, net=-50, gross=-100)
    fees("2026-06-11", 70, state="void", voided_at=at("2026-06-15"))
    assert whole(world.ask("wip_days"))["denominator"] == 150


def test_without_fees_there_are_no_days(world) -> None:
    world.entry()
    row = whole(world.ask("wip_days"))
    assert (row["value"], row["numerator"], row["denominator"]) == (None, 100, 0)


def test_unknown_work_and_invoices_are_told(world, fees, at) -> None:
    fees("2026-06-11", 200)
    world.invoice("posted", at("2026-06-12"), net=None, gross=None)
    world.entry(rate=None)
    row = whole(world.ask("wip_days"), None)
    assert (row["value"], row["unknown"], row["unknown_invoices"]) == (None, 1, 1)


def test_the_past_is_seen_as_it_was(world, fees, at) -> None:
    fees("2026-06-11", 200)
    world.billed_entry(at("2026-07-05"), worked_on=date(2026, 6, 1))
    assert whole(world.ask("wip_days"))["numerator"] == 100
    assert whole(world.ask("wip_days", until="2026-08-01"))["numerator"] == 0


def test_rows_add_up(world, fees) -> None:
    fees("2026-06-11", 200)
    fees("2026-06-11", 10, currency="EUR")
    world.entry()
    world.entry(currency="EUR", rate=7)
    behind, figures = world.ask("wip_days_rows"), world.ask("wip_days")
    for currency, wip, sold in (("USD", 100, 200), ("EUR", 7, 10)):
        mine = [row for row in behind if row["currency"] == currency]
        figure = whole(figures, currency)
        assert sum(row["amount"] for row in mine if row["in_numerator"]) == figure["numerator"] == wip
        assert sum(row["amount"] for row in mine if row["in_denominator"]) == figure["denominator"] == sold
