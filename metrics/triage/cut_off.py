"""When a customer closes its books for billing next: from a rule such as the last business day at 17:00, in its own zone."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from metrics.calendars import public_holidays
from sql import query
from sql.database import Database

logger = logging.getLogger(__name__)

MONTHS_AHEAD = 3


class CutOffError(ValueError):
    """A rule that cannot be read; one line that says what would do."""


def cut_offs(
    rule: Mapping[str, Any] | None, time_zone: str, country: str | None, now: datetime
) -> list[datetime]:
    """The next cut-offs after `now`, soonest first; an empty list when none is agreed.

    `rule` is {"day": …, "at": "17:00"}; day is last-business-day, last-day, business-day-N or the number of a day of the
    month (in a shorter month its last). Business days are Monday to Friday less the country's public holidays; a country
    whose holidays nobody knows has none. Raises CutOffError.
    """
    if not rule:
        return []
    day_of, at, zone = _day_of(rule), _at(rule), ZoneInfo(time_zone)
    local = now.astimezone(zone).date()
    closed = _holidays(country, local.year)
    found = []
    for ahead in range(MONTHS_AHEAD + 1):
        first = date(local.year + (local.month - 1 + ahead) // 12, (local.month - 1 + ahead) % 12 + 1, 1)
        instant = datetime.combine(day_of(_days(first), closed), at, zone)
        if instant > now:
            found.append(instant)
    return found[:MONTHS_AHEAD]


def next_cut_off(
    rule: Mapping[str, Any] | None, time_zone: str, country: str | None, now: datetime
) -> datetime | None:
    """The next of them; None when none is agreed. Raises CutOffError."""
    return next(iter(cut_offs(rule, time_zone, country, now)), None)


def write_down(database: Database, now: datetime) -> int:
    """Write the coming cut-offs of every customer where the queue reads them; how many are new.

    A rule that cannot be read counts as none, and the log says so.
    """
    owners: list[int] = []
    instants: list[datetime] = []
    with database.engine("metrics").begin() as conn:
        everybody = [row.customer_id for row in conn.execute(text(query("kpi/detect_customers")))]
        for row in conn.execute(text(query("triage/cut_off_rules")), {"customer_ids": everybody}):
            try:
                found = cut_offs(row.billing_cut_off, row.time_zone, row.country, now)
            except CutOffError as error:
                logger.warning("customer %s: %s", row.customer_id, error)
                continue
            owners += [row.customer_id] * len(found)
            instants += found
        asked = {"customer_ids": everybody, "owner_ids": owners, "instants": instants}
        return conn.execute(text(query("triage/cut_offs_put")), asked).rowcount


DayOf = Callable[[list[date], frozenset[date]], date]


def _day_of(rule: Mapping[str, Any]) -> DayOf:
    """Which day of a month the rule means."""
    said = rule.get("day", "last-business-day")
    if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= 31:
        return lambda days, closed: days[min(said, len(days)) - 1]
    if said == "last-day":
        return lambda days, closed: days[-1]
    if said == "last-business-day":
        return lambda days, closed: _business(days, closed)[-1]
    kind, _, number = str(said).rpartition("-")
    if kind == "business-day" and number.isdigit() and 1 <= int(number) <= 23:
        return lambda days, closed: _business(days, closed)[: int(number)][-1]
    raise CutOffError(
        f"billing_cut_off: day is last-business-day, last-day, business-day-3 or 25, not {said!r}"
    )


def _at(rule: Mapping[str, Any]) -> time:
    try:
        return time.fromisoformat(str(rule.get("at", "23:59")))
    except ValueError:
        raise CutOffError(f"billing_cut_off: at is a time like 17:00, not {rule['at']!r}") from None


def _days(first: date) -> list[date]:
    return [day for day in (first + timedelta(days=n) for n in range(31)) if day.month == first.month]


def _business(days: list[date], closed: frozenset[date]) -> list[date]:
    return [day for day in days if day.weekday() < 5 and day not in closed] or days


@lru_cache(maxsize=256)
def _holidays(country: str | None, year: int) -> frozenset[date]:
    try:
        return frozenset(public_holidays(country, year, year + 1)) if country else frozenset()
    except LookupError:
        return frozenset()
