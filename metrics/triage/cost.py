"""What working the queue costs: logged minutes per thousand transactions and per exception; the partner's own figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from metrics import read
from metrics.period import Period


@dataclass(frozen=True)
class Cost:
    """Minutes of one customer's period. None where nobody logged any, or where no transaction came due: unknown, not 0.

    `rows` are the exceptions with their minutes, which add up to `minutes`; `unlogged` were worked on and nobody logged it.
    """

    minutes: int | None
    transactions: int | None
    per_thousand_transactions: float | None
    per_exception: float | None
    unlogged: int
    rows: tuple[Mapping[str, Any], ...]


def cost_to_serve(conn: Connection, customer_id: int, period: Period, as_of: datetime) -> Cost:
    """D4 and D4b for one customer, as `kpi show` answers them; `conn` reads for the partner's own people, else PermissionError."""
    (served,) = read.figures(conn, "cost_to_serve", [customer_id], period, as_of=as_of)
    (each,) = read.figures(conn, "effort_per_exception", [customer_id], period, as_of=as_of)
    frame = read.rows(conn, "effort_per_exception", [customer_id], period, as_of=as_of)
    logged = frame[frame["in_numerator"].astype(bool)]
    rows = tuple(
        {
            "customer_id": int(row["customer_id"]),
            "exception_id": int(row["exception_id"]),
            "title": row["label"],
            "rule": row["rule"],
            "minutes": int(row["value"]),
        }
        for row in logged.to_dict("records")
    )
    return Cost(
        None if served.numerator is None else int(served.numerator),
        int(served.detail["transactions"]) or None,
        None if served.value is None else float(served.value),
        None if each.value is None else float(each.value),
        each.unknown,
        rows,
    )
