"""Draws the balance of every local day that has ended, and keeps what was known of it before."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from metrics import apart, news
from metrics.period import Period
from sql import query
from sql.ask import execute, mappings
from sql.database import Database

DRAWN = {
    "unbilled_time": "kpi/balance_money",
    "days_sales_outstanding": "kpi/balance_money",
    "delivery_backlog": "kpi/balance_delivery",
    "exception_backlog": "kpi/balance_exceptions",
    "backlog": "kpi/balance_waits",
}
TOLD = {
    "unbilled_time": ("kpi/age_changed_months", "kpi/balance_tell_unbilled"),
    "days_sales_outstanding": ("kpi/balance_changed_bills", "kpi/balance_tell_receivable"),
    "delivery_backlog": ("kpi/balance_changed_projects", "kpi/balance_tell_delivery"),
    "backlog": ("kpi/balance_changed_waits", "kpi/balance_tell_backlog"),
}
"""Of those that are drawn from steps: what lists their changed subjects, and what tells the steps of those."""

METRICS = tuple(DRAWN)
"""The metrics whose balances are drawn. Of days sales outstanding the balance is what is owed, its numerator."""

TASK = "balances"
_DAY = "balances: last day"
VERSION = 7  # raise it when a balance means something else: every day is drawn again


def draw(database: Database, now: datetime) -> int:
    """Bring ops.balance_day in step with work, bills and exceptions as of `now`; answers how many balances are new or other than before.

    Twice is the same as once. A balance is of a day's end in the customer's zone (valid time) and is known from one
    instant to another (system time); what was known before is never changed. Of a customer whose day has not ended since,
    only those are drawn of whose records something was written. Run it after metrics.work and metrics.ages. Raises the
    first database error after all customers had their turn.
    """

    with database.engine("metrics").begin() as conn:
        told = {each.customer_id: each for each in news.heard(conn, TASK, VERSION)}
        asked = {
            "now": now,
            "task": _DAY,
            "told": list(told),
            "since": [each.since for each in told.values()],
        }
        days = {row.customer_id: row for row in execute(conn, "kpi/balance_days", **asked)}

    def one(customer_id: int) -> int:
        due = days[customer_id]
        heard = told.get(customer_id)
        metrics = _due(due, heard)
        with database.engine("metrics").begin() as conn:
            execute(conn, "kpi/task_lock", customer_id=customer_id, task=TASK)
            everything = heard is not None and heard.since is None
            if metrics:
                written = draw_customer(conn, customer_id, due.day, now, metrics, everything=everything)
            else:
                written = 0
            if heard is not None:
                news.noted(conn, TASK, heard)
            if metrics:
                news.noted(conn, _DAY, news.News(customer_id, None, 0, (str(due.day), due.looked)))
        return written

    waiting = [key for key, due in days.items() if _due(due, told.get(key)) or key in told]
    return sum(apart.side_by_side(waiting, one))


def _due(due: Any, heard: news.News | None) -> tuple[str, ...]:
    """The metrics of a customer (row of kpi/balance_days) that have to be drawn."""
    if not due.is_drawn or (heard is not None and heard.since is None):
        return METRICS
    return tuple(key for key in METRICS if key in due.changed)


def draw_customer(
    conn: Connection,
    customer_id: int,
    until: date,
    now: datetime,
    metrics: Sequence[str] = METRICS,
    *,
    everything: bool = False,
) -> int:
    """Draw all days of one customer up to `until`, in the caller's transaction; answers how many rows were written.

    Steps are told again of the subjects that are not as they were, or of `everything`.
    """
    asked: dict[str, object] = {
        "customer_id": customer_id,
        "customer_ids": [customer_id],
        "metrics": list(metrics),
        "claimed": [metric for metric in metrics if metric not in TOLD],
        "everything": everything,
        "until": until,
        "now": now,
    }

    def do(name: str, **more: object) -> int:
        return execute(conn, name, **asked | more).rowcount

    do("kpi/balance_claim")
    do("kpi/balance_stage")
    for metric in metrics:
        if metric in TOLD:
            _tell(do, metric)
        do(DRAWN[metric], metric=metric)
    do("kpi/balance_close")
    written = do("kpi/balance_put")
    do("kpi/balance_drop")
    return written


def _tell(do: Callable[..., int], metric: str) -> None:
    """The steps of the subjects of a metric that changed, again."""
    changed, tell = TOLD[metric]
    do("kpi/age_subject_stage")
    if do(changed, source=metric):
        do("kpi/age_subject_analyze")
        do("kpi/balance_forget_steps", source=metric)
        do(tell)
        do("kpi/age_seen_forget", source=metric)
        do("kpi/age_seen_keep", source=metric)
    do("kpi/age_subject_drop")


def days(
    conn: Connection,
    metric_key: str,
    customer_ids: Sequence[int],
    period: Period,
    known_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """The balances of a period's days as they were known at an instant (None: now), through a viewer's connection.

    One row per customer, local day and currency: customer_id, day, currency (None: of what has none; of exceptions their
    number), value (None: nothing of it has a value that is known), unknown, sample, known_from, known_to (None: still). No row for a day that had
    not been drawn by then, and none for a metric whose balances are not drawn.
    """
    asked = {
        "customer_ids": list(customer_ids),
        "metric": metric_key,
        "since": period.since,
        "until": period.until,
        "known_at": known_at,
    }
    return mappings(conn, query("viewer/balance_day"), asked)
