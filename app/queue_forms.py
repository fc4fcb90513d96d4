"""The forms with which exceptions are worked, one at a time or many: what each verb needs to be said with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from app import queue_reads, severities
from app.scope import Scope

Given = Callable[[], dict[str, Any]]
MOVES = {
    "triage": "Triaged: looked at",
    "wait customer": "Waiting on the customer",
    "wait vendor": "Waiting on a vendor",
    "wait partner": "Waiting on us",
    "wait internal": "Waiting internally",
    "reopen": "Reopened",
}
CHOICES = {number: f"{number} {word}" for number, word in severities.WORDS.items()}
_SLEEPS = {"4 h": 4, "1 day": 24, "3 days": 72, "1 week": 168}
_CUT_OFF, _COUNT, _TIME = "next billing cut-off", "it has happened so often", "a day and time (UTC)"


@dataclass(frozen=True)
class Work:
    """What a form works on, and for whose eyes: `own` keeps its widgets apart from others', `act` does a verb with what was given."""

    own: str
    scope: Scope
    customer_ids: tuple[int, ...]
    act: Callable[[str, Given], None]


def button(work: Work, label: str, verb: str, enabled: bool = True) -> None:
    """A verb that needs nothing to be said with it."""
    kind = "it" if "-" in work.own else work.own
    st.button(label, key=f"{verb} {kind}", disabled=not enabled, on_click=work.act, args=(verb, dict))


def _submit(label: str, work: Work, verb: Callable[[], str], given: Given) -> None:
    st.form_submit_button(label, type="primary", on_click=lambda: work.act(verb(), given))


def move(work: Work, can: set[str]) -> None:
    """To another state, with a reason."""
    names = {key: name for key, name in MOVES.items() if key.split()[0] in can}
    key, note_key = f"move {work.own}", f"move note {work.own}"
    with st.form(f"move form {work.own}", border=False):
        st.selectbox("To", list(names), format_func=names.__getitem__, key=key)
        st.text_input("Why", key=note_key)

        def given() -> dict[str, Any]:
            on = st.session_state[key].partition(" ")[2]
            return {"note": st.session_state[note_key]} | ({"waiting_on": on} if on else {})

        _submit("Move", work, lambda: str(st.session_state[key]).split()[0], given)


def snooze(work: Work, happened: int = 0) -> None:
    """Until a time, the next billing cut-off, or so many occurrences (`happened` is how many there are)."""
    key, often, day, hour = (f"snooze {part}{work.own}" for part in ("", "count ", "day ", "hour "))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with st.form(f"snooze form {work.own}", border=False):
        st.selectbox("Until", [*_SLEEPS, _CUT_OFF, _COUNT, _TIME], key=key)
        st.number_input(f"How often (for “{_COUNT}”)", 1, 1_000_000, happened + 1, key=often)
        with st.container(horizontal=True):
            st.date_input("Day", tomorrow.date(), key=day, width=150)
            st.time_input("Time (UTC)", tomorrow.replace(hour=7, minute=0).time(), key=hour, width=110)

        def given() -> dict[str, Any]:
            said = st.session_state
            if said[key] == _CUT_OFF:
                return {"cut_off": True}
            if said[key] == _COUNT:
                return {"snoozed_count": int(said[often])}
            if said[key] == _TIME:
                return {"snoozed_until": datetime.combine(said[day], said[hour], UTC)}
            return {"snoozed_until": datetime.now(UTC) + timedelta(hours=_SLEEPS[said[key]])}

        _submit("Snooze", work, lambda: "snooze", given)


def assign(work: Work) -> None:
    """To somebody who sees the customer."""
    key = f"assign {work.own}"
    names = queue_reads.assignable(work.scope, work.customer_ids)
    with st.form(f"assign form {work.own}", border=False):
        st.selectbox("To", list(names), format_func=names.__getitem__, key=key)
        _submit("Assign", work, lambda: "assign", lambda: {"owner_person_id": st.session_state[key]})
    button(work, "Give back to nobody", "unassign")


