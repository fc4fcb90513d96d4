"""Invoices right the first time: taken back within sixty days, or old enough to be called right."""

from decimal import Decimal

import pytest

LATER = {"as_of": "2026-09-15"}


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


def outcome(world, **asked):
    (row,) = world.ask("invoice_first_time_right_rows", **asked)
    return row["outcome"]


def test_no_invoice_has_no_share(world) -> None:
    assert whole(world.ask("invoice_first_time_right"))["value"] is None


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-06-11", "too young"),
        ("2026-06-21", "taken back already"),
        ("2026-08-09 00:00", "taken back"),
        ("2026-08-08", "taken back already"),
    ],
)
def test_a_full_credit_is_an_error_when_the_invoice_is_old_enough(world, at, as_of, expected) -> None:
    world.invoice("credited", at("2026-06-10"), voided_at=at("2026-06-20"))
    assert outcome(world, as_of=as_of) == expected


def test_a_credit_over_a_part_takes_back_too(world, at) -> None:
    invoice = world.invoice("posted", at("2026-06-10"))
    world.invoice("posted", at("2026-07-01"), kind="credit", credits_ref=invoice, net=Decimal("-10"))
    assert outcome(world, **LATER) == "taken back"


def test_after_sixty_days_it_was_right(world, at) -> None:
    world.invoice("void", at("2026-06-10"), voided_at=at("2026-08-20"))
    assert outcome(world, **LATER) == "right"


def test_what_is_too_young_is_counted_beside_the_figure(world, at) -> None:
    world.invoice("posted", at("2026-06-02"), net=900)
    world.invoice("credited", at("2026-06-03"), voided_at=at("2026-06-09"), net=100)
    world.invoice("posted", at("2026-06-20"), net=50)
    rows = world.ask("invoice_first_time_right", as_of="2026-08-05")
    row = whole(rows)
    assert (row["value"], row["numerator"], row["denominator"], row["too_young"]) == (0.5, 1, 2, 1)
    assert (row["low"], row["high"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert whole(rows, "USD")["value"] == pytest.approx(0.9)


def test_a_state_nobody_could_read_is_unknown(world, at) -> None:
    world.invoice("unknown", None, created_at=at("2026-06-10"))
    row = whole(world.ask("invoice_first_time_right", **LATER))
    assert (row["value"], row["unknown"], row["low"], row["high"]) == (None, 1, 0, 1)


def test_drafts_and_credit_notes_are_no_invoices(world, at) -> None:
    world.invoice("draft", None, created_at=at("2026-06-10"))
    world.invoice("posted", at("2026-06-11"), kind="credit", net=-5)
    assert world.ask("invoice_first_time_right_rows", **LATER) == []


def test_rows_and_parts_add_up(world, at) -> None:
    for name, state, net in (("Alder", "posted", 10), ("Birch", "posted", 20), ("Birch", "void", None)):
        voided = at("2026-06-09") if state == "void" else None
        world.invoice(state, at("2026-06-02"), voided_at=voided, net=net, account_ref=name)
    rows = world.ask("invoice_first_time_right", **LATER)
    behind = world.ask("invoice_first_time_right_rows", **LATER)
    assert sum(row["in_numerator"] for row in behind) == whole(rows)["numerator"] == 2
    assert sum(row["in_denominator"] for row in behind) == whole(rows)["denominator"] == 3
    assert (
        sum(row["amount"] for row in behind if row["in_numerator"]) == whole(rows, "USD")["numerator"] == 30
    )
    assert whole(rows, "USD")["unknown"] == 1
    parts = world.ask("invoice_first_time_right", **LATER, by="account")
    assert {(row["part"], row["currency"]): row["denominator"] for row in parts} == {
        ("Alder", None): 1,
        ("Alder", "USD"): 10,
        ("Birch", None): 2,
        ("Birch", "USD"): 20,
    }
