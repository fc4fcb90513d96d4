"""Realization and leakage: what the work of a month was worth, what was billed of it, and what is lost."""

from datetime import date
from decimal import Decimal

import pytest

LATER = {"as_of": "2026-11-20"}


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def billed(world, at):
    """Work on an invoice whose line for work says `net`."""

    def make(net, *works, kind="time", **values):
        line = world.line(world.invoice("posted", at("2026-07-05")), kind=kind, net=net, currency="USD")
        return [world.entry(invoice_line_ref=line, **work, **values) for work in works]

    return make


def test_no_work_has_no_realization(world) -> None:
    for metric in ("realization", "billing_leakage"):
        assert whole(world.ask(metric))["value"] is None


def test_the_published_case(world, billed) -> None:
    # 92,000 billed of a standard value of 100,000
    billed(92_000, {"rate": 60_000}, {"rate": 40_000})
    row = whole(world.ask("realization", **LATER), "USD")
    assert (row["value"], row["numerator"], row["denominator"]) == (0.92, 92_000, 100_000)
    assert (row["written_down"], row["is_mature"]) == (8_000, True)


def test_a_line_is_shared_out_over_its_work_of_every_month(world, billed) -> None:
    billed(90, {"rate": 50}, {"rate": 50, "worked_on": date(2026, 5, 31)})
    assert whole(world.ask("realization", **LATER), "USD")["numerator"] == 45


@pytest.mark.parametrize(
    ("life", "as_of", "realized", "leaked", "high"),
    [
        ({}, "2026-08-01", 0, 0, 1),  # waits, and is young
        ({}, "2026-10-01", 0, 1, 1),  # 90 days have passed
        ({"bill_state": "written_off"}, "2026-08-01", 0, 1, 1),
        ({"approval_state": "submitted", "approved_at": None}, "2026-10-01", 0, 1, 1),
    ],
)
def test_what_is_not_billed_waits_or_is_lost(world, at, life, as_of, realized, leaked, high) -> None:
    if "bill_state" in life:
        life = life | {"written_off_at": at("2026-07-01")}
    world.entry(**life)
    row = whole(world.ask("realization", as_of=as_of), "USD")
    assert row["value"] == realized
    leak = whole(world.ask("billing_leakage", as_of=as_of), "USD")
    assert (leak["value"], leak["high"]) == (leaked, high)
    assert row["high"] == 1 - leaked


def test_an_immature_month_says_so(world, billed) -> None:
    billed(100, {})
    world.entry()
    row = whole(world.ask("realization", as_of="2026-07-10"), "USD")
    assert (row["value"], row["high"], row["waiting"], row["is_mature"]) == (0.5, 1, 100, False)


def test_deleted_work_was_a_mistake(world, at) -> None:
    world.entry(deleted_at=at("2026-06-10"))
    assert whole(world.ask("billing_leakage", **LATER))["value"] is None


@pytest.mark.parametrize("kind", ["other", "milestone"])
def test_a_bill_without_lines_for_work_is_unknown(world, billed, kind) -> None:
    billed(100, {}, kind=kind)
    row = whole(world.ask("realization", **LATER), "USD")
    assert (row["value"], row["unknown"]) == (None, 1)


def test_work_without_a_rate_is_unknown_and_makes_its_bill_unknown(world, billed) -> None:
    billed(100, {}, {"rate": None, "currency": None})
    world.entry(rate=None)
    rows = world.ask("realization", **LATER)
    assert (whole(rows)["value"], whole(rows)["unknown"]) == (None, 3)


def test_the_past_is_seen_as_it_was(world, billed) -> None:
    billed(80, {})
    assert whole(world.ask("realization", as_of="2026-07-04"), "USD")["value"] == 0
    assert whole(world.ask("realization", as_of="2026-07-06"), "USD")["value"] == 0.8


@pytest.mark.parametrize("metric", ["realization", "billing_leakage"])
def test_rows_and_parts_add_up(world, billed, at, metric) -> None:
    billed(90, {"project_ref": "P"}, {"project_ref": "Q", "rate": 50})
    (split,) = billed(50, {"project_ref": "Q"})
    world.change("biz.time_entry", split, invoice_line_ref=None)
    line = world.line(world.invoice("posted", at("2026-07-05")), net=20, currency="USD")
    world.link(line, split, share=Decimal("0.25"))
    world.entry(project_ref="Q", currency="EUR", bill_state="written_off", written_off_at=at("2026-07-01"))
    figures, behind = world.ask(metric, **LATER), world.ask(f"{metric}_rows", **LATER)
    assert sum(row["in_numerator"] for row in behind) == whole(figures)["numerator"]
    assert sum(row["in_denominator"] for row in behind) == whole(figures)["denominator"] == 5
    for currency in ("USD", "EUR"):
        mine = [row for row in behind if row["currency"] == currency]
        assert (
            sum(row["amount"] for row in mine if row["in_numerator"]) == whole(figures, currency)["numerator"]
        )
        assert sum(row["standard"] for row in mine) == whole(figures, currency)["denominator"]
    parts = [row for row in world.ask(metric, **LATER, by="project") if row["currency"] == "USD"]
    assert sum(row["denominator"] for row in parts) == 250
