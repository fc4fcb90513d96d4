"""Keeps what the first look at a new project found, so that a later correction does not make it right."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from metrics import news
from sql.ask import execute
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

    def keep(conn: Connection, customer: news.News) -> int:
        asked = {
            "customer_id": customer.customer_id,
            "customer_ids": [customer.customer_id],
            "now": now,
            "made_from": customer.since and customer.since - REACH,
            "version": VERSION,
        }
        return execute(conn, "kpi/audit_keep", **asked).rowcount

    return sum(news.each(database, TASK, VERSION, keep))
