"""The only place where pages get data: cached readers, each with the person's scope as its first argument.

Scope is part of every cache key, so nobody can be handed what was read for somebody else; no reader looks into session
state. `as_of` is part of the key too: all that one page shows, it shows as of one instant.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from app import charts, house
from app.scope import Scope
from app.telemetry import STOPWATCH
from metrics import read
from metrics.catalogue import by_key
from metrics.coverage import coverage as coverage_of
from metrics.coverage import share
from metrics.figure import Figure
from metrics.period import Period
from sql import query
from sql.ask import mappings
from sql.database import viewer

STEP_SECONDS = 30
HISTORY_SECONDS = 600
cached = st.cache_data(ttl=2 * STEP_SECONDS, max_entries=2000, show_spinner=False)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Customer:
    """One customer as the pages address it; `first_day` is None when nothing of it was ever counted."""

    customer_id: int
    key: str
    name: str
    time_zone: str
    locale: str
    currency: str
    first_day: date | None


@dataclass(frozen=True)
class Asked:
    """One question to the metrics: which, over which period, split by what."""

    key: str
    period: Period
    by: str | None = None


@dataclass(frozen=True)
class Card:
    """Figures of one metric with the rows behind them, read in one transaction so that they belong together."""

    figures: tuple[Figure, ...]
    rows: pd.DataFrame


def now() -> datetime:
    """The instant a page looks from: the database's present, in steps of half a minute, so that its readers share one."""
    return floor(house.current().clock.now(), STEP_SECONDS)


def floor(instant: datetime, step: int) -> datetime:
    """The last multiple of `step` seconds."""
    seconds = int(instant.timestamp())
    return datetime.fromtimestamp(seconds - seconds % step, UTC)


@cached
def figures(scope: Scope, asked: tuple[Asked, ...], as_of: datetime) -> dict[Asked, tuple[Figure, ...]]:
    """The answers to several questions, read over one connection; one figure for each part and currency."""
    with look(scope, as_of) as conn:
        return {
            one: tuple(read.figures(conn, one.key, scope.customer_ids, one.period, by=one.by, as_of=as_of))
            for one in asked
        }


@cached
def portfolio(
    scope: Scope, key: str, periods: tuple[tuple[int, Period], ...], by: str | None, as_of: datetime
) -> list[Figure]:
    """One metric for many customers, each in its own period; one figure for each customer, part and currency."""
    with look(scope, as_of) as conn:
        return read.portfolio(conn, key, dict(periods), by=by, as_of=as_of)


@st.cache_data(ttl=HISTORY_SECONDS, max_entries=2000, show_spinner=False)
def history(scope: Scope, asked: tuple[Asked, ...], as_of: datetime) -> dict[Asked, tuple[Figure, ...]]:
    """The same for months that are over: they change seldom, so they are read less often."""
    return figures(scope, asked, as_of)


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=100, show_spinner=False)
def card(scope: Scope, asked: Asked, as_of: datetime, limit: int | None = None) -> Card:
    """A metric's figures and the rows that they count, in one snapshot."""
    with look(scope, as_of, steady=True) as conn:
        found = read.figures(conn, asked.key, scope.customer_ids, asked.period, by=asked.by, as_of=as_of)
        rows = read.rows(conn, asked.key, scope.customer_ids, asked.period, as_of=as_of, limit=limit)
        return Card(tuple(found), rows)


@cached
def billing_curve(scope: Scope, period: Period, as_of: datetime) -> list[Row]:
    """The share billed, written off and open by age in days; columns as in viewer/time_to_bill_curve.sql."""
    return rows_of(scope, "viewer/time_to_bill_curve", _asked(period, as_of), as_of)


@cached
def unbilled_pools(scope: Scope, period: Period, as_of: datetime) -> list[Row]:
    """Unbilled work by pool, age and currency; columns as in viewer/unbilled_time_pools.sql."""
    return rows_of(scope, "viewer/unbilled_time_pools", _asked(period, as_of), as_of)


@cached
def unbilled_movement(scope: Scope, period: Period, as_of: datetime) -> list[Row]:
    """How the stock of unbilled work moved, by currency; columns as in viewer/unbilled_time_movement.sql."""
    return rows_of(scope, "viewer/unbilled_time_movement", _asked(period, as_of), as_of)


@cached
def unbilled_moved(scope: Scope, period: Period, as_of: datetime, move: str, currency: str) -> list[Row]:
    """The work behind one line of that movement; columns as in viewer/unbilled_time_movement_rows.sql."""
    asked = _asked(period, as_of) | {"move": move, "currency": currency}
    return rows_of(scope, "viewer/unbilled_time_movement_rows", asked, as_of)


