"""What is safe to do about the causes that hold back the most money, in one short phrase each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.data import Row, cached, look
from app.scope import Scope
from metrics.triage import advice

LOOKED_AT = 100
"""So many open records of a cause are looked at, the latest."""

Cause = tuple[int, int, bool]


def asked_of(causes: Sequence[Row]) -> tuple[Cause, ...]:
    """Of rows of screen/exception_causes.sql what the phrase hangs on: customer, exception, whether its record is mended first."""
    return tuple(
        dict.fromkeys(
            (row["customer_id"], row["exception_id"], advice.mends_first(row["rule"], row["error_class"]))
            for row in causes
        )
    )


@cached
def phrases(scope: Scope, causes: tuple[Cause, ...], as_of: datetime) -> dict[int, str]:
    """The phrase by number of the exception, from the advice that the pane gives; none for a customer, whom it is not for."""
    if scope.is_customer or not causes:
        return {}
    customers, numbers, _ = zip(*causes, strict=True)
    with look(scope, as_of) as conn:
        told = advice.of_exceptions(conn, set(customers), numbers, LOOKED_AT)
    return {number: advice.in_short(told.get(number, ()), LOOKED_AT, mend=mend) for _, number, mend in causes}
