"""The words of service-level terms, each checked: keys, percentages that are exact, spans of time, windows, parties."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MILLION = 10**6
Party = Literal["partner", "customer_data", "customer_change", "saas_vendor", "ipaas", "unknown"]
Reason = Literal[
    "maintenance", "partner", "customer_data", "customer_change", "saas_vendor", "ipaas", "unknown"
]
Stage = Literal["presales", "implementation", "stabilisation", "optimisation", "expansion"]
_SPAN = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WINDOW = re.compile(r"calendar-month|quarter|[1-9]\d{0,2}d")


def span_seconds(text: str) -> int:
    """The seconds in a span such as 90s, 15m, 4h or 2d; raises ValueError for anything else, and for none at all."""
    found = re.fullmatch(r"(\d+)\s*([smhd])", text.strip())
    if found is None or not int(found[1]):
        raise ValueError(f"'{text}' is no span of time; write it like 90s, 15m, 4h or 2d")
    return int(found[1]) * _SPAN[found[2]]


def ppm(percent: Decimal) -> int:
    """A percentage in parts per million, exactly: 99.95 is 999500."""
    return int(percent * 10_000)


def number(value: Any) -> Any:
    """A number as it was written: 99.95 and not the binary fraction next to it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"{value!r} is no number")
    try:
        exact = Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not exact.is_finite():
        raise ValueError(f"{value!r} is no number")
    return exact


def plain(value: Decimal) -> int | float:
    """The number as an estate file has it; read again it is the same."""
    return int(value) if value == int(value) else float(value)


def exact(said: Any) -> Any:
    """A document with its numbers as they were written, none of them a binary fraction."""
    if isinstance(said, float):
        return Decimal(repr(said))
    if isinstance(said, dict):
        return {key: exact(item) for key, item in said.items()}
    return [exact(item) for item in said] if isinstance(said, list | tuple) else said


def _four_decimals(value: Decimal) -> Decimal:
    if value * 10_000 != int(value * 10_000):
        raise ValueError(f"{value} has more than four decimals")
    return value


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", text):
        raise ValueError(f"'{text}' is no key; use small letters, digits, - and _")
    return text


def _window(text: str) -> str:
    if not _WINDOW.fullmatch(text):
        raise ValueError(f"'{text}' is no window; write calendar-month, quarter, or days such as 28d or 30d")
    return text


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ValueError(f"'{text}' is no currency; use an ISO 4217 code such as USD")
    return text


Number = Annotated[Decimal, BeforeValidator(number), AfterValidator(_four_decimals)]
Percent = Annotated[Number, Field(ge=0, le=100)]
Key = Annotated[str, AfterValidator(_key)]
Span = Annotated[str, AfterValidator(lambda text: (span_seconds(text), text)[1])]
Window = Annotated[str, AfterValidator(_window)]
Currency = Annotated[str, AfterValidator(_currency)]


class Entry(BaseModel):
    """A part of terms: it refuses what it does not know, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
