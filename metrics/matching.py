"""Which records of two systems belong together: rules with a confidence; below the limit a person decides."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from metrics import news
from sql.ask import execute
from sql.database import Database

FACT = 0.90
"""From this confidence on a link is a fact. Below, it is shown to people as a suggestion, and no figure counts on it."""

TASK = "match"
VERSION = 1  # raise it when a rule changes: every customer is matched again
PROJECT_WINDOW_DAYS = 30

_STEPS = (
    "kpi/match_stage",
    "kpi/match_accounts",
    "kpi/match_analyze",
    "kpi/match_projects",
    "kpi/match_settled",
    "kpi/match_close",
    "kpi/match_open",
    "kpi/match_mark",
    "kpi/match_drop",
)


@dataclass(frozen=True)
class Matched:
    """What one pass did: customers that were looked at, links that ended and links that began."""

    customers: int = 0
    ended: int = 0
    begun: int = 0

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(self.customers + other.customers, self.ended + other.ended, self.begun + other.begun)


def match(database: Database, now: datetime) -> Matched:
    """Bring biz.xref in step with accounts, opportunities and projects; twice is the same as once.

    A customer of whom nothing new was written is not looked at. Links are never deleted: what the rules no longer hold
    ends at `now`. What a person decided stays as it is. Raises the first database error after all customers had their turn.
    """
    done = news.each(database, TASK, VERSION, lambda conn, customer: match_customer(conn, customer, now))
    return sum(done, Matched())


def match_customer(conn: Connection, customer: news.News, now: datetime) -> Matched:
    """Match one customer, if it has news that matter, in the caller's transaction."""
    wanted = execute(conn, "kpi/match_needed", customer_id=customer.customer_id, since=customer.since)
    if not wanted.scalar_one():
        return Matched()
    rows = {
        name: execute(
            conn, name, customer_id=customer.customer_id, now=now, window_days=PROJECT_WINDOW_DAYS
        ).rowcount
        for name in _STEPS
    }
    return Matched(1, rows["kpi/match_close"], rows["kpi/match_open"])
