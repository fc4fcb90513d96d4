"""Which records of two systems belong together: rules with a confidence; below the limit a person decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics import apart, news
from sql import query
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

    def one(customer: news.News) -> Matched:
        with database.engine("metrics").begin() as conn:
            _ask(conn, "kpi/task_lock", customer_id=customer.customer_id, task=TASK)
            done = match_customer(conn, customer, now)
            news.noted(conn, TASK, customer)
        return done

    with database.engine("metrics").begin() as conn:
        waiting = news.heard(conn, TASK, VERSION)
    return sum(apart.side_by_side(waiting, one), Matched())


def match_customer(conn: Connection, customer: news.News, now: datetime) -> Matched:
    """Match one customer, if it has news that matter, in the caller's transaction."""
    wanted = _ask(conn, "kpi/match_needed", customer_id=customer.customer_id, since=customer.since)
    if not wanted.scalar_one():
        return Matched()
    rows = {
        name: _ask(
            conn, name, customer_id=customer.customer_id, now=now, window_days=PROJECT_WINDOW_DAYS
        ).rowcount
        for name in _STEPS
    }
    return Matched(1, rows["kpi/match_close"], rows["kpi/match_open"])


def _ask(conn: Connection, name: str, **parameters: Any) -> Any:
    statement = text(query(name))
    return conn.execute(statement, {key: parameters[key] for key in statement.compile().params})
