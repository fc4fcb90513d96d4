"""What a window that is not over needs beside its counts: its days, the usual volume, and the last minutes, hours and days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from metrics.period import Period
from metrics.sla import budget
from metrics.sla.asking import Asked, count_of
from metrics.sla.exclude import Item
from metrics.sla.facts import Count, Day, Seen, Stretch
from metrics.sla.indicators import ASKED_BY_OBJECTIVE, EXCEPTION_CLOCKS
from metrics.sla.window import windows_before

_STRETCHES = sorted({seconds for tier in budget.TIERS for seconds in tier[1:3]})


def with_outlook(asked: Asked, it: Seen, gone: Sequence[Item]) -> Seen:
    """The facts with what a forecast and burn rates are worked out from; a rolling window is always at its end.

    `gone` are items that both sides left out: no forecast expects their like.
    """
    objective = asked.objective
    if not objective.window.endswith("d"):
        before = [_volume(asked, window) for window in windows_before(objective.window, asked.window)]
        it = replace(
            it,
            days=tuple(_days_without(asked, gone)),
            expected=budget.expected_volume([n for n in before if n]),
        )
    if objective.indicator.key == "sync_success_rate":
        rows = asked.rows("burn", seconds=_STRETCHES)
        stretches = tuple(Stretch(row.seconds, row.bad, row.valid) for row in rows)
        it = replace(it, stretches=stretches, begun=rows[0].begun if rows else None)
    return it


def _days(asked: Asked) -> list[Day]:
    objective = asked.objective
    if objective.threshold is not None:
        return [day for day, _ in asked.within()]
    is_figure = objective.indicator.key not in ASKED_BY_OBJECTIVE
    if objective.population is None and "day" in objective.indicator.by and is_figure:
        return [Day(datetime.fromisoformat(f.part).date(), count_of(f)) for f in asked.figures(by="day")]
    by_day = _by_day(asked, [each.item for each in asked.listed()])
    return [Day(day, by_day[day]) for day in sorted(by_day)]


def _days_without(asked: Asked, gone: Sequence[Item]) -> list[Day]:
    """The days of the window without the items that are left out."""
    left_out = _by_day(asked, gone)
    return [Day(each.day, each.count - left_out.get(each.day, Count())) for each in _days(asked)]


def _by_day(asked: Asked, found: Sequence[Item]) -> dict[date, Count]:
    zone = ZoneInfo(asked.subject.time_zone)
    by_day: dict[date, Count] = {}
    for item in found:
        if item.at is not None:
            day = item.at.astimezone(zone).date()
            by_day[day] = by_day.get(day, Count()) + item.count
    return by_day


def _volume(asked: Asked, window: Period) -> int:
    if asked.objective.metric in EXCEPTION_CLOCKS:
        return sum(outcome in ("good", "bad") for outcome in asked.exceptions(window))
    if asked.objective.threshold is not None:
        return sum(day.count.n for day, _ in asked.within(window))
    if asked.objective.indicator.key in ASKED_BY_OBJECTIVE:
        return sum(each.item.n for each in asked.listed(window))
    return sum(count_of(figure).n for figure in asked.figures(window))
