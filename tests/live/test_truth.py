"""What the reader of the truth works out from a record that can be checked by eye."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.live.record import Record
from app.live.truth import Truth

NINE = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def at(seconds: float) -> dt.datetime:
    return NINE + dt.timedelta(seconds=seconds)


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Truth]:
    """The truth of a record with these acts: (kind, seconds after nine, fields)."""

    def tell(*acts: tuple[str, float, dict[str, Any]], as_of: float = 3600, firm: str = "harrow") -> Truth:
        record = Record(tmp_path / "truth.jsonl")
        for kind, seconds, fields in acts:
            record.write(kind, "harrow", at(seconds), **fields)
        record.close()
        return Truth(tmp_path / "truth.jsonl", firm, at(as_of))

    return tell


def won(number: str, seconds: float) -> tuple[str, float, dict[str, Any]]:
    fields = {
        "number": number,
        "name": f"deal {number}",
        "account": "Alder",
        "amount": "10.00",
        "currency": "USD",
    }
    return "opportunity_won", seconds, fields


def project(project: int, number: str | None, seconds: float, key: str | None = "k") -> Any:
    return (
        "project_created",
        seconds,
        {"id": project, "opportunity": number, "key": key, "number": f"P{project}"},
    )


def entry(line: int, minutes: int, seconds: float, price: str | None = "165.00") -> Any:
    fields = {"id": line, "project": 1, "minutes": minutes, "price": price, "currency": "USD"}
    return "time_entered", seconds, fields


def invoice(number: int, lines: list[int], seconds: float) -> Any:
    return "invoice_created", seconds, {"id": number, "lines": lines}


def run(key: str, seconds: float, ended: float | None, **fields: Any) -> Any:
    plain = {
        "state_type": "COMPLETED",
        "state_name": "Completed",
        "run_count": 1,
        "wrote": 1,
        "message": None,
    }
    keys = {
        "id": f"{key}/{seconds}",
        "flow": "won-to-project",
        "source_key": key,
        "source_changed_at": at(0),
        "due_at": at(seconds),
    }
    return "run", seconds, {**plain, **keys, "ended_at": at(ended) if ended is not None else None, **fields}


def test_a_won_deal_without_any_project_is_named_with_its_reason(told: Callable[..., Truth]) -> None:
    truth = told(
        won("OPP-1", 0),
        won("OPP-2", 0),
        won("OPP-3", 0),
        run("OPP-2", 1, 2, wrote=None),
        project(7, "OPP-3", 5),
        ("project_deleted", 9, {"id": 7}),
    )
    reasons = {deal.number: deal.why_without for deal in truth.won_without_project()}
    assert reasons == {"OPP-1": "never_ran", "OPP-2": "silent", "OPP-3": "deleted"}


def test_seconds_to_project_run_to_the_oldest_project_that_exists(told: Callable[..., Truth]) -> None:
    truth = told(won("OPP-1", 10), project(1, "OPP-1", 12.5), project(2, "OPP-1", 20))
    assert truth.seconds_to_project() == {"OPP-1": 2.5}
    assert truth.duplicate_projects() == ["OPP-1"]


def test_a_project_without_the_key_still_counts_as_the_deals_project(told: Callable[..., Truth]) -> None:
    truth = told(won("OPP-1", 0), project(1, "OPP-1", 5, key=None), project(2, None, 6, key=None))
    assert truth.won_without_project() == []
    assert [event["opportunity"] for event in truth.projects_without_key()] == ["OPP-1", None]


def test_unbilled_time_lies_in_three_pools(told: Callable[..., Truth]) -> None:
    truth = told(
        *(entry(line, 30, 0) for line in range(1, 6)),
        invoice(1, [1], 10),
        ("invoice_posted", 20, {"id": 1}),
        invoice(2, [2], 10),
        invoice(3, [3], 10),
        ("invoice_posted", 20, {"id": 3}),
        ("invoice_credited", 30, {"id": 3}),
        invoice(4, [4], 10),
        ("invoice_deleted", 30, {"id": 4}),
        ("time_deleted", 40, {"id": 5}),
    )
    half = Decimal("82.50")
    assert truth.unbilled() == {("none", "USD"): half, ("draft", "USD"): half, ("credited", "USD"): half}
    assert truth.time_to_bill() == {1: 20.0}


def test_time_on_a_task_without_price_has_no_value(told: Callable[..., Truth]) -> None:
    truth = told(entry(1, 45, 0, price=None), entry(2, 6, 0, price="212.60"))
    assert truth.unbilled() == {("none", "USD"): Decimal("21.26")}
    assert truth.unpriced_minutes() == 45


def test_what_comes_later_has_not_happened_yet(told: Callable[..., Truth]) -> None:
    truth = told(entry(1, 60, 0), invoice(1, [1], 10), ("invoice_posted", 20, {"id": 1}), as_of=15)
    assert truth.unbilled() == {("draft", "USD"): Decimal("165.00")}


def test_runs_end_in_five_ways(told: Callable[..., Truth]) -> None:
    truth = told(
        run("a", 0, 1),
        run("b", 0, 3, run_count=2),
        run("c", 0, 1, state_name="CompletedWithRejects"),
        run("d", 0, 4, state_type="FAILED", state_name="TimedOut"),
        run("e", 0, None, state_type="RUNNING", state_name="Running", wrote=None),
    )
    assert truth.runs_by_outcome() == {
        "first_attempt": 1,
        "after_retry": 1,
        "partial": 1,
        "failed": 1,
        "open": 1,
    }


def test_a_second_run_started_by_a_person_makes_the_transaction_theirs(told: Callable[..., Truth]) -> None:
    truth = told(run("a", 0, 1, state_type="FAILED", run_count=2), run("a", 60, 61))
    (transaction,) = truth.transactions()
    assert (transaction.outcome, transaction.attempts) == ("by_person", 3)


def test_another_firms_acts_are_not_ours(told: Callable[..., Truth]) -> None:
    assert told(entry(1, 60, 0), firm="lindqvist").lines() == []
