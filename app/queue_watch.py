"""What others do while somebody looks at the queue: every few seconds it is asked which of the rows that are shown changed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg
import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from app import data, queue_reads, queue_window
from app.data import rows_of
from app.scope import Scope

EVERY_SECONDS = 4
SEEN, NOTICED, OPENED = "the rows as they were seen", "what others changed", "what was opened by then"
Seen = tuple[int, int, int, int, int | None]


def watch(
    rows: Sequence[Mapping[str, Any]], found: Mapping[str, Any] | None, filtered: str, scope: Scope
) -> None:
    """From now on the page is drawn again when others change the rows that the browser has, or the one that is looked at.

    `rows` as the list is drawn from; `found` as queue_reads.exception gives it.
    """
    shown = queue_window.part(rows, queue_window.start(filtered, len(rows)))
    seen = {row["exception_id"]: _seen(row) for row in shown}
    if found is not None:
        seen[found["exception_id"]] = (*_seen(found)[:-1], _last_event(found, scope))
    st.session_state[SEEN] = (time.monotonic(), tuple(seen.values()))
    _look(scope)


def _seen(row: Mapping[str, Any]) -> Seen:
    return row["customer_id"], row["exception_id"], row["version"], row["occurrences"], None


def _last_event(found: Mapping[str, Any], scope: Scope) -> int | None:
    """A customer does not read every event: one that is not shown would be news for ever."""
    return None if scope.is_customer else max((event["event_id"] for event in found["events"]), default=0)


@st.fragment(run_every=EVERY_SECONDS)
def _look(scope: Scope) -> None:
    """Shows nothing, and asks nothing while the page has just been drawn. That the database is away the page itself tells."""
    since, seen = st.session_state[SEEN]
    if time.monotonic() - since < EVERY_SECONDS / 2:
        return
    until, newest = st.session_state[OPENED]
    found: tuple[tuple[int, int, int], ...] = ()
    is_longer = False
    with suppress(psycopg.Error, SQLAlchemyError):
        found = changed(scope, seen)
        is_longer = data.now() >= until and opened(scope) != newest
    if found or is_longer:
        st.session_state[NOTICED] = found
        st.rerun()


def changed(scope: Scope, seen: Sequence[Seen]) -> tuple[tuple[int, int, int], ...]:
    """Which of `seen` are no longer so: number, version and occurrences of each as they are now."""
    names = ("customers", "exception_ids", "versions", "counted", "event_ids")
    asked = {name: [each[place] for each in seen] for place, name in enumerate(names)}
    rows = rows_of(scope, "screen/exceptions_changed", asked) if seen else []
    return tuple((row["exception_id"], row["version"], row["occurrences"]) for row in rows)


def opened(scope: Scope) -> tuple[int | None, ...]:
    """What is another as soon as an exception was opened: the latest of each customer."""
    return tuple(row["newest"] for row in rows_of(scope, "screen/exceptions_newest", {}))


def begin(scope: Scope, until: datetime) -> None:
    """The whole list is about to be read, and good until then: what is opened later is not in it."""
    st.session_state[OPENED] = (until, opened(scope))


def noticed(scope: Scope, as_of: datetime) -> tuple[tuple[int, int, int], ...]:
    """What others changed since the page was drawn, as `changed` gives it; what is asked of these next is read, not remembered."""
    found: tuple[tuple[int, int, int], ...] = st.session_state.pop(NOTICED, ())
    for exception_id, *_ in found:
        queue_reads.exception.clear(scope, exception_id, as_of)
    return found
