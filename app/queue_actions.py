"""Working an exception on the screen: what a key or a button does, and the bar of buttons in the pane."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import streamlit as st
from sqlalchemy import Connection, text

from app import house, markup, queue_acts, queue_forms
from app.auth.sessions import Session
from app.auth.user import current_user
from app.queue_forms import Work
from app.scope import scope_of
from app.view import View
from app.wording import sentence
from metrics.triage import moves, together
from metrics.triage.act import Actor, Done, Target, act, desk
from metrics.triage.cut_off import CutOffError, next_cut_off
from metrics.triage.many import AT_MOST
from metrics.triage.moves import NotAllowed
from sql import query

BY_KEY = ("take", "claim", "undo")
SAID = "what became of the last act"
TOLD, SAYS_FOR = "when it was told", 4.0
MANY = "what was last done to many"
_DONE = {
    "take": "It is yours.", "assign": "It has a new owner.", "unassign": "Nobody has it now.", "note": "The note is in the history.",
    "log": "The minutes are logged.", "claim": "Claimed fixed: what is read next proves it or brings it back.", "undo": "Taken back.",
    "waive": "Waived until its end.", "snooze": "Asleep until then.", "wake": "Awake.", "tag": "The tags are changed.",
    "prioritise": "The severity is set.", "found": "It says who found it.", "merge": "Put into the other one.", "split": "The records have an exception of their own.",
}  # fmt: skip


def do(target: Target, verb: str, given: Callable[[], dict[str, Any]] = dict) -> None:
    """Do a verb as the signed-in person to the exception at the version that they saw; what became of it is shown next."""
    try:
        user = worker()
        actor, now = Actor(user.person_id, user.email), datetime.now(UTC)
        own = queue_acts.acting(scope_of(user), (target.customer_id,), verb, (target.exception_id,))
        with own, desk(house.current().db, user.customer_ids) as conn:
            done(conn, actor, target, verb, now, given())
        st.session_state[SAID] = ("ok", _DONE.get(verb, "Done."))
    except NotAllowed as error:
        st.session_state[SAID] = ("risk", sentence(str(error)))
    st.session_state.pop(MANY, None)


def worker() -> Session:
    """The signed-in person, when they may work exceptions. Raises NotAllowed."""
    user = current_user()
    if user is None or user.role.startswith("customer"):
        raise NotAllowed("You may look at exceptions, not work them.")
    return user


def done(
    conn: Connection, actor: Actor, target: Target, verb: str, now: datetime, given: Mapping[str, Any]
) -> Done:
    """Do one verb to one exception; `given` as a form says it. Raises NotAllowed; then nothing has been written."""
    said = dict(given)
    if verb == "undo":
        return together.undo(conn, actor, target, now)
    if verb == "merge":
        into = Target(target.customer_id, int(said["into"]))
        return together.merge(conn, actor, target, into, now, said["note"] or None)
    if verb == "split":
        return together.split(conn, actor, target, said["subjects"], now, said["title"])[0]
    if said.pop("cut_off", False):
        said["snoozed_until"] = _cut_off(conn, target.customer_id, now)
    return act(conn, actor, target, verb, now, **said)


def _cut_off(conn: Connection, customer_id: int, now: datetime) -> datetime:
    rule = conn.execute(text(query("triage/cut_off_rules")), {"customer_ids": [customer_id]}).one()
    try:
        found = next_cut_off(rule.billing_cut_off, rule.time_zone, rule.country, now)
    except CutOffError as error:
        raise NotAllowed(str(error)) from None
    if found is None:
        raise NotAllowed("no billing cut-off is agreed with this customer")
    return found


def by_key(said: str) -> None:
    """What a key in the list asked for: `customer-number|version|verb`, as the row stood when it was pressed."""
    identity, version, verb = [*said.split("|"), "", ""][:3]
    target = read(f"{identity}|{version}")
    if verb in BY_KEY and target is not None:
        do(target, verb)


def read(said: str) -> Target | None:
    """The exception that `customer-number|version` names; None for anything else. Whose it is, the desk decides."""
    identity, _, version = said.partition("|")
    customer, _, number = identity.partition("-")
    if not (customer.isdigit() and number.isdigit() and version.isdigit()):
        return None
    return Target(int(customer), int(number), int(version))


def outcome() -> str:
    """What became of the last act, for some seconds: a page that is drawn again at once says it again; empty afterwards."""
    said = st.session_state.get(SAID)
    if said is None:
        return ""
    told, since = st.session_state.get(TOLD, (None, 0.0))
    if told is not said:
        since = time.monotonic()
        st.session_state[TOLD] = (said, since)
    elif time.monotonic() - since > SAYS_FOR:
        del st.session_state[SAID], st.session_state[TOLD]
        return ""
    state, words, *more = said
    lines = "".join(f"<li>{markup.e(line)}</li>" for line in (more[0] if more else ()))
    return markup.banner(state, words) + (
        markup.folded("Which, and why", f"<ul>{lines}</ul>") if lines else ""
    )


def bar(
    found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], view: View, also: Callable[[], None]
) -> None:
    """The buttons with which partner staff work the exception; a customer has none.

    `rows`: what else is in the list; `also` draws what stands before the last button.
    """
    if view.scope.is_customer:
        return
    target = Target(found["customer_id"], found["exception_id"], found["version"])
    can = {verb.key for verb in moves.possible(found["state"])}

    def act_on_it(verb: str, given: queue_forms.Given) -> None:
        do(target, verb, given)

    own = f"{target.customer_id}-{target.exception_id}"
    work = Work(own, view.scope, (target.customer_id,), act_on_it)
    mine = found["owner_person_id"] == view.scope.person_id
    asleep = bool(found["snoozed_until"] or found["snoozed_count"])
    with st.container(horizontal=True, gap="small", key="work"):
        queue_forms.button(work, "Take", "take", "take" in can and not mine)
        queue_forms.button(work, "Claim fixed", "claim", "claim" in can)
        with st.popover("Move", disabled=can.isdisjoint({"triage", "wait", "reopen"})):
            queue_forms.move(work, can)
        with st.popover("Snooze", disabled="snooze" not in can):
            queue_forms.snooze(work, found["occurrences"])
            if asleep:
                queue_forms.button(work, "Wake", "wake")
        with st.popover("Assign", disabled="assign" not in can):
            queue_forms.assign(work)
        with st.popover("Note"):
            queue_forms.note(work)
        with st.popover("Waive", disabled="waive" not in can):
            queue_forms.waive(work)
        with st.popover("Tag, severity, finder"):
            queue_forms.tag(work, can, found["severity"])
            queue_forms.found_by(work, found["found_by"])
        with st.popover("Merge, split", disabled="merge" not in can):
            queue_forms.merge(work, _others(found, rows))
            queue_forms.split(work, _open_records(found))
        also()
        queue_forms.button(work, "Undo", "undo")


def _others(found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """The other open exceptions of the same customer in the list, a thousand at most: number and title."""
    others = (
        row
        for row in rows
        if row["customer_id"] == found["customer_id"]
        and row["exception_id"] != found["exception_id"]
        and row["closed_at"] is None
    )
    return {row["exception_id"]: f"{row['exception_id']} {row['title']}" for row in islice(others, AT_MOST)}


def _open_records(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['subject_type']} {row['subject_id']}"
        for row in found["happened_to"]
        if row["cleared_at"] is None
    ]
