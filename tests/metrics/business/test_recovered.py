"""Recovered value: what was seen in trouble and is proven right again, every record once, and who had found it."""

from decimal import Decimal

import pytest

from metrics.triage import act, together
from metrics.triage.act import Actor, Target
from tests.metrics.business.detecting import Queue, failed

pytestmark = pytest.mark.slow

JUNE = {"since": "2026-06-01", "until": "2026-07-01"}
JULY = {"since": "2026-07-01", "until": "2026-08-01"}
SAM = Actor(None, "sam@partner.example")


@pytest.fixture
def queue(world):
    return Queue(world)


@pytest.fixture
def deal(world, at):
    """A won deal of 1,000 USD that has no project in time; projects of others are there, so that they are known to be read."""
    world.flow("opportunity_to_project", 4)
    world.project(at("2026-01-05"))
    for account in ("A", "B"):
        world.account(f"Account {account}", world.crm_id, source_id=account)
    return world.won(at("2026-06-01 10:00"), number="OPP-1", source_id="O-1", account_ref="A")


@pytest.fixture
def flow(world):
    """A flow that copies single invoices and promises an hour."""
    return world.flow("time_to_invoice", 1)


def figure(world, currency="USD", part="", **asked):
    found = [
        row
        for row in world.ask("recovered_value", **JUNE | asked)
        if (row["currency"], row["part"]) == (currency, part)
    ]
    (row,) = found
    return row


def rows(world, **asked):
    return world.ask("recovered_value_rows", **JUNE | asked)


def found_by_customer(world, queue, at, when="2026-06-12"):
    for row in queue.exceptions():
        act.act(world.conn, SAM, Target(world.customer_id, row.exception_id), "found", at(when), found_by="customer")  # fmt: skip


def confirmed(world, flow, invoice, at, verdict="confirmed", when="2026-06-04"):
    """What the comparison of both systems says of the last claim about an invoice."""
    keys = {"customer_id": world.customer_id, "flow_id": flow, "run_system_id": world.system_id}
    world.put(
        "kpi.verification",
        **keys,
        due_at=at(when), transaction_key=f"{invoice} {when}", object_type="invoice", source_key=invoice, external_id="run", claimed_at=at(when),
        record_key=invoice, verdict=verdict, source_type="invoice", source_system_id=world.system_id, source_id=invoice, checked_at=at(when),
    )  # fmt: skip


def test_a_customer_that_was_never_read_has_nothing_to_say(world) -> None:
    (row,) = world.ask("recovered_value", **JUNE)
    assert (row["value"], row["currency"]) == (None, None)


def test_a_deal_that_got_its_project_after_it_was_found_is_recovered_once(world, queue, deal, at) -> None:
    queue.look(at("2026-06-02"))
    assert figure(world)["value"] == 0  # it is found, and still in trouble
    world.project(at("2026-06-03 09:00"), opportunity_key="OPP-1")
    for day in ("2026-06-03 10:00", "2026-06-03 11:00"):
        queue.look(at(day))
    found = figure(world)
    assert (found["value"], found["denominator"], found["ours"], found["unknown"]) == (1000, 1000, 1, 0)
    (behind,) = rows(world)
    assert (behind["label"], behind["outcome"], behind["value"]) == ("opportunity OPP-1", "found by us", 33 * 3600)  # fmt: skip
    assert figure(world, part="failed_project_creation", by="rule")["value"] == 1000
    assert figure(world, part="2026-06-03", by="day")["value"] == 1000


def test_what_was_over_before_it_was_seen_brought_nothing(world, queue, flow, at) -> None:
    world.invoice("posted", at("2026-06-01"), number="INV-1", source_id="I-1", net=250)
    failed(world, flow, at("2026-06-01 10:00"))
    world.run(at("2026-06-02 10:00"), flow_id=flow, object_type="invoice", object_key="INV-1")
    queue.look(at("2026-06-03"))
    assert queue.one().state == "verified_closed"
    assert (figure(world)["value"], rows(world)) == (0, [])


