"""Which page of the queue is looked at: the first, or what comes after a place that was the last of the page before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from app import components, queue_bulk
from app.view import View

SIZE = 100
PAGES = "pages of the queue"


@dataclass(frozen=True)
class Reading:
    """Somebody reads on: under which filter, ranked as of which instant, and after which places pages began."""

    filtered: str
    ranked_at: datetime
    afters: tuple[tuple[float, ...], ...]


def asked(filtered: str) -> dict[str, Any]:
    """The parameters of screen/exceptions.sql for the page that is looked at; those of the first page under a new filter."""
    reading = _reading(filtered)
    if reading is None:
        return {}
    return {"after": list(reading.afters[-1]), "ranked_at": reading.ranked_at}


def bar(rows: Sequence[Mapping[str, Any]], filtered: str, view: View) -> None:
    """Which rows of how many these are, and the ways on and back; nothing when all are shown."""
    total, words, reading = rows[0]["total"] if rows else 0, view.words, _reading(filtered)
    before = SIZE * len(reading.afters) if reading else 0
    if total <= len(rows) and not before:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="pages"):
        span = f"{words.count(before + 1)} to {words.count(before + len(rows))} of {words.count(total)}"
        components.show(f'<span class="muted small nowrap">{span}</span>')
        if before:
            st.button("Back", key="the page before", on_click=back, args=(filtered,))
        if len(rows) == SIZE and before + SIZE < total:
            place = tuple(rows[-1]["place"])
            st.button("Next", key="the next page", on_click=read_on, args=(filtered, view.as_of, place))


def read_on(filtered: str, now: datetime, place: tuple[float, ...]) -> None:
    """To the page after a place. The order stays that of the instant at which the first page was left."""
    queue_bulk.next_round()
    reading = _reading(filtered) or Reading(filtered, now, ())
    st.session_state[PAGES] = Reading(filtered, reading.ranked_at, (*reading.afters, place))


def back(filtered: str) -> None:
    """To the page before."""
    queue_bulk.next_round()
    reading = _reading(filtered)
    st.session_state.pop(PAGES, None)
    if reading is not None and len(reading.afters) > 1:
        st.session_state[PAGES] = Reading(filtered, reading.ranked_at, reading.afters[:-1])


def _reading(filtered: str) -> Reading | None:
    reading = st.session_state.get(PAGES)
    return reading if isinstance(reading, Reading) and reading.filtered == filtered else None
