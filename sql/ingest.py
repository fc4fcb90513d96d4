"""The write path: rows of one table go in by binary COPY, what changed is upserted, and its cells are marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import psycopg
from psycopg.sql import SQL
from sqlalchemy import Connection

from sql.ask import ask, plain
from sql.ingest_batch import Batch, Row, by_columns, by_system, month, months
from sql.ingest_run import adopt_retries, complete_runs
from sql.ingest_table import STATE_FIELDS, Table, copy_into_stage, describe, load_statement, make_stage

_MONTH_OF = {"raw.run": "due_at", "biz.state_event": "at"}
_OF_A_RUN = frozenset({"raw.attempt", "raw.run_item"})


@dataclass(frozen=True)
class Written:
    """What became of the rows of one batch; two rows with one key count once.

    `orphans`: attempts and run items whose run we do not hold; they were not written.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    orphans: tuple[Row, ...] = ()

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.deleted + other.deleted,
            self.orphans + other.orphans,
        )


def write(
    conn: Connection | psycopg.Connection,
    table: str,
    rows: Iterable[Row],
    seen_at: datetime,
    *,
    previous: datetime | None = None,
    observe: bool = True,
    stable_start: bool = True,
) -> Written:
    """Bring rows (column → value, each with customer_id, system_id and its key) into `table`, in the caller's transaction.

    Writing twice is the same as once: a row that is stored already is not touched. Columns that a row does not name
    keep what is stored. Of two rows with one key the later wins, column by column. A row with `deleted_at` and
    without the required columns marks a stored record as gone; a record that comes back is undeleted.

    raw.run: flow_id, transaction_key and the due time of retries are filled in; the cells of new and changed runs are
    marked in ops.dirty_cell by the statement that writes them. `stable_start=False`: the first due_at stays, whatever
    comes later. raw.attempt, raw.run_item: due_at is the run's. Objects with a state (`STATE_FIELDS`): a change
    appends a state event at `seen_at`, not before `previous` (when the stream was last read), unless `observe` is False.

    Raises psycopg.Error for a value that does not fit its column; nothing of the batch is written then.
    """
    db = plain(conn)
    target = describe(db, table)
    batch: Batch = by_system(rows, target)
    if not batch:
        return Written()
    _make_months(db, batch, table, seen_at)
    if table == "raw.run":
        batch = complete_runs(db, batch, seen_at)
    total = Written()
    customers = sorted({customer for customer, _ in batch})
    for columns, members in by_columns(chain.from_iterable(batch.values()), target).items():
        total += _load(db, target, columns, members, customers, seen_at, previous, observe, stable_start)
    if total.new and table == "raw.run":  # only a run that was unknown can have retries that wait for it
        adopt_retries(db, batch, seen_at)
    return total


def _make_months(db: psycopg.Connection, batch: Batch, table: str, seen_at: datetime) -> None:
    """First of all: making a partition locks the parent, and nothing else may be held then."""
    wanted = {month(seen_at)} if table in STATE_FIELDS else set()
    if column := _MONTH_OF.get(table):
        wanted |= months([row[column] for rows in batch.values() for row in rows])
    if wanted:
        ask(db, "ops/ensure_months", months=sorted(wanted))


def _load(
    db: psycopg.Connection,
    table: Table,
    columns: tuple[str, ...],
    members: Sequence[Row],
    customers: Sequence[int],
    seen_at: datetime,
    previous: datetime | None,
    observe: bool,
    stable_start: bool,
) -> Written:
    if table.append_only and "seen_at" not in columns:
        columns += ("seen_at",)
        members = [{**row, "seen_at": seen_at} for row in members]
    if set(columns) <= set(table.key):
        return Written(unchanged=len(members))
    db.execute(make_stage(table))
    db.execute(SQL("TRUNCATE {}").format(table.stage))
    with db.cursor().copy(copy_into_stage(table, columns)) as copy:
        copy.set_types([table.by_name[name].copy_type for name in columns])
        for row in members:
            copy.write_row(tuple(row.values()))
    orphans: tuple[Row, ...] = ()
    parameters: dict[str, Any] = {"customers": customers, "seen": seen_at, "previous": previous}
    if table.name in _OF_A_RUN:
        orphans = _find_runs(db, table, members, customers)
        columns = columns if "due_at" in columns else (*columns, "due_at")
    elif table.name == "raw.run":
        due = [row["due_at"] for row in members] if stable_start else _keep_first_due(db, table)
        parameters["low"], parameters["high"] = min(due), max(due)
    new, changed, deleted = _carry_out(db, table, columns, observe, parameters)
    held = len(members) - len(orphans)
    if not table.required.issubset(columns):
        new = 0
    return Written(new, changed, held - new - changed - deleted, deleted, orphans)


