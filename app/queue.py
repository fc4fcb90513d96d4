"""The exception queue on the screen: a list to walk through and to choose from with keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st
import streamlit.components.v2 as components_v2

from app import markup, queue_actions, queue_bulk, queue_lately, queue_length, queue_reads, queue_window
from app.attention import rule_name, worth
from app.queue_pane import STATES, identity
from app.queue_script import SCRIPT
from app.queue_words import span
from app.scope import Scope
from app.severities import state_of, word_of
from app.view import View
from app.wording import Words, plural
from metrics.triage.many import AT_MOST

KEYS = {"t": "take", "c": "claim", "u": "undo"}
FORMS = {"m": "Move", "s": "Snooze", "a": "Assign", "n": "Note", "g": "Tag", "r": "Retry"}
KEY_WORDS = {
    "x": "choose",
    "X": "up to here",
    "A": "all shown",
    "Esc": "none",
    "t": "take",
    "c": "claim fixed",
    "u": "undo",
}
SHOWN, DRAWN = "the list that is shown", "the rows as they were drawn"
Rows = Sequence[Mapping[str, Any]]
_list = components_v2.component("queue", html='<div class="frame"></div>', js=SCRIPT, isolate_styles=False)


def read_identity(text: str) -> int | None:
    """The exception's number in an identity; None for anything else. Whose it is, the scope decides."""
    _, _, number = text.partition("-")
    return int(number) if number.isdigit() else None


def with_wanted(rows: Rows, wanted: str, scope: Scope, view: View) -> list[Mapping[str, Any]]:
    """The list, and before it the exception that an address asked for, where filters or its end left it out."""
    number = read_identity(wanted)
    if number is None or any(identity(row) == wanted for row in rows):
        return list(rows)
    found = queue_reads.exception(scope, number, view.as_of)
    if found is None or identity(found) != wanted:
        return list(rows)
    runs = queue_reads.lately(scope, (number,), False, view.as_of)
    return [{**found, "lately": runs.get(number), "read_at": view.as_of}, *rows]


def choose(rows: Rows, wanted: str, view: View, *, with_customer: bool, filtered: str = "") -> str:
    """Draw the list; the identity of the row that is looked at. `filtered` names the filter: what is chosen belongs to it.

    `rows` as queue_length.read gives them.
    """
    known, works = [identity(row) for row in rows], not view.scope.is_customer
    first = wanted if wanted in known else known[0]
    here = _here(known, first, filtered)
    total, start = max(len(rows), rows[-1].get("total", 1)), queue_window.start(filtered, len(rows))
    shown = queue_window.part(rows, start)
    _list(
        key="queue",
        data={
            "html": frame(staff=works),
            "rows": lines(shown, view.words, with_customer=with_customer, staff=works),
            "start": start,
            "all": [f"{identity(row)}|{row['version']}" for row in rows],
            "most": AT_MOST,
            "total": total,
            "told": queue_length.told(len(rows), total, view.words),
            "more": queue_length.token(filtered, total),
            "filtered": filtered,
            "here": first if _said("here") in known else here,
            "verbs": KEYS if works else {},
            "forms": FORMS if works else {},
            "round": queue_bulk.round_of(filtered),
            "everything": queue_bulk.is_everything(filtered),
            "undoes": queue_actions.MANY in st.session_state,
        },
        default={"here": here, "chosen": {}},
        on_here_change=lambda: None,
        on_chosen_change=lambda: None,
        on_act_change=_act,
        on_more_change=lambda: queue_length.more(_said("more")),
        on_near_change=lambda: queue_window.move(_said("near")),
    )
    return here


def _said(key: str) -> str:
    """What the browser says of the list; empty while it has said nothing."""
    return str(dict(st.session_state.get("queue") or {}).get(key) or "")


def _act() -> None:
    said = _said("act")
    if said.startswith("chosen|"):
        queue_bulk.by_key(said)
    elif said:
        queue_actions.by_key(said)


def _here(known: list[str], first: str, filtered: str) -> str:
    """The row that is looked at; where it has left the list, the one that took its place."""
    said = _said("here")
    of, before, last = st.session_state.get(SHOWN, ("", [], ""))
    if said in known:
        here = said
    else:
        here = (beside(last, before, set(known)) if said and of == filtered else None) or first
    st.session_state[SHOWN] = (filtered, known, here)
    return here


