"""Times as sources write them: ISO with or without zone, epochs, formats of their own; a date that cannot be is refused."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from collectors.stream import BadRecord

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_FRACTION = re.compile(r"(\.\d{6})\d+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_FIRST, _LAST = 1900, 2200


class InstantReader:
    """Reads instants of one source. `form`: iso, epoch, epoch_ms, or a strptime format; `zone`: of times that name none."""

    def __init__(self, form: str = "iso", zone: tzinfo = UTC) -> None:
        self.form = form
        self.zone = zone
        self._utc = zone is UTC or str(zone) == "UTC"

    def read(self, value: Any) -> datetime:
        """The instant, aware. Raises BadRecord for what is none."""
        if isinstance(value, str):
            at = self._text(value.strip())
        elif isinstance(value, datetime):
            at = value
        elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            at = self._number(value)
        else:
            raise BadRecord(f"is {_short(value)}, not a time")
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC if self._utc else self.zone)
        if not _FIRST <= at.year < _LAST:
            raise BadRecord(f"is {_short(value)}, not a time between {_FIRST} and {_LAST}")
        return at if at.tzinfo is UTC else at.astimezone(UTC)

    def write(self, at: datetime) -> str | int | float:
        """An instant as this source takes it in a request."""
        if self.form == "epoch":
            return int(at.timestamp())
        if self.form == "epoch_ms":
            return int(at.timestamp() * 1000)
        if self.form == "iso":
            return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return at.astimezone(self.zone).strftime(self.form)

    def _text(self, text: str) -> datetime:
        try:
            if self.form == "iso":
                return datetime.fromisoformat(text)
            if self.form in ("epoch", "epoch_ms"):
                return self._number(Decimal(text))
            return datetime.strptime(text, self.form)  # noqa: DTZ007 - the zone is the source's, added by read()
        except (ValueError, ArithmeticError):
            pass
        if self.form == "iso":
            try:  # more digits than a microsecond has
                return datetime.fromisoformat(_FRACTION.sub(r"\1", text))
            except ValueError:
                pass
        raise BadRecord(f"is {_short(text)}, not a time (format {self.form})")

    def _number(self, value: int | float | Decimal) -> datetime:
        if self.form not in ("epoch", "epoch_ms"):
            raise BadRecord(f"is {_short(value)}, a bare number; say times.format epoch or epoch_ms")
        scale = 1_000 if self.form == "epoch_ms" else 1_000_000
        try:
            if type(value) is int:
                return _EPOCH + value * (_MILLISECOND if scale == 1_000 else _SECOND)
            exact = Decimal(repr(value)) if isinstance(value, float) else value
            return _EPOCH + timedelta(microseconds=int(exact * scale))
        except (OverflowError, ArithmeticError, ValueError):
            raise BadRecord(f"is {_short(value)}, not a time (format {self.form})") from None


def read_date(form: str, value: Any) -> date:
    """A local date: never converted between zones. Raises BadRecord for what is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = value.strip()
        try:
            return date.fromisoformat(text[:10] if len(text) > 10 and text[10] in "T " else text)
        except ValueError:
            pass
        if "%" in form:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - only its date is taken
            except ValueError:
                pass
    raise BadRecord(f"is {_short(value)}, not a date")


def read_duration(value: Any) -> timedelta:
    """A length of time: as such, seconds as a number, or ISO 8601 ("PT8H6M12S"). Raises BadRecord for what is none."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return timedelta(seconds=float(value))
    if isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())) and value.strip() != "P":
        return timedelta(**{unit: float(amount) for unit, amount in found.groupdict(default="0").items()})
    raise BadRecord(f"is {_short(value)}, not a length of time")


def zone_named(name: str) -> tzinfo:
    """The zone with this name; UTC is the constant, which is faster. Raises KeyError for one that is not there."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 60 else said[:50] + "…"
