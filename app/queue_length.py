"""How far the queue is read: its first hundred rows, and a hundred more whenever somebody comes near the end of them, to its end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import streamlit as st

from app import queue_acts, queue_reads, queue_watch, queue_window
from app.data import STEP_SECONDS, Row
from app.scope import Scope
from app.view import View
from app.wording import Words

SIZE = 100
LENGTH, HELD = "how far the queue is read", "the queue as it was read"


@dataclass(frozen=True)
class Held:
    """A long list as it was read: under which filter and after which acts, when, how far, and its rows."""

    under: tuple[Any, ...]
    at: datetime
    length: int
    rows: list[Row]

    @property
    def until(self) -> datetime:
        """When it is read again: after so many half minutes as it has hundreds of rows."""
        return self.at + timedelta(seconds=STEP_SECONDS) * (self.length // SIZE)


def read(ask: Callable[..., list[Row]], filtered: str, scope: Scope, view: View) -> list[Row]:
    """The list as far as somebody has come in it, each row with `lately`, how it runs, and `read_at`.

    `ask` reads screen/exceptions.sql under the filter that `filtered` names. A list of hundreds is kept for so many half
    minutes, for to read it costs as many times more. After one's own act the rows that it changed are read again at once, and
    the whole list where more than they may look otherwise; what others changed is read again as soon as queue_watch noticed
    it, and stays where it stood. What is added to the list comes after its last row in the order of the instant at which it
    was read.
    """
    length, under = _length(filtered), (filtered, queue_acts.stand(scope))
    held, theirs = st.session_state.get(HELD), queue_watch.noticed(scope, view.as_of)
    if held is not None and held.under != under:
        held = _mended(held, ask, under, scope, view)
    if held is None or view.as_of >= held.until:
        held = Held(under, view.as_of, length, [])
        queue_watch.begin(scope, held.until)
        held = replace(held, rows=_read(ask, scope, view, limit=length))
    else:
        held = _renewed(held, theirs, ask, scope, view)
        if held.length < length:
            place = {"after": list(held.rows[-1]["place"]), "ranked_at": held.at}
            known = {row["exception_id"] for row in held.rows}
            more = _read(ask, scope, view, limit=length - held.length, **place)
            new = [row for row in more if row["exception_id"] not in known]
            held = replace(held, length=length, rows=held.rows + new)
    st.session_state[HELD] = held
    return held.rows


def _mended(
    held: Held, ask: Callable[..., list[Row]], under: tuple[Any, ...], scope: Scope, view: View
) -> Held | None:
    """The list with the rows read again that one's own acts changed; None where that is not enough."""
    ids = queue_acts.changed(scope, held.under[1]) if held.under[0] == under[0] else None
    if ids is None or len(ids) > SIZE or not ids.issubset({row["exception_id"] for row in held.rows}):
        return None
    rows = _with(held.rows, ids, _again(ids, ask, held, scope, view))
    return replace(held, under=under, rows=rows) if rows else None


def _renewed(
    held: Held, theirs: Sequence[tuple[int, ...]], ask: Callable[..., list[Row]], scope: Scope, view: View
) -> Held:
    """The list with the rows read again that others changed. Nothing moves under anybody's hands: what the filter finds no
    longer says so, `has_left`, until the whole list is read."""
    ids = {number for number, *_ in theirs}.intersection(row["exception_id"] for row in held.rows)
    if not ids:
        return held
    # what was remembered of them before they came to this version is no answer
    found = _again(ids, partial(ask, seen=theirs), held, scope, view)
    anything = partial(queue_reads.exceptions, scope, view.as_of, "all", None, None, seen=theirs)
    for number, row in _again(ids - found.keys(), anything, held, scope, view).items():
        found[number] = {**row, "has_left": True}
    return replace(held, rows=_with(held.rows, ids, found))


def _again(
    ids: Collection[int], ask: Callable[..., list[Row]], held: Held, scope: Scope, view: View
) -> dict[int, Row]:
    """These rows as they are now, by number, ranked as the list was; without those that `ask` does not find."""
    asked = {"limit": len(ids), "exception_ids": sorted(ids), "ranked_at": held.at}
    return {row["exception_id"]: row for row in _read(ask, scope, view, **asked)} if ids else {}


def _with(rows: list[Row], ids: Collection[int], new: Mapping[int, Row]) -> list[Row]:
    """The rows with `new` in the place of `ids`, each where it stood, and with how many there are now."""
    total = rows[0]["total"] - sum(row["exception_id"] in ids and "has_left" not in row for row in rows)
    total += sum("has_left" not in row for row in new.values())
    return [
        {**new.get(row["exception_id"], row), "place": row["place"], "total": total}
        for row in rows
        if row["exception_id"] in new or row["exception_id"] not in ids
    ]


def _read(ask: Callable[..., list[Row]], scope: Scope, view: View, **how: Any) -> list[Row]:
    rows = ask(**how)
    runs = queue_reads.lately(scope, tuple(row["exception_id"] for row in rows), False, view.as_of)
    return [{**row, "lately": runs.get(row["exception_id"]), "read_at": view.as_of} for row in rows]


def _length(filtered: str) -> int:
    """So many rows; the first hundred under another filter, and when the list was not on the screen."""
    of, length = st.session_state.get(LENGTH, ("", SIZE))
    return length if of == filtered and "queue" in st.session_state else SIZE


def token(filtered: str, total: int) -> str:
    """With what the browser asks for the next rows; empty when all `total` are read."""
    length = _length(filtered)
    return f"{length}~{filtered}" if length < total else ""


def more(said: str) -> None:
    """The browser came near the end of the list and asks on; nothing, where the list is another one by now."""
    length, _, filtered = said.partition("~")
    if length == str(_length(filtered)):
        st.session_state[LENGTH] = (filtered, _length(filtered) + SIZE)
        queue_window.move(f"{int(length) + SIZE}~{filtered}")


def told(shown: int, total: int, words: Words) -> str:
    """How much of the list is there: 200 of 300; empty for one that was short from the start."""
    if total <= SIZE:
        return ""
    if shown >= total:
        return f"All {words.count(total)}"
    return f"{words.count(shown)} of {words.count(total)}, the next ones come as you go on"
