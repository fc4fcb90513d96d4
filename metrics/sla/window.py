"""The window of an objective in a month, and the terms that are in force in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from metrics.period import Period, midnight
from metrics.sla.terms import Terms, read
from sql import query


@dataclass(frozen=True)
class Subject:
    """The customer whose service levels are asked for."""

    customer_id: int
    key: str
    time_zone: str


def month_of(period: Period) -> date:
    """The first day of a period that is a calendar month of its zone; raises ValueError for any other."""
    zone = ZoneInfo(period.time_zone)
    first = period.since.astimezone(zone).date()
    if first.day != 1 or period.until != midnight(_months_later(first, 1), period.time_zone):
        raise ValueError(f"service levels are told by the month: write 2026-10, not {period.label}")
    return first


def month(first: date, time_zone: str) -> Period:
    """The calendar month that begins on a day."""
    return Period.days(first, _months_later(first, 1), time_zone, f"{first:%Y-%m}")


def months_before(first: date, number: int) -> list[date]:
    """The first days of so many months up to the one that begins on `first`, the earliest first."""
    return [_months_later(first, n - number + 1) for n in range(number)]


def window_of(named: str, first: date, time_zone: str, instant: datetime, terms_from: date) -> Period:
    """The window that a month is judged by: the month, its quarter, or the days up to its end, or to today's if that is earlier.

    It does not begin before the terms hold, unless they begin after it: then they are only proposed.
    """
    if named == "quarter":
        since = first.replace(month=first.month - (first.month - 1) % 3)
        until = _months_later(since, 3)
    elif named == "calendar-month":
        since, until = first, _months_later(first, 1)
    else:
        today = instant.astimezone(ZoneInfo(time_zone)).date()
        until = max(min(_months_later(first, 1), today + timedelta(days=1)), first + timedelta(days=1))
        since = until - timedelta(days=int(named.rstrip("d")))
    if since < terms_from < until:
        since = terms_from
    return Period.days(since, until, time_zone)


def windows_before(named: str, window: Period, number: int = 3) -> list[Period]:
    """As many windows of the same kind before one; of days, stretches of the same length."""
    zone = ZoneInfo(window.time_zone)
    until = window.since.astimezone(zone).date()
    last = window.until.astimezone(zone).date()
    if named.endswith("d"):
        length = timedelta(days=int(named.rstrip("d")))
        return [
            Period.days(until - length * (n + 1), until - length * n, window.time_zone) for n in range(number)
        ]
    step = 3 if named == "quarter" else 1
    begin = _months_later(last, -step)
    return [
        Period.days(_months_later(begin, -step * (n + 1)), _months_later(begin, -step * n), window.time_zone)
        for n in range(number)
    ]


def all_terms(conn: Connection, customer_id: int) -> list[Terms]:
    """Every version of a customer's terms, the earliest first; raises TermsError for one that cannot be read."""
    asked = {"customer_ids": [customer_id]}
    return [
        read(_of_terms(row.document, row.valid_from)) for row in conn.execute(text(query("sla/terms")), asked)
    ]


def in_force(conn: Connection, customer_id: int, first: date) -> Terms | None:
    """The terms of a month: those in force on its first day, or else the first that begin within it; None without any.

    What is agreed anew within a month holds from the next one on, so that a month is never judged by two contracts.
    """
    found = on_day(conn, customer_id, first)
    if found is not None:
        return found
    stages = _stages(conn, customer_id)
    within = [
        each for each in all_terms(conn, customer_id) if first < each.valid_from < _months_later(first, 1)
    ]
    return next((each for each in within if _holds(each, stages, each.valid_from)), None)


def on_day(conn: Connection, customer_id: int, day: date) -> Terms | None:
    """The terms in force on a day; those for a stage of the customer's life hold while it is in that stage."""
    stages = _stages(conn, customer_id)
    begun = [each for each in all_terms(conn, customer_id) if each.valid_from <= day]
    return next((each for each in reversed(begun) if _holds(each, stages, day)), None)


def _stages(conn: Connection, customer_id: int) -> list[tuple[date, str]]:
    asked = {"customer_ids": [customer_id]}
    return [(row.valid_from, row.stage) for row in conn.execute(text(query("sla/stages")), asked)]


def _holds(terms: Terms, stages: Sequence[tuple[date, str]], on: date) -> bool:
    begun = [stage for since, stage in stages if since <= on]
    return terms.stage is None or begun[-1:] == [terms.stage]


def _of_terms(document: Any, valid_from: date) -> Any:
    return {"valid_from": valid_from.isoformat(), **document} if isinstance(document, dict) else document


def _months_later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
