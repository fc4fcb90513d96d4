"""Status feedback: does the CRM know what became of an invoice?"""

import pytest


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


@pytest.fixture
def pair(world, at):
    """An invoice of 10 June in the PSA and, unless `told` is None, the same in the CRM; both changed on 15 June at ten."""

    def make(
        own="paid",
        told="paid",
        number="INV-1",
        changed="2026-06-15 10:00",
        told_changed="2026-06-15 10:00",
        **values,
    ):
        posted = at("2026-06-10")
        mine = world.invoice(own, posted, number=number, source_updated_at=at(changed), **values)
        if told:
            world.invoice(
                told,
                posted,
                number=number.lower(),
                system_id=world.crm_id,
                source_updated_at=at(told_changed),
            )
        return mine

    return make


def test_invoices_that_only_one_system_holds_have_nothing_to_return(world, pair) -> None:
    pair(told=None)
    row = whole(world.ask("status_feedback"))
    assert (row["value"], row["unknown"]) == (None, 0)


@pytest.mark.parametrize(
    ("own", "told", "outcome"),
    [
        ("paid", "paid", "returned"),
        ("posted", "sent", "returned"),  # both are issued
        ("paid", "sent", "different: paid, there issued"),
        ("credited", "paid", "different: taken back, there paid"),
        ("paid", "unknown", "unknown"),
        ("sent", "draft", "different: issued, there not issued"),
    ],
)
def test_both_sides_say_the_same_or_not(world, pair, own, told, outcome) -> None:
    pair(own, told)
    (row,) = world.ask("status_feedback_rows")
    assert row["outcome"] == outcome


def test_an_invoice_that_is_not_there_at_all_is_missing(world, pair) -> None:
    pair()
    pair(number="INV-2", told=None, net=300)
    rows = world.ask("status_feedback")
    assert (whole(rows)["value"], whole(rows)["missing"]) == (0.5, 1)
    assert whole(rows, "USD")["value"] == 0.25


@pytest.mark.parametrize(
    ("as_of", "outcome"),
    [("2026-06-16 09:59", "pending"), ("2026-06-16 10:01", "different: paid, there issued")],
)
def test_a_change_has_a_day_to_arrive(world, pair, as_of, outcome) -> None:
    pair("paid", "sent")
    (row,) = world.ask("status_feedback_rows", as_of=as_of)
    assert row["outcome"] == outcome


def test_a_flow_can_promise_less(world, pair) -> None:
    world.flow("invoice_status_to_crm", 2, from_system_id=world.system_id, to_system_id=world.crm_id)
    pair("paid", "sent")
    (row,) = world.ask("status_feedback_rows", as_of="2026-06-15 12:01")
    assert row["outcome"].startswith("different")


def test_a_flow_to_a_system_that_nobody_reads_leaves_it_unknown(world, pair) -> None:
    world.flow("invoice_status_to_crm", 2, from_system_id=world.system_id, to_system_id=world.crm_id)
    pair(told=None)
    row = whole(world.ask("status_feedback"))
    assert (row["value"], row["unknown"], row["low"], row["high"]) == (None, 1, 0, 1)


def test_the_past_is_seen_by_its_history_or_not_at_all(world, pair, at) -> None:
    mine = pair("paid", "paid", changed="2026-06-20")
    (row,) = world.ask("status_feedback_rows", as_of="2026-06-18")
    assert row["outcome"] == "unknown"
    world.event(mine, "state", "sent", at("2026-06-11"), object_type="invoice")
    (row,) = world.ask("status_feedback_rows", as_of="2026-06-18")
    assert row["outcome"] == "different: issued, there paid"


def test_a_sure_link_finds_it_under_another_number(world, pair, at) -> None:
    mine = pair(told=None)
    other = world.invoice(
        "paid", at("2026-06-10"), number="R-77", system_id=world.crm_id, source_updated_at=at("2026-06-12")
    )
    world.put(
        "biz.xref",
        customer_id=world.customer_id,
        relation="same_invoice",
        left_system_id=world.crm_id,
        left_id=other,
        right_system_id=world.system_id,
        right_id=mine,
        rule="person",
        confidence=1,
        valid_from=at("2026-06-12"),
        decided_by="a person",
    )
    assert whole(world.ask("status_feedback"))["value"] == 1
