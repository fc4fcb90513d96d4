"""G12: percentiles from merged histograms equal those of DataDog's ddsketch (Apache-2.0) with the same relative error."""

import json
from pathlib import Path

import pytest
from ddsketch import DDSketch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import sql
from metrics.quantiles import RELATIVE_ERROR, bucket, merge, middle, quantile

QUANTILES = (0.5, 0.95, 0.99)
seconds = st.floats(1e-3, 1e7) | st.integers(1, 10**6).map(float) | st.just(0.0)
samples = st.lists(st.lists(seconds, min_size=1, max_size=60), min_size=1, max_size=5)

# The product's own step, fed with one row per part of a sample.
PERCENTILE = f"""
WITH part AS (SELECT 1 AS customer_id, '' AS part),
placed AS (
  SELECT 1 AS customer_id, '' AS part, 0 AS n_within, g.zero AS n_zero, 0 AS n_infinite, 0 AS n_unknown,
         CAST(g.bucket AS smallint[]) AS bucket, g.n
  FROM jsonb_to_recordset(CAST(:parts AS jsonb)) g (zero int, bucket int[], n int[])
),
{(Path(sql.__file__).parent / "fragments" / "latency_percentile.sql").read_text()}
SELECT p.p50, p.p95, p.p99, p.judged FROM percentile p
"""


def parts_of(groups):
    parts = []
    for group in groups:
        counts = merge(([bucket(value)], [1]) for value in group if value > 0)
        parts.append(
            {"zero": sum(value <= 0 for value in group), "bucket": list(counts), "n": list(counts.values())}
        )
    return parts


def sketch_of(groups):
    total = DDSketch(RELATIVE_ERROR)
    for group in groups:
        one = DDSketch(RELATIVE_ERROR)
        for value in group:
            one.add(value)
        total.merge(one)
    return total


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=samples)
@example(groups=[[0.0], [1.0]])
@example(groups=[[float(n) for n in range(1, 101)]])
def test_merged_histograms_answer_as_the_reference_does(conn, groups):
    row = conn.execute(text(PERCENTILE), {"parts": json.dumps(parts_of(groups))}).one()
    reference = sketch_of(groups)
    merged = merge((part["bucket"], part["n"]) for part in parts_of(groups))
    zero = sum(part["zero"] for part in parts_of(groups))
    for q, in_sql in zip(QUANTILES, (row.p50, row.p95, row.p99), strict=True):
        assert in_sql == pytest.approx(reference.get_quantile_value(q), rel=1e-9)
        assert quantile(merged, q, zero) == pytest.approx(in_sql, rel=1e-12)
    assert row.judged == sum(len(group) for group in groups)


@settings(deadline=None, max_examples=300)
@given(value=st.floats(1e-6, 1e9))
def test_no_value_is_further_from_its_bucket_than_promised(value):
    assert abs(middle(bucket(value)) - value) <= RELATIVE_ERROR * value * (1 + 1e-9)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.floats(1e-6, 1e9))
def test_the_database_knows_the_same_buckets(conn, value):
    row = conn.execute(
        text("SELECT kpi.bucket(:value) AS k, kpi.bucket_middle(kpi.bucket(:value)) AS middle"),
        {"value": value},
    ).one()
    assert row.k == bucket(value)
    assert row.middle == pytest.approx(middle(bucket(value)), rel=1e-12)


def test_failures_push_a_percentile_out_of_reach():
    histogram = {bucket(10): 94}
    assert quantile(histogram, 0.5, infinite=6) == pytest.approx(10, rel=0.01)
    assert quantile(histogram, 0.95, infinite=6) == float("inf")
    assert quantile({}, 0.95) is None
