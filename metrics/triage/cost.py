"""What working the queue costs: logged minutes per thousand transactions and per exception; the partner's own figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics import read
from metrics.period import Period
from sql import query


@dataclass(frozen=True)
class Cost:
    """Minutes of one customer's period. None where nobody logged any, or where no transaction came due: unknown, not 0.

    `rows` are the exceptions with their minutes, which add up to `minutes`.
    """

    minutes: int | None
    transactions: int | None
    per_thousand_transactions: float | None
    per_exception: float | None
    rows: tuple[Mapping[str, Any], ...]


def cost_to_serve(conn: Connection, customer_id: int, period: Period, as_of: datetime) -> Cost:
    """D4 for one customer, read with a viewer's rights: minutes over valid transactions (A1's), and over exceptions worked.

    Source: metrics.md D4. Only what was logged by hand counts; time that nobody logged is not guessed.
    """
    asked = {"customer_ids": [customer_id], "since": period.since, "until": period.until, "as_of": as_of}
    rows = tuple(dict(row) for row in conn.execute(text(query("triage/cost")), asked).mappings())
    figures = read.figures(conn, "sync_success_rate", [customer_id], period, as_of=as_of)
    came = int(sum(figure.denominator or 0 for figure in figures)) or None
    minutes = int(sum(row["minutes"] for row in rows)) or None
    return Cost(
        minutes,
        came,
        minutes / came * 1000 if minutes and came else None,
        minutes / len(rows) if minutes else None,
        rows,
    )
