"""Recorded rows of a real Tryton as rows of our tables."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from collectors.intake import shape_of
from collectors.stream import TABLES, BadRecord
from collectors.tryton import rights
from collectors.tryton.options import TrytonOptions
from collectors.tryton.projects import is_billable
from collectors.tryton.values import hours, instant, minutes, moment, number, ref, rounded, target


def test_every_row_of_every_stream_fits_its_table(poller: Callable[..., Any]) -> None:
    for role in ("crm", "psa"):
        made = poller(role)
        for name, stream in made.streams.items():
            rows = made.poll(name)
            assert rows, name
            assert stream.object in {row[""] for row in rows}
            for row in rows:
                shape_of(TABLES[row.pop("")]).conform(row)


def test_an_opportunity_brings_its_history(poller: Callable[..., Any]) -> None:
    rows = poller("crm").poll("opportunities")
    by_stage = {row["stage"]: row for row in rows if row[""] == "opportunity"}
    won, lost, open_ = by_stage["won"], by_stage["lost"], by_stage["opportunity"]
    assert (won["stage"], won["is_won"], won["won_precision"]) == ("won", True, "history")
    events = [row for row in rows if row[""] == "state_event" and row["source_id"] == won["source_id"]]
    states = [(row["from_value"], row["to_value"]) for row in events]
    assert states == [
        (None, "lead"),
        ("lead", "opportunity"),
        ("opportunity", "converted"),
        ("converted", "won"),
    ]
    assert won["won_at"] == next(row for row in rows if row.get("to_value") == "won")["at"]
    assert (lost["is_lost"], lost["won_at"], lost["currency"]) == (True, None, "EUR")
    assert lost["lost_at"] == next(row for row in rows if row.get("to_value") == "lost")["at"]
    assert (open_["stage"], open_["is_won"], open_["is_lost"]) == ("opportunity", False, False)


def test_a_history_of_many_records_is_asked_for_in_few_questions(poller: Callable[..., Any]) -> None:
    made = poller("crm")
    (first, *_) = made.fake.tables["sale.opportunity"]

    def at(day: int) -> dict[str, Any]:
        return moment(datetime(2026, 1, day, 0, 0, 0, 5, UTC))

    made.fake.tables["sale.opportunity"] = [
        {**first, "id": n, "state": "won", "__history": [[at(1 + n % 5), "lead"], [at(10 + n % 5), "opportunity"], [at(20 + n % 5), "won"]]}
        for n in range(1, 101)
    ]  # fmt: skip
    rows = made.poll("opportunities")
    events = Counter(row["to_value"] for row in rows if row[""] == "state_event")
    assert events == {"lead": 100, "opportunity": 100, "won": 100}
    assert made.fake.asked.count(("sale.opportunity", "")) <= 2 + 3
    assert {row["won_at"].day for row in rows if row[""] == "opportunity"} == {20, 21, 22, 23, 24}


def test_bills_have_the_state_the_moments_and_the_amounts(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    invoices = {row["source_id"]: row for row in made.poll("invoices")}
    states = Counter((row["kind"], row["state"]) for row in invoices.values())
    assert states == {
        ("invoice", "posted"): 1,
        ("invoice", "draft"): 1,
        ("invoice", "paid"): 1,
        ("invoice", "credited"): 1,
        ("credit", "paid"): 1,
    }
    by_state = {(row["kind"], row["state"]): row for row in invoices.values()}
    credited, note = by_state["invoice", "credited"], by_state["credit", "paid"]
    assert note["credits_ref"] == credited["source_id"]
    assert credited["voided_at"] == note["posted_at"]
    assert (credited["net"], note["net"]) == (165, -165)
    assert by_state["invoice", "draft"]["posted_at"] is None
    assert by_state["invoice", "posted"]["net"] == Decimal("187.07")  # 1.58 h at 118.40, as Tryton rounds
    assert by_state["invoice", "posted"]["due_on"] > by_state["invoice", "posted"]["issued_on"]


def test_an_archived_report_does_not_move_the_moment_of_posting(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    before = {row["source_id"]: row["posted_at"] for row in made.poll("invoices")}
    for row in made.fake.tables["account.invoice"]:
        if row["numbered_at"]:
            row["numbered_at"] = {**row["numbered_at"], "day": 28}
    made.positions.clear()
    assert {row["source_id"]: row["posted_at"] for row in made.poll("invoices")} == before


def test_without_the_history_module_the_move_says_when_it_was_posted(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    before = {row["source_id"]: row["posted_at"] for row in made.poll("invoices")}
    for row in made.fake.tables["account.invoice"]:
        del row["numbered_at"]
    rights.forget()
    made.positions.clear()
    assert {row["source_id"]: row["posted_at"] for row in made.poll("invoices")} == before


def test_payments_add_up_to_the_bill_and_credit_notes_pay_nothing(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    invoices = {row["source_id"]: row for row in made.poll("invoices")}
    payments = made.poll("payments")
    assert len(payments) == 2
    assert {row["invoice_ref"] for row in payments} == {
        row["source_id"] for row in invoices.values() if row["state"] == "paid" and row["kind"] == "invoice"
    }
    paid = invoices[payments[0]["invoice_ref"]]
    assert sum(row["amount"] for row in payments) == paid["gross"] == 330
    assert {row["currency"] for row in payments} == {"USD"}


def test_time_is_priced_by_its_task_and_then_by_its_bill(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    task = next(row for row in made.fake.tables["project.work"] if row["type"] == "task")
    task["list_price"] = {"__class__": "Decimal", "decimal": "999"}
    entries = made.poll("time_entries")
    assert Counter((row["billable"], row["bill_state"]) for row in entries) == {
        (True, None): 5,
        (False, "not_billable"): 1,
    }
    assert {row["rate"] for row in entries if row["task_ref"] == str(task["id"])} == {Decimal("118.40")}
    assert {row["minutes"] for row in entries} == {45, 50, 15, 120, 60, 30}
    assert {row["worked_on"] for row in entries} == {date(2026, 11, 2)}


def test_a_cost_that_is_hidden_leaves_the_rest_readable(
    poller: Callable[..., Any],
) -> None:
    made = poller("psa")
    for row in made.fake.tables["timesheet.line"]:
        row["cost_price"] = {"__class__": "Decimal", "decimal": "50"}
    assert {row["cost_rate"] for row in made.poll("time_entries")} == {50}
    rights.forget()
    made = poller("psa")
    made.fake.hidden.add("timesheet.line.cost_price")
    for row in made.fake.tables["timesheet.line"]:
        row["cost_price"] = {"__class__": "Decimal", "decimal": "50"}
    assert {row["cost_rate"] for row in made.poll("time_entries")} == {None}
    assert made.pages[0].notes.warnings == ["not visible to the key: timesheet.line.cost_price"]


def test_time_off_any_project_is_nobody_s_bill(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    for row in made.fake.tables["timesheet.work"]:
        row["origin"] = None
    entries = made.poll("time_entries")
    assert {(row["project_ref"], row["task_ref"]) for row in entries} == {(None, None)}
    assert {row["billable"] for row in entries if row["invoice_line_ref"] is None} == {False}


def test_projects_carry_the_key_of_the_opportunity(poller: Callable[..., Any]) -> None:
    keys = [row["opportunity_key"] for row in poller("psa").poll("projects")]
    assert keys == ["OPP-00001", "OPP-00001", None]
    options = {"opportunity_key": {"field": "number", "pattern": "(.+)"}}
    assert [row["opportunity_key"] for row in poller("psa", **options).poll("projects")] == [
        row["number"] for row in poller("psa").poll("projects")
    ]


def test_a_practice_is_read_only_where_somebody_says_in_which_field_it_is(poller: Callable[..., Any]) -> None:
    options = {"practice": {"field": "comment", "pattern": r"crm:OPP-(\d+)"}}
    told = [row["practice"] for row in poller("psa", **options).poll("projects")]
    assert (told, [row["practice"] for row in poller("psa").poll("projects")]) == (
        ["00001", "00001", None],
        [None, None, None],
    )


def test_a_merged_party_is_kept_and_points_on(poller: Callable[..., Any]) -> None:
    accounts = poller("psa").poll("accounts")
    (merged,) = [row for row in accounts if row["merged_into_ref"]]
    assert merged["is_active"] is False
    assert merged["merged_into_ref"] in {row["source_id"] for row in accounts}
    assert {row["name"] for row in accounts} == {"Recorded Ltd", "Twin"}
    assert {row["code"] for row in accounts} == {"ACC-0001", None}


def test_a_state_that_nobody_knows_holds_the_record_and_not_the_others(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.fake.tables["account.invoice"][0]["state"] = "half-posted"
    with pytest.raises(BadRecord, match=r"state: is 'half-posted'"):
        made.poll("invoices")


@pytest.mark.parametrize(
    ("method", "line", "billable"),
    [("timesheet", None, True), ("manual", None, False), ("effort", None, False), ("progress", None, False),
     (None, None, False), ("manual", "7", True), ("effort", "7", True)],
)  # fmt: skip
def test_what_is_billable_follows_the_invoice_method(
    method: str | None, line: str | None, billable: bool
) -> None:
    assert is_billable(TrytonOptions(database="db"), method, line) is billable


def test_values_are_exact() -> None:
    at = {
        "__class__": "datetime",
        "year": 2026,
        "month": 2,
        "day": 28,
        "hour": 23,
        "minute": 59,
        "second": 59,
        "microsecond": 1,
    }
    assert instant(at, "x") == datetime(2026, 2, 28, 23, 59, 59, 1, UTC)
    assert number({"__class__": "Decimal", "decimal": "0.1"}, "x") == Decimal("0.1")
    assert number(Decimal("3.92"), "x") == number("3.92", "x") == number(3.92, "x") == Decimal("3.92")
    assert minutes({"__class__": "timedelta", "seconds": Decimal(100)}, "x") == Decimal("1.6667")
    assert hours({"__class__": "timedelta", "seconds": "5400.0"}, "x") == Decimal("1.5")
    assert (ref({"id": 3}), ref(3), ref(None)) == ("3", "3", None)
    assert (target("project.work,3", "project.work"), target("x,3", "project.work"), target(None, "x")) == (
        3,
        None,
        None,
    )
    assert rounded(Decimal("2.345"), Decimal("0.01")) == Decimal("2.34")  # to the even neighbour
    assert rounded(Decimal("2.3451"), Decimal("0.05")) == Decimal("2.35")


@pytest.mark.parametrize(
    ("read", "value"),
    [(instant, "2026-01-01"), (instant, {"__class__": "datetime", "year": 2026, "month": 2, "day": 30, "hour": 0, "minute": 0, "second": 0, "microsecond": 0}),
     (number, "1,5"), (number, {"__class__": "Decimal", "decimal": "NaN"}), (number, True), (minutes, 5)],
)  # fmt: skip
def test_a_value_that_cannot_be_is_never_guessed(read: Any, value: Any) -> None:
    with pytest.raises(BadRecord, match="x: is "):
        read(value, "x")
