"""The write path: rows of one table go in by binary COPY, what changed is upserted, and its cells are marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed
from sqlalchemy import Connection

from sql.ask import ask, plain
from sql.ingest_run import adopt_retries, complete_runs
from sql.ingest_table import STATE_FIELDS, Table, copy_into_stage, describe, load_statement, make_stage

Row = Mapping[str, Any]
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
    batch = list(_merged(rows, target))
    if not batch:
        return Written()
    _make_months(db, batch, table, seen_at)
    parents: dict[tuple[int, int], list[str]] = {}
    if table == "raw.run":
        parents = complete_runs(db, batch, seen_at)
    total = Written()
    for columns, members in _by_columns(batch, target).items():
        total += _load(db, target, columns, members, seen_at, previous, observe, stable_start)
    if total.new:  # only a run that was unknown until now can have retries that wait for it
        adopt_retries(db, parents, seen_at)
    return total


def _merged(rows: Iterable[Row], table: Table) -> Iterable[dict[str, Any]]:
    """One row per key; a later row lies over an earlier one, column by column."""
    optional = {"due_at"} if table.name in _OF_A_RUN or table.name == "raw.run" else set()
    key_of = itemgetter(*(name for name in table.key if name not in optional))
    held: dict[Any, dict[str, Any]] = {}
    for row in rows:
        key = key_of(row)
        before = held.get(key)
        held[key] = dict(row) if before is None else {**before, **row}
    return held.values()


def _make_months(db: psycopg.Connection, batch: Sequence[Row], table: str, seen_at: datetime) -> None:
    """First of all: making a partition locks the parent, and nothing else may be held then."""
    instants = {seen_at} if table in STATE_FIELDS else set()
    if column := _MONTH_OF.get(table):
        instants |= {row[column] for row in batch}
    if instants:
        days = {(at if at.tzinfo is UTC else at.astimezone(UTC)).date() for at in instants}
        ask(db, "ops/ensure_months", months=sorted({date(day.year, day.month, 1) for day in days}))


def _by_columns(batch: Iterable[dict[str, Any]], table: Table) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rows that bring the same columns go together. Raises LookupError for a column the table has not."""
    order = [column.name for column in table.columns]
    shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in batch:
        names = tuple(row)
        columns = shapes.get(names)
        if columns is None:
            if unknown := row.keys() - table.by_name.keys():
                raise LookupError(f"{table.name} has no column {', '.join(sorted(unknown))}")
            columns = shapes[names] = tuple(name for name in order if name in row)
        groups.setdefault(columns, []).append(row)
    return groups


def _load(
    db: psycopg.Connection,
    table: Table,
    columns: tuple[str, ...],
    members: Sequence[Row],
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
        values_of = itemgetter(*columns)
        for row in members:
            copy.write_row(values_of(row))
    orphans: tuple[Row, ...] = ()
    if table.name in _OF_A_RUN:
        orphans = _find_runs(db, table, members)
        columns = columns if "due_at" in columns else (*columns, "due_at")
    elif table.name == "raw.run" and not stable_start:
        db.execute(_keep_first_due(table))
    parameters: dict[str, Any] = {
        "customers": sorted({row["customer_id"] for row in members}),
        "seen": seen_at,
        "previous": previous,
    }
    if table.name == "raw.run":
        bounds = db.execute(SQL("SELECT min(due_at), max(due_at) FROM {}").format(table.stage)).fetchone()
        assert bounds is not None
        parameters["low"], parameters["high"] = bounds
    counted = db.execute(load_statement(table, columns, observe), parameters, prepare=False).fetchone()
    assert counted is not None
    new, changed, deleted = counted
    held = len(members) - len(orphans)
    if not table.required.issubset(columns):
        new = 0
    return Written(new, changed, held - new - changed - deleted, deleted, orphans)


def _find_runs(db: psycopg.Connection, table: Table, members: Sequence[Row]) -> tuple[Row, ...]:
    """Give attempts and items the due time of their run; those without a run leave the stage."""
    db.execute(
        SQL(
            "UPDATE {stage} s SET due_at = r.due_at FROM raw.run r WHERE r.customer_id = s.customer_id"
            " AND r.system_id = s.system_id AND r.external_id = s.external_id AND r.customer_id = ANY (%s)"
        ).format(stage=table.stage),
        [sorted({row["customer_id"] for row in members})],
    )
    gone = db.execute(
        SQL(
            "DELETE FROM {stage} s WHERE NOT EXISTS (SELECT FROM raw.run r WHERE r.customer_id = s.customer_id"
            " AND r.system_id = s.system_id AND r.external_id = s.external_id AND r.due_at = s.due_at"
            " AND r.customer_id = ANY (%s)) RETURNING customer_id, system_id, external_id"
        ).format(stage=table.stage),
        [sorted({row["customer_id"] for row in members})],
    ).fetchall()
    lost = set(gone)
    return tuple(row for row in members if (row["customer_id"], row["system_id"], row["external_id"]) in lost)


def _keep_first_due(table: Table) -> Composed:
    return SQL(
        "UPDATE {stage} s SET due_at = r.due_at FROM raw.run r WHERE r.customer_id = s.customer_id"
        " AND r.system_id = s.system_id AND r.external_id = s.external_id AND r.due_at <> s.due_at"
        " AND s.{retry} IS NULL"
    ).format(stage=table.stage, retry=SQL("retry_of"))


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
