"""What a review tells beside its promises: causes by money, what is out of danger, and risks of the month after."""

import json

import pytest

from metrics.period import Period
from metrics.sla import context as around
from metrics.sla.draft import Parties
from metrics.sla.evaluation import plain
from metrics.sla.window import Subject
from tests.metrics.builders import (
    a_customer,
    a_flow,
    a_poll,
    a_run,
    an_exception,
    an_objective,
    an_occurrence,
    at,
    insert,
)

FIFTH, SIXTH, NOVEMBER = at("2026-10-05 12:00"), at("2026-10-06 12:00"), at("2026-11-04 09:00")


@pytest.fixture
def told(conn, as_viewer):
    """Writes what a test gives about a customer, and tells October's context as of 4 November."""
    customer = a_customer(conn)

    def tell(own=customer, now=NOVEMBER):
        parties = Parties(Subject(own, "acme", "UTC"), "Acme", "northwind", "Northwind")
        with as_viewer([own], now) as reader:
            return plain(around.context(reader, parties, Period.parse("2026-10", "UTC", now)))

    tell.customer = customer
    return tell


def causes(said):
    return [
        (each["title"], each["records"], each["open"], each["amount"], each["currency"])
        for each in said["causes"]
    ]


def test_causes_are_told_by_money_each_currency_for_itself(conn, told) -> None:
    for title, amount, currency, cleared in (
        ("small", "10", "EUR", None), ("large", "480.5", "EUR", SIXTH), ("yen", "9000", "JPY", None), ("of no value", None, None, None),
    ):  # fmt: skip
        an_exception(conn, told.customer, FIFTH, cleared, title=title, amount=amount, currency=currency)
    assert causes(told()) == [
        ("large", 1, 0, "480.5000", "EUR"),
        ("small", 1, 1, "10.0000", "EUR"),
        ("yen", 1, 1, "9000.0000", "JPY"),
        ("of no value", 1, 1, None, None),
    ]


def test_a_cause_counts_the_records_of_the_month_and_no_others(conn, told) -> None:
    own = an_exception(conn, told.customer, FIFTH, title="cause", amount="10", currency="EUR")
    an_occurrence(conn, told.customer, own, SIXTH, amount="5", currency="EUR")
    an_occurrence(conn, told.customer, own, at("2026-09-30 23:59"), amount="700", currency="EUR")
    an_occurrence(conn, told.customer, own, at("2026-11-01 00:00"), amount="700", currency="EUR")
    an_occurrence(conn, told.customer, own, SIXTH, SIXTH, amount="700", currency="EUR")  # never in trouble
    an_exception(conn, a_customer(conn), FIFTH, title="another's", amount="99", currency="EUR")
    assert causes(told()) == [("cause", 2, 2, "15.0000", "EUR")]


def test_only_the_dearest_five_of_a_currency_are_told(conn, told) -> None:
    for number in range(7):
        an_exception(conn, told.customer, FIFTH, title=f"cause {number}", amount=number + 1, currency="EUR")
    assert [each["title"] for each in told()["causes"]] == [f"cause {number}" for number in (6, 5, 4, 3, 2)]


def test_out_of_danger_is_what_was_cleared_in_the_month_and_is_in_no_trouble_now(conn, told) -> None:
    worth = {"amount": "100", "currency": "EUR"}
    an_exception(conn, told.customer, FIFTH, SIXTH, **worth)
    an_exception(conn, told.customer, FIFTH, **worth)  # still in trouble
    an_exception(conn, told.customer, FIFTH, at("2026-11-02 12:00"), **worth)  # in another month
    an_exception(conn, told.customer, FIFTH, SIXTH, state="waived", **worth)
    an_exception(conn, told.customer, FIFTH, FIFTH, **worth)  # never in trouble
    again = an_exception(conn, told.customer, FIFTH, SIXTH, **worth, title="again")
    other = an_exception(conn, told.customer, SIXTH, title="the same record once more", **worth)
    same = "UPDATE ops.exception_occurrence SET subject_id = 'same' WHERE exception_id = ANY (ARRAY[{}, {}])"
    conn.exec_driver_sql(same.format(again, other))
    (line,) = told()["out_of_danger"]
    assert (line["rule"], line["records"], line["amount"], line["currency"]) == (
        "run_failed",
        1,
        "100.0000",
        "EUR",
    )