def note(work: Work) -> None:
    """Words for the history, and minutes worked."""
    words, shared, minutes = f"note {work.own}", f"note shared {work.own}", f"minutes {work.own}"
    with st.form(f"note form {work.own}", border=False, clear_on_submit=True):
        st.text_area("Note", key=words, max_chars=4000, help="@ and an e-mail address names a colleague")
        st.checkbox("The customer reads it too", key=shared)
        _submit(
            "Add the note",
            work,
            lambda: "note",
            lambda: {"note": st.session_state[words], "for_customer": st.session_state[shared]},
        )
    with st.form(f"minutes form {work.own}", border=False, clear_on_submit=True):
        st.number_input("Minutes worked", 1, 1440, 15, key=minutes)
        _submit("Log the minutes", work, lambda: "log", lambda: {"minutes": st.session_state[minutes]})


def waive(work: Work) -> None:
    """Accepted for a time, with a reason."""
    why, days = f"waive why {work.own}", f"waive days {work.own}"
    with st.form(f"waive form {work.own}", border=False):
        st.text_input("Reason", key=why)
        st.number_input("For how many days", 1, 365, 30, key=days)
        _submit(
            "Waive",
            work,
            lambda: "waive",
            lambda: {
                "note": st.session_state[why],
                "waived_until": datetime.now(UTC) + timedelta(days=st.session_state[days]),
            },
        )


def tag(work: Work, can: set[str], severity: int = 2) -> None:
    """Tags to add and to remove, and the severity by hand."""
    adds, removes = f"tags {work.own}", f"untags {work.own}"
    key, why = f"severity {work.own}", f"severity why {work.own}"
    with st.form(f"tag form {work.own}", border=False, clear_on_submit=True):
        st.text_input("Tags to add", key=adds, placeholder="erp, tax code")
        st.text_input("Tags to remove", key=removes)

        def given() -> dict[str, Any]:
            return {"tags": _words(st.session_state[adds]), "untags": _words(st.session_state[removes])}

        _submit("Change the tags", work, lambda: "tag", given)
    if "prioritise" not in can:
        return
    with st.form(f"severity form {work.own}", border=False):
        st.selectbox(
            "Severity",
            list(CHOICES),
            index=severity - 1,
            format_func=CHOICES.__getitem__,
            key=key,
        )
        st.text_input("Why", key=why)
        _submit(
            "Set the severity",
            work,
            lambda: "prioritise",
            lambda: {"severity": st.session_state[key], "note": st.session_state[why]},
        )


def found_by(work: Work, by: str) -> None:
    """Who saw it first: what the customer told of first is no recovered value of ours."""
    other, label = (
        ("us", "We found it first") if by == "customer" else ("customer", "The customer told of it first")
    )
    st.button(label, key=f"found {work.own}", on_click=work.act, args=("found", lambda: {"found_by": other}))


def merge(work: Work, others: Mapping[int, str]) -> None:
    """Into another open exception of the same customer, by number and title."""
    key, why = f"merge {work.own}", f"merge why {work.own}"
    if not others:
        st.caption("No other exception of this customer is open in the list.")
        return
    with st.form(f"merge form {work.own}", border=False):
        st.selectbox("Put it into", list(others), format_func=others.__getitem__, key=key)
        st.text_input("Why they are one", key=why)
        _submit(
            "Merge",
            work,
            lambda: "merge",
            lambda: {"into": st.session_state[key], "note": st.session_state[why]},
        )


def split(work: Work, records: Sequence[str]) -> None:
    """Open records to take out into an exception of their own."""
    key, title = f"split {work.own}", f"split title {work.own}"
    if len(records) < 2:
        st.caption("Records can be taken out when more than one is open.")
        return
    with st.form(f"split form {work.own}", border=False):
        st.multiselect("Take out", list(records), key=key)
        st.text_input("What the new one is called", key=title)
        _submit(
            "Split",
            work,
            lambda: "split",
            lambda: {"subjects": tuple(st.session_state[key]), "title": st.session_state[title] or None},
        )


def _words(said: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in said.split(",") if word.strip())