def beside(gone: str, before: Sequence[str], known: Collection[str]) -> str | None:
    """What of a list as it was `before` stands where `gone` stood: the next that is `known` still, else the last ahead of it."""
    at = before.index(gone) if gone in before else len(before)
    return next((each for each in (*before[at:], *reversed(before[:at])) if each in known), None)


def frame(*, staff: bool) -> str:
    """The list without its rows, how far it is read, and the keys that work in it."""
    words = {"j</kbd> <kbd>k": "or arrows to move"}
    if staff:
        words |= KEY_WORDS | {key: name.lower() for key, name in FORMS.items()} | {"1–9": "saved view"}
    keys = "".join(f"<span><kbd>{key}</kbd> {word}</span>" for key, word in words.items())
    gap = '<div class="gap" role="presentation"></div>'
    many, works = (' aria-multiselectable="true"', " works") if staff else ("", "")
    return markup.sheet(
        f'<div class="queue{works}" tabindex="0" role="listbox" aria-label="Exceptions"{many}>{gap}{gap}</div>'
        f'<div class="so-far muted small" role="status"></div><div class="keys narrow-hide">{keys}</div>'
    )


def lines(rows: Rows, words: Words, *, with_customer: bool, staff: bool) -> list[str]:
    """The rows as HTML: what, whose, how often, since when, whether it gets worse, worth how much. Drawn once for what they say."""
    drawn, now = st.session_state.get(DRAWN, {}), {}
    for row in rows:
        says, known = (row, words, with_customer, staff), drawn.get(identity(row))
        now[identity(row)] = known if known and known[0] == says else (says, _line(*says))
    st.session_state[DRAWN] = now
    return [html for _, html in now.values()]


def _line(row: Mapping[str, Any], words: Words, with_customer: bool, staff: bool) -> str:
    state, at = state_of(row), row["read_at"]
    runs = row["lately"] if row["closed_at"] is None else None
    often = f"{words.count(row['occurrences'])} {plural(row['occurrences'], 'record')}"
    under = " · ".join(
        part for part in (row["customer"] if with_customer else "", rule_name(row["rule"])) if part
    )
    clock = f" · {span(row['resolution_seconds'])}" if staff and row["resolution_seconds"] else ""
    value = worth(row, words)
    none, left = " none" if row["value_at_risk"] is None else "", " left" if row.get("has_left") else ""
    standing = _standing(row, staff)
    told = (word_of(row) + ": " + row["title"], row["customer"], standing if left else "", often, value)
    said = ", ".join(part for part in (*told, queue_lately.words_of(runs, at)) if part)
    own = markup.e(identity(row))
    pick = '<span class="pick" aria-hidden="true"></span>' if staff else ""
    return (
        f'<div class="row{left}" role="option" id="row-{own}" data-id="{own}" data-version="{row["version"]}" aria-label="{markup.e(said)}">'
        f'{pick}{markup.sign(state)}<div><div class="t" title="{markup.e(row["title"])}">{markup.e(row["title"])}</div><div class="m">{markup.e(under)}</div></div>'
        f'<div class="wide">{queue_lately.bars(runs)}</div>'
        f'<div class="wide"><div class="m">{markup.e(standing)}</div><div class="m">{markup.e(often + clock)}</div></div>'
        f'<div class="v{none}">{markup.e(value)}<div class="m">{queue_lately.word(runs, at)}</div></div></div>'
    )


def _standing(row: Mapping[str, Any], staff: bool) -> str:
    """New, or Waiting on customer; for the partner's people also who has it, and that it sleeps; of what left the list, that it did."""
    standing = STATES.get(row["state"], str(row["state"]))
    on = f" on {row['waiting_on']}" if row["state"] == "waiting" and row["waiting_on"] else ""
    more = ("asleep" if row.get("is_asleep") else "", row["owner"] or "") if staff else ()
    left = "no longer here" if row.get("has_left") else ""
    return " · ".join(part for part in (standing + on, left, *more) if part)
