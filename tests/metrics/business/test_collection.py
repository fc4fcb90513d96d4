"""Collection and overall realization: what was paid of what was billed, and of what the work was worth."""

from datetime import date

import pytest

LATER = {"as_of": "2026-11-20"}


def whole(rows, currency=None, part=""):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == part]
    return row


@pytest.fixture
def bill(world, at):
    """An issued invoice for work, tax included; answers what a payment names."""

    def make(net, *works, gross=None, state="posted", **values):
        invoice = world.invoice(state, at("2026-07-05"), net=net, gross=gross or net, **values)
        line = world.line(invoice, net=net, currency="USD")
        for work in works:
            world.entry(invoice_line_ref=line, **work)
        return invoice

    return make


@pytest.fixture
def paid(world):
    def make(invoice, amount, on=date(2026, 8, 1), currency="USD"):
        row = {"invoice_ref": invoice, "amount": amount, "currency": currency, "paid_on": on}
        return world.record("biz.payment", "PAY", row, {})

    return make


@pytest.mark.parametrize("metric", ["collection_realization", "overall_realization"])
def test_no_work_has_none(world, metric) -> None:
    assert whole(world.ask(metric))["value"] is None


def test_the_published_case(world, bill, paid) -> None:
    # work of 100,000 is billed at 92,000, of which 89,000 are paid: 92 %, 97 % and 89 %
    paid(bill(92_000, {"rate": 60_000}, {"rate": 40_000}), 89_000)
    collection, overall, billing = (
        whole(world.ask(name, **LATER), "USD")
        for name in ("collection_realization", "overall_realization", "realization")
    )
    assert round(collection["value"], 2) == 0.97
    assert (overall["value"], overall["denominator"]) == (0.89, 100_000)
    assert overall["value"] == pytest.approx(billing["value"] * collection["value"])
    assert (collection["owed"], collection["high"], collection["is_mature"]) == (3_000, 1, False)


@pytest.mark.parametrize(
    ("amount", "state", "share", "unknown"),
    [
        (0, "posted", 0, 0),
        (60, "part_paid", 0.5, 0),
        (120, "paid", 1, 0),
        (150, "paid", 1, 0),  # too much
        (0, "paid", 1, 0),  # called paid, and shows no payment
        (0, "part_paid", None, 1),
    ],
)
def test_what_is_paid_with_its_tax_counts_in_proportion(
    world, bill, paid, amount, state, share, unknown
) -> None:
    invoice = bill(100, {}, gross=120, state=state)
    if amount:
        paid(invoice, amount)
    row = whole(world.ask("collection_realization", **LATER), "USD")
    assert (row["value"], row["unknown"]) == (share, unknown)


def test_what_a_credit_note_took_off_is_not_owed_any_more(world, bill, paid, at) -> None:
    invoice = bill(100, {})
    world.invoice("posted", at("2026-07-20"), kind="credit", net=30, gross=30, credits_ref=invoice)
    paid(invoice, 70)
    row = whole(world.ask("collection_realization", **LATER), "USD")
    assert (row["value"], row["credited"], row["owed"], row["is_mature"]) == (0.7, 30, 0, True)


def test_the_past_is_seen_as_it_was(world, bill, paid) -> None:
    paid(bill(100, {}), 100)
    assert whole(world.ask("overall_realization", as_of="2026-07-31"), "USD")["value"] == 0
    assert whole(world.ask("overall_realization", as_of="2026-08-02"), "USD")["value"] == 1


def test_months_of_work_are_marked_until_nothing_can_change(world, bill, paid) -> None:
    paid(bill(100, {"worked_on": date(2026, 5, 4)}), 100)
    bill(100, {})
    rows = world.ask("collection_realization", since="2026-05-01", by="month", **LATER)
    assert whole(rows, "USD", "2026-05")["is_mature"]
    assert not whole(rows, "USD", "2026-06")["is_mature"]
    world.entry(worked_on=date(2026, 5, 5))
    rows = world.ask("collection_realization", since="2026-05-01", by="month", as_of="2026-08-02")
    assert not whole(rows, "USD", "2026-05")["is_mature"]  # more may be billed


@pytest.mark.parametrize("metric", ["collection_realization", "overall_realization"])
def test_rows_and_parts_add_up(world, bill, paid, at, metric) -> None:
    paid(bill(100, {"project_ref": "P", "rate": 33}, {"project_ref": "Q", "rate": 50}, gross=119), 40)
    bill(100, {"project_ref": "Q"}, state="part_paid")
    world.entry(project_ref="Q", bill_state="written_off", written_off_at=at("2026-07-01"))
    world.entry(project_ref="P", rate=None)
    figures, behind = world.ask(metric, **LATER), world.ask(f"{metric}_rows", **LATER)
    count, money = whole(figures), whole(figures, "USD")
    assert sum(row["in_numerator"] for row in behind) == count["numerator"] == 2
    assert sum(row["in_denominator"] for row in behind) == count["denominator"]
    assert sum(row["is_unknown"] for row in behind) == count["unknown"]
    assert sum(row["amount"] for row in behind if row["in_numerator"]) == money["numerator"]
    judged = [row for row in behind if row["in_denominator"]]
    value = "amount" if metric == "collection_realization" else "standard"
    assert sum(row[value] for row in judged) == money["denominator"]
    parts = [row for row in world.ask(metric, **LATER, by="project") if row["currency"] == "USD"]
    assert sum(row["denominator"] for row in parts) == money["denominator"]
