"""Brakes on guessing: failed sign-ins are counted by e-mail and by address, and too many close the door for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from sql import query
from sql.database import Database

WINDOW = timedelta(minutes=5)
MOST_BY_EMAIL = 5
MOST_BY_ADDRESS = 20  # an office shares an address


@dataclass(frozen=True)
class Attempt:
    """Who tries, from where, under which host."""

    host: str
    email: str
    address: str

    @property
    def limits(self) -> dict[str, int]:
        """How many failures each subject of this attempt may have."""
        return {f"email {self.host} {self.email}": MOST_BY_EMAIL, f"address {self.address}": MOST_BY_ADDRESS}


def is_closed(db: Database, attempt: Attempt, now: datetime) -> bool:
    """True when the e-mail failed five times, or the address twenty times, within five minutes."""
    limits = attempt.limits
    with db.engine("portal").begin() as conn:
        wanted = {"subjects": list(limits), "since": now - WINDOW}
        rows = conn.execute(text(query("portal/failure_count")), wanted).mappings().all()
    return any(row["failures"] >= limits[row["subject"]] for row in rows)


def note_failure(db: Database, attempt: Attempt, now: datetime) -> None:
    """Count a failed attempt against its e-mail and its address."""
    with db.engine("portal").begin() as conn:
        conn.execute(text(query("portal/failure_add")), {"subjects": list(attempt.limits), "now": now})


def forget_failures(db: Database, attempt: Attempt, now: datetime) -> None:
    """A sign-in that worked wipes the e-mail's failures, and everybody's that are a day old."""
    with db.engine("portal").begin() as conn:
        subject = next(iter(attempt.limits))
        conn.execute(
            text(query("portal/failure_forget")), {"subject": subject, "before": now - timedelta(days=1)}
        )
