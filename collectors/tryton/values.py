"""Tryton's JSON values: Decimal, date, datetime and timedelta, exact in both directions; references and base64 parts."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from collectors.stream import BadRecord

Row = dict[str, Any]
Domain = list[Any]

_MINUTE = Decimal(60)
_HOUR = Decimal(3600)
_FOURTH = Decimal("0.0001")
_INSTANT = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def instant(value: Any, field: str) -> datetime | None:
    """An aware instant; Tryton's are naive and in UTC. None stays None, anything else is a BadRecord."""
    if value is None:
        return None
    try:
        if value["__class__"] == "datetime":
            year, month, day_, hour, minute, second, micro = (value[name] for name in _INSTANT)
            return datetime(year, month, day_, hour, minute, second, micro, tzinfo=UTC)
    except (TypeError, KeyError, ValueError):
        pass
    raise BadRecord(f"is {_short(value)}, not a time", field)


def day(value: Any, field: str) -> date | None:
    """A local date, never converted. None stays None, anything else is a BadRecord."""
    if value is None:
        return None
    try:
        if value["__class__"] == "date":
            return date(value["year"], value["month"], value["day"])
    except (TypeError, KeyError, ValueError):
        pass
    raise BadRecord(f"is {_short(value)}, not a date", field)


def number(value: Any, field: str) -> Decimal | None:
    """An exact number: a Decimal object, or a plain number as it was written. None stays None."""
    if value is None:
        return None
    written = value
    if isinstance(value, Mapping):
        written = value.get("decimal") if value.get("__class__") == "Decimal" else None
    try:
        if written is not None and not isinstance(written, bool):
            found = Decimal(repr(written) if isinstance(written, float) else written)
            if found.is_finite():
                return found
    except (InvalidOperation, TypeError, ValueError):
        pass
    raise BadRecord(f"is {_short(value)}, not a number", field)


def seconds(value: Any, field: str) -> Decimal | None:
    """The seconds of a timedelta. None stays None, anything else is a BadRecord."""
    if value is None:
        return None
    if isinstance(value, Mapping) and value.get("__class__") == "timedelta":
        return number(value.get("seconds"), field)
    raise BadRecord(f"is {_short(value)}, not a length of time", field)


def minutes(value: Any, field: str) -> Decimal | None:
    """A length of time in minutes, to four digits."""
    found = seconds(value, field)
    return None if found is None else (found / _MINUTE).quantize(_FOURTH)


def hours(value: Any, field: str) -> Decimal | None:
    """A length of time in hours, to four digits."""
    found = seconds(value, field)
    return None if found is None else (found / _HOUR).quantize(_FOURTH)


def ref(value: Any) -> str | None:
    """The id of a many-to-one, however it came: a number, or an object that brought fields of its own."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return None if value is None else str(value)


def target(value: Any, model: str) -> int | None:
    """The id that a reference ("project.work,3") holds when it leads to `model`."""
    if not isinstance(value, str):
        return None
    name, _, number_ = value.partition(",")
    return int(number_) if name == model and number_.isdigit() else None


def rounded(amount: Decimal, step: Decimal | None) -> Decimal:
    """An amount as Tryton rounds it: to the currency's step, halves to the even neighbour."""
    if not step:
        return amount
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step


def moment(at: datetime) -> Row:
    """An instant as Tryton takes it."""
    naive = at.astimezone(UTC)
    return {"__class__": "datetime", **{name: getattr(naive, name) for name in _INSTANT}}


def packed(value: Any) -> str:
    """URL-safe base64 of JSON: how domains, orders and the context travel."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 60 else said[:50] + "…"
