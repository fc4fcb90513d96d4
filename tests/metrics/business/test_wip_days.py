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


def of_parts(rows, column="value", currency="USD"):
    return {row["part"]: row[column] for row in rows if row["currency"] == currency}


@pytest.fixture
def shared(world, fees, at):
    """Two projects, one of a practice; on one invoice of 200, with lines of 150 and 50; and unbilled work of each."""
    world.project(at("2026-01-02"), source_id="P", name="Portal", practice="Cloud")
    world.project(at("2026-01-02"), source_id="Q", name="Quality")
    invoice = fees("2026-06-11", 200)
    world.line(invoice, net=150, project_ref="P")
    world.entry(project_ref="P")
    world.entry(project_ref="Q", minutes=120)
    return world.line(invoice, net=50, project_ref="Q")


@pytest.mark.parametrize(
    ("by", "one", "other"), [("project", "Portal", "Quality"), ("practice", "Cloud", "(no practice)")]
)
def test_a_part_is_its_work_by_its_share_of_the_invoices(world, shared, by, one, other) -> None:
    rows = world.ask("wip_days", by=by)
    assert of_parts(rows) == {
        one: pytest.approx(100 / 150 * 20 * DAY),
        other: pytest.approx(200 / 50 * 20 * DAY),
    }
    assert of_parts(rows, "denominator") == {one: 150, other: 50}
    assert of_parts(rows, "debtor_days") == {one: pytest.approx(20 * DAY), other: pytest.approx(20 * DAY)}
    assert sum(of_parts(rows, "numerator").values()) == whole(world.ask("wip_days"))["numerator"] == 300


@pytest.mark.parametrize("net", [Decimal(100), Decimal("33.33"), Decimal(-20)])
def test_the_shares_add_up_to_the_cent(world, shared, fees, net) -> None:
    third = fees("2026-06-12", 100)
    for project in ("P", "Q", None):
        world.line(third, net=net, project_ref=project)
    rows = world.ask("wip_days", by="project")
    assert sum(of_parts(rows, "denominator").values()) == whole(world.ask("wip_days"))["denominator"] == 300


def test_what_nobody_can_share_out_leaves_its_parts_without_a_figure(world, shared, fees) -> None:
    world.change("biz.invoice_line", shared, net=None)
    rows = world.ask("wip_days", by="project")
    assert of_parts(rows) == {"Portal": None, "Quality": None}
    assert of_parts(rows, "unknown_invoices", None) == {"Portal": 1, "Quality": 1}
    assert whole(world.ask("wip_days"))["value"] == pytest.approx(300 / 200 * 20 * DAY)


def test_the_days_of_a_part_begin_with_its_first_invoice(world, shared, fees, at) -> None:
    world.line(fees("2026-06-21", 30), project_ref="N")
    world.project(at("2026-01-02"), source_id="N", name="New")
    world.entry(project_ref="N")
    row = next(row for row in world.ask("wip_days", by="project") if row["part"] == "New")
    assert (row["fee_days"], row["value"]) == (10, pytest.approx(100 / 30 * 10 * DAY))
