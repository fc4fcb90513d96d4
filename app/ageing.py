"""How old approved work was while it waited for its bill, week by week over thirteen months, as the Business impact page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import streamlit as st

from app import house
from app.colour import mix
from app.data import HISTORY_SECONDS
from app.scope import Scope
from app.view import MONTHS_SHOWN, View
from metrics import ages
from metrics.period import Period
from sql.database import viewer

BANDS = ("0-30", "31-60", "61-90", "91+")
Row = Mapping[str, Any]


@st.cache_data(ttl=HISTORY_SECONDS, max_entries=500, show_spinner=False)
def waiting(scope: Scope, period: Period, as_of: datetime) -> list[Row]:
    """What was open at the end of each day that has ended, by currency and age; columns as in viewer/ages_open.sql."""
    with viewer(house.current().db, scope.customer_ids, as_of, staff=not scope.is_customer) as conn:
        return list(ages.open_by_day(conn, ages.WORK, scope.customer_ids, period, as_of=as_of))


def year_of(view: View) -> Period:
    """The month looked at and the twelve before it, in the contract's zone."""
    first = view.period_of(view.months(MONTHS_SHOWN)[0])
    return Period(first.since, view.period.until, view.customer.time_zone, f"{first.label}..{view.month}")


def weeks(
    view: View, rows: Sequence[Row], currency: str
) -> tuple[list[str], list[tuple[str, list[float | None], str]]]:
    """Days a week apart up to the last one, and for each band of age its money and its colour.

    They begin with the first work that waited: what was before anything was read is not nothing. Empty when none ever did.
    """
    mine = {
        (row["day"], row["band"]): float(row["amount"] or 0) for row in rows if row["currency"] == currency
    }
    begun = min((day for (day, _), amount in mine.items() if amount), default=None)
    if begun is None:
        return [], []
    days: list[date] = sorted({day for day, _ in mine if day >= begun})[::-1][::7][::-1]
    of = view.palette
    older = (mix(of.background, of.primary, share) for share in (0.45, 0.72, 1.0))
    colours = (*older, mix(of.primary, of.text, 0.6))  # the longer it waited, the stronger
    bars: list[tuple[str, list[float | None], str]] = [
        (f"{band} days", [mine.get((day, band), 0.0) for day in days], colour)
        for band, colour in zip(BANDS, colours, strict=False)
    ]
    return [view.words.short_day(day) for day in days], bars
