"""What a contract says must be billed: dates of a retainer, months of usage; and bills that are held back on purpose."""

from datetime import date

import pytest

JULY = {"since": "2026-07-01", "until": "2026-08-01"}


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


def outcomes(world, **asked):
    rows = world.ask("delayed_invoice_triggers_rows", **JULY | asked)
    return {row["item_id"]: row["outcome"] for row in rows}


@pytest.fixture
def retainer(world, at):
    """500 USD on the 5th of every month; June was billed."""

    def make(source_id="K", **values):
        row = {
            "kind": "retainer",
            "starts_on": date(2026, 6, 1),
            "billing_day": 5,
            "billing_amount": 500,
            "currency": "USD",
        }
        world.record("biz.contract", "K", row, {"source_id": source_id} | values)
        return source_id

    return make


@pytest.fixture
def bill(world, at):
    def make(contract, drafted, billed_for):
        invoice = world.invoice("draft", created_at=at(drafted))
        world.line(invoice, kind="other", contract_ref=contract, billed_for=billed_for)

    return make


@pytest.fixture
def hold(world, at):
    def make(placed, expires, object_type="project", object_ref="P", reason="client asked", **values):
        row = {"object_type": object_type, "object_ref": object_ref, "reason": reason}
        row |= {"placed_at": at(placed), "expires_on": expires and date.fromisoformat(expires)}
        world.record("biz.billing_hold", "H", row, values)

    return make


@pytest.mark.parametrize(
    ("drafted", "as_of", "outcome"),
    [
        ("2026-07-06", "2026-08-20", "in time"),
        ("2026-07-20", "2026-08-20", "late"),
        ("2026-07-20", "2026-07-18", "missing"),
        ("2026-07-20", "2026-07-10", "pending"),
    ],
)
def test_a_retainer_is_due_on_its_day(world, retainer, bill, drafted, as_of, outcome) -> None:
    bill(retainer(), drafted, date(2026, 7, 31))
    assert outcomes(world, as_of=as_of) == {"K 2026-07": outcome}


def test_a_date_that_set_nothing_off_is_seen(world, retainer, bill) -> None:
    bill(retainer(), "2026-06-05", date(2026, 6, 5))
    rows = world.ask("delayed_invoice_triggers", **JULY)
    assert (whole(rows)["missing"], whole(rows, "USD")["value"]) == (1, 500)


@pytest.mark.parametrize(
    ("contract", "dates"),
    [
        ({}, 5),
        ({"billing_every_months": 3}, 2),
        ({"starts_on": date(2026, 6, 6)}, 4),
        ({"ends_on": date(2026, 8, 31)}, 3),
        ({"billing_day": 31}, 4),  # the last day of a shorter month
        ({"state": "quotation"}, 0),
        ({"billing_day": None}, 0),
        ({"kind": "fixed", "billing_rule": "usage"}, 4),
    ],
)
def test_the_contract_says_when(world, retainer, bill, contract, dates) -> None:
    bill("another", "2026-06-05", date(2026, 6, 5))
    retainer(**contract)
    found = world.ask(
        "delayed_invoice_triggers_rows", since="2026-06-01", until="2026-11-01", as_of="2026-10-20"
    )
    assert len(found) == dates


def test_usage_is_due_when_its_month_has_ended_and_nobody_knows_its_worth(world, retainer, bill) -> None:
    bill(retainer(kind="other", billing_rule="usage"), "2026-06-05", date(2026, 5, 5))
    (row,) = world.ask("delayed_invoice_triggers_rows", **JULY)
    assert (row["label"], row["amount"]) == ("usage K, 2026-06", None)


def test_a_line_that_does_not_say_for_when_may_be_the_one(world, retainer, bill) -> None:
    bill(retainer(), "2026-06-05", None)
    row = whole(world.ask("delayed_invoice_triggers", **JULY))
    assert (row["value"], row["unknown"]) == (None, 1)


def test_where_no_line_names_a_contract_nothing_can_be_said(world, retainer) -> None:
    world.invoice("draft")
    retainer()
    assert outcomes(world) == {"K 2026-07": "unknown"}


def test_a_retainer_that_is_not_billed_is_at_risk_and_in_the_cycle(world, retainer, bill) -> None:
    bill(retainer(), "2026-06-05", date(2026, 6, 5))
    rows = world.ask("value_at_risk_rows", **JULY)
    assert [(row["item_id"], row["amount"]) for row in rows] == [("K 2026-07", 500)]
    assert whole(world.ask("invoice_cycle_time", **JULY))["still_open"] == 2  # the draft of June is not sent


@pytest.mark.parametrize(
    ("given", "as_of", "outcome"),
    [
        ({}, "2026-07-20", "held: client asked"),
        ({}, "2026-07-31 23:00", "held: client asked"),
        ({}, "2026-08-05", "pending"),  # what was left of the ten days
        ({}, "2026-08-12", "missing"),
        ({"reason": " "}, "2026-07-20", "missing"),
        ({"expires": None}, "2026-07-20", "missing"),
        ({"placed": "2026-07-15"}, "2026-07-20", "missing"),  # it was late before
        ({"object_type": "account", "object_ref": "A"}, "2026-07-20", "held: client asked"),
        ({"object_type": "contract", "object_ref": "C"}, "2026-07-20", "held: client asked"),
        ({"object_ref": "Q"}, "2026-07-20", "missing"),
    ],
)
def test_work_held_on_purpose_is_not_late_while_the_hold_lasts(
    world, hold, at, given, as_of, outcome
) -> None:
    world.account("Alder", source_id="A")
    world.project(at("2026-05-01"), source_id="P", account_ref="A", contract_ref="C")
    world.entry(project_ref="P")
    hold(**{"placed": "2026-06-20", "expires": "2026-07-31"} | given)
    assert list(outcomes(world, as_of=as_of).values()) == [outcome]


def test_held_value_is_told_for_itself(world, hold, at) -> None:
    world.entry(project_ref="P")
    hold("2026-06-20", "2026-07-31")
    rows = world.ask("delayed_invoice_triggers", **JULY, as_of="2026-07-20")
    assert (whole(rows)["value"], whole(rows)["held"]) == (None, 1)
    assert (whole(rows, "USD")["value"], whole(rows, "USD")["held_value"]) == (None, 100)
    world.entry(project_ref="Q")
    row = whole(world.ask("delayed_invoice_triggers", **JULY, as_of="2026-07-20"), "USD")
    assert (row["value"], row["denominator"], row["held_value"]) == (100, 100, 100)
    reasons = [row["outcome"] for row in world.ask("value_at_risk_rows", **JULY, as_of="2026-07-20")]
    assert sum("no draft in time" in said for said in reasons) == 1


def test_a_hold_that_is_released_lets_go_at_once_and_one_that_is_renewed_lasts(world, hold, at) -> None:
    world.entry(project_ref="P")
    hold("2026-06-20", "2026-12-31", released_at=at("2026-07-03"))
    assert list(outcomes(world, as_of="2026-07-14").values()) == ["missing"]
    hold("2026-07-02", "2026-08-31")
    assert list(outcomes(world, as_of="2026-07-14").values()) == ["held: client asked"]


def test_the_past_knows_nothing_of_a_later_release(world, hold, at) -> None:
    world.entry(project_ref="P")
    hold("2026-06-20", "2026-07-31", released_at=at("2026-07-15"))
    assert list(outcomes(world, as_of="2026-07-14").values()) == ["held: client asked"]
