"""Keeps kpi.age_cell in step: how long work, bills, deals, exceptions and incidents waited for their end, in days, added up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from metrics import apart, news
from metrics.period import Period
from sql import query
from sql.ask import mappings
from sql.database import Database

WORK, EXCEPTIONS = "time_to_bill", "exception_time_to_clear"


@dataclass(frozen=True)
class Clock:
    """How the ages of one metric are added up: all its days, some of them, and after what: marked days of work, or anything of a source."""

    all_days: str
    count: str
    after: Literal["marks", "queue", "deals", "bills"]


_SHEETS = Clock("kpi/age_all_sheets", "kpi/age_count_sheets", "marks")
_INCIDENTS = Clock("kpi/age_all_held", "kpi/age_count_incidents", "queue")
CLOCKS: dict[str, Clock] = {
    WORK: Clock("kpi/age_all_work", "kpi/age_count_work", "marks"),
    "timesheet_lag": _SHEETS,
    "approval_lag": _SHEETS,
    "invoice_cycle_time": Clock("kpi/age_all_held", "kpi/age_count_bills", "bills"),
    "project_ready_time": Clock("kpi/age_all_held", "kpi/age_count_deals", "deals"),
    EXCEPTIONS: Clock("kpi/age_all_exceptions", "kpi/age_count_exceptions", "queue"),
    "time_to_acknowledge": _INCIDENTS,
    "time_to_restore": _INCIDENTS,
    "time_to_detect": _INCIDENTS,
}
KINDS = tuple(CLOCKS)
"""The metrics whose clocks are kept in days."""
SPLIT = (WORK, "invoice_cycle_time")
"""Those of them that are kept by project as well."""

TASK = "ages"
_SOURCES = "ages: sources"
VERSION = 2  # raise it when a cell means something else: everything is added up again


def refresh(database: Database) -> int:
    """Add up again what has changed, customer by customer; answers how many cells are new or other than before.

    Twice is the same as once. Of work, the days on which pieces began that metrics.work worked out again; of exceptions,
    deals and bills all, when anything of them was written; of bills also when a day has ended, as work comes due by that
    alone. Run it after metrics.work and metrics.detect. Raises the first database error after all customers had their turn.
    """
    with database.engine("metrics").begin() as conn:
        found = list(conn.execute(text(query("kpi/age_customers")), {"task": _SOURCES}))
        told = {each.customer_id: each for each in news.heard(conn, TASK, VERSION)}
    everything = {key for key, each in told.items() if each.since is None}

    def one(row: Any) -> int:
        sources = (row.queue, row.deals, row.bills)
        with database.engine("metrics").begin() as conn:
            conn.execute(text(query("kpi/task_lock")), {"customer_id": row.customer_id, "task": TASK})
            written = sum(
                add_up(conn, row.customer_id, kind, everything=whole)
                for kind, whole in _due(row, everything=row.customer_id in everything)
            )
            news.noted(conn, _SOURCES, news.News(row.customer_id, None, 0, sources))
            if row.customer_id in told:
                news.noted(conn, TASK, told[row.customer_id])
        return written

    waiting = [row for row in found if row.customer_id in told or list(_due(row, everything=False))]
    return sum(apart.side_by_side(waiting, one))


def _due(row: Any, *, everything: bool) -> Iterable[tuple[str, bool]]:
    """The clocks of a customer (row of kpi/age_customers) that have to be added up again, and whether all their days."""
    changed = {name for name in ("queue", "deals", "bills") if getattr(row, name) not in row.done}
    for kind, clock in CLOCKS.items():
        if everything or clock.after in changed:
            yield kind, True
        elif kind in row.marked:
            yield kind, False


def add_up(conn: Connection, customer_id: int, kind: str, *, everything: bool) -> int:
    """The marked days of one customer, or all of them, in the caller's transaction; answers how many cells were written.

    Clocks that are not told of by marks are always added up as a whole.
    """
    clock = CLOCKS[kind]
    everything = everything or clock.after != "marks"
    asked = {
        "customer_id": customer_id,
        "customer_ids": [customer_id],
        "kind": kind,
        "since": "-infinity",
        "until": "infinity",
        "as_of": None,
    }

    def do(name: str) -> int:
        statement = text(query(name))
        return conn.execute(statement, {key: asked[key] for key in statement.compile().params}).rowcount

    do("kpi/age_stage")
    do("kpi/age_stage_days")
    days = do("kpi/age_claim")
    if everything:
        do("kpi/age_forget_days")
        days = do(clock.all_days)
    written = 0
    if days or clock.after != "marks":
        do("kpi/age_analyze")
        do(clock.count)
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

    Days are each customer's own. Raises LookupError for a kind whose ages are not kept, as do `curve` and `open_by_day`,
    and ValueError for a split that it does not have.
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
    if by is not None and (by != "project" or kind not in SPLIT):
        raise ValueError(f"the ages of {kind} cannot be split by {by!r}; by project can: {', '.join(SPLIT)}")
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
