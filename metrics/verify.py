"""Holds what runs claim to have written against what both systems hold, record by record, and again when either changes."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics import apart, news, verification
from sql import query
from sql.database import Database

TASK = "verify"

_LIST = (
    "kpi/verify_stage",
    "kpi/verify_small_samples",
    "kpi/verify_flows",
    "kpi/verify_changed",
    "kpi/verify_analyze",
    "kpi/verify_targets_before",
)
_JUDGE = (
    "kpi/verify_claims",
    "kpi/verify_analyze",
    "kpi/verify_names_source",
    "kpi/verify_analyze",
    "kpi/verify_sources",
    "kpi/verify_names_target",
    "kpi/verify_analyze",
    "kpi/verify_find",
    "kpi/verify_analyze",
    "kpi/verify_links_were",
    "kpi/verify_forget",
    "kpi/verify_judge",
    "kpi/verify_links_mark",
    "kpi/verify_targets_after",
    "kpi/verify_analyze",
    "kpi/verify_unclaimed_forget",
    "kpi/verify_unclaimed",
)
_KEEP = ("kpi/verify_flows_forget", "kpi/verify_flows_keep", "kpi/verify_drop")


@dataclass(frozen=True)
class Verified:
    """What one pass did: customers that were looked at, claims held against the records, records that nobody claims."""

    customers: int = 0
    claims: int = 0
    unclaimed: int = 0

    def __add__(self, other: "Verified") -> "Verified":
        return Verified(
            self.customers + other.customers, self.claims + other.claims, self.unclaimed + other.unclaimed
        )


def verify(database: Database, now: datetime) -> Verified:
    """Bring kpi.verification in step with runs, records and links as of `now`; twice is the same as once.

    A customer of whom nothing new was written is not looked at; of the others, only the claims whose run, source, target
    or link changed and those that could not be checked until now. Links and what has been read of the streams must be
    fresh: run it after metrics.rollup and metrics.matching. Raises the first database error after all had their turn.
    """

    def one(customer: news.News) -> Verified:
        with database.engine("metrics").begin() as conn:
            conn.execute(text(query("kpi/task_lock")), {"customer_id": customer.customer_id, "task": TASK})
            done = verify_customer(conn, customer, now)
            news.noted(conn, TASK, customer)
        return done

    with database.engine("metrics").begin() as conn:
        waiting = news.heard(conn, TASK, verification.VERSION)
    return sum(apart.side_by_side(waiting, one), Verified())


def verify_customer(conn: Connection, customer: news.News, now: datetime) -> Verified:
    """Verify again what has changed at one customer, in the caller's transaction."""
    asked = {
        "customer_id": customer.customer_id,
        "since": customer.since,
        "now": now,
        "rules": json.dumps(verification.as_rows()),
    }
    rows = {name: _ask(conn, name, asked) for name in _LIST}
    if rows["kpi/verify_changed"] or rows["kpi/verify_targets_before"]:
        rows |= {name: _ask(conn, name, asked) for name in _JUDGE}
    else:
        _ask(conn, "kpi/verify_unclaimed_forget", asked)
    for name in _KEEP:
        _ask(conn, name, asked)
    return Verified(1, rows.get("kpi/verify_judge", 0), rows.get("kpi/verify_unclaimed", 0))


def _ask(conn: Connection, name: str, asked: dict[str, Any]) -> int:
    statement = text(query(name))
    done = conn.execute(statement, {key: asked[key] for key in statement.compile().params})
    return int(done.rowcount)
