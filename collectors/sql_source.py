"""Any SQL database: a query read in order of (cursor, id), so that ties are split safely and changes come again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Select,
    TextClause,
    asc,
    bindparam,
    column,
    desc,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.types import NullType

from collectors.mapping import RecordMapping
from collectors.redact import redact
from collectors.shape import shorten
from collectors.spec import SpecError, StreamSpec, parse_streams
from collectors.sql_deadline import TimedQueries, seconds_of
from collectors.sql_opening import opened
from collectors.stream import BadRecord, Page, SourceError, Stream, Window
from collectors.system import System
from collectors.times import InstantReader, zone_named


def streams(system: System) -> tuple[Stream, ...]:
    """The streams that the system's entry names. Raises SpecError for a mistake in it."""
    found = []
    seconds = seconds_of(system)
    for name, spec in parse_streams(system.label, "sql", system.options).items():
        if not spec.query:
            raise SpecError([f"{system.label}: streams.{name}.query: is missing: the SELECT that is read"])
        if spec.cursor and not spec.id:
            raise SpecError(
                [f"{system.label}: streams.{name}.id: is missing: the column that tells ties apart"]
            )
        if spec.cursor and spec.deletions:
            raise SpecError(
                [
                    f"{system.label}: streams.{name}.deletions: absence shows in a whole list only: leave out cursor"
                ]
            )
        mapping = RecordMapping(spec)
        found.append(
            Stream(
                name=name,
                object=spec.object,
                fetch=partial(_fetch, system, name, spec, seconds),
                map=mapping.map,
                conform=mapping.shape.conform,
                notices=mapping.notices,
                unmapped=mapping.unmapped,
                every=spec.every,
                overlap=spec.overlap,
                strategy="keyset" if spec.cursor else "full",
                pins=spec.pins,
                stable_start=spec.stable_start,
                stuck_after=spec.stuck_after,
                keeps=spec.keeps,
                reads_back=spec.history,
                absence_deletes=spec.deletions == "absence",
            )
        )
    return tuple(found)


def _fetch(system: System, name: str, spec: StreamSpec, seconds: float, window: Window) -> Iterator[Page]:
    """Pages in order of (cursor, id) from the cursor minus the overlap on; without a cursor everything there is."""
    what = f"{system.label}: {name}"
    engine = opened(system)
    conn = None
    try:
        with engine.connect() as conn:
            timed = "since" in window.position
            queries = TimedQueries(conn, what, seconds)
            asked = _statement(spec, _start(queries, what, spec, window))
            for number, part in enumerate(queries.batches(asked, spec.batch), 1):
                records = [dict(row) for row in part]
                position = _position(what, spec, records, timed)
                timed = timed or "since" in (position or ())
                yield Page(records, place=f"rows {number}", position=position)
            if "last" in window.position:
                yield from _open_again(queries, spec, window)
            if spec.cursor and spec.id:
                yield from _without_cursor(queries, spec)
        yield Page((), place="end", complete=True, position=None if spec.cursor else window.position_at())
    except OperationalError as error:
        lost = conn is None or error.connection_invalidated
        trouble = f"{what} cannot be {'reached' if lost else 'read'}: {_said(error)}"
        raise SourceError(trouble, kind="unreachable" if lost else "query") from None
    except SQLAlchemyError as error:
        raise SourceError(f"{what} refuses the query: {_said(error)}", permanent=True, kind="query") from None
    finally:
        engine.dispose()


def _open_again(queries: TimedQueries, spec: StreamSpec, window: Window) -> Iterator[Page]:
    """Open runs by id: a cursor that is no time never comes back to them."""
    expression = spec.fields.get("external_id", "").strip('"')
    ids: list[Any] = [run.external_id for run in window.open_runs]
    if not ids or not re.fullmatch(r"\w+", expression):
        return
    if queries.conn.dialect.name == "sqlite":  # where a column without a type holds numbers, '5' is not 5
        ids += [int(own) for own in ids if own.isdecimal()]
    # untyped, so that the database compares them as whatever the column is
    wanted = bindparam("wanted", ids, type_=NullType(), expanding=True)
    found = queries.all(_source(spec).where(column(expression).in_(wanted)))
    yield Page([dict(row) for row in found], place="open runs")


def _without_cursor(queries: TimedQueries, spec: StreamSpec) -> Iterator[Page]:
    """Rows whose cursor is empty have no place in the order: all of them come every time, or none ever would."""
    asked = _source(spec).where(column(spec.cursor or "").is_(None)).order_by(asc(column(spec.id or "")))
    for number, part in enumerate(queries.batches(asked, spec.batch), 1):
        yield Page([dict(row) for row in part], place=f"rows without {spec.cursor} {number}")


def _source(spec: StreamSpec) -> Select[Any]:
    """The entry's query as a table; its colons are its own, and a comment at its end ends with the line."""
    return select(literal_column("*")).select_from(_from(spec))


def _from(spec: StreamSpec) -> TextClause:
    own = (spec.query or "").strip().rstrip(";").replace(":", r"\:")
    return text(f"({own}\n) AS source")


