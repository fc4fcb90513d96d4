"""Keeps kpi.work in step with the records it is made of: billable work, its value and where it stood with its bills."""

from sqlalchemy import Connection, text

from metrics import apart, news
from sql import query
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

    def one(customer: news.News) -> int:
        with database.engine("metrics").begin() as conn:
            conn.execute(text(query("kpi/task_lock")), {"customer_id": customer.customer_id, "task": TASK})
            pieces = count_again(conn, customer)
            news.noted(conn, TASK, customer)
        return pieces

    with database.engine("metrics").begin() as conn:
        waiting = news.heard(conn, TASK, VERSION)
    return sum(apart.side_by_side(waiting, one))


def count_again(conn: Connection, customer: news.News) -> int:
    """Work out the changed work of one customer, in the caller's transaction; answers how many pieces."""
    conn.execute(text(query("kpi/work_stage")))
    pieces = _list(conn, customer)
    for name in _STEPS:
        statement = text(query(name))
        asked = {"customer_id": customer.customer_id} if statement.compile().params else {}
        conn.execute(statement, asked)
    return pieces


def _list(conn: Connection, customer: news.News) -> int:
    own = {"customer_id": customer.customer_id}
    if customer.since is None:
        return conn.execute(text(query("kpi/work_all")), own).rowcount
    return conn.execute(text(query("kpi/work_changed")), own | {"since": customer.since}).rowcount
