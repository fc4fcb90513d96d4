"""Value at risk: every record once, however many reasons there are to worry about it."""

from datetime import date
from decimal import Decimal

import pytest

from tests.metrics.builders import an_event

JULY = {"since": "2026-07-01", "until": "2026-08-01"}


def value(rows, currency="USD", part=""):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == part]
    return row["value"]


@pytest.fixture
def exception(world, at):
    """An open exception over these subjects; a run's subject is its transaction."""
    made = []

    def make(subject_type, subject_id, occurred="2026-07-10 10:00", **values):
        number = len(made) + 1
        made.append(number)
        keys = {"customer_id": world.customer_id, "exception_id": number, "system_id": world.system_id}
        moments = dict.fromkeys(
            ("opened_at", "last_occurred_at", "first_seen_at", "last_seen_at"), at(occurred)
        )
        world.put(
            "ops.exception",
            **keys | moments,
            rule="run_failed",
            **{"class": "technical"},
            fingerprint=f"F{number}",
            fingerprint_version=1,
            title="It failed",
        )
        world.put(
            "ops.exception_occurrence",
            **keys
            | {"subject_type": subject_type, "subject_id": subject_id, "occurred_at": at(occurred)}
            | values,
        )

    return make


def test_a_customer_that_was_never_read_has_nothing_to_say(world) -> None:
    (row,) = world.ask("value_at_risk", **JULY)
    assert (row["value"], row["currency"]) == (None, None)


def test_nothing_at_risk_is_zero(world, at) -> None:
    world.billed_entry(at("2026-06-10"))
    assert value(world.ask("value_at_risk", **JULY)) == 0


def test_one_piece_of_work_with_three_reasons_counts_once(world, exception) -> None:
    item = world.entry(
        project_ref="P"
    )  # due on 1 July, no draft by the 11th, older than 30 days, and in the queue
    exception("time_entry", item, amount=100, currency="USD")
    rows = world.ask("value_at_risk", **JULY)
    assert value(rows) == Decimal(100)
    (row,) = [row for row in rows if row["currency"] == "USD"]
    assert (row["sample"], row["no_draft"], row["for_several_reasons"]) == (1, 1, 1)
    (behind,) = world.ask("value_at_risk_rows", **JULY)
    assert behind["outcome"] == "exception, no draft in time, unbilled for more than 30 days"


def test_what_a_person_waived_is_at_risk_no_more(world, at, exception) -> None:
    exception("milestone", "M", amount=70, currency="USD")
    assert value(world.ask("value_at_risk", **JULY)) == 70
    an_event(world.conn, world.customer_id, 1, "moved", at("2026-07-20"), to_state="waived")
    assert value(world.ask("value_at_risk", **JULY | {"as_of": "2026-07-19"})) == 70
    assert world.ask("value_at_risk_rows", **JULY) == []


def test_a_change_order_that_is_in_no_budget_is_at_risk_and_less_work_is_not(world, exception) -> None:
    for number, amount in enumerate((900, -300)):
        exception("change_order", f"CO-{number}", amount=amount, currency="USD")
    assert value(world.ask("value_at_risk", **JULY)) == 900
    (behind,) = world.ask("value_at_risk_rows", **JULY)
    assert (behind["label"], behind["outcome"]) == ("change order CO-0", "exception")


def test_a_failed_run_and_a_missing_project_are_one_deal(world, at, exception) -> None:
    flow = world.flow("opportunity_to_project", 4)
    world.project(at("2026-01-05"))  # so that projects are known to be read
    world.won(at("2026-07-10 10:00"), number="OPP-1", amount=8000)
    run = world.run(
        at("2026-07-10 10:00"), flow_id=flow, status="failed", object_type="opportunity", object_key="opp-1"
    )
    exception("transaction", run, flow_id=flow, amount=8000, currency="USD")
    rows = world.ask("value_at_risk", **JULY)
    assert value(rows) == Decimal(8000)
    assert value(world.ask("value_at_risk", **JULY, by="reason"), part="no project") == Decimal(8000)


def test_an_invoice_at_risk_holds_the_work_on_its_draft(world, at, exception) -> None:
    invoice = world.invoice("draft", created_at=at("2026-07-02"), net=250)
    for rate in (100, 150):
        world.entry(project_ref="P", rate=rate, invoice_line_ref=world.line(invoice))
    world.entry(project_ref="P", rate=30)
    exception("invoice", invoice)
    rows = world.ask("value_at_risk_rows", **JULY)
    assert {row["item_id"]: row["amount"] for row in rows if row["in_numerator"]}[invoice] == 250
    assert value(world.ask("value_at_risk", **JULY)) == Decimal(280)


def test_it_is_gone_when_it_is_billed_or_cleared_and_the_past_is_seen_as_it_was(world, at, exception) -> None:
    world.billed_entry(at("2026-07-20"), worked_on=date(2026, 6, 1), project_ref="P")
    exception("milestone", "M9", amount=70, currency="USD", cleared_at=at("2026-07-25"))
    assert value(world.ask("value_at_risk", **JULY, as_of="2026-07-19")) == Decimal(170)
    assert value(world.ask("value_at_risk", **JULY, as_of="2026-07-21")) == Decimal(70)
    assert value(world.ask("value_at_risk", **JULY)) == 0


def test_currencies_stay_apart_and_an_unknown_value_is_not_zero(world, exception) -> None:
    world.entry(project_ref="P")
    world.entry(project_ref="P", currency="EUR", rate=12)
    world.entry(project_ref="P", rate=None, currency=None)
    exception("record", "17")
    rows = {row["currency"]: row for row in world.ask("value_at_risk", **JULY)}
    assert (rows["USD"]["value"], rows["EUR"]["value"]) == (100, 12)
    assert (rows[None]["value"], rows[None]["unknown"]) == (None, 2)
    behind = world.ask("value_at_risk_rows", **JULY)
    assert sum(row["is_unknown"] for row in behind) == 2
    for currency in ("USD", "EUR"):
        mine = [row["amount"] for row in behind if row["in_numerator"] and row["currency"] == currency]
        assert sum(mine) == rows[currency]["numerator"]


def test_fresh_work_and_master_data_are_not_at_risk(world, at, exception) -> None:
    world.entry(worked_on=date(2026, 7, 20), entered_at=at("2026-07-20"), approved_at=at("2026-07-21"))
    flow = world.flow("account_master_data", 1)
    run = world.run(
        at("2026-07-10 10:00"), flow_id=flow, status="failed", object_type="account", object_key="A-1"
    )
    exception("transaction", run, flow_id=flow)
    assert value(world.ask("value_at_risk", **JULY)) == 0


def test_a_project_with_the_number_of_a_deal_is_not_that_deal(world, at, exception) -> None:
    world.won(at("2026-01-10"), source_id="5", system_id=world.system_id, is_won=False, amount=8000)
    exception("project", "5", amount=40, currency="USD")
    assert value(world.ask("value_at_risk", **JULY)) == Decimal(40)