def test_a_deal_that_was_lost_after_all_is_not_recovered(world, queue, deal, at) -> None:
    queue.look(at("2026-06-02"))
    world.change("biz.opportunity", "O-1", is_won=False, is_lost=True, lost_at=at("2026-06-03"))
    queue.look(at("2026-06-04"))
    assert queue.one().state == "verified_closed"
    assert (figure(world)["value"], rows(world)) == (0, [])


def test_the_word_of_a_run_log_is_no_proof(world, queue, flow, at) -> None:
    world.invoice("posted", at("2026-06-01"), number="INV-1", source_id="I-1", net=250)
    failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-02"))
    world.run(at("2026-06-03 10:00"), flow_id=flow, object_type="invoice", object_key="INV-1")
    queue.look(at("2026-06-04"))
    found = figure(world)
    assert (found["value"], found["unknown"], found["not_proven"]) == (0, 1, 1)
    (behind,) = rows(world)
    assert (behind["item_id"], behind["outcome"], behind["is_unknown"]) == ("I-1", "not proven", True)
    confirmed(world, flow, "I-1", at)
    found = figure(world)
    assert (found["value"], found["unknown"], rows(world)[0]["outcome"]) == (250, 0, "found by us")
    # a later comparison that finds something else takes the proof away
    confirmed(world, flow, "I-1", at, "different", "2026-06-05")
    assert (figure(world)["value"], figure(world)["unknown"]) == (0, 1)


def test_two_transactions_about_one_invoice_count_once_and_only_when_both_are_over(world, queue, flow, at) -> None:  # fmt: skip
    other = world.flow("invoice_to_payment_status", 1)
    world.invoice("posted", at("2026-06-01"), number="INV-1", source_id="I-1", net=250)
    failed(world, flow, at("2026-06-01 10:00"), amount=250, currency="USD")
    failed(world, other, at("2026-06-01 11:00"), message="Tax code T9 is unknown", amount=250, currency="USD")
    queue.look(at("2026-06-02"))
    for day, own in (("2026-06-03", flow), ("2026-06-05", other)):
        world.run(at(f"{day} 10:00"), flow_id=own, object_type="invoice", object_key="INV-1")
        confirmed(world, own, "I-1", at, when=f"{day} 12:00")
        queue.look(at(f"{day} 13:00"))
        assert figure(world)["value"] == (0 if own == flow else 250)
    assert [row["amount"] for row in rows(world)] == [Decimal(250)]


def test_coming_back_adds_nothing_and_counts_not_while_it_lasts(world, queue, deal, at) -> None:
    queue.look(at("2026-06-02"))
    world.project(at("2026-06-03 09:00"), source_id="P-1", opportunity_key="OPP-1")
    queue.look(at("2026-06-03 10:00"))
    assert figure(world)["value"] == 1000
    world.change("biz.project", "P-1", deleted_at=at("2026-07-04"), deleted_how="absence")
    queue.look(at("2026-07-05"))
    assert queue.one().state == "reopened"
    looks = [figure(world, **month)["value"] for month in (JUNE, JULY, JUNE | {"as_of": "2026-06-20"})]
    assert looks == [1000, 0, 1000]  # June is seen as it was at its end
    assert figure(world, since="2026-06-01", until="2026-12-01")["again"] == 1
    world.project(at("2026-07-06 09:00"), source_id="P-2", opportunity_key="OPP-1")
    queue.look(at("2026-07-06 10:00"))
    assert queue.one().state == "verified_closed"
    assert (figure(world)["value"], figure(world, **JULY)["value"]) == (1000, 0)
    both = figure(world, since="2026-06-01", until="2026-08-01")
    assert (both["value"], both["ours"]) == (1000, 1)


def test_a_record_in_trouble_again_is_told_and_not_counted(world, queue, deal, at) -> None:
    queue.look(at("2026-06-02"))
    world.project(at("2026-06-03 09:00"), source_id="P-1", opportunity_key="OPP-1")
    queue.look(at("2026-06-03 10:00"))
    world.change("biz.project", "P-1", deleted_at=at("2026-06-04"), deleted_how="absence")
    queue.look(at("2026-06-05"))
    found = figure(world)
    assert (found["value"], found["again"], found["unknown"]) == (0, 1, 0)
    assert [(row["outcome"], row["in_numerator"]) for row in rows(world)] == [("in trouble again", False)]


