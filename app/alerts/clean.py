"""Takes away what has been over for longer than a partner keeps it: alerts, their messages, their links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from sql import query
from sql.database import Database, scope

AT_ONCE = 5000


def clean(db: Database, now: datetime) -> int:
    """Up to 5000 old alerts of each customer, each in that customer's scope; how many were taken away. What is open stays."""
    with db.engine("metrics").begin() as conn:
        old = conn.execute(text(query("alerts/old_customers")), {"at": now}).all()
    many = 0
    for row in old:
        asked = {"customer_id": row.customer_id, "before": row.before, "most": AT_ONCE}
        with db.engine("triage").begin() as conn:
            scope(conn, [row.customer_id])
            many += conn.execute(text(query("alerts/clean")), asked).one().alerts
    return many
