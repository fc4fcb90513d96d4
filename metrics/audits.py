"""Keeps what the first look at a new project found, so that a later correction does not make it right."""

from datetime import datetime, timedelta

from sqlalchemy import text

from metrics import apart, news
from sql import query
from sql.database import Database

TASK = "audit"
VERSION = 2  # of the list of checks (fragment setup_check)
REACH = timedelta(days=90)
"""How far back a look is caught up with; when a customer is looked at for the first time, without end."""


def refresh(database: Database, now: datetime) -> int:
    """Look at the projects whose first look has come; answers how many findings were kept.

    A finding is written once and never again. What was corrected before anybody could look stays unknown: it is not
    reconstructed. Twice is the same as once. Raises the first database error when all customers have had their turn.
    """

    def one(customer: news.News) -> int:
        asked = {
            "customer_id": customer.customer_id,
            "customer_ids": [customer.customer_id],
            "now": now,
            "made_from": customer.since and customer.since - REACH,
            "version": VERSION,
        }
        with database.engine("metrics").begin() as conn:
            conn.execute(text(query("kpi/task_lock")), {"customer_id": customer.customer_id, "task": TASK})
            kept = conn.execute(text(query("kpi/audit_keep")), asked).rowcount
            news.noted(conn, TASK, customer)
        return kept

    with database.engine("metrics").begin() as conn:
        waiting = news.heard(conn, TASK, VERSION)
    return sum(apart.side_by_side(waiting, one))
