"""What must hold for any facts: against the same question asked the long way round, item by item."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.sla.credits import owed_for
from metrics.sla.facts import Count
from metrics.sla.objective import Tier
from metrics.sla.reading import ratio_timeslices, timeslices
from metrics.sla.words import plain
from tests.metrics.sla.given import judged, seen, success

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
