"""Makes one answer of the rows of several customers: sums are added, ratios taken of sums, percentiles read again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf
from typing import Any

from metrics.metric import Metric
from metrics.proportions import ratio
from metrics.quantiles import merge, quantile

STANDARD = frozenset(
    {
        "customer_id",
        "part",
        "currency",
        "value",
        "numerator",
        "denominator",
        "unknown",
        "sample",
        "low",
        "high",
    }
)
_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
Row = Mapping[str, Any]


def combined(metric: Metric, rows: Sequence[Row]) -> dict[str, Any]:
    """One answer for rows of the same part and currency: the standard columns, and what else the query tells.

    Of several customers only what can be added stays in the detail; a single row stays as it is.
    """
    if len(rows) == 1:
        return {name: _plain(item) for name, item in rows[0].items()}
    total: dict[str, Any] = {
        name: _total(rows, name)
        for name in rows[0]
        if name not in STANDARD and all(isinstance(row[name], int | Decimal | None) for row in rows)
    }
    numerator, denominator = _total(rows, "numerator"), _total(rows, "denominator")
    unknown, sample = int(_total(rows, "unknown") or 0), int(_total(rows, "sample") or 0)
    total |= {"numerator": numerator, "denominator": denominator, "unknown": unknown, "sample": sample}
    total |= {"low": None, "high": None}
    if metric.combine == "worst":
        known = [row["value"] for row in rows if row["value"] is not None]
        total["value"] = max(known) if len(known) == len(rows) else None
    elif metric.combine == "quantile":
        total |= _percentiles(rows, total)
    elif metric.combine == "ratio" or metric.unit == "ratio":
        total["value"] = ratio(numerator or 0, denominator or 0)
        if all(row["low"] is not None for row in rows if row["sample"] or row["unknown"]):
            doubt = total.get("unknown_amount", unknown) or 0
            total["low"] = ratio(numerator or 0, (denominator or 0) + doubt)
            total["high"] = ratio((numerator or 0) + doubt, (denominator or 0) + doubt)
    else:
        total["value"] = _total(rows, "value")
        total["low"], total["high"] = _total(rows, "low"), _total(rows, "high")
        if metric.unit == "per_hour":  # the hours are the same for everybody
            total["denominator"] = _plain(max(row["denominator"] for row in rows))
    return total


def _percentiles(rows: Sequence[Row], total: Row) -> dict[str, Any]:
    """Percentiles of the merged histograms, under the names of viewer/sync_latency."""
    histogram = merge((row["bucket"], row["n"]) for row in rows)
    found = {name: quantile(histogram, q, total["zero"], total["infinite"]) for name, q in _QUANTILES}
    within, judged, unknown = total["numerator"], total["denominator"], total["unknown"]
    # a percentile is out of reach only when it were, however fast the unknown ones were
    fastest = {
        name: quantile(histogram, q, total["zero"] + unknown, total["infinite"]) for name, q in _QUANTILES
    }
    return {
        "value": None if found["p95"] == inf else found["p95"],
        **{name: None if value == inf else value for name, value in found.items()},
        "not_reached": [name for name, value in fastest.items() if value == inf],
        "share_within": ratio(within, judged),
        "share_low": ratio(within, judged + unknown),
        "share_high": ratio(within + unknown, judged + unknown),
        "bucket": list(histogram),
        "n": list(histogram.values()),
    }


def _total(rows: Sequence[Row], name: str) -> Any:
    known = [row[name] for row in rows if row[name] is not None]
    return _plain(sum(known)) if known else None


def _plain(item: Any) -> Any:
    return (
        int(item)
        if isinstance(item, Decimal) and item == int(item) and item.as_tuple().exponent == 0
        else item
    )
