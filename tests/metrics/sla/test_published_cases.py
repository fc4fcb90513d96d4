"""The published cases G1, G2, G5, G6, G10 and G16 through the evaluation itself; G4 is where exceptions have clocks."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from metrics.sla import budget
from metrics.sla.credits import owed_for
from metrics.sla.facts import Count, Stretch
from metrics.sla.objective import Tier
from tests.metrics.sla.given import held, judged, seen, success, terms

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTH = 30 * DAY
S3 = [{"below": "99.9", "percent": 10}, {"below": "99.0", "percent": 25}, {"below": "95.0", "percent": 100}]


@pytest.mark.parametrize(
    ("burn", "seconds"), [(1, 30 * DAY), (2, 15 * DAY), (10, 3 * DAY), (1000, 43.2 * MINUTE)]
)
def test_g1_how_long_a_budget_lasts(burn: int, seconds: float) -> None:
    assert budget.lasts(Fraction(1), Fraction(burn), MONTH) == Fraction(str(seconds))


@pytest.mark.parametrize(
    ("percent", "within", "threshold"),
    [(2, HOUR, "14.4"), (5, 6 * HOUR, "6"), (10, 3 * DAY, "1"), (5, HOUR, "36")],
)
def test_g1_the_burn_rate_that_uses_a_share_of_the_budget(percent: int, within: int, threshold: str) -> None:
    assert budget.threshold(Fraction(percent, 100), MONTH, within) == Fraction(threshold)


def test_g1_an_hour_of_outage_under_90_percent() -> None:
    burn = budget.burn_rate(100, 100, 900_000)
    assert burn == 10
    down = tuple(
        Stretch(each, 500, 500) for each in (5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY)
    )
    found = judged(success(90, window="30d"), seen(Count(1, 1), stretches=down, begun=5000)).burn
    assert [tier.is_reachable for tier in found.tiers] == [False, True, True, True]


@pytest.mark.parametrize(("target", "allowed"), [(97, 109_897), (99, 36_632)])
def test_g2_the_failures_a_target_allows(target: int, allowed: int) -> None:
    good, valid = 3_557_865, 3_663_253
    result = judged(success(target), seen(Count(good, valid)))
    assert result.budget.allowed == allowed
    assert result.agreed.value // 10 == 97_123  # 97.123 %
    assert judged(success(target), seen(Count(valid - allowed, valid))).verdict == "met"
    assert judged(success(target), seen(Count(valid - allowed - 1, valid))).verdict == "missed"


@pytest.mark.parametrize(("days", "thresholds"), [(30, [14.4, 6, 3, 1]), (28, [13.44, 5.6, 2.8, 0.933333])])
def test_g5_thresholds_follow_from_the_window(days: int, thresholds: list[float]) -> None:
    calm = (Stretch(HOUR, 0, 10),)
    given = seen(Count(1, 1), until=seen().since + timedelta(days=days), stretches=calm, begun=5000)
    found = judged(success(99.9, window=f"{days}d"), given).burn.tiers
    assert [tier.threshold for tier in found] == [int(each * 10**6) for each in thresholds]
    assert [(tier.short_seconds, tier.long_seconds) for tier in found] == [
        (5 * MINUTE, HOUR), (30 * MINUTE, 6 * HOUR), (2 * HOUR, DAY), (6 * HOUR, 3 * DAY),
    ]  # fmt: skip


@pytest.mark.parametrize("window", ["a while", "1.5d", "week", ""])
def test_g5_a_window_that_is_not_supported_is_an_error(window: str) -> None:
    with pytest.raises(ValueError, match="is no window"):
        terms(success(99.9, window=window))
    with pytest.raises(ValueError, match="needs a window"):
        budget.threshold(Fraction(2, 100), 0, HOUR)


def test_g6_half_of_the_events_bad_at_90_percent() -> None:
    result = judged(success(90), seen(Count(3556, 7112), seconds=43_200))
    assert result.agreed.value == 500_000
    assert budget.burn_rate(3556, 7112, 900_000) == 5
    found = result.budget
    assert (found.seconds, found.used_seconds, found.left_seconds) == (
        72 * MINUTE,
        360 * MINUTE,
        -288 * MINUTE,
    )
    assert found.left_share == -4_000_000
    nothing = judged(success(90), seen(Count(0, 0), seconds=43_200))
    assert (nothing.verdict, nothing.budget) == ("not_proven", None)


def test_g10_two_of_a_hundred_hours_are_98_percent() -> None:
    up = {"metric": "availability", "service_time": "office", "quiet": "up"}
    result = judged(success(98, **up), seen(Count(98 * 12, 100 * 12), seconds=100 * HOUR))
    assert (result.agreed.value, result.verdict) == (980_000, "met")
    assert (result.budget.used_seconds, result.budget.left_seconds) == (2 * HOUR, 0)


@pytest.mark.parametrize(
    ("percent", "owed"),
    [("99.9", 0), ("99.89", 10), ("99.0", 10), ("98.99", 25), ("95.0", 25), ("94.99", 100)],
)
def test_g10_tiers_are_half_open(percent: str, owed: int) -> None:
    tiers = [Tier.model_validate(each) for each in S3]
    assert owed_for(tiers, Fraction(percent) / 100) == owed * 10_000


def test_g10_a_hundred_dollars_at_98_percent_are_25() -> None:
    agreed = terms(success(99.9), fee={"amount": 100, "currency": "USD"}, credits=S3)
    assert held(agreed, success=seen(Count(98, 100))).credits.owed_amount == Decimal("25.00")


def test_g16_two_weeks_of_minutes_at_95_percent() -> None:
    slices = (Count(1, 1),) * 20_160
    sliced = success(95, method="timeslices", slice="1m", slice_target=95)
    found = judged(sliced, seen(slices=slices, seconds=14 * DAY)).budget
    assert (
        timedelta(minutes=found.allowed)
        == timedelta(seconds=found.seconds)
        == timedelta(hours=16, minutes=48)
    )


def test_g16_a_week_at_99_95_percent() -> None:
    week = judged(success(99.95), seen(Count(1, 1), seconds=7 * DAY)).budget
    assert week.seconds == 302  # 5 min 2.4 s, whole seconds of it