def _statement(spec: StreamSpec, start: Any) -> Select[Any]:
    statement = _source(spec)
    if spec.cursor is None or spec.id is None:
        return statement
    cursor: ColumnClause[Any] = column(spec.cursor)
    key: ColumnClause[Any] = column(spec.id)
    if start is not None:
        statement = statement.where(cursor >= start)
    return statement.where(cursor.is_not(None)).order_by(asc(cursor), asc(key))


def _start(queries: TimedQueries, what: str, spec: StreamSpec, window: Window) -> Any:
    """The cursor's value to begin at, written as the source itself writes it; None: from the beginning."""
    if window.since is not None:
        return like(window.position.get("like"), window.since, spec) if spec.cursor else None
    if spec.history is None or window.position:
        return window.position.get("last")  # a cursor that is no time: everything from the last value on
    return _since_history(queries, what, spec, window.until - spec.history)


def _since_history(queries: TimedQueries, what: str, spec: StreamSpec, begins: datetime) -> Any:
    """Where the first reading begins, written like the newest cursors of the source; None where it has no rows."""
    cursor: ColumnClause[Any] = column(spec.cursor or "")
    newest = (
        select(cursor).select_from(_from(spec)).where(cursor.is_not(None)).order_by(desc(cursor)).limit(100)
    )
    values = [value for row in queries.all(newest) for value in row.values()]
    reader = InstantReader(spec.times.format, zone_named(spec.times.zone))
    for value in values:
        try:
            reader.read(value)
        except BadRecord:
            continue
        return like(_sample(value), begins, spec)
    if values:
        said = f"{what}: history: {spec.cursor} is {shorten(values[0])}, no time: leave it out"
        raise SourceError(said, permanent=True, kind="mapping")
    return None


def _sample(value: Any) -> Any:
    """A cursor's value as an example of how the source writes time; None: as the driver does."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return _BARE
    return value if isinstance(value, str | int | float) else None


def _position(
    what: str, spec: StreamSpec, records: Sequence[Mapping[str, Any]], timed: bool
) -> dict[str, Any] | None:
    """The cursor after these rows: the last value that is an instant; a date that cannot be must not hold it up.

    `timed`: an instant was seen before, so a value that is none is a mistake of its row.
    """
    if spec.cursor is None or spec.id is None:
        return None
    names = {name.lower(): name for name in records[-1]}
    if missing := [name for name in (spec.cursor, spec.id) if name.lower() not in names]:
        raise SourceError(f"{what}: the query answers no column {missing[0]}", permanent=True, kind="query")
    reader = InstantReader(spec.times.format, zone_named(spec.times.zone))
    for record in reversed(records):
        value = record[names[spec.cursor.lower()]]
        try:
            at = reader.read(value)
        except BadRecord:
            continue
        own = str(record[names[spec.id.lower()]])
        return {"since": at.isoformat(), "id": own, "like": _sample(value)}
    if timed:
        return None
    last = records[-1][names[spec.cursor.lower()]]
    return {"last": last if isinstance(last, int | str) else str(last)}


_BARE = "bare"
"""The mark of a column whose times name no zone."""


def like(sample: Any, at: datetime, spec: StreamSpec) -> Any:
    """An instant written like a value of the source: texts are compared letter by letter, so the form must agree."""
    if isinstance(sample, int | float):
        scale = 1000 if spec.times.format == "epoch_ms" else 1
        exact = Decimal(repr(at.timestamp())) * scale
        return int(exact) if isinstance(sample, int) else float(exact)
    if not isinstance(sample, str):
        return at
    local = _earliest(at, zone_named(spec.times.zone))
    if sample == _BARE:
        return local.replace(tzinfo=None)
    if spec.times.format != "iso":
        return local.strftime(spec.times.format)
    suffix = ""
    if found := re.search(r"(Z|[+-]\d{2}:?\d{2})$", sample):
        suffix = found[1]
        shift = datetime.fromisoformat(sample).utcoffset() or timedelta()
        local = (at.astimezone(zone_named("UTC")) + shift).replace(tzinfo=None)
    whole = local.strftime("%Y-%m-%d") + sample[10:11] + local.strftime("%H:%M:%S")
    if digits := re.search(r"\.(\d+)", sample):
        # cut, never rounded up: an instant too early is read twice, one too late is lost
        whole += "." + f"{local.microsecond:06d}"[: len(digits[1])].ljust(len(digits[1]), "0")
    return whole + suffix


def _earliest(at: datetime, zone: tzinfo) -> datetime:
    """An instant on the clock of a zone; in the hour that comes twice, the clock of an hour before.

    A text like 01:30 in that hour may be of the later pass: a start between the passes would lose what follows it.
    """
    local = at.astimezone(zone)
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if first is None or second is None or first <= second:
        return local
    return local - (first - second)


def _said(error: SQLAlchemyError) -> str:
    return redact(str(getattr(error, "orig", None) or error).split("\n")[0], longest=200)
