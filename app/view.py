"""What one run of a page looks at: whose eyes, which customer, which month, as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.branding import Brand, Palette
from app.charts import Look
from app.data import Customer
from app.scope import Scope
from app.wording import Words
from metrics.period import Period

MONTHS_SHOWN = 13


@dataclass(frozen=True)
class View:
    """One look at the product. `scope` reaches as far as the person may; `one` is the customer looked at."""

    scope: Scope
    brand: Brand
    palette: Palette
    customers: tuple[Customer, ...]
    customer: Customer
    month: str
    as_of: datetime

    @property
    def one(self) -> Scope:
        """The person's scope, narrowed to the customer looked at."""
        return self.scope.only(self.customer.customer_id)

    @property
    def words(self) -> Words:
        """How this customer reads numbers and times."""
        return Words(self.customer.locale, self.customer.time_zone)

    @property
    def look(self) -> Look:
        """What charts need to know."""
        return Look(self.palette, self.brand.font, self.words)

    @property
    def period(self) -> Period:
        """The month looked at, in the contract's zone."""
        return self.period_of(self.month)

    def period_of(self, month: str) -> Period:
        """Another month of the same customer."""
        return Period.parse(month, self.customer.time_zone, self.as_of)

    def months(self, count: int = 6) -> list[str]:
        """The month looked at and those before it, oldest first."""
        return months_before(self.month, count)

    @property
    def is_running(self) -> bool:
        """True while the month looked at is not over."""
        return self.period.until > self.as_of

    @property
    def last_day(self) -> date:
        """The last local day of the month that has begun: promises are looked up on it."""
        zone = ZoneInfo(self.customer.time_zone)
        return (min(self.period.until, self.as_of) - timedelta(microseconds=1)).astimezone(zone).date()


def months_before(month: str, count: int) -> list[str]:
    """`count` months up to and including one, oldest first: 2026-01, 3 → 2025-11, 2025-12, 2026-01."""
    year, number = (int(part) for part in month.split("-"))
    index = year * 12 + number - 1
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(index - count + 1, index + 1)]


def months_of(customer: Customer, as_of: datetime) -> list[str]:
    """The months to choose from, newest first: back to the first counted day, thirteen at most."""
    today = as_of.astimezone(ZoneInfo(customer.time_zone)).date()
    newest = f"{today:%Y-%m}"
    first = f"{customer.first_day or today:%Y-%m}"
    return [month for month in reversed(months_before(newest, MONTHS_SHOWN)) if month >= min(first, newest)]


def usual_month(months: list[str], as_of: datetime, time_zone: str) -> str:
    """Where a visit begins: this month, or the one before while this one is less than three days old."""
    day = as_of.astimezone(ZoneInfo(time_zone)).day
    return months[1] if day <= 3 and len(months) > 1 else months[0]
