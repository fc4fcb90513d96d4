"""Reconciles the records of two systems, whatever any log says: only the ranges of keys that were written to are read again."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from metrics import news, verification
from sql.ask import execute
from sql.database import Database

TASK = "parity"
VERSION = (
    3  # raise it when two records are compared otherwise; changed rules show in the checksums' configuration
)

_PAIRS = (
    "kpi/parity_memory",
    "kpi/verify_stage",
    "kpi/verify_flows",
    "kpi/parity_stage",
    "kpi/parity_pairs",
    "kpi/parity_agreed",
    "kpi/parity_marks",
    "kpi/parity_touched",
)
_COMPARE = (
    "kpi/parity_partners",
    "kpi/parity_names_forget",
    "kpi/parity_names_keep",
    "kpi/parity_partners",
    "kpi/parity_links",
    "kpi/parity_links_of",
    "kpi/parity_analyze",
    "kpi/parity_ranges",
    "kpi/parity_members",
    "kpi/parity_analyze",
    "kpi/parity_links_of",
    "kpi/parity_linked",
    "kpi/parity_analyze",
    "kpi/parity_links_of",
    "kpi/parity_analyze",
    "kpi/parity_source_side",
    "kpi/parity_analyze_source",
    "kpi/parity_home",
    "kpi/parity_analyze_home",
    "kpi/parity_target_side",
    "kpi/parity_sums",
    "kpi/parity_changed",
    "kpi/parity_analyze_target",
    "kpi/parity_forget",
    "kpi/parity_compare",
    "kpi/parity_break_follow",
    "kpi/parity_break_open",
    "kpi/parity_break_late",
    "kpi/parity_ranges_forget",
    "kpi/parity_ranges_keep",
)
_DROP = ("kpi/parity_marks_forget", "kpi/parity_drop", "kpi/verify_drop")


@dataclass(frozen=True)
class Reconciled:
    """What one pass did: customers whose checksums were taken, ranges whose checksum had changed, rows written for them."""

    customers: int = 0
    ranges: int = 0
    rows: int = 0

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(
            self.customers + other.customers, self.ranges + other.ranges, self.rows + other.rows
        )


def reconcile(database: Database, now: datetime) -> Reconciled:
    """Bring kpi.parity in step with the records of both sides, and note its breaks and their ends; twice is the same as once.

    A customer of whom nothing new was written is not looked at. Links and verdicts must be fresh: run it after
    metrics.matching and metrics.verify. Raises the first database error after all customers had their turn.
    """
    done = news.each(database, TASK, VERSION, lambda conn, customer: reconcile_customer(conn, customer, now))
    return sum(done, Reconciled())


def reconcile_customer(conn: Connection, customer: news.News, now: datetime) -> Reconciled:
    """Reconcile one customer in the caller's transaction.

    Read are the ranges of records written since, of links that began or ended, and those whose time has come; a range that
    has the checksum that it had keeps its rows. Without `since`, and for a pair that is compared otherwise, all are read.
    Breaks are kept in kpi.parity_break from when they opened until they healed, none later than `now`.
    """
    asked = {
        "customer_id": customer.customer_id,
        "since": customer.since,
        "now": now,
        "rules": json.dumps(verification.as_rows()),
    }
    for name in _PAIRS:
        execute(conn, name, **asked)
    done = Reconciled()
    if execute(conn, "kpi/parity_needed", **asked).scalar_one():
        rows = {name: execute(conn, name, **asked).rowcount for name in _COMPARE}
        done = Reconciled(1, rows["kpi/parity_changed"], rows["kpi/parity_compare"])
    for name in _DROP:
        execute(conn, name, **asked)
    return done
