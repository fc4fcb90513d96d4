"""What becomes of a page: records mapped and typed, rows by table, and the ones that must be held."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import psycopg

from collectors.redact import redact
from collectors.shape import Shape
from collectors.stream import OPEN_STATUSES, TABLES, BadRecord, Page, Record, Stream
from collectors.system import System
from sql.ask import ask
from sql.ingest import Written, write

RUN_UNKNOWN = "its run is not known yet"


@dataclass(frozen=True)
class Held:
    """A record for quarantine, whole."""

    payload: bytes
    reason: str
    place: str
    field: str | None = None
    key: str | None = None


@dataclass
class Intake:
    """A page, read: rows by table in the order they came, what must be held, and the keys of what was good."""

    page: Page
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    skipped: int = 0
    index_of: dict[int, int] = field(default_factory=dict)


@cache
def shape_of(table: str) -> Shape:
    """The shape of a table with nothing said about formats."""
    return Shape(table)


def read_page(page: Page, stream: Stream, system: System, now: datetime) -> Intake:
    """Map and type every record of a page; one that cannot be is held, the others go on."""
    intake = Intake(page)
    for index, payload in enumerate(page.records):
        _read_record(intake, index, payload, stream, system, now)
    intake.held += [Held(bad.payload, bad.reason, bad.place, bad.field) for bad in page.undecoded]
    return intake


def _read_record(
    intake: Intake, index: int, payload: Any, stream: Stream, system: System, now: datetime
) -> None:
    mapped: Any = None
    try:
        mapped = stream.map(payload)
        if mapped is None:
            intake.skipped += 1
            return
        made = []
        for name, row in _parts(stream, mapped):
            table = TABLES[name]
            conform = stream.conform if name == stream.object and stream.conform else shape_of(table).conform
            fitted = conform(row)
            fitted["customer_id"], fitted["system_id"] = system.customer_id, system.system_id
            if table == "raw.run":
                _age(fitted, stream.stuck_after, now)
            made.append((table, fitted))
    except BadRecord as error:
        place = intake.page.place_of(index)
        intake.held.append(
            Held(stream.pack(payload), error.reason, place, error.field, _key_of(mapped or error.row, stream))
        )
        return
    except (
        Exception
    ) as error:  # a mapping in Python that stumbles must not cost us the record, nor the others
        reason = f"cannot be mapped: {type(error).__name__}: {redact(error, longest=200)}"
        intake.held.append(Held(stream.pack(payload), reason, intake.page.place_of(index)))
        return
    for table, fitted in made:
        intake.rows.setdefault(table, []).append(fitted)
        intake.index_of[id(fitted)] = index
    if made:
        intake.keys.append(str(made[0][1].get("external_id") or made[0][1].get("source_id")))


def _parts(stream: Stream, mapped: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if isinstance(mapped, (dict, Mapping)):
        return ((stream.object, mapped),)
    return [(part.object, part.row) for part in mapped if isinstance(part, Record)]


def _key_of(mapped: Any, stream: Stream) -> str | None:
    """The key of a record that could be mapped but not typed."""
    if mapped is None:
        return None
    row = next((row for name, row in _parts(stream, mapped) if name == stream.object), {})
    key = row.get("external_id", row.get("source_id"))
    return _storable(str(key), 500) if isinstance(key, (str, int, UUID)) and key != "" else None


def _storable(said: str, longest: int) -> str:
    """Text as the database takes it: bytes that were no UTF-8 show as question marks."""
    return said[:longest].replace("\0", "").encode("utf-8", "replace").decode()


def _age(row: dict[str, Any], stuck_after: timedelta, now: datetime) -> None:
    """A run that is open for too long is stuck, however often the platform repeats that it runs."""
    if row.get("status") in OPEN_STATUSES and row.get("finished_at") is None:
        begun = row.get("started_at") or row["due_at"]
        if begun < now - stuck_after:
            row["status"] = "stuck"


def write_intake(
    conn: psycopg.Connection, intake: Intake, stream: Stream, seen_at: datetime, previous: datetime | None
) -> Written:
    """Write the rows of a page; a row that the database refuses is held, the others are written."""
    total = Written()
    for table, rows in intake.rows.items():
        done, refused = _write_good(conn, table, rows, stream, seen_at, previous)
        orphans = [(row, RUN_UNKNOWN, None) for row in done.orphans]
        for row, reason, column in [*refused, *orphans]:
            index = next(intake.index_of[id(own)] for own in reversed(rows) if _same(own, row))
            payload, place = intake.page.records[index], intake.page.place_of(index)
            key = str(row.get("external_id") or row.get("source_id"))
            intake.held.append(Held(stream.pack(payload), reason, place, column, key))
            if key in intake.keys:
                intake.keys.remove(key)
        # what an object brings along (its history) is not counted beside it
        total += replace(done, orphans=()) if table == stream.table else Written(deleted=done.deleted)
    return total


def _same(own: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return own is other or all(
        own.get(name) == other.get(name)
        for name in ("external_id", "source_id", "attempt_no", "source_key", "at")
    )


def _write_good(
    conn: psycopg.Connection,
    table: str,
    rows: Sequence[dict[str, Any]],
    stream: Stream,
    seen_at: datetime,
    previous: datetime | None,
) -> tuple[Written, list[tuple[Mapping[str, Any], str, str | None]]]:
    """Write what can be written: a batch that is refused is halved until the rows at fault stand alone."""
    observe = not (table == stream.table and stream.history)
    try:
        with conn.transaction():
            done = write(
                conn,
                table,
                rows,
                seen_at,
                previous=previous,
                observe=observe,
                stable_start=stream.stable_start,
            )
            return done, []
    except (psycopg.errors.DataError, psycopg.errors.IntegrityError, psycopg.errors.RaiseException) as error:
        if len(rows) == 1:
            return Written(), [(rows[0], _refusal(error), error.diag.column_name)]
    middle = len(rows) // 2
    first = _write_good(conn, table, rows[:middle], stream, seen_at, previous)
    second = _write_good(conn, table, rows[middle:], stream, seen_at, previous)
    return first[0] + second[0], first[1] + second[1]


def _refusal(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error)
    return "the database refuses it: " + redact(said, longest=200)


def hold(
    conn: psycopg.Connection, held: Sequence[Held], system: System, stream: str, poll_id: int, seen: datetime
) -> None:
    """Keep records in quarantine; the same bytes again are counted."""
    for record in held:
        ask(
            conn,
            "ops/quarantine_hold",
            customer_id=system.customer_id,
            system_id=system.system_id,
            stream=stream,
            record_key=record.key,
            reason=redact(record.reason, longest=300),
            field=record.field,
            place=_storable(record.place, 300),
            payload=record.payload,
            payload_sha256=hashlib.sha256(record.payload).digest(),
            poll_id=poll_id,
            seen=seen,
        )
