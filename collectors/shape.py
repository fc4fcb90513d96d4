"""The shape of a table: turns mapped values into what its columns hold, or says which one cannot be."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from collectors.redact import mask
from collectors.stream import BadRecord
from collectors.times import InstantReader, read_date
from sql.declared import declared
from sql.ingest_table import Column

Convert = Callable[[Any], Any]

LONGEST_KEY = 500
LONGEST_TEXT = 10_000
LONGEST_ERROR = 4_000
_FREE_TEXT = frozenset({"error_message", "error_type", "error_code", "error_step"})
"""Explanations, not facts: cut and cleaned instead of held."""

_PARTITIONED = {"raw.run": "due_at", "biz.state_event": "at"}
_INTEGERS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_OURS = frozenset({"customer_id", "system_id", "first_seen_at", "last_seen_at", "seen_at", "flow_id"})


@dataclass(frozen=True)
class Options:
    """How a source writes what its types do not say: the zone of bare times, their format, the decimal sign."""

    zone: tzinfo = UTC
    time_format: str = "iso"
    decimal: str = "."


class Shape:
    """The columns of one object's table as converters; `conform` is called once per row."""

    def __init__(self, table: str, options: Options | None = None) -> None:
        self.table = declared(table)
        self.options = options or Options()
        self._plans: dict[
            tuple[str, ...], tuple[tuple[tuple[str, Convert, bool, bool], ...], tuple[str, ...]]
        ] = {}
        self._known: dict[str, Convert] = {}
        self._mandatory = tuple(name for name in self.table.key if name not in _OURS)

    def conform(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with every value as its column takes it.

        Raises BadRecord: a required value is missing, or a value does not fit. A row that says `deleted_at` needs no
        more than its key. An empty value for a column that has a default is left to the default.
        """
        names = tuple(row)
        plan, missing = self._plans.get(names) or self._plan(names)
        if missing and row.get("deleted_at") is None:
            raise BadRecord("is missing", missing[0])
        fitted: dict[str, Any] = {}
        for (name, convert, nullable, defaulted), value in zip(plan, row.values(), strict=True):
            if value is None:
                if nullable:
                    fitted[name] = None
                elif not defaulted and (row.get("deleted_at") is None or name in self._mandatory):
                    raise BadRecord("is missing", name)
                continue
            try:
                fitted[name] = convert(value)
            except BadRecord as error:
                raise BadRecord(error.reason, name) from None
        return fitted

    def conform_value(self, name: str, value: Any) -> Any:
        """One value as its column takes it. Raises BadRecord."""
        return self._converter(self.table.by_name[name])(value)

    def number(self, name: str, value: Any) -> Any:
        """A value of a number column as a number, or None when it is none: for conditions, which must not fail."""
        try:
            return None if value is None else self.conform_value(name, value)
        except BadRecord:
            return None

    def _plan(self, names: tuple[str, ...]) -> Any:
        unknown = [name for name in names if name not in self.table.by_name]
        if unknown:
            raise BadRecord(f"{self.table.name} has no such column", unknown[0])
        steps = tuple(
            (name, self._converter(column), column.nullable, not column.nullable and not column.required)
            for name in names
            for column in (self.table.by_name[name],)
        )
        missing = sorted(self.table.required - set(names) - _OURS - self._filled_later())
        absent_key = [
            name for name in self._mandatory if name not in names and name not in self._filled_later()
        ]
        if absent_key:
            raise BadRecord("is missing", absent_key[0])
        self._plans[names] = steps, tuple(missing)
        return self._plans[names]

    def _filled_later(self) -> frozenset[str]:
        return {
            "raw.run": frozenset({"transaction_key"}),
            "raw.attempt": frozenset({"due_at"}),
            "raw.run_item": frozenset({"due_at"}),
        }.get(self.table.name, frozenset())

    def _converter(self, column: Column) -> Convert:
        if column.name not in self._known:
            self._known[column.name] = self._make_converter(column)
        return self._known[column.name]

    def _make_converter(self, column: Column) -> Convert:
        kind = column.copy_type
        if column.name in _FREE_TEXT:
            return _free_text
        if column.name == "currency":
            return _currency
        if column.allowed:
            return partial(_allowed, column.allowed)
        if kind == "text":
            return _key if column.name in self.table.key else _text
        if kind == "timestamptz":
            reader = InstantReader(self.options.time_format, self.options.zone)
            monthly = _PARTITIONED.get(self.table.name) == column.name
            return partial(_within_reach, reader.read) if monthly else reader.read
        if kind == "date":
            return partial(read_date, self.options.time_format)
        if kind in _INTEGERS:
            return partial(_integer, _INTEGERS[kind], self.options.decimal)
        if kind == "numeric":
            digits = re.findall(r"\d+", column.type)
            whole, fraction = (int(digits[0]), int(digits[1])) if len(digits) == 2 else (131072, 0)
            return partial(_decimal, Decimal(10) ** (whole - fraction), self.options.decimal)
        if kind == "float8":
            return lambda value: float(_decimal(Decimal("1e300"), self.options.decimal, value))
        if kind == "bool":
            return _boolean
        return lambda value: value


def shorten(value: Any) -> str:
    """A value for an error line: never longer than a person reads."""
    said = repr(value)
    return said if len(said) <= 60 else said[:50] + f"… ({len(said):,} characters)"


def _text(given: Any, longest: int = LONGEST_TEXT) -> str:
    value = given if isinstance(given, str) else str(given)
    if not isinstance(given, str):
        # NaN and infinity end in a letter
        is_number = isinstance(given, (int, float, Decimal)) and value[-1:].isdigit()
        if not (is_number or isinstance(given, (date, UUID))):
            raise BadRecord(f"is {shorten(given)}, not a text")
    if len(value) > longest:
        raise BadRecord(f"is {len(value):,} characters long; {longest:,} are the most that is kept")
    if "\0" in value:
        raise BadRecord("holds a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raw = "\udc80" <= value[error.start] <= "\udcff"
            raise BadRecord(
                "is not valid UTF-8" if raw else "holds half a character (a lone surrogate)"
            ) from None
    return value


def _key(value: Any) -> str:
    text = _text(value, LONGEST_KEY)
    if not text.strip():
        raise BadRecord("is missing")
    return text


def _free_text(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if len(text) > LONGEST_ERROR:
        text = text[:LONGEST_ERROR] + f"… (cut, {len(text):,} characters)"
    if "\0" in text:
        text = text.replace("\0", "")
    return mask(text if text.isascii() else text.encode("utf-8", "replace").decode())


def _currency(value: Any) -> str:
    if isinstance(value, str) and _CURRENCY.fullmatch(code := value.strip().upper()):
        return code
    raise BadRecord(f"is {shorten(value)}, not a currency code of three letters")


def _allowed(values: tuple[str, ...], value: Any) -> str:
    if value in values:
        return str(value)
    raise BadRecord(f"is {shorten(value)}, not one of {', '.join(values)}")


def _within_reach(read: Convert, value: Any) -> datetime:
    at: datetime = read(value)
    if not 2000 <= at.year < 2100:
        raise BadRecord(f"is {at.isoformat()}; only 2000 to 2099 can be kept")
    return at


def _parse(decimal: str, value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        raise BadRecord(f"is {value}, not a number")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        text = value.strip()
        plain = text if decimal == "." else text.replace(decimal, ".") if "." not in text else ""
        if _NUMBER.fullmatch(plain):
            return Decimal(plain)
        hint = f"; numbers are written with {decimal!r} here" if "," in text or "." in text else ""
        raise BadRecord(f"is {shorten(value)}, not a number{hint}")
    raise BadRecord(f"is {shorten(value)}, not a number")


def _decimal(limit: Decimal, decimal: str, value: Any) -> Decimal:
    number = _parse(decimal, value)
    if not number.is_finite():
        raise BadRecord(f"is {number}, not a number")
    if abs(number) >= limit:
        raise BadRecord(f"is {shorten(value)}, too large to be kept")
    return number


def _integer(limit: int, decimal: str, value: Any) -> int:
    if type(value) is int:
        number = value
    else:
        exact = _decimal(Decimal(limit), decimal, value)
        number = int(exact)
        if number != exact:
            raise BadRecord(f"is {shorten(value)}, not a whole number")
    if not -limit <= number < limit:
        raise BadRecord(f"is {shorten(value)}, too large to be kept")
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadRecord(f"is {shorten(value)}, neither true nor false")
