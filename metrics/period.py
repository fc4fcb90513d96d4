"""A period: from one instant to another, cut at the midnights of a contract's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_LAST_DAYS = re.compile(r"([1-9]\d{0,3})d")


@dataclass(frozen=True)
class Period:
    """Half open: `since` belongs to it, `until` does not. Both are aware; `label` is what a person typed or reads."""

    since: datetime
    until: datetime
    time_zone: str
    label: str

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError(f"the period {self.label} needs instants with a time zone")
        if self.until <= self.since:
            raise ValueError(f"the period {self.label} ends before it begins")

    @classmethod
    def parse(cls, text: str, time_zone: str, now: datetime) -> "Period":
        """`2026-10` a month, `2026-10-05` a day, `2026-10-01..2026-10-15` days (the last is not in it), `28d` the last
        28 days with today whole.

        Raises ValueError, one line that shows the forms.
        """
        text = text.strip()
        try:
            if found := _MONTH.fullmatch(text):
                first = date(int(found[1]), int(found[2]), 1)
                return cls.days(first, (first + timedelta(days=31)).replace(day=1), time_zone, text)
            if _DAY.fullmatch(text):
                day = date.fromisoformat(text)
                return cls.days(day, day + timedelta(days=1), time_zone, text)
            if found := _RANGE.fullmatch(text):
                return cls.days(date.fromisoformat(found[1]), date.fromisoformat(found[2]), time_zone, text)
            if found := _LAST_DAYS.fullmatch(text):
                tomorrow = now.astimezone(ZoneInfo(time_zone)).date() + timedelta(days=1)
                return cls.days(tomorrow - timedelta(days=int(found[1])), tomorrow, time_zone, text)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{text!r} is no period: {error}") from None
        raise ValueError(f"{text!r} is no period: write 2026-10, 2026-10-05, 2026-10-01..2026-10-15 or 28d")

    @classmethod
    def days(cls, first: date, until: date, time_zone: str, label: str | None = None) -> "Period":
        """Whole local days, from the midnight that opens `first` to the one that opens `until`."""
        return cls(
            midnight(first, time_zone), midnight(until, time_zone), time_zone, label or f"{first}..{until}"
        )

    def local_days(self) -> list[date]:
        """Every local day that lies in the period, also in part."""
        zone = ZoneInfo(self.time_zone)
        first = self.since.astimezone(zone).date()
        last = (self.until - timedelta(microseconds=1)).astimezone(zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def midnight(day: date, time_zone: str) -> datetime:
    """The instant at which a local day begins; where clocks skip midnight, the moment they move."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
