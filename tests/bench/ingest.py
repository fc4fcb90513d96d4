"""Ingest: the write path beside bare binary COPY into the same indexed table, and beside dlt's merge."""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from sql.database import Database
from sql.ingest import write
from tests.bench.timing import Result, Timing, in_turns, timed

ROWS = 100_000
DLT_ROWS = 20_000
SEEN = datetime(2026, 11, 20, 14, 20, tzinfo=UTC)
FIRST = datetime(2026, 10, 1, tzinfo=UTC)


def make_rows(count: int, customer_id: int, system_id: int) -> list[dict[str, Any]]:
    """Runs of one month as a connector hands them over: the columns that a platform really gives."""
    chance = random.Random(7)
    rows = []
    for number in range(count):
        due = FIRST + timedelta(seconds=chance.randrange(31 * 86400), microseconds=number % 1_000_000)
        took = chance.lognormvariate(2.5, 1.0)
        failed = chance.random() < 0.01
        rows.append(
            {
                "customer_id": customer_id,
                "system_id": system_id,
                "external_id": f"run-{number:08d}",
                "due_at": due,
                "workflow_name": f"flow-{number % 6}",
                "status": "failed" if failed else "success",
                "source_status": "ERROR" if failed else "OK",
                "trigger": "automatic",
                "started_at": due,
                "finished_at": due + timedelta(seconds=took),
                "attempts": 1 + (number % 50 == 0),
                "records_in": 10,
                "records_ok": 9 if failed else 10,
                "records_bad": int(failed),
                "error_message": f"HTTP 500 from target for order {number}" if failed else None,
            }
        )
    return rows


def run(db: Database, customer_id: int, system_id: int, dsn: str) -> Iterator[Result]:
    """Three ratios: new rows and unchanged rows over COPY, new rows over dlt."""
    rows = make_rows(ROWS, customer_id, system_id)
    owner = db.engine("owner")
    with owner.begin() as conn:
        conn.execute(text("SELECT ops.ensure_month(DATE '2026-10-01')"))

    def empty() -> None:
        with owner.begin() as conn:
            conn.execute(text("TRUNCATE raw.run, ops.dirty_cell"))

    def load() -> None:
        with db.engine("collector").begin() as conn:
            write(conn, "raw.run", rows, SEEN)

    names, types, values = _stored(db, load, empty)

    def copy() -> None:
        statement = f"COPY raw.run ({names}) FROM STDIN (FORMAT binary)"
        with owner.begin() as conn, _driver(conn).cursor() as cursor, cursor.copy(statement) as stream:
            stream.set_types(types)
            for value in values:
                stream.write_row(value)

    bare, new, same = in_turns(
        ("binary COPY into the indexed table", copy, empty),
        ("write path, new rows", load, empty),
        ("write path, unchanged rows", load, load),
    )
    yield _beside("new rows, over bare binary COPY", new, bare, ROWS, at_least=0.4)
    yield _beside("unchanged rows, over bare binary COPY", same, bare, ROWS, at_least=1.0)
    few = rows[:DLT_ROWS]

    def load_few() -> None:
        with db.engine("collector").begin() as conn:
            write(conn, "raw.run", few, SEEN)

    ours = timed("write path, new rows as dictionaries", load_few, before=empty)
    theirs = _dlt(few, dsn)
    yield _beside("new rows, over dlt's merge of the same dictionaries", ours, theirs, DLT_ROWS, at_least=5.0)
    empty()


def _beside(title: str, ours: Timing, theirs: Timing, rows: int, at_least: float) -> Result:
    said = f"{rows / ours.median:,.0f} rows/s against {rows / theirs.median:,.0f}"
    return Result(title, theirs.median / ours.median, at_least, None, said)


def _driver(conn: Any) -> psycopg.Connection:
    driver: psycopg.Connection = conn.connection.dbapi_connection
    return driver


def _stored(db: Database, load: Any, empty: Any) -> tuple[str, list[str], list[tuple[Any, ...]]]:
    """The rows exactly as the write path stores them: COPY is given the same columns and values."""
    empty()
    load()
    with db.engine("owner").begin() as conn:
        columns = conn.execute(
            text(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
                " WHERE attrelid = 'raw.run'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
            )
        ).all()
        names = ", ".join(name for name, _ in columns)
        values = [
            tuple(row) for row in conn.execute(text(f"SELECT {names} FROM raw.run ORDER BY external_id"))
        ]
    return names, ["text" if kind == "character" else kind for _, kind in columns], values


def _dlt(rows: list[dict[str, Any]], dsn: str) -> Timing:
    os.environ.update(
        RUNTIME__DLTHUB_TELEMETRY="false", DLT_TELEMETRY_DISABLED="1", RUNTIME__LOG_LEVEL="ERROR"
    )
    import dlt

    to = dlt.destinations.postgres(_as_url(dsn))
    dropped = dlt.pipeline("bench_rows", destination=to, dataset_name="bench_dlt")

    def forget() -> None:
        dropped.drop()
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("DROP SCHEMA IF EXISTS bench_dlt CASCADE")
            conn.execute("DROP SCHEMA IF EXISTS bench_dlt_staging CASCADE")

    def merge() -> None:
        pipeline = dlt.pipeline("bench_rows", destination=to, dataset_name="bench_dlt")
        pipeline.run(
            rows,
            table_name="run",
            write_disposition="merge",
            primary_key=["customer_id", "system_id", "external_id"],
        )

    timing = timed("dlt merge", merge, before=forget)
    forget()
    return timing


def _as_url(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    signed = f"{quote(str(parts['user']), safe='')}:{quote(str(parts['password']), safe='')}"
    return f"postgresql://{signed}@localhost/{parts['dbname']}?host={quote(str(parts['host']), safe='')}"
