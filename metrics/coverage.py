"""How much of a period was read: beside every figure, so that what nobody looked at is not taken for quiet."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from metrics.metric import Metric
from metrics.once import once
from metrics.period import Period
from sql import query
from sql.ask import mappings

TIMES = ("day", "month")
Coverage = Mapping[tuple[int, str], tuple[float, float] | None]


def coverage(
    conn: Connection,
    metric: Metric,
    customer_ids: Sequence[int],
    period: Period,
    by: str | None = None,
    as_of: datetime | None = None,
) -> Coverage:
    """Seconds covered and seconds passed, by customer and day or month ("" when split by neither); None: never read.

    What was agreed is known whole: it counts as covered.
    """
    if metric.is_agreed:
        return {(own, ""): (1.0, 1.0) for own in customer_ids}
    asked = {
        "customer_ids": list(customer_ids),
        "since": period.since,
        "until": period.until,
        "as_of": as_of,
        "by": by if by in TIMES else None,
        "objects": list(metric.streams),
    }
    found = once(conn, ("coverage",), asked, lambda: mappings(conn, query("viewer/coverage"), asked))
    return {
        (row["customer_id"], row["part"]): None
        if row["covered_seconds"] is None
        else (row["covered_seconds"], row["total_seconds"])
        for row in found
    }


def share(read: Coverage, customers: Sequence[int], part: str) -> float | None:
    """Time covered over time passed; None as soon as one customer was never read."""
    times = [read.get((customer, part)) for customer in customers]
    known = [time for time in times if time is not None]
    total = sum(passed for _, passed in known)
    return sum(covered for covered, _ in known) / total if total and len(known) == len(times) else None
