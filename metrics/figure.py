"""A figure: one number with everything needed to believe it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from metrics.metric import Metric
from metrics.period import Period


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The value of one metric for some customers, a period and a part of them.

    value        in the metric's unit: ratios 0..1, seconds, counts, Decimal money; None: there is nothing to say
    numerator,   the exact parts of the value; integers, or Decimal where money is counted
    denominator
    unknown      how many belong to the population and could not be judged
    sample       how many were judged
    coverage     share of the period, up to as_of, in which everything the metric depends on was read; None: unknown
    low, high    the value if every unknown were bad, or good
    part         what it is a part of, "" for the whole: a flow's or system's key, a workflow, a day as 2026-10-31
    detail       whatever else belongs to it: percentiles, a curve, counts by outcome
    """

    metric: Metric
    customer_ids: tuple[int, ...]
    period: Period
    part: str
    value: float | int | Decimal | None
    unit: str
    currency: str | None
    numerator: int | Decimal | None
    denominator: int | Decimal | None
    unknown: int
    sample: int
    coverage: float | None
    low: float | None
    high: float | None
    as_of: datetime
    definition_version: int
    detail: Mapping[str, Any] = field(default_factory=dict)
