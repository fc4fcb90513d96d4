"""Business calendars: opening hours and holidays in local wall time, written down as open windows between instants."""

from datetime import UTC, date, datetime
from typing import Any

import holidays
from sqlalchemy import Connection, text

from sql import query

YEARS_BEFORE, YEARS_AFTER = 4, 2
Window = tuple[datetime, datetime]


def materialise(conn: Connection, customer_id: int, now: datetime | None = None) -> int:
    """Write the open windows of a customer's calendars, from four years ago to the end of the year after next.

    Pre-filled holidays are renewed first; days that the customer closed itself stay. When windows have changed, the
    cells whose deadlines depend on them are marked to be counted again. Answers how many windows there are; running
    it twice is the same as once. Raises LookupError, one line, for a country that nobody knows.
    """
    return _write_all(conn, now or datetime.now(UTC), customer_id=customer_id, needed_until=None)


def extend(conn: Connection, now: datetime) -> int:
    """The same for every calendar, of any customer, whose windows do not reach the end of next year."""
    return _write_all(conn, now, customer_id=None, needed_until=datetime(now.year + 1, 12, 1, tzinfo=UTC))


def public_holidays(place: str, first_year: int, last_year: int) -> dict[date, str]:
    """The public holidays of `country` or `country-subdivision` (US, US-NY, GB-ENG), observed days included.

    Raises LookupError, one line, for a place that nobody knows.
    """
    country, _, subdivision = place.partition("-")
    try:
        found = holidays.country_holidays(
            country, subdiv=subdivision or None, years=range(first_year, last_year + 1), language="en_US"
        )
    except NotImplementedError:
        raise LookupError(
            f"no public holidays are known for {place!r}: write US, US-NY, GB-ENG, DE-BY, …"
        ) from None
    return dict(found.items())


def _write_all(conn: Connection, now: datetime, **asked: Any) -> int:
    first, last = date(now.year - YEARS_BEFORE, 1, 1), date(now.year + YEARS_AFTER, 12, 31)
    calendars = conn.execute(text(query("kpi/calendars")), asked).all()
    return sum(_write(conn, row, first, last) for row in calendars)


def _write(conn: Connection, calendar: Any, first: date, last: date) -> int:
    which = {"customer_id": calendar.customer_id, "calendar_id": calendar.calendar_id}
    conn.execute(text(query("kpi/calendar_holidays_forget")), which)
    if known := _prefilled(calendar, first, last):
        days = {"days": list(known), "names": list(known.values())}
        conn.execute(text(query("kpi/calendar_holidays_put")), which | days)
    before = _windows(conn, "kpi/calendar_windows_forget", which)
    after = _windows(conn, "kpi/calendar_windows_put", which | {"first": first, "last": last})
    if _differ(before, after):
        conn.execute(text(query("kpi/calendar_mark")), which)
    return len(after)


def _prefilled(calendar: Any, first: date, last: date) -> dict[date, str]:
    """The public holidays of each day by the place that is in force on it, without those on which the customer works."""
    starts = [(first, calendar.holidays)]
    starts += [(date.fromisoformat(each["from"]), each["holidays"]) for each in calendar.later]
    ends = [begins for begins, _ in starts[1:]] + [date.max]
    return {
        day: name
        for (begins, place), ends_before in zip(starts, ends, strict=True)
        if place
        for day, name in public_holidays(place, first.year, last.year).items()
        if begins <= day < ends_before and not any(names(each, day, name) for each in calendar.open_on)
    }


def names(said: str, day: date, name: str) -> bool:
    """Whether a holiday is meant by its day (2026-11-11), or by its name, which its observed days carry too."""
    return said in (day.isoformat(), name) or name.startswith(f"{said} (")


def _windows(conn: Connection, name: str, asked: dict[str, Any]) -> set[Window]:
    return {(row.opens_at, row.closes_at) for row in conn.execute(text(query(name)), asked)}


def _differ(before: set[Window], after: set[Window]) -> bool:
    """Whether they differ where both reach; a calendar that had no windows has changed."""
    if not before or not after:
        return True
    since = max(min(before), min(after))
    until = min(max(before), max(after))
    return {w for w in before if since <= w <= until} != {w for w in after if since <= w <= until}
