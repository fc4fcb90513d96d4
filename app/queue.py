"""The exception queue on the screen: a list to walk through and to choose from with keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
import streamlit.components.v2 as components_v2

from app import markup, queue_actions, queue_bulk, queue_lately, queue_order, queue_reads
from app.attention import rule_name, state_of, worth
from app.queue_pane import STATES, WORDS, identity
from app.queue_script import SCRIPT
from app.scope import Scope
from app.view import View
from app.wording import plural

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
_list = components_v2.component("queue", html='<div class="frame"></div>', js=SCRIPT, isolate_styles=False)


def read_identity(text: str) -> int | None:
    """The exception's number in an identity; None for anything else. Whose it is, the scope decides."""
    _, _, number = text.partition("-")
    return int(number) if number.isdigit() else None


def with_wanted(
    rows: Sequence[Mapping[str, Any]], wanted: str, scope: Scope, view: View
) -> list[Mapping[str, Any]]:
    """The list, and before it the exception that an address asked for, where filters or the limit left it out."""
    number = read_identity(wanted)
    if number is None or any(identity(row) == wanted for row in rows):
        return list(rows)
    found = queue_reads.exception(scope, number, view.as_of)
    if found is None or identity(found) != wanted:
        return list(rows)
    return [found, *rows]


def choose(
    rows: Sequence[Mapping[str, Any]],
    wanted: str,
    view: View,
    *,
    with_customer: bool,
    lately: Mapping[int, Mapping[str, Any]],
    filtered: str = "",
) -> str:
    """Draw the list; the identity of the row that is looked at. `filtered` names the filter: what is chosen belongs to it."""
    known = [identity(row) for row in rows]
    first = wanted if wanted in known else known[0]
    html = markup.sheet(queue_html(rows, view, with_customer=with_customer, lately=lately))
    works = not view.scope.is_customer
    result = _list(
        key="queue",
        data={
            "html": html,
            "here": first,
            "verbs": KEYS if works else {},
            "forms": FORMS if works else {},
            "round": queue_bulk.round_of(filtered),
            "everything": queue_bulk.is_everything(filtered),
            "undoes": queue_actions.MANY in st.session_state,
        },
        default={"here": first, "chosen": {}},
        on_here_change=lambda: None,
        on_chosen_change=lambda: None,
        on_act_change=_act,
    )
    here = str(result.here)
    return here if here in known else first


def _act() -> None:
    said = str(st.session_state["queue"].get("act") or "")
    if said.startswith("chosen|"):
        queue_bulk.by_key(said)
    elif said:
        queue_actions.by_key(said)


def queue_html(
    rows: Sequence[Mapping[str, Any]],
    view: View,
    *,
    with_customer: bool,
    lately: Mapping[int, Mapping[str, Any]],
) -> str:
    """The list as HTML: what, whose, how often, since when, whether it gets worse (`lately`, by number), worth how much."""
    staff = not view.scope.is_customer
    lines = "".join(
        _line(at, row, view, lately.get(row["exception_id"]), with_customer, staff)
        for at, row in enumerate(rows)
    )
    words = {"j</kbd> <kbd>k": "or arrows to move"}
    if staff:
        words |= KEY_WORDS | {key: name.lower() for key, name in FORMS.items()} | {"1–9": "saved view"}
    keys = "".join(f"<span><kbd>{key}</kbd> {word}</span>" for key, word in words.items())
    many = ' aria-multiselectable="true"' if staff else ""
    return (
        f'<div class="queue{" works" if staff else ""}" tabindex="0" role="listbox" aria-label="Exceptions"{many}>{lines}</div>'
        f'<div class="keys narrow-hide">{keys}</div>'
    )


def _line(
    at: int,
    row: Mapping[str, Any],
    view: View,
    lately: Mapping[str, Any] | None,
    with_customer: bool,
    staff: bool,
) -> str:
    words, state = view.words, state_of(row)
    runs = lately if row["closed_at"] is None else None
    often = f"{words.count(row['occurrences'])} {plural(row['occurrences'], 'record')}"
    under = " · ".join(
        part for part in (row["customer"] if with_customer else "", rule_name(row["rule"])) if part
    )
    clock = f" · {queue_order.span(row['resolution_seconds'])}" if staff and row["resolution_seconds"] else ""
    value = worth(row, words)
    none = " none" if row["value_at_risk"] is None else ""
    told = (WORDS[state] + ": " + row["title"], row["customer"], often, value)
    said = ", ".join(part for part in (*told, queue_lately.words_of(runs, view.as_of)) if part)
    pick = '<span class="pick" aria-hidden="true"></span>' if staff else ""
    return (
        f'<div class="row" role="option" id="row-{at}" data-id="{markup.e(identity(row))}" data-version="{row["version"]}" aria-label="{markup.e(said)}">'
        f'{pick}{markup.sign(state)}<div><div class="t">{markup.e(row["title"])}</div><div class="m">{markup.e(under)}</div></div>'
        f'<div class="wide">{queue_lately.bars(runs)}</div>'
        f'<div class="wide"><div class="m">{markup.e(_standing(row, staff))}</div><div class="m">{markup.e(often + clock)}</div></div>'
        f'<div class="v{none}">{markup.e(value)}<div class="m">{queue_lately.word(runs, view.as_of)}</div></div></div>'
    )


def _standing(row: Mapping[str, Any], staff: bool) -> str:
    """New, or Waiting on customer; for the partner's people also who has it, and that it sleeps."""
    standing = STATES.get(row["state"], str(row["state"]))
    on = f" on {row['waiting_on']}" if row["state"] == "waiting" and row["waiting_on"] else ""
    more = ("asleep" if row.get("is_asleep") else "", row["owner"] or "") if staff else ()
    return " · ".join(part for part in (standing + on, *more) if part)
