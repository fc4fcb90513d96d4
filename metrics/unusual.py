"""Judges each customer's day once it is over: more exceptions than is usual on such a day, or fewer, is an exception of its own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from sql import query

RULE = "unusual_day"


def find(conn: Connection, customer_ids: Sequence[int], now: datetime) -> bool:
    """Lay unusual days, and those that are over, where detection writes from (pg_temp.candidate); whether there are any.

    Ask when all that was found is written: days are judged by what the queue holds. A day is judged once, when it is over in
    the customer's zone and was read whole; days before the first look are not judged. Formula: A14 (viewer/exception_trend).
    """
    due = conn.execute(
        text(query("kpi/detect_days_due")), {"customer_ids": list(customer_ids), "now": now}
    ).scalars()
    waiting = list(due)
    if not waiting:
        return False
    conn.execute(text(query("kpi/detect_days_begin")))
    # each by itself: a day is held against all days of the same kind
    return sum(judge(conn, customer_id, now) for customer_id in waiting) > 0


def judge(conn: Connection, customer_id: int, at: datetime, since: datetime | None = None) -> int:
    """Lay what days tell of a customer in pg_temp.candidate; how many rows.

    The last day that was over by `at`, or with `since` every day from that instant's on, all of them in one pass.
    """
    asked = {"customer_ids": [customer_id], "until": at, "as_of": at, "judged_since": since}
    ways = ("flow", None)
    return sum(conn.execute(text(query("kpi/detect_days")), {**asked, "by": by}).rowcount for by in ways)
