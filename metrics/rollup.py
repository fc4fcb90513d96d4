"""Counts again what has changed: dirty cells are claimed, counted from the source and released in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from metrics import apart
from sql.ask import execute
from sql.database import Database, scope

CELLS_AT_ONCE = 20_000
CELLS_ALONE = 100
"""Fewer than these are not worth a transaction of their own, even where a core is idle."""
_COUNT = (
    "kpi/rollup_claim",
    "kpi/balance_touch_backlog",
    "kpi/rollup_clear_flow_hour",
    "kpi/rollup_clear_flow_hour_money",
    "kpi/rollup_clear_flow_hour_finished",
    "kpi/rollup_hours",
    "kpi/rollup_clear_flow_day",
    "kpi/rollup_days",
    "kpi/rollup_whole_days",
    "kpi/rollup_release",
)
_FORGET = (
    "kpi/forget_flow_hour",
    "kpi/forget_flow_day",
    "kpi/forget_flow_hour_money",
    "kpi/forget_flow_hour_finished",
)


@dataclass(frozen=True)
class Recomputed:
    """What a recount did: cells that were dirty, and customers they belong to."""

    cells: int
    customers: int


def recompute(database: Database, now: datetime) -> Recomputed:
    """Count every dirty cell again, as of `now`; running it twice is the same as once.

    Cells become dirty by what collectors write, by promises and calendars that change, and by time alone. Whatever is
    marked while this runs is counted by the next run. Several processes may call it at once: one counts, others wait.
    A customer that cannot be counted does not keep others from it; its error is raised when they are done.
    """
    with database.engine("metrics").begin() as conn:
        _prepare(conn, now)
        waiting = [(row.customer_id, row.cells) for row in execute(conn, "kpi/rollup_waiting", now=now)]
    apart.side_by_side(list(_handfuls(waiting)), lambda customers: _count_apart(database, customers, now))
    return Recomputed(cells=sum(cells for _, cells in waiting), customers=len(waiting))


def rebuild(database: Database, now: datetime, customer_ids: Sequence[int]) -> Recomputed:
    """Throw away what is counted for these customers and count their whole history again."""
    with database.engine("metrics").begin() as conn:
        _forget(conn, customer_ids)
    return recompute(database, now)


def _prepare(conn: Connection, now: datetime) -> None:
    execute(conn, "kpi/rollup_lock")
    execute(conn, "kpi/rollup_by_key")
    if moved := [row.customer_id for row in execute(conn, "kpi/zone_changed")]:
        _forget(conn, moved)
    execute(conn, "kpi/stream_read")
    execute(conn, "kpi/schedule_forget")
    execute(conn, "kpi/schedule_begin")
    execute(conn, "kpi/mark_slots")
    execute(conn, "kpi/schedule_extend", now=now)
    execute(conn, "kpi/mark_decided", now=now)


def _count_apart(database: Database, customers: Sequence[int], now: datetime) -> None:
    """Count them together; when that fails, each alone."""
    try:
        _count_or_again(database, customers, now)
    except SQLAlchemyError:
        if len(customers) == 1:
            raise
        apart.each(customers, lambda customer: _count_or_again(database, [customer], now))


def _count_or_again(database: Database, customers: Sequence[int], now: datetime) -> None:
    """Collectors mark cells in an order of their own; whoever the database picks to give way, tries again."""
    for last in (False, False, True):
        try:
            with database.engine("metrics").begin() as conn:
                _count(conn, customers, now)
            return
        except OperationalError as error:
            if last or not isinstance(error.orig, DeadlockDetected):
                raise


def _count(conn: Connection, customers: Sequence[int], now: datetime) -> None:
    scope(conn, customers, now)  # the views tell how things stood at `now`
    execute(conn, "kpi/rollup_lock_customers", customer_ids=list(customers))
    execute(conn, "kpi/rollup_by_key")
    batch = int(datetime.now(UTC).timestamp() * 1_000_000)
    for name in _COUNT:
        execute(conn, name, customer_ids=list(customers), batch=batch, now=now)


def _forget(conn: Connection, customer_ids: Sequence[int]) -> None:
    for name in (*_FORGET, "kpi/mark_everything"):
        execute(conn, name, customer_ids=list(customer_ids))


def _handfuls(waiting: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Customers in groups of at most so many cells, one customer always whole: its days lie in one transaction."""
    fair = sum(cells for _, cells in waiting) // apart.AT_ONCE + 1
    most = min(CELLS_AT_ONCE, max(CELLS_ALONE, fair))
    group: list[int] = []
    held = 0
    for customer, cells in waiting:
        if group and held + cells > most:
            yield group
            group, held = [], 0
        group.append(customer)
        held += cells
    if group:
        yield group
