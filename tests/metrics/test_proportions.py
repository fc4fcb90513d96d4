"""Arithmetic on shares: exact, and never better than the truth."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.combine import combined
from metrics.integration import INTEGRATION
from metrics.proportions import meets, ratio, truncate_toward_worse


@pytest.mark.parametrize(
    ("value", "decimals", "better", "shown"),
    [
        (Fraction(99897, 1000), 2, "higher", "99.89"),
        (Decimal("0.101"), 2, "lower", "0.11"),
        (0.29, 2, "higher", "0.29"),
        (Fraction(1, 3), 3, "lower", "0.334"),
        (Fraction(7), 1, "higher", "7.0"),
        (Decimal("-0.001"), 2, "higher", "-0.01"),
    ],
)
def test_a_number_is_cut_toward_its_worse_side(value, decimals, better, shown):
    assert str(truncate_toward_worse(value, decimals, better)) == shown


@given(good=st.integers(0, 10**6), bad=st.integers(0, 10**6), decimals=st.integers(0, 4))
def test_what_is_shown_never_meets_a_target_that_the_truth_misses(good, bad, decimals):
    if not good + bad:
        assert meets(good, good + bad, Decimal("0.5"), "higher") is None
        return
    percent = Fraction(good, good + bad) * 100
    shown = truncate_toward_worse(percent, decimals, "higher")
    assert shown <= percent < Fraction(shown) + Fraction(1, 10**decimals)
    if meets(good, good + bad, shown / 100, "higher") is False:
        pytest.fail("what is shown is above the truth")


def test_a_target_is_compared_exactly():
    assert meets(995, 1000, Decimal("0.995"), "higher")
    assert not meets(99_499_999, 100_000_000, Decimal("0.995"), "higher")
    assert meets(Decimal("0.10"), 1, Decimal("0.1"), "lower")


def test_nothing_counted_is_no_share():
    assert ratio(0, 0) is None


def row(**values):
    standard = dict.fromkeys(("part", "currency", "value", "numerator", "denominator", "low", "high"))
    return standard | {"customer_id": 1, "unknown": 0, "sample": 0} | values


def test_the_rate_of_two_customers_is_the_rate_of_their_sums():
    metric = next(metric for metric in INTEGRATION if metric.id == "A1")
    small = row(
        value=0.0, numerator=Decimal(0), denominator=Decimal(3), unknown=1, sample=3, low=0.0, high=0.25, s1=0
    )
    large = row(
        value=1.0, numerator=Decimal(997), denominator=Decimal(997), sample=997, low=1.0, high=1.0, s1=990
    )
    answer = combined(metric, [small, large])
    assert (answer["value"], answer["numerator"], answer["denominator"], answer["s1"]) == (
        0.997,
        997,
        1000,
        990,
    )
    assert (answer["low"], answer["high"]) == (997 / 1001, 998 / 1001)


def test_one_unknown_customer_makes_the_worst_of_several_unknown():
    metric = next(metric for metric in INTEGRATION if metric.id == "A8")
    assert combined(metric, [row(value=60.0, sample=1), row(value=90.0, sample=1)])["value"] == 90.0
    assert combined(metric, [row(value=60.0, sample=1), row(unknown=1)])["value"] is None