def test_what_the_customer_told_of_first_stands_beside_it(world, queue, deal, at) -> None:
    queue.look(at("2026-06-02"))
    world.project(at("2026-06-03 09:00"), opportunity_key="OPP-1")
    queue.look(at("2026-06-03 10:00"))
    found_by_customer(world, queue, at)
    found = figure(world)
    assert (found["value"], found["denominator"], found["theirs"]) == (0, 1000, 1)
    (behind,) = rows(world)
    assert (behind["outcome"], behind["in_numerator"], behind["in_denominator"]) == ("the customer told of it first", False, True)  # fmt: skip


def test_putting_exceptions_together_does_not_hide_that_the_customer_was_first(
    world, queue, deal, at
) -> None:
    world.won(at("2026-06-01 11:00"), number="OPP-2", source_id="O-2", account_ref="B", amount=70)
    queue.look(at("2026-06-02"))
    own, made = (row.exception_id for row in queue.exceptions())
    act.act(world.conn, SAM, Target(world.customer_id, made), "found", at("2026-06-02 02:00"), found_by="customer")  # fmt: skip
    together.merge(world.conn, SAM, Target(world.customer_id, made), Target(world.customer_id, own), at("2026-06-02 03:00"))  # fmt: skip
    for number in ("1", "2"):
        world.project(at("2026-06-03 09:00"), opportunity_key=f"OPP-{number}")
    queue.look(at("2026-06-03 10:00"))
    assert {row["item_id"]: row["outcome"] for row in rows(world)} == {
        "O-1": "found by us",
        "O-2": "the customer told of it first",
    }


def test_work_counts_in_the_invoice_it_is_on_and_the_other_way_round(world, queue, flow, at) -> None:
    invoice = world.invoice("draft", created_at=at("2026-05-02"), source_id="I-1", number="INV-1", net=250)
    world.entry(source_id="T-1", project_ref="P", invoice_line_ref=world.line(invoice))
    failed(world, flow, at("2026-06-01 10:00"), amount=250, currency="USD")
    entries = world.flow("time_and_expense_to_erp", 1)
    world.run(at("2026-06-01 11:00"), flow_id=entries, status="failed", object_type="time_entry", object_key="T-1", error_message="No such task")  # fmt: skip
    queue.look(at("2026-06-02"))
    for own, kind, key in ((flow, "invoice", "INV-1"), (entries, "time_entry", "T-1")):
        world.run(at("2026-06-03 10:00"), flow_id=own, object_type=kind, object_key=key)
    confirmed(world, flow, "I-1", at)
    queue.look(at("2026-06-04"))
    assert [(row["item_id"], row["amount"]) for row in rows(world)] == [("I-1", Decimal(250))]


def test_currencies_stay_apart_and_rows_add_up(world, queue, deal, flow, at) -> None:
    world.won(at("2026-06-01 11:00"), number="OPP-2", account_ref="B", source_id="O-2", amount=900, currency="EUR")  # fmt: skip
    world.invoice("posted", at("2026-06-01"), number="INV-1", source_id="I-1", net=None, currency=None)
    failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-02"))
    for number in ("1", "2"):
        world.project(at("2026-06-03 09:00"), opportunity_key=f"OPP-{number}")
    world.run(at("2026-06-03 10:00"), flow_id=flow, object_type="invoice", object_key="INV-1")
    confirmed(world, flow, "I-1", at)
    queue.look(at("2026-06-03 11:00"))
    behind = rows(world)
    for currency, value in (("USD", 1000), ("EUR", 900)):
        found = figure(world, currency)
        mine = [row for row in behind if row["currency"] == currency]
        assert found["value"] == value == sum(row["amount"] for row in mine if row["in_numerator"])
        assert found["denominator"] == sum(row["amount"] for row in mine if row["in_denominator"])
    unknown = figure(world, None)
    assert (unknown["value"], unknown["unknown"], sum(row["is_unknown"] for row in behind)) == (None, 1, 1)
