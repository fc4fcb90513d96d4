"""The rows behind a figure: which of them are a part's, what they add up to, and all of them as CSV."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from app.target import Target
from app.wording import Words, plural
from metrics.catalogue import by_key
from metrics.figure import Figure

_COLUMNS = {
    "flow": "flow_key",
    "object": "object_type",
    "system": "system_key",
    "pool": "outcome",
    "age": "age_band",
}
_TIMES = {"day": "%Y-%m-%d", "month": "%Y-%m"}
_NONE = ("(no flow)", "(none)")
_LOOKS = (
    "unbilled_time",
    "exception_trend",
)  # each of their days is a look of its own; the rows are of the last
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def of_part(rows: pd.DataFrame, target: Target, time_zone: str) -> pd.DataFrame | None:
    """The rows of one part, all of them for the whole; None: the rows do not tell which part they are of."""
    by, part = target.by, target.part
    if not by or not part:
        return rows
    if by in _TIMES:
        if by_key(target.key).key in _LOOKS:
            return None
        local = pd.to_datetime(rows["at"], utc=True).dt.tz_convert(time_zone)
        return rows[local.dt.strftime(_TIMES[by]) == part]
    column = by if by in rows else _COLUMNS.get(by, by)
    if column in rows:
        return rows[rows[column].isna() if part in _NONE else rows[column] == part]
    if by == "rule":  # a row's outcome may name its rules
        named = part.replace("_", " ")
        inside = pd.Series(
            [named in str(outcome).split(", ") for outcome in rows["outcome"]], rows.index, dtype=bool
        )
        return rows[inside] if inside.any() else None
    return None


def adds_up(words: Words, figure: Figure, rows: pd.DataFrame) -> tuple[str, bool]:
    """The sentence that compares the rows with the figure, and whether they agree: money to the cent, counts exactly."""
    if figure.currency is not None:
        mine = rows[rows["currency"] == figure.currency]
        inside = mine[mine["in_numerator"].astype(bool)]
        if figure.numerator is None and inside.empty:  # nobody can say of any of them what it comes to
            number = int(mine["is_unknown"].sum())
            said = f"{_rows(number, words)} of which nobody can say"
            return _compared(said, number == figure.unknown, words.count(figure.unknown))
        total = sum((Decimal(amount) for amount in inside["amount"]), Decimal(0))
        said = f"{_rows(len(inside), words)} add up to {words.money(total, figure.currency, whole=False)}"
        told = Decimal(figure.numerator) if figure.numerator is not None else None
        return _compared(said, total == told, words.money(told, figure.currency, whole=False))
    if (
        figure.numerator is None and rows["currency"].notna().any()
    ):  # what is in no currency is of no known value
        lost = rows[rows["currency"].isna()] if figure.unit == "money" else rows
        number = int(lost["is_unknown"].sum())
        said = f"{_rows(number, words)} without a known value"
        return _compared(said, number == figure.unknown, words.count(figure.unknown))
    if figure.metric.rows_add == "value":
        total = Decimal(str(round(float(rows.loc[rows["in_numerator"].astype(bool), "value"].sum()), 6)))
        fits = abs(total - Decimal(figure.numerator or 0)) < Decimal("0.001")
        unit = figure.metric.rows_in
        said = f"{_rows(len(rows), words)} add up to {words.count(total)} {unit}"
        return _compared(said, fits, f"{words.count(figure.numerator or 0)} {unit}")
    counted, whole = int(rows["in_numerator"].sum()), int(rows["in_denominator"].sum())
    if figure.denominator is None or figure.unit == "per_hour":  # its denominator is time, not rows
        fits = counted == (figure.numerator or 0)
        return _compared(f"{_rows(counted, words)} counted", fits, words.count(figure.numerator or 0))
    fits = (counted, whole) == (figure.numerator or 0, figure.denominator or 0)
    told_of = f"{words.count(figure.numerator or 0)} of {words.count(figure.denominator or 0)}"
    return _compared(
        f"Of these rows, {words.count(counted)} of {words.count(whole)} are counted", fits, told_of
    )


def _rows(count: int, words: Words) -> str:
    return f"{words.count(count)} {plural(count, 'row')}"


def _compared(said: str, fits: bool, told: str) -> tuple[str, bool]:
    return f"{said}, as in the figure." if fits else f"{said}; the figure says {told}.", fits


def csv(rows: pd.DataFrame) -> bytes:
    """All rows as CSV in UTF-8, times in UTC; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    safe = rows.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]) and not pd.api.types.is_datetime64_any_dtype(
            safe[name]
        ):
            safe[name] = safe[name].map(_inert)
    return safe.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%S%z").encode()


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
