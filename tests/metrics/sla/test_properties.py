"""What must hold for any facts: against the same question asked the long way round, item by item."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.sla.budget import forecast
from metrics.sla.credits import owed_for
from metrics.sla.facts import Count, Day
from metrics.sla.objective import Tier
from metrics.sla.reading import ratio_timeslices, timeslices
from metrics.sla.words import plain
from tests.metrics.sla.given import NOVEMBER, OCTOBER, held, judged, seen, success, terms

pytestmark = pytest.mark.slow

quick = settings(max_examples=60, deadline=None)
percents = st.integers(0, 10**6).map(lambda ppm: plain(Decimal(ppm) / 10_000))
counts = st.builds(
    lambda good, bad, unknown: Count(good, good + bad, unknown), st.integers(0, 40), st.integers(0, 8), st.integers(0, 4)
)  # fmt: skip


@quick
@given(counts, percents)
def test_a_verdict_is_what_every_way_of_resolving_the_unknown_says(count: Count, target: float) -> None:
    """All of the unknown tried as good or bad: met or missed only where every way agrees."""
    result = judged(success(target), seen(count))
    ways = set()
    for good in range(count.unknown + 1):
        n = count.n + count.unknown
        if n:
            ways.add(100 * Fraction(count.k + good, n) >= Fraction(str(target)))
    expected = {frozenset({True}): "met", frozenset({False}): "missed"}.get(frozenset(ways), "not_proven")
    assert result.verdict == expected


@quick
@given(counts, percents)
def test_bounds_hold_the_value_and_a_budget_is_used_up_when_the_target_is_lost(
    count: Count, target: float
) -> None:
    result = judged(success(target), seen(count))
    if count.n:
        assert result.agreed.low <= result.agreed.value <= result.agreed.high
        assert (result.budget.left < 0) == (
            judged(success(target), seen(Count(count.k, count.n))).verdict == "missed"
        )


@quick
@given(st.lists(counts, max_size=12), st.sampled_from([None, "up", "left_out"]))
def test_the_mean_of_slices_is_the_mean(slices: list[Count], quiet: str | None) -> None:
    shares = [Fraction(each.k, each.n) if each.n else None for each in slices]
    calm = [not each.n and not each.unknown for each in slices]
    known = [
        Fraction(1) if is_calm and quiet == "up" else share
        for share, is_calm in zip(shares, calm, strict=True)
        if share is not None or (is_calm and quiet == "up")
    ]
    assert ratio_timeslices(slices, quiet).value == (sum(known) / len(known) if known else None)


@quick
@given(
    st.lists(st.builds(Count, st.just(0), st.integers(0, 1), st.integers(0, 2)), max_size=5),
    st.sampled_from([0, 500_000, 10**6]),
)
def test_a_slice_is_unknown_only_where_its_items_would_decide_it(slices: list[Count], target: int) -> None:
    found = timeslices(slices, target, None)
    least, most = [], []
    for each in slices:
        ways = [
            sum(way) * 10**6 >= target * (each.n + each.unknown)
            for way in product((0, 1), repeat=each.unknown)
            if each.n + each.unknown
        ] or [True, False]
        least.append(all(ways))
        most.append(any(ways))
    n = len(slices)
    assert (found.worst, found.best) == (
        (Fraction(sum(least), n), Fraction(sum(most), n)) if n else (None, None)
    )


@quick
@given(st.lists(st.tuples(percents, percents), max_size=4), st.integers(0, 500), st.integers(1, 500))
def test_a_credit_is_the_dearest_tier_below_whose_bound_the_value_lies(tiers: list, k: int, n: int) -> None:
    value = Fraction(min(k, n), n)
    owed = 0
    for below, percent in tiers:
        if value * 10**6 < Fraction(str(below)) * 10**4:
            owed = max(owed, int(Fraction(str(percent)) * 10**4))
    assert owed_for([Tier.model_validate({"below": b, "percent": p}) for b, p in tiers], value) == owed


@quick
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), min_size=1, max_size=30),
    st.integers(0, 2000),
    st.integers(900_000, 10**6),
)
def test_the_day_of_the_forecast_is_the_first_on_which_too_many_will_have_failed(
    days: list[tuple[int, int]], expected: int, target: int
) -> None:
    """Every day to come is gone through one by one, failing as the last seven did."""
    past = tuple(Day(date(2026, 10, n), Count(good, good + bad)) for n, (good, bad) in enumerate(days, 1))
    whole = sum((day.count for day in past), Count())
    today = date(2026, 10, len(days) + 1)
    as_of = datetime(2026, 10, len(days) + 1, 12, tzinfo=UTC)
    found = forecast(whole, past, expected, target, (OCTOBER, NOVEMBER), as_of, "UTC")
    if not whole.n:
        assert found is None
        return
    allowed = Fraction(max(expected, whole.n) * (10**6 - target), 10**6)
    failed = [bad for _, bad in days]
    recent = failed[-7:]
    lost_on = next((day.day for n, day in enumerate(past, 1) if sum(failed[:n]) > allowed), None)
    ahead = 0
    while lost_on is None and today + timedelta(days=ahead) < date(2026, 11, 1):
        if sum(failed) + Fraction(sum(recent) * (ahead + 1), len(recent)) >= int(allowed) + 1:
            lost_on = today + timedelta(days=ahead)
        ahead += 1
    assert found is not None
    assert found.lost_on == lost_on


@quick
@given(counts, counts, percents, st.integers(0, 3))
def test_several_are_one_as_every_way_of_resolving_the_unknown_says(
    first: Count, second: Count, target: float, few: int
) -> None:
    """The worst of two under every way in which their unknowns may have turned out; too few prove nothing."""
    agreed = terms(
        success(target, minimum_sample=few), success(target, key="b"),
        composites=[{"key": "worst", "worst_of": ["success", "b"], "target": target}, {"key": "all", "all_of": ["success", "b"]}],
    )  # fmt: skip
    worst, both = held(agreed, success=seen(first), b=seen(second)).composites
    bound = Fraction(str(target))
    ways = [
        [100 * Fraction(each.k + good, each.n + each.unknown) >= bound for good in range(each.unknown + 1)]
        if each.n + each.unknown and (each is second or each.n >= few)
        else [True, False]
        for each in (first, second)
    ]
    outcomes = {a and b for a, b in product(*ways)}
    expected = {frozenset({True}): "met", frozenset({False}): "missed"}.get(frozenset(outcomes), "not_proven")
    assert (worst.verdict, both.verdict) == (expected, expected)
