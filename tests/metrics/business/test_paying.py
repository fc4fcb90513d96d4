"""What is owed and will come in, or will not, as it was paid in the year before; and which contracts are renewed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

JUNE = {"since": "2026-06-01", "until": "2026-07-01", "as_of": "2026-11-20"}


def whole(rows, currency="USD", part=""):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == part]
    return row


@pytest.fixture
def bill(world, at):
    """An invoice of 100 USD, posted at noon of a day and paid so many days later; None: not paid."""

    def make(day: str, paid_after: int | None = None, account: str = "A", **values) -> str:
        posted = at(f"{day} 12:00")
        invoice = world.invoice("posted", posted, gross=Decimal(100), account_ref=account, **values)
        if paid_after is not None:
            on = posted.date() + timedelta(days=paid_after)
            paid = {"invoice_ref": invoice, "amount": Decimal(100), "currency": "USD", "paid_on": on}
            world.record("biz.payment", "Y", {}, paid)
        return invoice

    return make


@pytest.fixture
def paid(bill):
    """A year of invoices of an account, a month apart from each other, each paid after so many days."""

    def make(*days: int, account: str = "A") -> None:
        for n, after in enumerate(days):
            bill(str(date(2026, 1, 5) + timedelta(days=9 * n)), after, account)

    return make


@pytest.mark.parametrize("metric", ["expected_receipts", "collections_risk"])
def test_where_nothing_is_owed_there_is_nothing_to_say(world, metric) -> None:
    assert whole(world.ask(metric, **JUNE), None)["value"] is None


@pytest.mark.parametrize("metric", ["expected_receipts", "collections_risk"])
def test_without_eight_paid_invoices_nobody_can_say(world, bill, paid, metric) -> None:
    paid(*[10] * 7)
    bill("2026-06-25")
    row = whole(world.ask(metric, **JUNE))
    assert (row["value"], row["unknown"], row["owed"]) == (None, 1, 100)
    assert (row["low"], row["high"]) == (0, 100)


def test_what_comes_in_is_what_came_in_before(world, bill, paid) -> None:
    """Half of eight took 10 days, half 60. One of 20 days was open at 10, too: four of nine were paid; until 50 none follows."""
    paid(*[10, 60] * 4)
    bill("2026-06-26")
    bill("2026-06-11")
    row = whole(world.ask("expected_receipts", **JUNE))
    assert (row["value"], row["sample"], row["unknown"]) == (Decimal("44.4444"), 2, 0)
    rows = world.ask("expected_receipts_rows", **JUNE)
    assert [float(each["amount"]) for each in rows] == [44.4444, 0]
    assert {each["outcome"] for each in rows} == {"by the payments of its account"}


def test_an_account_that_pays_late_is_judged_by_itself(world, bill, paid) -> None:
    paid(*[5] * 8)
    paid(*[80] * 8, account="B")
    bill("2026-06-28")
    bill("2026-06-28", account="B")
    bill("2026-06-28", account="C")  # of whom nothing is known: as all of them
    parts = {row["part"]: row for row in world.ask("expected_receipts", by="account", **JUNE)}
    assert (parts["A"]["value"], parts["B"]["value"]) == (100, 0)
    assert 40 < parts["C"]["value"] < 60
    assert (parts["A"]["by_own_history"], parts["C"]["by_own_history"]) == (1, 0)


def test_a_credit_is_no_payment(world, bill, paid, at) -> None:
    paid(*[10] * 8)
    for _ in range(8):
        own = bill("2026-03-02")
        world.invoice(
            "posted", at("2026-03-12 00:00"), kind="credit", gross=100, credits_ref=own, account_ref="A"
        )
    bill("2026-06-28")
    assert whole(world.ask("expected_receipts", **JUNE))["value"] == pytest.approx(Decimal(50), abs=1)


def test_an_invoice_older_than_all_that_were_watched_is_unknown(world, bill, paid) -> None:
    paid(*[10] * 8)
    bill("2026-05-01")
    row = whole(world.ask("expected_receipts", **JUNE))
    assert (row["value"], row["unknown"]) == (None, 1)


def test_ninety_days_overdue_is_at_risk_whole(world, bill, paid) -> None:
    paid(*[10, 10, 10, 110] * 3)
    bill("2026-05-01", due_on=date(2026, 6, 1))
    bill(
        "2026-10-28", due_on=date(2026, 10, 29)
    )  # of thirteen that were watched nine were paid in the time it has left
    october = {"since": "2026-10-01", "until": "2026-11-01", "as_of": "2026-11-20"}
    row = whole(world.ask("collections_risk", **october))
    rows = world.ask("collections_risk_rows", **october)
    assert [each["outcome"] for each in rows] == ["by its age alone", "by the payments of its account"]
    assert [each["amount"] for each in rows] == [100, Decimal("30.7692")]
    assert row["value"] == Decimal("130.7692")


@pytest.fixture
def contract(world):
    def make(source_id: str, starts: str, ends: str | None, **values) -> None:
        row = {
            "source_id": source_id,
            "account_ref": "A",
            "starts_on": date.fromisoformat(starts),
            "ends_on": date.fromisoformat(ends) if ends else None,
            "value": Decimal(1000),
            "currency": "USD",
        }
        world.record("biz.contract", "K", row, values | {"source_id": source_id})

    return make


def test_where_no_contract_ends_there_is_no_share(world, contract) -> None:
    contract("K", "2026-01-01", "2027-01-01")
    assert whole(world.ask("renewal_readiness", **JUNE), None)["value"] is None


def test_a_later_contract_with_the_account_renews(world, contract) -> None:
    contract("K", "2025-07-01", "2026-07-31")
    contract("K2", "2026-08-01", "2027-07-31")
    contract("L", "2025-07-01", "2026-09-28", account_ref="B", value=Decimal(3000))
    contract("M", "2025-07-01", "2026-09-29", account_ref="C")  # more than ninety days after the end of June
    contract("N", "2025-07-01", "2026-07-31", account_ref=None)
    rows = world.ask("renewal_readiness", **JUNE)
    count, money = whole(rows, None), whole(rows)
    assert (count["numerator"], count["denominator"], count["unknown"]) == (1, 2, 1)
    assert (count["value"], count["low"], count["high"]) == (0.5, 1 / 3, 2 / 3)
    assert money["value"] == 0.25
    behind = world.ask("renewal_readiness_rows", **JUNE)
    assert [(row["item_id"], row["outcome"]) for row in behind] == [
        ("N", "unknown"),
        ("L", "not renewed"),
        ("K", "renewed"),
    ]


def test_a_contract_that_was_not_known_yet_renews_nothing(world, contract, at) -> None:
    contract("K", "2025-07-01", "2026-07-31")
    contract("K2", "2026-08-01", "2027-07-31", first_seen_at=at("2026-07-15"))
    assert whole(world.ask("renewal_readiness", **JUNE), None)["numerator"] == 0
    july = JUNE | {"since": "2026-07-01", "until": "2026-08-01"}
    assert whole(world.ask("renewal_readiness", **july), None)["numerator"] == 1
