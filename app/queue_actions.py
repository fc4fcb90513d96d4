"""Working an exception on the screen: what a key or a button does, and the bar of buttons in the pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy import text

from app import data, house, markup
from app.auth.user import current_user
from app.view import View
from metrics.triage import moves, together
from metrics.triage.act import Actor, Done, Target, act, desk, people
from metrics.triage.cut_off import CutOffError, next_cut_off
from metrics.triage.moves import NotAllowed
from sql import query

BY_KEY = ("take", "claim", "undo")
SAID = "what became of the last act"
SEEN = (
    data.exceptions,
    data.exception,
    data.exception_counts,
    data.exception_causes,
    data.exceptions_by_customer,
)
_MOVES = {
    "triage": "Triaged: looked at",
    "wait customer": "Waiting on the customer",
    "wait vendor": "Waiting on a vendor",
    "wait partner": "Waiting on us",
    "wait internal": "Waiting internally",
    "reopen": "Reopened",
}
_SLEEPS = {"4 h": 4, "1 day": 24, "3 days": 72, "1 week": 168}
_CUT_OFF = "next billing cut-off"
_DONE = {
    "take": "It is yours.", "assign": "It has a new owner.", "note": "The note is in the history.", "log": "The minutes are logged.",
    "claim": "Claimed fixed: what is read next proves it or brings it back.", "undo": "Taken back.", "waive": "Waived until its end.",
    "snooze": "Asleep until then.", "wake": "Awake.",
}  # fmt: skip


def do(target: Target, verb: str, given: Callable[[], dict[str, Any]] = dict) -> None:
    """Do a verb as the signed-in person to the exception at the version that they saw; what became of it is shown next."""
    try:
        user = current_user()
        if user is None or user.role.startswith("customer"):
            raise NotAllowed("You may look at exceptions, not work them.")
        actor, now = Actor(user.person_id, user.email), datetime.now(UTC)
        with desk(house.current().db, user.customer_ids) as conn:
            _done(conn, actor, target, verb, now, given())
        st.session_state[SAID] = ("ok", _DONE.get(verb, "Done."))
    except NotAllowed as error:
        st.session_state[SAID] = ("risk", f"{str(error)[0].upper()}{str(error)[1:]}.".replace("..", "."))
    for reader in SEEN:
        reader.clear()


def _done(conn: Any, actor: Actor, target: Target, verb: str, now: datetime, given: dict[str, Any]) -> Done:
    if verb == "undo":
        return together.undo(conn, actor, target, now)
    if given.pop("cut_off", False):
        ids = {"customer_ids": [target.customer_id]}
        rule = conn.execute(text(query("triage/cut_off_rules")), ids).one()
        try:
            given["snoozed_until"] = next_cut_off(rule.billing_cut_off, rule.time_zone, rule.country, now)
        except CutOffError as error:
            raise NotAllowed(str(error)) from None
        if given["snoozed_until"] is None:
            raise NotAllowed("no billing cut-off is agreed with this customer")
    return act(conn, actor, target, verb, now, **given)


def by_key(said: str) -> None:
    """What a key in the list asked for: `customer-number|version|verb`, as the row stood when it was pressed."""
    identity, version, verb = [*said.split("|"), "", ""][:3]
    customer, _, number = identity.partition("-")
    if verb in BY_KEY and customer.isdigit() and number.isdigit() and version.isdigit():
        do(Target(int(customer), int(number), int(version)), verb)


def outcome() -> str:
    """What became of the last act, said once; empty when there is nothing to say."""
    state, words = st.session_state.pop(SAID, (None, ""))
    return markup.banner(state, words) if state else ""


def bar(found: Mapping[str, Any], view: View) -> None:
    """The buttons with which partner staff work the exception; a customer has none."""
    if view.scope.is_customer:
        return
    target = Target(found["customer_id"], found["exception_id"], found["version"])
    can = {verb.key for verb in moves.possible(found["state"])}
    own = f"{target.customer_id}-{target.exception_id}"
    mine = found["owner_person_id"] == view.scope.person_id
    with st.container(horizontal=True, gap="small", key="work"):
        _button("Take", target, "take", "take" in can and not mine)
        _button("Claim fixed", target, "claim", "claim" in can)
        with st.popover("Move", disabled="triage" not in can and "wait" not in can and "reopen" not in can):
            _move_form(target, own, can)
        with st.popover("Snooze", disabled="snooze" not in can):
            _snooze_form(target, own, found)
        with st.popover("Assign", disabled="assign" not in can):
            _assign_form(target, own)
        with st.popover("Note"):
            _note_form(target, own)
        with st.popover("Waive", disabled="waive" not in can):
            _waive_form(target, own)
        _button("Undo", target, "undo", True)


def _button(label: str, target: Target, verb: str, enabled: bool) -> None:
    st.button(label, key=f"{verb} it", disabled=not enabled, on_click=do, args=(target, verb))


def _submit(label: str, target: Target, verb: Callable[[], str], given: Callable[[], dict[str, Any]]) -> None:
    st.form_submit_button(label, type="primary", on_click=lambda: do(target, verb(), given))


def _move_form(target: Target, own: str, can: set[str]) -> None:
    names = {key: name for key, name in _MOVES.items() if key.split()[0] in can}
    key, note = f"move {own}", f"move note {own}"
    with st.form(f"move form {own}", border=False):
        st.selectbox("To", list(names), format_func=names.__getitem__, key=key)
        st.text_input("Why", key=note)

        def given() -> dict[str, Any]:
            on = st.session_state[key].partition(" ")[2]
            return {"note": st.session_state[note]} | ({"waiting_on": on} if on else {})

        _submit("Move", target, lambda: str(st.session_state[key]).split()[0], given)


def _snooze_form(target: Target, own: str, found: Mapping[str, Any]) -> None:
    key = f"snooze {own}"
    often = f"it has happened {found['occurrences'] + 1} times"
    with st.form(f"snooze form {own}", border=False):
        st.selectbox("Until", [*_SLEEPS, _CUT_OFF, often], key=key)

        def given() -> dict[str, Any]:
            chosen = st.session_state[key]
            if chosen == _CUT_OFF:
                return {"cut_off": True}
            if chosen == often:
                return {"snoozed_count": found["occurrences"] + 1}
            return {"snoozed_until": datetime.now(UTC) + timedelta(hours=_SLEEPS[chosen])}

        _submit("Snooze", target, lambda: "snooze", given)
    if found["snoozed_until"] or found["snoozed_count"]:
        _button("Wake", target, "wake", True)


def _assign_form(target: Target, own: str) -> None:
    key = f"assign {own}"
    with desk(house.current().db, [target.customer_id]) as conn:
        names = {each["person_id"]: each["name"] for each in people(conn, [target.customer_id])}
    with st.form(f"assign form {own}", border=False):
        st.selectbox("To", list(names), format_func=names.__getitem__, key=key)
        _submit("Assign", target, lambda: "assign", lambda: {"owner_person_id": st.session_state[key]})


def _note_form(target: Target, own: str) -> None:
    words, shared, minutes = f"note {own}", f"note shared {own}", f"minutes {own}"
    with st.form(f"note form {own}", border=False, clear_on_submit=True):
        st.text_area("Note", key=words, max_chars=4000)
        st.checkbox("The customer reads it too", key=shared)
        _submit(
            "Add the note",
            target,
            lambda: "note",
            lambda: {"note": st.session_state[words], "for_customer": st.session_state[shared]},
        )
    with st.form(f"minutes form {own}", border=False, clear_on_submit=True):
        st.number_input("Minutes worked", 1, 1440, 15, key=minutes)
        _submit("Log the minutes", target, lambda: "log", lambda: {"minutes": st.session_state[minutes]})


def _waive_form(target: Target, own: str) -> None:
    why, days = f"waive why {own}", f"waive days {own}"
    with st.form(f"waive form {own}", border=False):
        st.text_input("Reason", key=why)
        st.number_input("For how many days", 1, 365, 30, key=days)
        _submit(
            "Waive",
            target,
            lambda: "waive",
            lambda: {
                "note": st.session_state[why],
                "waived_until": datetime.now(UTC) + timedelta(days=st.session_state[days]),
            },
        )
