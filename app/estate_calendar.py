"""Calendars in an estate file: opening hours, holidays, and what changes from a day on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, model_validator

from app.estate_words import STRICT, Key, Zone
from metrics.calendars import names, public_holidays

_YEARS = (2020, 2035)  # moons are reckoned no further
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Entry(BaseModel):
    model_config = STRICT


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


class Holiday(_Entry):
    """A day the customer does not work, beyond the pre-filled ones."""

    on: date
    name: str


Hours = dict[str, str | list[str]]


class CalendarChange(_Entry):
    """Hours, or the place whose holidays are pre-filled, from a day on; what it does not say stays as it was."""

    valid_from: date
    hours: Hours | None = None
    holidays: str | None = None


class Calendar(_Entry):
    """Opening hours by weekday in local time, with holidays pre-filled by country; each may change from a day on.

    open_on  pre-filled holidays on which the customer works: by name, every year, or by day
    """

    key: Key
    hours: Hours
    holidays: str | None = None
    closed: list[Holiday] = []
    open_on: list[Annotated[str, BeforeValidator(_said)]] = []
    changes: list[CalendarChange] = []
    time_zone: Zone | None = None

    def week(self) -> dict[str, list[list[str]]]:
        """The hours spread over weekdays: {"mon": [["09:00", "17:00"]], …}; raises ValueError for what is no span."""
        return _week(self.hours)

    def later(self) -> list[dict[str, Any]]:
        """What holds from which day on, each whole, the earliest first: [{"from", "hours", "holidays"}]."""
        hours, holidays, found = self.week(), self.holidays, []
        for each in sorted(self.changes, key=lambda change: change.valid_from):
            hours = hours if each.hours is None else _week(each.hours)
            holidays = each.holidays or holidays
            found.append({"from": each.valid_from.isoformat(), "hours": hours, "holidays": holidays})
        return found

    @model_validator(mode="after")
    def _readable(self) -> Calendar:
        self.later()
        places = [each for each in (self.holidays, *(each.holidays for each in self.changes)) if each]
        known = [holiday for place in places for holiday in _known(place)]
        for said in self.open_on:
            if not any(names(said, *holiday) for holiday in known):
                raise ValueError(f"open_on: '{said}' is no holiday of {', '.join(places) or 'any place'}")
        if not self.week():
            raise ValueError("hours: it never opens; name the hours of at least one day")
        days = [each.valid_from for each in self.changes]
        if twice := [day for day in days if days.count(day) > 1]:
            raise ValueError(f"changes: {twice[0]} stands twice; say all that changes on a day at once")
        return self


@cache
def _known(place: str) -> Iterable[tuple[date, str]]:
    """The holidays of a country or a part of one, over the years that a file may name. Raises ValueError for one that nobody knows."""
    try:
        return public_holidays(place, *_YEARS).items()
    except LookupError as error:
        raise ValueError(f"holidays: {error}") from None


def _week(hours: Hours) -> dict[str, list[list[str]]]:
    week: dict[str, list[list[str]]] = {}
    for days, spans in hours.items():
        first, _, last = days.partition("-")
        if first not in _WEEKDAYS or (last and last not in _WEEKDAYS):
            raise ValueError(f"'{days}' names no weekdays; write mon, or mon-fri")
        begin, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
        chosen = _WEEKDAYS[begin : end + 1] if begin <= end else (*_WEEKDAYS[begin:], *_WEEKDAYS[: end + 1])
        for span in [spans] if isinstance(spans, str) else spans:
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", span):
                raise ValueError(f"'{span}' is no span of hours; write it like 09:00-17:00")
            opens, _, closes = span.partition("-")
            if closes <= opens:
                raise ValueError(f"'{span}' closes before it opens; split it at midnight")
            for day in chosen:
                for other in week.setdefault(day, []):
                    if opens < other[1] and other[0] < closes:
                        raise ValueError(
                            f"{day} is open {'-'.join(other)} and {span}; say the hours of a day once"
                        )
                week[day].append([opens, closes])
    return week
