"""Makes one answer of the rows of several customers: sums are added, ratios taken of sums, percentiles read again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from metrics.metric import Metric
from metrics.proportions import ratio, wilson

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
    elif metric.combine == "ratio" or metric.unit == "ratio":
        total["value"] = ratio(numerator or 0, denominator or 0)
        if any(row["low"] is not None for row in rows):
            total["low"] = ratio(numerator or 0, (denominator or 0) + unknown)
            total["high"] = ratio((numerator or 0) + unknown, (denominator or 0) + unknown)
        if "wilson_low" in rows[0]:
            total["wilson_low"], total["wilson_high"] = wilson(numerator, denominator) or (None, None)
    else:
        total["value"] = _total(rows, "value")
        total["low"], total["high"] = _total(rows, "low"), _total(rows, "high")
        if metric.unit == "per_hour":  # the hours are the same for everybody
            total["denominator"] = _plain(max(row["denominator"] for row in rows))
    return total


def _total(rows: Sequence[Row], name: str) -> Any:
    known = [row[name] for row in rows if row[name] is not None]
    return _plain(sum(known)) if known else None


def _plain(item: Any) -> Any:
    return (
        int(item)
        if isinstance(item, Decimal) and item == int(item) and item.as_tuple().exponent == 0
        else item
    )
