"""What is left out of a month's promises, in money: each exclusion by what the items it takes are worth."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from metrics.period import Period
from metrics.sla.gather import left_out, questions
from metrics.sla.indicators import ASKED_BY_OBJECTIVE
from metrics.sla.items import Listed
from metrics.sla.terms import Terms
from metrics.sla.window import Subject


def worth(
    conn: Connection, subject: Subject, terms: Terms, period: Period, heard: datetime | None = None
) -> list[dict[str, Any]]:
    """Every exclusion and announced work of a month, whatever becomes of it, by currency: one row for each objective, and one of all
    of them together (objective null), where what several promise counts once.

    Columns: key; objective; exclusion (as an evaluation calls it); currency and amount as text, both null for items of no known value;
    records, how many items that is. Service time has no value, and an exclusion that takes no item has no row. `heard` as in `gather`.
    """
    by_objective: dict[tuple[str, str | None], dict[tuple[str, str | None], Listed]] = defaultdict(dict)
    for asked in questions(conn, subject, terms, period, heard):
        if asked.objective.is_measured or asked.objective.indicator.key in ASKED_BY_OBJECTIVE:
            continue
        left, behind = left_out(asked)
        known = {each.item.key: each for each in behind}
        for exclusion, keys in left.taken.items():
            for item in (known[key] for key in keys):
                for place in (asked.objective.key, None):
                    by_objective[exclusion, place][item.item.key, item.item.flow] = item
    return [
        row
        for (exclusion, objective), taken in sorted(
            by_objective.items(), key=lambda each: (each[0][0], each[0][1] or "")
        )
        for row in _rows(exclusion, objective, taken.values())
    ]


def _rows(exclusion: str, objective: str | None, taken: Iterable[Listed]) -> list[dict[str, Any]]:
    amounts: dict[str | None, list[Decimal]] = defaultdict(list)
    for each in taken:
        currency = each.currency if each.amount is not None else None
        amounts[currency].append(Decimal(each.amount or 0))
    return [
        {
            "key": " ".join(part for part in (exclusion, objective, currency) if part),
            "objective": objective,
            "exclusion": exclusion,
            "currency": currency,
            "amount": None if currency is None else format(sum(found, Decimal(0)), "f"),
            "records": len(found),
        }
        for currency, found in sorted(amounts.items(), key=lambda each: each[0] or "~")
    ]