@cached
def transactions(
    scope: Scope, period: Period, as_of: datetime, flow: str | None, only_bad: bool, limit: int
) -> list[Row]:
    """The newest transactions of a flow, or of all; columns as in screen/transactions.sql."""
    asked = _asked(period, as_of) | {"flow_key": flow, "only_bad": only_bad, "row_limit": limit}
    return rows_of(scope, "screen/transactions", asked, as_of)


@cached
def coverage(scope: Scope, period: Period, as_of: datetime, keys: tuple[str, ...]) -> dict[str, float | None]:
    """The share of the period in which all that a metric needs was read, by its key; None: never."""
    found = {}
    with look(scope, as_of) as conn:
        for key in keys:
            told = coverage_of(conn, by_key(key), scope.customer_ids, period, as_of=as_of)
            found[key] = share(told, scope.customer_ids, "")
    return found


@cached
def coverage_spans(scope: Scope, period: Period, as_of: datetime, objects: tuple[str, ...]) -> list[Row]:
    """The pieces of the period that were read, and those that were not; columns as in screen/coverage_spans.sql."""
    asked = _asked(period, as_of) | {"objects": list(objects)}
    return rows_of(scope, "screen/coverage_spans", asked, as_of)


@cached
def customers(scope: Scope) -> tuple[Customer, ...]:
    """The customers of the scope by name; empty when the person may see none."""
    rows = rows_of(scope, "screen/customers", {})
    return tuple(Customer(**row) for row in rows)


@cached
def terms(scope: Scope, on_day: date) -> dict[int, Row]:
    """The terms in force on a day, by customer: valid_from, tier, document. A customer without terms is missing."""
    return {row["customer_id"]: row for row in rows_of(scope, "screen/terms", {"on_day": on_day})}


@cached
def flows(scope: Scope, at: datetime) -> list[Row]:
    """The flows with what is promised for them at an instant; columns as in screen/flows.sql."""
    return rows_of(scope, "screen/flows", {"at": at})


@cached
def streams(scope: Scope, as_of: datetime) -> list[Row]:
    """How fresh each stream is; columns as in screen/streams.sql. Empty: nothing was ever read."""
    return rows_of(scope, "screen/streams", {"as_of": as_of})


@cached
def polls(scope: Scope, as_of: datetime, limit: int = 200) -> list[Row]:
    """The latest rows of the ledger, newest first; columns as in screen/polls.sql."""
    asked = {"as_of": as_of, "since": None, "system_key": None, "stream": None, "row_limit": limit}
    return rows_of(scope, "screen/polls", asked)


@cached
def polls_of_day(scope: Scope, as_of: datetime, system_key: str, stream: str) -> list[Row]:
    """All polls of one stream in the 24 hours up to an instant, newest first."""
    since = as_of - timedelta(days=1)
    of = {"system_key": system_key, "stream": stream, "row_limit": None}
    return rows_of(scope, "screen/polls", {"as_of": as_of, "since": since, **of})


@cached
def quarantine(scope: Scope, as_of: datetime) -> list[Row]:
    """What is held back, by stream and reason; columns as in screen/quarantine.sql."""
    return rows_of(scope, "screen/quarantine", {})


@cached
def quarantine_records(scope: Scope, as_of: datetime, system_key: str, stream: str) -> list[Row]:
    """The records that are held back from one stream; columns as in screen/quarantine_records.sql."""
    return rows_of(scope, "screen/quarantine_records", {"system_key": system_key, "stream": stream})


@st.cache_resource(ttl=600, max_entries=500, show_spinner=False)
def drawn(scope: Scope, look: charts.Look, name: str, *parts: Any, **options: Any) -> Any:
    """A chart of app/charts.py, built once for what it shows: building costs more than everything else on a page."""
    return getattr(charts, name)(look, *parts, **options)


@contextmanager
def look(scope: Scope, as_of: datetime | None = None, *, steady: bool = False) -> Iterator[Connection]:
    """A viewer's transaction over the scope's customers, its time on the stopwatch; `steady`: all from one snapshot."""
    began = time.perf_counter()
    db, is_staff = house.current().db, not scope.is_customer
    try:
        with viewer(db, scope.customer_ids, as_of, staff=is_staff, steady=steady) as conn:
            yield conn
    finally:
        STOPWATCH.seconds += time.perf_counter() - began
        STOPWATCH.queries += 1


def _asked(period: Period, as_of: datetime) -> dict[str, Any]:
    return {"since": period.since, "until": period.until, "as_of": as_of, "by": None}


def rows_of(
    scope: Scope,
    name: str,
    asked: Mapping[str, Any],
    as_of: datetime | None = None,
    *,
    anew: bool = False,
    once: bool = False,
) -> list[Row]:
    """The rows of a question; `anew`, `once`: planned for these parameters, or for all, as in sql.ask.mappings."""
    given = {"customer_ids": list(scope.customer_ids), **asked}
    with look(scope, as_of) as conn:
        return [*mappings(conn, query(name), given, planned_once=once, planned_anew=anew)]
