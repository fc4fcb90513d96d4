"""Judging: exact against the promise, with "not proven" where what is unknown would decide it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.judge import Target, budget_used, judge, targets_of
from metrics.catalogue import by_key
from metrics.figure import Figure
from metrics.period import Period

NOW = datetime(2026, 11, 20, 14, 20, tzinfo=UTC)


def a_figure(key: str = "A1", good: int | None = 990, of: int | None = 1000, **given: Any) -> Figure:
    """A figure of a metric; its value follows from the counts unless it is given."""
    metric = by_key(key)
    value = good / of if good is not None and of else None
    usual: dict[str, Any] = {
        "metric": metric, "customer_ids": (1,), "period": Period.parse("2026-11", "UTC", NOW), "part": "", "value": value,
        "unit": metric.unit, "currency": None, "numerator": good, "denominator": of, "unknown": 0, "sample": of or 0,
        "coverage": 1.0, "low": value, "high": value, "as_of": NOW, "definition_version": 1, "detail": {},
    }  # fmt: skip
    return Figure(**{**usual, **given})


def at_least(percent: str, **given: Any) -> Target:
    return Target("sync_success_rate", Decimal(percent) / 100, "ratio", **given)


def test_without_a_promise_nothing_is_judged() -> None:
    assert judge(a_figure(), None).state == ""


@pytest.mark.parametrize(("good", "state"), [(995, "ok"), (994, "breach")])
def test_a_promise_is_met_or_missed_exactly(good: int, state: str) -> None:
    assert judge(a_figure(good=good), at_least("99.5")).state == state


def test_no_rounded_percentage_takes_part() -> None:
    third = Target("sync_success_rate", Decimal("0.666666666666666666666666666666"), "ratio")
    assert judge(a_figure(good=2, of=3), third).state == "ok"
    assert judge(a_figure(good=666_666, of=1_000_000), third).state == "breach"


def test_nothing_to_judge_is_not_met() -> None:
    assert judge(a_figure(good=None, of=None), at_least("99")).state == "unknown"


def test_what_is_unknown_makes_a_promise_unproven_when_it_would_decide() -> None:
    figure = a_figure(good=990, of=995, unknown=10, low=990 / 1005, high=1000 / 1005)
    judged = judge(figure, at_least("99"))
    assert judged.state == "unknown"
    assert "10" in judged.why


def test_what_is_unknown_changes_nothing_when_it_could_not_decide() -> None:
    figure = a_figure(good=500, of=995, unknown=10, low=500 / 1005, high=510 / 1005)
    assert judge(figure, at_least("99")).state == "breach"


def test_a_month_that_was_hardly_read_proves_nothing() -> None:
    assert judge(a_figure(good=1000, coverage=0.87), at_least("99")).state == "unknown"


def test_too_small_a_sample_is_said_and_not_judged() -> None:
    assert judge(a_figure(good=8, of=9), at_least("99", minimum_sample=20)).state == "info"


def test_lower_is_better_for_exceptions() -> None:
    at_most = Target("exception_rate", Decimal("0.01"), "ratio")
    assert judge(a_figure("A12", 10, 1000), at_most).state == "ok"
    assert judge(a_figure("A12", 11, 1000), at_most).state == "breach"


def test_a_latency_is_judged_by_the_share_within_its_promise() -> None:
    within = Target("transaction_latency", Decimal("0.95"), "ratio")
    slow = a_figure("A7", 94, 100, value=12.0, low=None, high=None)
    assert judge(slow, within).state == "breach"
    assert judge(a_figure("A7", 95, 100, value=12.0, low=None, high=None), within).state == "ok"


def test_a_percentile_that_failures_hide_is_still_judged() -> None:
    within = Target("transaction_latency", Decimal("0.95"), "ratio")
    assert judge(a_figure("A7", 80, 100, value=None, low=None, high=None), within).state == "breach"


def test_a_duration_is_judged_by_its_median() -> None:
    ten_days = Target("time_to_bill", Decimal(864_000), "seconds")
    assert judge(a_figure("C4", 5, 9, value=863_999.0, low=None, high=None), ten_days).state == "ok"
    assert judge(a_figure("C4", 5, 9, value=float("inf"), low=None, high=None), ten_days).state == "breach"


@pytest.mark.parametrize(("share", "state"), [(0.8, "ok"), (0.79, "breach"), (None, "unknown")])
def test_a_duration_may_be_promised_as_a_share_within_days(share: float | None, state: str) -> None:
    target = Target("time_to_bill", Decimal("0.8"), "ratio", within_days=30)
    figure = a_figure("C4", 5, 9, value=1e6, low=None, high=None, detail={"within_30_days": share})
    assert judge(figure, target).state == state


def test_the_allowance_is_used_up_by_failures() -> None:
    assert budget_used(a_figure(good=996), at_least("99")) == Decimal("0.4")
    assert budget_used(a_figure(good=980), at_least("99")) == 2
    assert budget_used(a_figure(), at_least("100")) is None


def test_terms_are_read_with_their_units() -> None:
    found = targets_of(
        {
            "objectives": [
                {"metric": "sync_success_rate", "target": 99.5, "unit": "percent", "minimum_sample": 20},
                {"metric": "time_to_bill", "target": 10, "unit": "days"},
                {"metric": "failed_project_creations", "target": 0, "unit": "count"},
                {"metric": "sync_success_rate", "target": 90, "population": {"flows": ["a"]}},
                {"metric": "sync_success_rate", "target": 90, "method": "timeslices"},
                {"metric": "x", "target": "many"},
                {"key": "without a metric", "target": 1},
            ]
        }
    )
    assert found["sync_success_rate"] == Target("sync_success_rate", Decimal("0.995"), "ratio", None, 20)
    assert found["time_to_bill"].limit == 864_000
    assert set(found) == {"sync_success_rate", "time_to_bill", "failed_project_creations"}


def test_no_terms_are_no_targets() -> None:
    assert targets_of(None) == {}
