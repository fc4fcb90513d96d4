"""Verdicts: met, missed or not proven, by whole numbers; and what is left, owed and to be expected."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from metrics.sla.evaluate import evaluate
from metrics.sla.evaluation import canonical
from metrics.sla.facts import Count, Day, Exclusion, Facts, Measured, Stretch
from tests.metrics.sla.given import MONTH, OCTOBER, held, judged, seen, success, terms

COUNT = success(0, metric="failed_project_creations", unit="count")


@pytest.mark.parametrize(
    ("target", "count", "verdict", "doubt"),
    [
        (99, Count(99, 100), "met", ""),
        (99, Count(989_999, 10**6), "missed", ""),
        (99, Count(990_000, 10**6), "met", ""),
        (99, Count(98, 98, 2), "not_proven", "unknown"),
        (99, Count(99, 99, 1), "met", ""),
        (99, Count(90, 98, 2), "missed", ""),
        (99, Count(0, 0), "not_proven", "nothing"),
        (99, Count(0, 0, 5), "not_proven", "unknown"),
        (100, Count(100, 100), "met", ""),
        (100, Count(99, 100), "missed", ""),
        (0, Count(0, 100), "met", ""),
        (99.9999, Count(999_998, 10**6), "missed", ""),
    ],
)
def test_a_share_is_compared_as_whole_numbers(target: float, count: Count, verdict: str, doubt: str) -> None:
    result = judged(success(target), seen(count))
    assert (result.verdict, result.doubt) == (verdict, doubt)


@pytest.mark.parametrize(
    ("covered", "verdict"), [(MONTH, "met"), (MONTH * 95 // 100, "met"), (MONTH * 95 // 100 - 1, "not_proven"), (None, "not_proven")]
)  # fmt: skip
def test_too_little_read_proves_nothing(covered: int | None, verdict: str) -> None:
    assert judged(success(), seen(Count(100, 100), covered=covered)).verdict == verdict


def test_four_days_of_a_month_that_nobody_read_leave_it_unproven() -> None:
    result = judged(success(), seen(Count(994, 1000), covered=27 * 86400))
    assert (result.verdict, result.doubt) == ("not_proven", "unread")
    assert result.reason == "87.09 % of the time was read, less than 95 %"
    assert (result.unread.items, result.unread.low, result.unread.high) == (149, 865_100, 994_778)
    assert result.agreed.low == result.agreed.high == 994_000


def test_too_few_items_prove_nothing() -> None:
    assert judged(success(minimum_sample=20), seen(Count(19, 19))).doubt == "sample"
    assert judged(success(minimum_sample=20), seen(Count(20, 20))).verdict == "met"


@pytest.mark.parametrize(
    ("count", "covered", "verdict"),
    [
        (Count(0, 10), MONTH, "met"), (Count(1, 10), MONTH, "missed"), (Count(0, 10, 1), MONTH, "not_proven"),
        (Count(0, 0), MONTH, "not_proven"), (Count(0, 10), 0, "not_proven"), (Count(1, 10), 0, "missed"),
    ],
)  # fmt: skip
def test_a_count_over_its_limit_is_missed_whatever_was_not_read(
    count: Count, covered: int, verdict: str
) -> None:
    assert judged(COUNT, seen(count, covered=covered)).verdict == verdict


@pytest.mark.parametrize(("micro", "verdict"), [(800_000, "met"), (799_999, "missed"), (None, "not_proven")])
def test_a_measured_share_is_held_against_the_target(micro: int | None, verdict: str) -> None:
    billed = success(80, metric="time_to_bill", within_days=30)
    sample = 40 if micro is not None else 0
    assert judged(billed, seen(measured=Measured(micro, sample))).verdict == verdict


def test_unknown_items_are_bounds_of_a_measured_share_too() -> None:
    billed = success(80, metric="time_to_bill", within_days=30)
    doubt = Measured(820_000, 40, 4, low_micro=745_454, high_micro=836_363)
    assert judged(billed, seen(measured=doubt)).doubt == "unknown"
    assert judged(billed | {"target": 74}, seen(measured=doubt)).verdict == "met"


def test_a_time_that_is_never_reached_is_missed() -> None:
    billed = success(10, metric="time_to_bill", unit="days")
    assert judged(billed, seen(measured=Measured(None, 40))).verdict == "missed"
    assert judged(billed, seen(measured=Measured(10 * 86400 * 10**6, 40))).verdict == "met"


def test_a_value_is_shown_cut_to_the_worse_side() -> None:
    assert judged(success(), seen(Count(2, 3))).agreed.value == 666_666
    rate = success(40, metric="exception_rate")
    assert judged(rate, seen(Count(1, 3))).agreed.value == 333_334


# --- what is left out

CAUSED = Exclusion(key="x1", reason="customer_data", state="accepted", count=Count(0, 2))


@pytest.mark.parametrize(
    ("state", "gross", "agreed", "net", "verdict"),
    [
        ("accepted", 970_000, 989_795, 989_795, "missed"),
        ("proposed", 970_000, 970_000, 989_795, "missed"),
        ("disputed", 970_000, 970_000, 970_000, "missed"),
        ("refused", 970_000, 970_000, 970_000, "missed"),
    ],
)
def test_what_both_agree_on_leaves_both_sides(
    state: str, gross: int, agreed: int, net: int, verdict: str
) -> None:
    given = Exclusion(key="x1", reason="customer_data", state=state, count=Count(0, 2))
    result = judged(success(), seen(Count(97, 100), excluded=(given,)))
    assert (result.gross.value, result.agreed.value, result.net.value) == (gross, agreed, net)
    assert result.verdict == verdict


def test_the_verdict_is_that_of_the_agreed_value() -> None:
    assert judged(success(), seen(Count(98, 100), excluded=(CAUSED,))).verdict == "met"
    assert judged(success(), seen(Count(98, 100))).verdict == "missed"


# --- slices

HOURS = [Count(10, 10)] * 20 + [Count(5, 10)] * 2 + [Count(0, 0)] * 2


@pytest.mark.parametrize(
    ("method", "quiet", "value", "n", "unknown"),
    [
        ("timeslices", "up", 916_666, 24, 0), ("timeslices", "left_out", 909_090, 22, 0), ("timeslices", None, 909_090, 22, 2),
        ("ratio_timeslices", "up", 958_333, 24, 0), ("ratio_timeslices", "left_out", 954_545, 22, 0),
        ("ratio_timeslices", None, 954_545, 22, 2),
    ],
)  # fmt: skip
def test_slices_weigh_the_same_however_much_happened(
    method: str, quiet: str | None, value: int, n: int, unknown: int
) -> None:
    more = {"slice_target": 90} if method == "timeslices" else {}
    result = judged(success(90, method=method, quiet=quiet, slice="1h", **more), seen(slices=tuple(HOURS)))
    assert (result.agreed.value, result.agreed.n, result.agreed.unknown) == (value, n, unknown)


def test_the_three_methods_differ_on_the_same_month() -> None:
    """One outage of two and a half hours while little happens, as in the examples of OpenSLO: the method is a contract field."""
    quiet, busy = [Count(4, 4)] * 30, [Count(100, 100)] * 690
    down = [Count(0, 4)] * 2 + [Count(2, 4)]
    month = (*quiet, *busy, *down)
    whole = sum(month, Count())
    by = {
        "occurrences": judged(success(99.9), seen(whole)),
        "ratio_timeslices": judged(success(99.9, method="ratio_timeslices"), seen(slices=month)),
        "timeslices": judged(success(99.9, method="timeslices", slice_target=95), seen(slices=month)),
    }
    assert {name: result.verdict for name, result in by.items()} == {
        "occurrences": "met", "ratio_timeslices": "missed", "timeslices": "missed",
    }  # fmt: skip
    assert by["ratio_timeslices"].agreed.value > by["timeslices"].agreed.value


# --- together

PAIR = (success(99), success(90, key="fast", metric="transaction_latency"))


@pytest.mark.parametrize(
    ("first", "second", "all_of", "worst_of"),
    [
        (Count(100, 100), Count(99, 100), "met", "met"), (Count(98, 100), Count(99, 100), "missed", "met"),
        (Count(100, 100), Count(95, 100), "met", "missed"), (Count(100, 100), Count(0, 0), "not_proven", "not_proven"),
        (Count(90, 100), Count(0, 0), "missed", "missed"), (Count(100, 100), Count(96, 97, 3), "met", "not_proven"),
    ],
)  # fmt: skip
def test_several_objectives_are_one(first: Count, second: Count, all_of: str, worst_of: str) -> None:
    agreed = terms(
        *PAIR,
        composites=[{"key": "all", "all_of": ["success", "fast"]}, {"key": "worst", "worst_of": ["success", "fast"], "target": 97}],
    )  # fmt: skip
    found = held(agreed, success=seen(first), fast=seen(second)).composites
    assert [each.verdict for each in found] == [all_of, worst_of]


# --- credits

TIERS = [{"below": 99, "percent": 5}, {"below": 95, "percent": 10}]
FEE = {"amount": 2400, "currency": "USD", "per": "month"}


@pytest.mark.parametrize(
    ("counts", "more", "owed", "amount"),
    [
        ([(99, 100), (99, 100)], {}, 0, "0.00"),
        ([(98, 100), (94, 100)], {}, 100_000, "240.00"),
        ([(98, 100), (94, 100)], {"stacking": "sum"}, 150_000, "360.00"),
        ([(94, 100), (94, 100)], {"stacking": "sum", "cap": 12}, 120_000, "288.00"),
    ],
)
def test_credits_stack_as_agreed_up_to_their_cap(
    counts: list[tuple[int, int]], more: dict, owed: int, amount: str
) -> None:
    agreed = terms(success(99), success(99, key="b"), fee=FEE, credits={"tiers": TIERS} | more)
    first, second = (seen(Count(*each)) for each in counts)
    total = held(agreed, success=first, b=second).credits
    assert (total.owed, total.owed_amount) == (owed, Decimal(amount))


def test_what_is_not_proven_is_owed_or_not() -> None:
    total = held(terms(success(99), fee=FEE, credits=TIERS), success=seen(Count(98, 98, 4))).credits
    assert (total.owed, total.least, total.most) == (None, 0, 50_000)
    assert (total.owed_amount, total.most_amount) == (None, Decimal("120.00"))


@pytest.mark.parametrize(
    ("period", "owed", "amount"), [("2026-09", 150_000, "360.00"), ("2026-10", 0, "0.00")]
)
def test_a_quarter_is_settled_in_its_last_month(period: str, owed: int, amount: str) -> None:
    agreed = terms(success(99, window="quarter"), fee=FEE, credits=TIERS)
    facts = Facts(
        customer="acme",
        period=period,
        time_zone="UTC",
        as_of=OCTOBER,
        objectives={"success": seen(Count(98, 100))},
    )
    total = evaluate(agreed, facts).credits
    assert (total.owed, total.owed_amount) == (owed, Decimal(amount))
    worst = {"key": "worst", "worst_of": ["success"], "target": 99, "credits": TIERS}
    together = terms(success(99, window="quarter"), fee=FEE, composites=[worst])
    assert evaluate(together, facts).credits.owed_amount == Decimal(amount)


def test_a_yen_has_no_cents() -> None:
    yen = terms(success(99), fee={"amount": 100_001, "currency": "JPY", "per": "quarter"}, credits=TIERS)
    assert held(yen, success=seen(Count(98, 100))).credits.owed_amount == Decimal(1667)


# --- what is to come

SIX = datetime(2026, 10, 16, tzinfo=UTC)


def days(*bad: int) -> tuple[Day, ...]:
    return tuple(Day(date(2026, 10, n), Count(10 - each, 10)) for n, each in enumerate(bad, 1))


def test_the_day_is_told_on_which_the_target_will_be_lost() -> None:
    so_far = seen(Count(147, 150), days=days(*[0] * 12, 1, 1, 1), expected=500)
    result = judged(success(99), so_far, as_of=SIX)
    assert result.forecast is not None
    assert (result.forecast.affordable, result.forecast.recent_bad) == (2, 3)
    assert result.forecast.lost_on == date(
        2026, 10, 22
    )  # 3 failures in 7 days: the third is due in the seventh
    assert result.forecast.assumptions[0] == "as many items as in the median of the three windows before: 500"


@pytest.mark.parametrize(
    ("bad", "expected", "lost_on"),
    [
        ([0] * 15, 500, None),
        ([1] + [0] * 14, 500, None),
        ([3, 3] + [0] * 13, 500, date(2026, 10, 2)),
        ([0] * 14 + [1], None, None),
        ([0] * 8 + [1, 1, 0, 1, 0, 0, 0], None, date(2026, 10, 18)),
    ],
)
def test_it_may_be_lost_already_or_never(bad: list[int], expected: int | None, lost_on: date | None) -> None:
    so_far = seen(Count(150 - sum(bad), 150), days=days(*bad), expected=expected)
    result = judged(success(99), so_far, as_of=SIX)
    assert result.forecast is not None
    assert result.forecast.lost_on == lost_on


def test_a_window_that_is_over_has_no_forecast() -> None:
    result = judged(success(99), seen(Count(147, 150)))
    assert (result.forecast, result.is_final) == (None, True)
    assert not judged(success(99), seen(Count(147, 150), pending=1)).is_final


def test_few_transactions_page_nobody() -> None:
    burnt = tuple(Stretch(seconds, 1, 4) for seconds in (300, 1800, 3600, 7200, 21600, 86400, 259200))
    assert judged(success(99.5), seen(Count(1, 1), stretches=burnt, begun=400)).burn.severity == "ticket"
    assert judged(success(99.5), seen(Count(1, 1), stretches=burnt, begun=4000)).burn.severity == "ticket"
    many = tuple(Stretch(each.seconds, 500, 2000) for each in burnt)
    assert judged(success(99.5), seen(Count(1, 1), stretches=many, begun=4000)).burn.severity == "page"
    assert judged(success(99.5), seen(Count(1, 1), stretches=many, begun=400)).burn.severity == "ticket"


def test_the_same_facts_are_the_same_bytes() -> None:
    agreed = terms(success(99), fee=FEE, credits=TIERS)
    both = [canonical(held(agreed, success=seen(Count(98, 100), excluded=(CAUSED,)))) for _ in range(2)]
    assert both[0] == both[1]
    said = json.loads(both[0])
    assert said["objectives"][0]["since"] == OCTOBER.isoformat().replace("+00:00", "Z")
    assert said["credits"]["fee"] == "2400.00"
