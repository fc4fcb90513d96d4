"""Time in the demo: local wall clocks, working days and office hours, all as UTC milliseconds in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import holidays
import numpy as np
import pandas as pd

Array: TypeAlias = Any
"""A numpy array, or a column of a frame, which numpy takes as one."""
NEVER = np.datetime64("NaT", "ms")
SECOND = np.timedelta64(1000, "ms")
DAY = np.timedelta64(86_400_000, "ms")


def instant(moment: datetime) -> np.datetime64:
    """An aware datetime as UTC milliseconds."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "ms")


def aware(moment: np.datetime64) -> datetime:
    """UTC milliseconds as an aware datetime."""
    return pd.Timestamp(moment).to_pydatetime().replace(tzinfo=UTC)


def spans(seconds: Array | float) -> Array:
    """Seconds as a numpy duration."""
    return np.rint(np.asarray(seconds, dtype="f8") * 1000).astype("m8[ms]")


def wall(days: Array, seconds: Array | float, zone: str) -> Array:
    """The instants at which the clock on the wall shows these seconds of these days.

    An hour that the clock skips moves forward; one that it shows twice is the first of the two.
    """
    local = pd.DatetimeIndex(np.asarray(days, dtype="M8[ms]") + spans(seconds))
    first = np.ones(len(local), dtype=bool)
    placed = local.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return placed.tz_convert(None).to_numpy().astype("M8[ms]")


def local(instants: Array, zone: str) -> Array:
    """What the clock on the wall shows at these instants."""
    index = pd.DatetimeIndex(np.asarray(instants, dtype="M8[ms]"), tz="UTC")
    return index.tz_convert(zone).tz_localize(None).to_numpy().astype("M8[ms]")


def local_dates(instants: Array, zone: str) -> Array:
    """The local dates of these instants."""
    return local(instants, zone).astype("M8[D]")


def start_of(history_months: int, now: datetime) -> date:
    """The first day of the month that lies so many months before the current one."""
    month = now.year * 12 + now.month - 1 - history_months
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class Office:
    """When a customer works: Monday to Friday without holidays, nine to five on its own clock."""

    zone: str
    days: Array  # working days, ascending
    opens: Array
    closes: Array
    before: Array  # open seconds that lie before each window

    @classmethod
    def of(cls, zone: str, country: str, since: date, until: date) -> Office:
        """The office of a zone and a country[-subdivision] between two dates, with two months to spare."""
        first, last = np.datetime64(since, "D") - 62, np.datetime64(until, "D") + 62
        days = np.arange(first, last)
        nation, _, part = country.partition("-")
        years = range(since.year - 1, until.year + 2)
        free = np.array(sorted(holidays.country_holidays(nation, subdiv=part or None, years=years)), "M8[D]")
        days = days[np.is_busday(days, holidays=free)]
        opens, closes = wall(days, 9 * 3600.0, zone), wall(days, 17 * 3600.0, zone)
        lengths = ((closes - opens) / SECOND).astype("i8")
        return cls(zone, days, opens, closes, np.concatenate([[0], np.cumsum(lengths)[:-1]]))

    def due(self, starts: Array, seconds: Array | float) -> Array:
        """The instants at which so many open seconds, more than none, have passed since each start."""
        at = np.searchsorted(self.closes, starts, side="right")
        inside = np.clip((starts - self.opens[at]) / SECOND, 0, None)
        target = self.before[at] + inside + seconds
        window = np.searchsorted(self.before, target, side="left") - 1
        return self.opens[window] + spans(target - self.before[window])

    def next_day(self, days: Array, offset: int = 0) -> Array:
        """The working day so many working days after the first one that is not before each day."""
        return self.days[np.searchsorted(self.days, np.asarray(days, "M8[D]"), side="left") + offset]

    def month_day(self, month: np.datetime64, number: int) -> Array:
        """The number-th working day of a month, counted from one; from the end when negative."""
        inside = self.days[self.days.astype("M8[M]") == month.astype("M8[M]")]
        return inside[number - 1 if number > 0 else number]


def iso(instants: Array) -> list[Any]:
    """Instants as ISO-8601 texts in UTC with milliseconds; None where there is none."""
    instants = np.asarray(instants, dtype="M8[ms]")
    texts = np.datetime_as_string(instants, unit="ms", timezone="UTC").astype(object)
    texts[np.isnat(instants)] = None
    return list(texts.tolist())


def epochs(instants: Array) -> list[Any]:
    """Instants as milliseconds since 1970; None where there is none."""
    instants = np.asarray(instants, dtype="M8[ms]")
    numbers = instants.astype("i8").astype(object)
    numbers[np.isnat(instants)] = None
    return list(numbers.tolist())


def days_iso(dates: Array) -> list[Any]:
    """Dates as ISO-8601 texts; None where there is none."""
    dates = np.asarray(dates, dtype="M8[D]")
    texts = np.datetime_as_string(dates).astype(object)
    texts[np.isnat(dates)] = None
    return list(texts.tolist())
