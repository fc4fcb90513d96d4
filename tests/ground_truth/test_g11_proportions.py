"""G11: intervals of a share, from Newcombe, Statistics in Medicine 17 (1998), Table I; statsmodels as a second opinion."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.proportions import wilson

TABLE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("good", "valid", "low", "high"), TABLE)
def test_the_published_intervals(good, valid, low, high):
    assert wilson(good, valid) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_has_no_interval():
    assert wilson(0, 0) is None


@settings(deadline=None, max_examples=60)
@given(data=st.data(), valid=st.integers(1, 10_000_000))
def test_another_implementation_agrees(data, valid):
    from statsmodels.stats.proportion import proportion_confint

    good = data.draw(st.integers(0, valid))
    expected = proportion_confint(good, valid, alpha=0.05, method="wilson")
    assert wilson(good, valid) == pytest.approx(expected, abs=1e-9)
