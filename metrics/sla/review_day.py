"""When the review of a month is due: on the n-th business day after it, by the customer's own calendar or its country's holidays."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from metrics.period import Period
from metrics.sla.window import month, month_of
from metrics.triage.cut_off import CutOffError, cut_offs
from sql import query
from sql.ask import mappings


class ReviewDayError(ValueError):
    """A review whose day cannot be told; one line that says why."""


def last_month(time_zone: str, now: datetime) -> Period:
    """The newest month that is over in a zone."""
    first = now.astimezone(ZoneInfo(time_zone)).date().replace(day=1)
    return month((first - timedelta(days=1)).replace(day=1), time_zone)


def due_at(
    conn: Connection, customer_id: int, rule: Mapping[str, Any], reviewed: Period, country: str | None
) -> datetime:
    """The instant at which the review of a month is due.

    `rule` is {"business_day": 3, "at": "08:00", "calendar": "office"}: with a calendar, a business day is one on which it
    opens; without one, Monday to Friday less the country's public holidays. A month with fewer has it on its last. Raises
    ReviewDayError for a calendar that is never open in the month.
    """
    number, at = int(rule["business_day"]), str(rule.get("at") or "08:00")
    if not rule.get("calendar"):
        try:
            as_cut_off = {"day": f"business-day-{number}", "at": at}
            instant = reviewed.until - timedelta(microseconds=1)
            return cut_offs(as_cut_off, reviewed.time_zone, country, instant)[0]
        except CutOffError as error:
            raise ReviewDayError(str(error)) from None
    following = month((month_of(reviewed) + timedelta(days=31)).replace(day=1), reviewed.time_zone)
    asked = {
        "customer_ids": [customer_id],
        "calendar": rule["calendar"],
        "since": following.since,
        "until": following.until,
    }
    days = [row["day"] for row in mappings(conn, query("review/open_days"), asked)]
    if not days:
        raise ReviewDayError(f"calendar {rule['calendar']} is not open on any day of {following.label}")
    return datetime.combine(days[:number][-1], time.fromisoformat(at), ZoneInfo(reviewed.time_zone))
