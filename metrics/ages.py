"""Keeps kpi.age_cell in step: how long work waited for its bill and trouble for its end, in days, added up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics import apart, news
from metrics.period import Period
from sql import query
from sql.ask import mappings
from sql.database import Database

WORK, EXCEPTIONS = "time_to_bill", "exception_time_to_clear"
KINDS = (WORK, EXCEPTIONS)
"""The metrics whose clocks are kept in days."""

TASK = "ages"
_QUEUE = "ages: queue"
VERSION = 1  # raise it when a cell means something else: everything is added up again

_ALL = {WORK: "kpi/age_all_work", EXCEPTIONS: "kpi/age_all_exceptions"}
_COUNT = {WORK: "kpi/age_count_work", EXCEPTIONS: "kpi/age_count_exceptions"}


def refresh(database: Database) -> int:
    """Add up again what has changed, customer by customer; answers how many cells are new or other than before.

    Twice is the same as once. Of work, the days on which pieces began that metrics.work worked out again; of exceptions
    all, when detection or a person changed one. A day that passes changes nothing. Run it after metrics.work and
    metrics.detect. Raises the first database error after all customers had their turn.
    """
    with database.engine("metrics").begin() as conn:
        found = list(conn.execute(text(query("kpi/age_customers")), {"task": _QUEUE}))
        told = {each.customer_id: each for each in news.heard(conn, TASK, VERSION)}

    def one(row: Any) -> int:
        heard = told.get(row.customer_id)
        everything = heard is not None and heard.since is None
        with database.engine("metrics").begin() as conn:
            conn.execute(text(query("kpi/task_lock")), {"customer_id": row.customer_id, "task": TASK})
            written = 0
            if everything or row.has_work:
                written += add_up(conn, row.customer_id, WORK, everything=everything)
            if everything or not row.is_queue_done:
                written += add_up(conn, row.customer_id, EXCEPTIONS, everything=True)
                news.noted(conn, _QUEUE, news.News(row.customer_id, None, 0, (row.queue,)))
            if heard is not None:
                news.noted(conn, TASK, heard)
        return written

    return sum(
        apart.side_by_side(
            [row for row in found if row.has_work or not row.is_queue_done or row.customer_id in told], one
        )
    )


def add_up(conn: Connection, customer_id: int, kind: str, *, everything: bool) -> int:
    """The marked days of one customer, or all of them, in the caller's transaction; answers how many cells were written."""
    asked = {"customer_id": customer_id, "kind": kind}

    def do(name: str) -> int:
        statement = text(query(name))
        return conn.execute(statement, {key: asked[key] for key in statement.compile().params}).rowcount

    do("kpi/age_stage")
    do("kpi/age_stage_days")
    days = do("kpi/age_claim")
    if everything:
        do("kpi/age_forget_days")
        days = do(_ALL[kind])
    written = 0
    if days:
        do("kpi/age_analyze")
        do(_COUNT[kind])
        do("kpi/age_analyze")
        do("kpi/age_forget")
        written = do("kpi/age_keep")
    do("kpi/age_drop")
    return written


def summary(
    conn: Connection,
    kind: str,
    customer_ids: Sequence[int],
    period: Period,
    *,
    by: str | None = None,
    together: bool = False,
    as_of: datetime | None = None,
) -> list[dict[str, Any]]:
    """Percentiles in days over the local days of a period that have ended; columns as in viewer/ages.sql.

    Days are each customer's own. Raises LookupError for a kind whose ages are not kept, as do `curve` and `open_by_day`.
    """
    return mappings(conn, query("viewer/ages"), _asked(kind, customer_ids, period, by, together, as_of))


def curve(
    conn: Connection,
    kind: str,
    customer_ids: Sequence[int],
    period: Period,
    *,
    by: str | None = None,
    together: bool = False,
    as_of: datetime | None = None,
) -> list[dict[str, Any]]:
    """The share reached, ended otherwise and open by age in days; columns as in viewer/ages_curve.sql."""
    return mappings(conn, query("viewer/ages_curve"), _asked(kind, customer_ids, period, by, together, as_of))


def open_by_day(
    conn: Connection,
    kind: str,
    customer_ids: Sequence[int],
    period: Period,
    *,
    together: bool = False,
    as_of: datetime | None = None,
) -> list[dict[str, Any]]:
    """What was open at the end of each day of a period, by age; columns as in viewer/ages_open.sql."""
    asked = _asked(kind, customer_ids, period, None, together, as_of)
    del asked["by"]
    return mappings(conn, query("viewer/ages_open"), asked)


def _asked(
    kind: str,
    customer_ids: Iterable[int],
    period: Period,
    by: str | None,
    together: bool,
    as_of: datetime | None,
) -> dict[str, Any]:
    if kind not in KINDS:
        raise LookupError(f"ages are kept of {', '.join(KINDS)}; {kind} is none of them")
    days = period.local_days()
    return {
        "kind": kind,
        "customer_ids": list(customer_ids),
        "first_day": days[0],
        "last_day": days[-1],
        "as_of": as_of,
        "by": by,
        "together": together,
    }
