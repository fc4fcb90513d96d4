"""Whether an exception gets worse: what happened in the last day and week, held against what was usual before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Literal

DAY = timedelta(days=1)
WEEK = 7
SURE = 1.5
"""So many standard deviations apart are two counts that differ; what differs less is told as about the same."""

Kind = Literal["unread", "new", "once", "quiet", "young", "back", "day", "more", "less", "same"]


@dataclass(frozen=True)
class Course:
    """How an exception runs.

    kind    unread (its system was not read for `days`), new (it began within `days`), once (it happened to one record, `days` ago), quiet
            (nothing for `days`), young (it began `days` ago: there is no week before to hold it against), back (something, and nothing the
            week before), day (the last day against a usual one), more, less or same (the last week against the one before)
    factor  how many times as much as before; None where nothing is compared
    week, before   records of the last seven days, and of the seven before those
    """

    kind: Kind
    week: int
    before: int
    days: int = 0
    factor: float | None = None

    @property
    def is_worse(self) -> bool:
        """Whether somebody should look at it before it grows on."""
        return self.kind in ("new", "back", "day", "more")


def course(row: Mapping[str, Any], as_of: datetime) -> Course:
    """What a row of screen/exceptions_lately.sql tells. Silence is told only of what was read."""
    days: list[int] = row["days"]
    before, week, today = sum(days[:WEEK]), sum(days[WEEK:]), days[-1]
    age, silent = as_of - row["opened_at"], as_of - row["last_occurred_at"]
    read_until = row["read_until"]

    def told(kind: Kind, days: int = 0, factor: float | None = None) -> Course:
        return Course(kind, week, before, days, factor)

    if age < DAY:
        return told("new", 1)
    if read_until is not None and as_of - read_until >= DAY:
        return told("unread", (as_of - read_until).days)
    if silent >= 2 * DAY:
        return told("once" if silent == age else "quiet", silent.days)
    if age < WEEK * DAY:
        return told("new", WEEK)
    usual = sum(days[-WEEK - 1 : -1]) / WEEK
    if today >= 2 * usual > 0 and (today - usual) / sqrt(today + usual / WEEK) >= SURE:
        return told("day", factor=today / usual)
    if age < 2 * WEEK * DAY:
        return told("young", age.days)
    if not before:
        return told("back" if week else "same")
    if abs(row["growth"]) < SURE:
        return told("same", factor=week / before)
    return told("more" if week > before else "less", factor=week / before)