def _carry_out(
    db: psycopg.Connection,
    table: Table,
    columns: tuple[str, ...],
    observe: bool,
    parameters: Mapping[str, Any],
) -> tuple[int, int, int]:
    """Run the statement as if nobody else wrote the same rows, and again with more care when somebody did."""
    try:
        with db.transaction():
            found = db.execute(load_statement(table, columns, observe, True), parameters, prepare=False)
            counted = found.fetchone()
    except psycopg.errors.UniqueViolation:
        found = db.execute(load_statement(table, columns, observe, False), parameters, prepare=False)
        counted = found.fetchone()
    assert counted is not None
    return counted


def _find_runs(
    db: psycopg.Connection, table: Table, members: Sequence[Row], customers: Sequence[int]
) -> tuple[Row, ...]:
    """Give attempts and items the due time of their run; those without a run leave the stage."""
    db.execute(
        SQL(
            "UPDATE {stage} s SET due_at = r.due_at FROM raw.run r WHERE r.customer_id = s.customer_id"
            " AND r.system_id = s.system_id AND r.external_id = s.external_id AND r.customer_id = ANY (%s)"
        ).format(stage=table.stage),
        [customers],
    )
    gone = db.execute(
        SQL(
            "DELETE FROM {stage} s WHERE NOT EXISTS (SELECT FROM raw.run r WHERE r.customer_id = s.customer_id"
            " AND r.system_id = s.system_id AND r.external_id = s.external_id AND r.due_at = s.due_at"
            " AND r.customer_id = ANY (%s)) RETURNING customer_id, system_id, external_id"
        ).format(stage=table.stage),
        [customers],
    ).fetchall()
    lost = set(gone)
    return tuple(row for row in members if (row["customer_id"], row["system_id"], row["external_id"]) in lost)


def _keep_first_due(db: psycopg.Connection, table: Table) -> tuple[datetime, datetime]:
    """Give runs that are stored the due time they are stored with; answers the first and the last of the batch."""
    db.execute(
        SQL(
            "UPDATE {stage} s SET due_at = r.due_at FROM raw.run r WHERE r.customer_id = s.customer_id"
            " AND r.system_id = s.system_id AND r.external_id = s.external_id AND r.due_at <> s.due_at"
            " AND s.retry_of IS NULL"
        ).format(stage=table.stage)
    )
    bounds = db.execute(SQL("SELECT min(due_at), max(due_at) FROM {}").format(table.stage)).fetchone()
    assert bounds is not None
    return bounds


def mark_absent(
    conn: Connection | psycopg.Connection,
    table: str,
    customer_id: int,
    system_id: int,
    present: Sequence[str],
    seen_at: datetime,
) -> int:
    """Mark as deleted what we hold of this system and the source no longer names; answers how many were.

    Nothing is marked when the source names nothing at all, or for a table whose records cannot be deleted.
    """
    db = plain(conn)
    target = describe(db, table)
    if not present or "deleted_at" not in target.by_name:
        return 0
    return db.execute(
        SQL(
            "UPDATE {} t SET deleted_at = %(seen)s, deleted_how = 'absence', last_seen_at = %(seen)s"
            " WHERE t.customer_id = %(customer)s AND t.system_id = %(system)s AND t.deleted_at IS NULL"
            " AND NOT EXISTS (SELECT FROM unnest(CAST(%(present)s AS text[])) p (id) WHERE p.id = t.source_id)"
        ).format(target.qualified),
        {"seen": seen_at, "customer": customer_id, "system": system_id, "present": list(present)},
    ).rowcount
