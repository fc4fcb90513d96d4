"""Keeps kpi.work in step with the records it is made of: billable work, its value and where it stood with its bills."""

from sqlalchemy import Connection

from metrics import news
from sql.ask import execute
from sql.database import Database

TASK = "work"
VERSION = 1  # raise it when kpi/work_count means something else: all work is worked out again
_STEPS = (
    "kpi/work_analyze",
    "kpi/age_mark_work",
    "kpi/age_touch_work",
    "kpi/work_forget",
    "kpi/work_count",
    "kpi/age_mark_work",
    "kpi/age_touch_work",
    "kpi/work_drop",
)


def refresh(database: Database) -> int:
    """Work out again what has changed, customer by customer; answers how many pieces of work that was.

    Twice is the same as once. Several processes may call it: one works on a customer, the others wait for it. Raises the
    first database error when all customers have had their turn.
    """
    return sum(news.each(database, TASK, VERSION, count_again))


def count_again(conn: Connection, customer: news.News) -> int:
    """Work out the changed work of one customer, in the caller's transaction; answers how many pieces."""
    execute(conn, "kpi/work_stage")
    which = "kpi/work_all" if customer.since is None else "kpi/work_changed"
    pieces = execute(conn, which, customer_id=customer.customer_id, since=customer.since).rowcount
    for name in _STEPS:
        execute(conn, name, customer_id=customer.customer_id)
    return pieces
