"""How far the queue is read: its first hundred rows, and a hundred more whenever somebody comes near the end of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from app import queue_acts, queue_reads
from app.data import STEP_SECONDS, Row
from app.scope import Scope
from app.view import View
from app.wording import Words
from metrics.triage.many import AT_MOST

SIZE = 100
LENGTH, HELD = "how far the queue is read", "the queue as it was read"


@dataclass(frozen=True)
class Held:
    """A long list as it was read: under which filter and after which acts, when, how far, and its rows."""

    under: tuple[Any, ...]
    at: datetime
    length: int
    rows: list[Row]


def read(ask: Callable[..., list[Row]], filtered: str, scope: Scope, view: View) -> list[Row]:
    """The list as far as somebody has come in it, each row with `lately`, how it runs, and `read_at`.

    `ask` reads screen/exceptions.sql under the filter that `filtered` names. A list of hundreds is kept for so many half
    minutes, for to read it costs as many times more; after one's own act the rows that it changed are read again at once, and
    the whole list where more than they may look otherwise. What is added to it comes after its last row in the order of the
    instant at which it was read.
    """
    length, under = _length(filtered), (filtered, queue_acts.stand(scope))
    held = st.session_state.get(HELD)
    if held is not None and held.under != under:
        held = _mended(held, ask, under, scope, view)
    if held is None or view.as_of >= held.at + timedelta(seconds=STEP_SECONDS) * (held.length // SIZE):
        held = Held(under, view.as_of, length, _read(ask, scope, view, limit=length))
    elif held.length < length:
        place = {"after": list(held.rows[-1]["place"]), "ranked_at": held.at}
        known = {row["exception_id"] for row in held.rows}
        more = _read(ask, scope, view, limit=length - held.length, **place)
        new = [row for row in more if row["exception_id"] not in known]
        held = Held(under, held.at, length, held.rows + new)
    st.session_state[HELD] = held
    return held.rows


def _mended(
    held: Held, ask: Callable[..., list[Row]], under: tuple[Any, ...], scope: Scope, view: View
) -> Held | None:
    """The list with the rows read again that one's own acts changed; None where that is not enough."""
    ids = queue_acts.changed(scope, held.under[1]) if held.under[0] == under[0] else None
    if ids is None or len(ids) > SIZE or not ids.issubset({row["exception_id"] for row in held.rows}):
        return None
    again = _read(ask, scope, view, limit=len(ids), exception_ids=sorted(ids), ranked_at=held.at)
    new = {row["exception_id"]: row for row in again}
    total = held.rows[0]["total"] - len(ids) + len(new)
    rows: list[Row] = [
        {**new.get(row["exception_id"], row), "place": row["place"], "total": total}
        for row in held.rows
        if row["exception_id"] in new or row["exception_id"] not in ids
    ]
    return Held(under, held.at, held.length, rows) if rows else None


def _read(ask: Callable[..., list[Row]], scope: Scope, view: View, **how: Any) -> list[Row]:
    rows = ask(**how)
    runs = queue_reads.lately(scope, tuple(row["exception_id"] for row in rows), False, view.as_of)
    return [{**row, "lately": runs.get(row["exception_id"]), "read_at": view.as_of} for row in rows]


def _length(filtered: str) -> int:
    """So many rows; the first hundred under another filter, and when the list was not on the screen."""
    of, length = st.session_state.get(LENGTH, ("", SIZE))
    return length if of == filtered and "queue" in st.session_state else SIZE


def token(filtered: str, total: int) -> str:
    """With what the browser asks for the next rows; empty when all `total` are shown, or as many as are ever shown."""
    length = _length(filtered)
    return f"{length}~{filtered}" if length < min(total, AT_MOST) else ""


def more(said: str) -> None:
    """The browser came near the end of the list and asks on; nothing, where the list is another one by now."""
    length, _, filtered = said.partition("~")
    if length == str(_length(filtered)):
        st.session_state[LENGTH] = (filtered, min(_length(filtered) + SIZE, AT_MOST))


def told(shown: int, total: int, words: Words) -> str:
    """How much of the list is there: 200 of 300; empty for one that was short from the start."""
    if total <= SIZE:
        return ""
    if shown >= total:
        return f"All {words.count(total)}"
    if shown >= AT_MOST:
        return f"The first {words.count(shown)} of {words.count(total)}: a filter brings the others"
    return f"{words.count(shown)} of {words.count(total)}, the next ones come as you go on"
