"""G11: intervals of a share, from Newcombe, Statistics in Medicine 17 (1998), Table I; statsmodels as a second opinion."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics.proportions import wilson

TABLE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


def in_sql(conn, good, valid):
    return tuple(
        conn.execute(
            text("SELECT kpi.wilson_low(:k, :n), kpi.wilson_high(:k, :n)"), {"k": good, "n": valid}
        ).one()
    )


@pytest.mark.parametrize(("good", "valid", "low", "high"), TABLE)
def test_the_published_intervals(conn, good, valid, low, high):
    assert in_sql(conn, good, valid) == pytest.approx((low, high), abs=5e-5)
    assert wilson(good, valid) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_has_no_interval(conn):
    assert in_sql(conn, 0, 0) == (None, None)
    assert wilson(0, 0) is None


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), valid=st.integers(1, 10_000_000))
def test_another_implementation_agrees(conn, data, valid):
    from statsmodels.stats.proportion import proportion_confint

    good = data.draw(st.integers(0, valid))
    expected = proportion_confint(good, valid, alpha=0.05, method="wilson")
    assert in_sql(conn, good, valid) == pytest.approx(expected, abs=1e-9)
    assert wilson(good, valid) == pytest.approx(expected, abs=1e-9)
