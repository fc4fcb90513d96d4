"""Numbers in words: percent never rounded into the better, money in its own currency, times in the contract's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_precision

from metrics.figure import Figure
from metrics.metric import Better
from metrics.proportions import truncate_toward_worse

NOTHING = "–"
NOT_REACHED = "not reached"
ROLE_NAMES = {
    "partner_owner": "Partner owner",
    "partner_manager": "Account manager",
    "partner_support": "Support",
    "partner_admin": "Administrator",
    "customer_executive": "Executive",
    "customer_finance": "Finance",
}
SYSTEM_NAMES = {
    "crm": "CRM",
    "psa": "Projects",
    "erp": "ERP",
    "time": "Time tracking",
    "billing": "Billing",
    "hr": "HR",
    "ipaas": "Integration platform",
    "ticketing": "Ticketing",
    "expense": "Expenses",
}
_DAY = 86400


@dataclass(frozen=True)
class Words:
    """How one customer reads figures. Numbers follow the locale; the words around them stay English."""

    locale: str
    time_zone: str

    @property
    def numbers(self) -> str:
        """The locale as babel wants it, for numbers and money."""
        return _known(self.locale)

    @property
    def dates(self) -> str:
        """The locale of dates: English, in the locale's own order where that is English too."""
        return self.numbers if self.numbers.startswith("en") else "en_GB"

    def count(self, value: float | Decimal | None) -> str:
        """1,284"""
        return NOTHING if value is None else format_decimal(value, "#,##0.##", locale=self.numbers)

    def percent(
        self, value: float | Decimal | None, *, digits: int | None = None, better: str = "higher"
    ) -> str:
        """99.89 % for 0.99897: cut towards the worse side, so that a miss never reads as met."""
        if value is None:
            return NOTHING
        return self._percent(Fraction(repr(value) if isinstance(value, float) else value), digits, better)

    def promise(self, limit: Decimal) -> str:
        """99.5% for 0.995: a promise is shown with the digits it was made with."""
        exponent = (limit * 100).normalize().as_tuple().exponent
        return self._percent(Fraction(limit), max(0, -exponent) if isinstance(exponent, int) else 1, "higher")

    def share(
        self, part: Decimal | int, whole: Decimal | int, *, digits: int | None = None, better: str = "higher"
    ) -> str:
        """The same from exact counts: 117 of 120."""
        return NOTHING if not whole else self._percent(Fraction(part) / Fraction(whole), digits, better)

    def _percent(self, exact: Fraction, digits: int | None, better: str) -> str:
        if digits is None:
            digits = 2 if Fraction(99, 100) <= exact < 1 or 0 < exact < Fraction(1, 100) else 1
        side: Better = "lower" if better == "lower" else "higher"
        cut = truncate_toward_worse(exact * 100, digits, side)
        number = format_decimal(cut, "#,##0" + ("." + "0" * digits if digits else ""), locale=self.numbers)
        return f"{number}%" if self.numbers.startswith("en") else f"{number}\N{NO-BREAK SPACE}%"

    def money(self, value: Decimal | None, currency: str | None, *, whole: bool = True) -> str:
        """£4,201 on screens, to the minor unit with `whole=False`; without a currency, no number is money."""
        if value is None or not currency:
            return NOTHING
        pattern = Locale.parse(self.numbers).currency_formats["standard"].pattern
        if not (whole and abs(value) >= 100):
            unit = Decimal(1).scaleb(
                -get_currency_precision(currency)
            )  # babel alone would round halves to even
            return format_currency(
                value.quantize(unit, ROUND_HALF_UP), currency, pattern, locale=self.numbers
            )
        rounded = value.quantize(Decimal(1), ROUND_HALF_UP)
        whole_pattern = pattern.replace(".00", "")
        return format_currency(rounded, currency, whole_pattern, locale=self.numbers, currency_digits=False)

    def duration(self, seconds: float | None) -> str:
        """43 s, 12 min, 3 h 20 min, 6.4 days; infinity is "not reached"."""
        if seconds is None:
            return NOTHING
        if seconds == float("inf"):
            return NOT_REACHED
        sign, length = ("-", -seconds) if seconds < 0 else ("", seconds)
        if length < 9.95:
            return f"{sign}{format_decimal(round(length, 1), '0.#', locale=self.numbers)} s"
        if length < 59.5:
            return f"{sign}{length:.0f} s"
        if length < 600:
            minutes, rest = divmod(int(-(-length // 1)), 60)
            return f"{sign}{minutes} min {rest} s" if rest else f"{sign}{minutes} min"
        whole = int(-(-length // 60))
        if whole < 60:
            return f"{sign}{whole} min"
        if length < 2 * _DAY:
            hours, minutes = divmod(whole, 60)
            return f"{sign}{hours} h {minutes} min" if minutes else f"{sign}{hours} h"
        days = Decimal(repr(length)) / _DAY
        cut = days.quantize(Decimal("0.1") if days < 100 else Decimal(1), ROUND_CEILING)
        return f"{sign}{format_decimal(cut, '#,##0.#', locale=self.numbers)} days"

    def ago(self, then: datetime, now: datetime) -> str:
        """2 min ago: to the minute, for things that just happened."""
        seconds = max(0.0, (now - then).total_seconds())
        return f"{self.duration(seconds // 60 * 60)} ago" if seconds >= 60 else "just now"

    def day(self, value: date | datetime | None) -> str:
        """20 Nov 2026"""
        if value is None:
            return NOTHING
        local = value.astimezone(ZoneInfo(self.time_zone)).date() if isinstance(value, datetime) else value
        return format_date(local, "MMM d, y" if self.dates == "en_US" else "d MMM y", locale=self.dates)

    def short_day(self, value: date) -> str:
        """20 Nov"""
        return format_date(value, "MMM d" if self.dates == "en_US" else "d MMM", locale=self.dates)

    def instant(self, value: datetime | None, *, with_zone: bool = True) -> str:
        """20 Nov 2026, 14:20 GMT, in the contract's zone."""
        if value is None:
            return NOTHING
        order = "MMM d, y" if self.dates == "en_US" else "d MMM y"
        zone = ZoneInfo(self.time_zone)
        text = format_datetime(value, f"{order}, HH:mm", tzinfo=zone, locale=self.dates)
        return f"{text} {value.astimezone(zone):%Z}" if with_zone else text

    def month(self, label: str, *, short: bool = False) -> str:
        """October 2026, or Oct, for 2026-10."""
        year, _, number = label.partition("-")
        first = date(int(year), int(number), 1)
        return format_date(first, "MMM" if short else "MMMM y", locale=self.dates)

    def value(self, figure: Figure) -> str:
        """A figure's value in its unit."""
        value, unit = figure.value, figure.unit
        if value is None:
            return NOT_REACHED if is_not_reached(figure) else NOTHING
        if unit == "ratio":
            if isinstance(figure.numerator, int) and isinstance(figure.denominator, int):
                return self.share(figure.numerator, figure.denominator, better=figure.metric.better)
            return self.percent(value, better=figure.metric.better)
        if unit == "budget":
            return self.percent(value)
        if unit == "seconds":
            return self.duration(float(value))
        if unit == "money" or (
            unit == "count" and figure.currency
        ):  # a count in a currency is what they are worth
            return self.money(Decimal(value), figure.currency)
        if unit == "per_hour":
            return f"{self.count(round(float(value), 1))} / h"
        return self.count(value)

    def of(self, figure: Figure) -> str:
        """117 of 120, £1,200 of £1,500, 61.5 of 80 hours: what a value was divided from, where that is a part of a whole."""
        part, whole = figure.numerator, figure.denominator
        if (
            part is None
            or not whole
            or figure.unit == "per_hour"
            or (figure.unit != "ratio" and part > whole)
        ):
            return ""
        if figure.currency is not None:
            return " of ".join(self.money(Decimal(side), figure.currency) for side in (part, whole))
        unit = f" {figure.metric.rows_in}" if figure.metric.rows_in else ""
        return f"{self.count(part)} of {self.count(whole)}{unit}"


def is_not_reached(figure: Figure) -> bool:
    """Whether so many failed or are still open that the median or the percentile asked for was never come to."""
    return figure.value == float("inf") or (
        figure.value is None and "p95" in (figure.detail.get("not_reached") or ())
    )


def why_not_reached(figure: Figure) -> str:
    """Why no median, or no percentile, can be named yet; empty where one can, and of what nothing is waited for."""
    if figure.value == float("inf") and "half_low" in figure.detail:
        return "so much is still open, or ended otherwise, that half of it is not done so far"
    if figure.value is None and is_not_reached(figure):
        return "so many failed or are still open that 95 in 100 have not arrived"
    return ""


@cache
def _known(locale: str) -> str:
    try:
        return str(Locale.parse(locale, sep="-"))
    except (UnknownLocaleError, ValueError):
        return "en_GB"


def plural(number: float | Decimal, one: str, many: str | None = None) -> str:
    """deal or deals."""
    return one if number == 1 else many or f"{one}s"


def sentence(words: str) -> str:
    """A reason as a sentence of its own."""
    return f"{words[:1].upper()}{words[1:]}.".replace("..", ".")