def test_a_record_that_two_exceptions_of_a_rule_have_found_is_out_of_danger_once(conn, told) -> None:
    both = [an_exception(conn, told.customer, FIFTH, SIXTH, amount="100", currency="EUR") for _ in range(2)]
    same = "UPDATE ops.exception_occurrence SET subject_id = 'same' WHERE exception_id = ANY (ARRAY[{}, {}])"
    conn.exec_driver_sql(same.format(*both))
    assert [(line["records"], line["amount"]) for line in told()["out_of_danger"]] == [(1, "100.0000")]


def test_a_promise_that_is_being_lost_in_the_month_after_is_a_risk(conn, told) -> None:
    a_poll(conn, told.customer, at("2026-07-01"), NOVEMBER)
    flow = a_flow(conn, told.customer)
    an_objective(conn, told.customer, "sync_success_rate", target=99)
    for number in range(10):
        a_run(conn, told.customer, flow, at("2026-11-02 12:00"), "failed" if number < 5 else "success")
    (risk,) = told()["risks"]["objectives"]
    assert (risk["key"], risk["agreed"]["k"], risk["agreed"]["n"]) == ("sync-success-rate", 5, 10)


def test_a_promise_that_is_kept_is_no_risk_and_a_month_to_come_has_none(conn, told) -> None:
    a_poll(conn, told.customer, at("2026-07-01"), NOVEMBER)
    flow = a_flow(conn, told.customer)
    an_objective(conn, told.customer, "sync_success_rate", target=50)
    for _ in range(10):
        a_run(conn, told.customer, flow, at("2026-11-02 12:00"))
    assert told()["risks"]["objectives"] == []
    assert told(now=at("2026-10-20 12:00"))["risks"] | {"value_at_risk": []} == {
        "month": "2026-11", "objectives": [], "expectations": [], "value_at_risk": [], "cut_off": None,
    }  # fmt: skip


def test_the_next_cut_off_is_told(conn, told) -> None:
    for instant in (at("2026-10-30 17:00"), at("2026-11-30 17:00"), at("2026-12-31 17:00")):
        insert(conn, "kpi.cut_off", customer_id=told.customer, cut_off_at=instant)
    assert told()["risks"]["cut_off"] == "2026-11-30T17:00:00Z"


def test_a_month_whose_next_is_over_tells_no_risks(told) -> None:
    assert told(now=at("2026-12-01 00:00"))["risks"] is None


def test_a_customer_of_whom_nothing_is_known_has_an_empty_context_that_json_can_say(told) -> None:
    said = told()
    assert (said["causes"], said["out_of_danger"]) == ([], [])
    assert json.loads(json.dumps(said)) == said


def test_what_was_recovered_is_told_as_its_figure_has_it_by_what_its_trouble_was(conn, told) -> None:
    theirs = an_exception(conn, told.customer, FIFTH, SIXTH, rule="run_overdue")
    conn.exec_driver_sql(f"UPDATE ops.exception SET found_by = 'customer' WHERE exception_id = {theirs}")
    for number, amount, own in ((1, 100, None), (2, 30, theirs), (3, None, theirs)):
        own = own or an_exception(conn, told.customer, FIFTH, SIXTH)
        insert(
            conn, "kpi.recovered",
            customer_id=told.customer, object_type="milestone", system_id=1, object_id=f"M{number}", recovered_at=SIXTH, found_at=FIFTH,
            exception_id=own, exception_ids=[own], amount=amount, currency=amount and "EUR", is_estimated=False,
        )  # fmt: skip
    assert [
        (line["rule"], line["currency"], line["amount"], line["reported"], line["records"], line["unknown"])
        for line in told()["recovered"]
    ] == [
        ("run_failed", "EUR", "100.0000", "0.0000", 1, 0),
        ("run_overdue", None, None, None, 0, 1),
        ("run_overdue", "EUR", "0", "30.0000", 1, 0),
    ]
