"""Holds what runs claim to have written against what both systems hold, record by record, and again when either changes."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from metrics import news, verification
from sql.ask import execute
from sql.database import Database

TASK = "verify"

_LIST = (
    "kpi/verify_stage",
    "kpi/verify_small_samples",
    "kpi/verify_flows",
    "kpi/verify_changed",
    "kpi/verify_analyze_listed",
    "kpi/verify_targets_before",
)
_JUDGE = (
    "kpi/verify_claims",
    "kpi/verify_analyze_claims",
    "kpi/verify_names_source",
    "kpi/verify_analyze_names",
    "kpi/verify_sources",
    "kpi/verify_names_target",
    "kpi/verify_analyze_names",
    "kpi/verify_find",
    "kpi/verify_analyze_found",
    "kpi/verify_links_were",
    "kpi/verify_forget",
    "kpi/verify_judge",
    "kpi/verify_links_mark",
    "kpi/verify_targets_after",
    "kpi/verify_analyze_targets",
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
    done = news.each(
        database, TASK, verification.VERSION, lambda conn, customer: verify_customer(conn, customer, now)
    )
    return sum(done, Verified())


def verify_customer(conn: Connection, customer: news.News, now: datetime) -> Verified:
    """Verify again what has changed at one customer, in the caller's transaction."""
    asked = {
        "customer_id": customer.customer_id,
        "since": customer.since,
        "now": now,
        "rules": json.dumps(verification.as_rows()),
    }
    rows = {name: execute(conn, name, **asked).rowcount for name in _LIST}
    if rows["kpi/verify_changed"] or rows["kpi/verify_targets_before"]:
        rows |= {name: execute(conn, name, **asked).rowcount for name in _JUDGE}
    else:
        execute(conn, "kpi/verify_unclaimed_forget", **asked)
    for name in _KEEP:
        execute(conn, name, **asked)
    return Verified(1, rows.get("kpi/verify_judge", 0), rows.get("kpi/verify_unclaimed", 0))
