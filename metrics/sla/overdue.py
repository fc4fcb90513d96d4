"""Which months of which customers are overdue for review: every month with terms is sealed and signed within half a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from metrics.period import Period
from metrics.sla.window import Subject, in_force, month_of
from sql import query
from sql.ask import mappings

State = Literal["nothing agreed", "running", "to seal", "to sign", "signed"]
DUE_AFTER = timedelta(days=15)
"""How long after its end a month may wait for its review."""


@dataclass(frozen=True)
class Standing:
    """How the review of one month of one customer stands; `due_at` is None where there is nothing to do any more."""

    customer_id: int
    month: str
    state: State
    version: int
    due_at: datetime | None
    signed: tuple[str, ...]
    as_of: datetime

    @property
    def days_over(self) -> int:
        """Whole days since it was due; 0 while it is not."""
        return 0 if self.due_at is None else max(0, (self.as_of - self.due_at).days)

    @property
    def is_overdue(self) -> bool:
        """Whether it is due and not done."""
        return self.due_at is not None and self.due_at < self.as_of


def standings(
    conn: Connection, subjects: Sequence[Subject], months: Sequence[str], as_of: datetime
) -> list[Standing]:
    """How the review of each month stands, customer by customer, in the order of the months."""
    asked = {"customer_ids": [each.customer_id for each in subjects], "since": min(months)}
    sealed = {
        (row["customer_id"], row["period"]): row for row in mappings(conn, query("review/standing"), asked)
    }
    found = []
    for subject in subjects:
        for month in months:
            period = Period.parse(month, subject.time_zone, as_of)
            row = sealed.get((subject.customer_id, month))
            state: State
            if row is not None:
                state = "signed" if len(row["sides"]) == 2 else "to sign"
            elif in_force(conn, subject.customer_id, month_of(period)) is None:
                state = "nothing agreed"
            else:
                state = "running" if period.until > as_of else "to seal"
            due = period.until + DUE_AFTER if state in ("to seal", "to sign") else None
            signed = tuple(row["sides"]) if row else ()
            version = row["version"] if row else 0
            found.append(Standing(subject.customer_id, month, state, version, due, signed, as_of))
    return found
