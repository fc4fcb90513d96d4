"""Keeps kpi.age_cell in step: how long work, bills, deals, exceptions and incidents waited for their end, in days, added up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from metrics import age_pieces, apart, news
from metrics.age_pieces import SOURCES
from metrics.period import Period
from sql import query
from sql.ask import execute, mappings
from sql.database import Database

WORK, EXCEPTIONS = "time_to_bill", "exception_time_to_clear"


@dataclass(frozen=True)
class Count:
    """How the ages of some metrics are added up of the listed days, and what lists all of them."""

    kinds: tuple[str, ...]
    all_days: str
    count: str


COUNTS = (
    Count((WORK,), "kpi/age_all_work", "kpi/age_count_work"),
    Count(("timesheet_lag", "approval_lag"), "kpi/age_all_sheets", "kpi/age_count_sheets"),
    Count(
        tuple(kind for source in SOURCES.values() for kind in source.kinds),
        "kpi/age_all_pieces",
        "kpi/age_count_pieces",
    ),
)
KINDS = tuple(kind for each in COUNTS for kind in each.kinds)
"""The metrics whose clocks are kept in days."""
SPLIT = (WORK, "invoice_cycle_time")
"""Those of them that are kept by project as well."""
PARTS = ("project", "practice")
"""What these can be split by."""

TASK = "ages"
_SOURCES = "ages: sources"
VERSION = 4  # raise it when a cell means something else: everything is added up again


def refresh(database: Database) -> int:
    """Add up again what has changed, customer by customer; answers how many cells are new or other than before.

    Twice is the same as once, and step by step the same as all at once. A customer of whom nothing is other than before is
    not written. Run it after metrics.work and metrics.detect. Raises the first database error after all customers had their turn.
    """
    with database.engine("metrics").begin() as conn:
        told = {each.customer_id: each for each in news.heard(conn, TASK, VERSION)}
        found = list(look(conn, list(told.values())))

    def one(row: Any) -> int:
        with database.engine("metrics").begin() as conn:
            execute(conn, "kpi/task_lock", customer_id=row.customer_id, task=TASK)
            return bring_up(conn, row, told.get(row.customer_id))

    waiting = [row for row in found if row.customer_id in told or _is_due(row)]
    return sum(apart.side_by_side(waiting, one))


def look(conn: Connection, told: Sequence[news.News]) -> Sequence[Any]:
    """What may be other than before, of every customer: rows of kpi/age_customers; `told` is what was written of whom."""
    asked = {
        "task": _SOURCES,
        "told": [each.customer_id for each in told],
        "since": [each.since for each in told],
    }
    return execute(conn, "kpi/age_customers", **asked).all()


def bring_up(conn: Connection, row: Any, told: news.News | None) -> int:
    """Add up again what is other than before of one customer (row of `look`), in the caller's transaction; answers how many cells."""
    everything = told is not None and told.since is None
    anew = {rule.partition(" ")[0] for rule in row.rules if rule not in row.done}
    changed = {*row.changed, *(one.partition(" ")[0] for one in row.news if one not in row.done)}
    for source in SOURCES:
        if everything or source in anew | changed:
            age_pieces.tell(conn, row.customer_id, source, everything=everything or source in anew)
    written = _add_up_days(conn, row.customer_id, KINDS, everything=everything)
    if _is_due(row):
        news.noted(conn, _SOURCES, news.News(row.customer_id, None, 0, (*row.news, *row.rules)))
    if told is not None:
        news.noted(conn, TASK, told)
    return written


def _is_due(row: Any) -> bool:
    return bool(row.marked or row.changed or not {*row.news, *row.rules} <= set(row.done))


def add_up(conn: Connection, customer_id: int, kind: str, *, everything: bool) -> int:
    """One clock of one customer by what changed, or all of it, in the caller's transaction; answers how many cells were written."""
    source = age_pieces.source_of(kind)
    if source is not None:
        age_pieces.tell(conn, customer_id, source, everything=everything)
    return _add_up_days(conn, customer_id, [kind], everything=everything)


def _add_up_days(conn: Connection, customer_id: int, kinds: Sequence[str], *, everything: bool) -> int:
    """The marked days of some clocks, or all their days."""
    asked = {"customer_id": customer_id, "kinds": list(kinds)}
    do = partial(execute, conn, **asked)
    do("kpi/age_stage")
    do("kpi/age_stage_days")
    do("kpi/age_claim")
    if everything:
        do("kpi/age_forget_days")
        for each in COUNTS:
            do(each.all_days)
    listed = set(do("kpi/age_listed").scalars())
    written = 0
    if listed:
        do("kpi/age_analyze")
        for each in COUNTS:
            if listed.intersection(each.kinds):
                do(each.count)
        do("kpi/age_analyze")
        gone = do("kpi/age_forget").rowcount
        written = do("kpi/age_keep").rowcount
        if EXCEPTIONS in listed and gone + written:
            do("kpi/age_touch_balance")
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
    if by is not None and (by not in PARTS or kind not in SPLIT):
        can = " or ".join(PARTS)
        raise ValueError(f"the ages of {kind} cannot be split by {by!r}; by {can} can: {', '.join(SPLIT)}")
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
