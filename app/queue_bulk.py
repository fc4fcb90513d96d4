"""Working many exceptions at once: those that are chosen in the list, or all that a filter finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from sqlalchemy import Connection

from app import components, house, markup, queue_actions, queue_acts, queue_forms
from app.queue_actions import MANY, SAID, worker
from app.queue_forms import Work
from app.scope import scope_of
from app.view import View
from app.wording import plural, sentence
from metrics.triage import many, moves
from metrics.triage.act import Actor, Done, Target, find
from metrics.triage.moves import NotAllowed

BY_KEY = ("take", "claim", "undo")
ROUNDS, EVERYTHING = "rounds of the queue", "all that match"
_CAN = {verb.key for verb in moves.VERBS}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Last:
    """What was last done to many and can be taken back: the exceptions at the version they got."""

    verb: str
    targets: tuple[Target, ...]


def round_of(filtered: str) -> str:
    """The name of the list as it is filtered now and was not worked yet: what is chosen in it ends with it."""
    return f"{st.session_state.get(ROUNDS, 0)}~{filtered}"


def is_everything(filtered: str) -> bool:
    """Whether all that match are chosen, beyond those that the list shows."""
    now, _ = st.session_state.get(EVERYTHING, ("", ()))
    return bool(now == round_of(filtered) and _said(filtered) is None)


def chosen(filtered: str) -> tuple[Target, ...]:
    """The exceptions that are chosen, each at the version it had when it was."""
    said = _said(filtered)
    if said is not None:
        return tuple(target for each in said if (target := queue_actions.read(str(each))) is not None)
    now, targets = st.session_state.get(EVERYTHING, ("", ()))
    return targets if now == round_of(filtered) else ()


def _said(filtered: str) -> list[Any] | None:
    """What the browser says is chosen of this round; None when it says nothing of it."""
    said = dict(st.session_state.get("queue") or {}).get("chosen") or {}
    return list(said["rows"]) if said.get("round") == round_of(filtered) else None


def bar(filtered: str, total: int, everything: Callable[[], Rows], view: View) -> None:
    """The line over the list: how many of `total` are chosen and what can be done with them; a customer has none."""
    if view.scope.is_customer:
        return
    targets, words = chosen(filtered), view.words
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="bulk"):
        if not targets:
            components.show('<span class="muted small nowrap">None chosen</span>')
            label = f"Choose all {words.count(min(total, many.AT_MOST))} that match"
            st.button(label, key="all of them", on_click=choose_all, args=(filtered, everything))
            last = st.session_state.get(MANY)
            if last:
                said = f"Undo the last for {words.count(len(last.targets))}"
                st.button(said, key="undo for many", on_click=undo)
            return
        here = markup.e(round_of(filtered))
        components.show(
            f'<b class="chosen-line nowrap" data-round="{here}">{words.count(len(targets))} chosen</b>'
        )

        def act_on_them(verb: str, given: queue_forms.Given) -> None:
            do(filtered, verb, given)

        customers = tuple(dict.fromkeys(target.customer_id for target in targets))
        work = Work("many", view.scope, customers, act_on_them)
        queue_forms.button(work, "Take", "take")
        queue_forms.button(work, "Claim fixed", "claim")
        for label, form in _FORMS.items():
            with st.popover(label):
                form(work)
        if len(targets) < min(total, many.AT_MOST):
            label = f"All {words.count(min(total, many.AT_MOST))} that match"
            st.button(label, key="all of them", on_click=choose_all, args=(filtered, everything))
        st.button("None", key="none of them", on_click=next_round)


_FORMS: dict[str, Callable[[Work], None]] = {
    "Move": lambda work: queue_forms.move(work, _CAN),
    "Snooze": queue_forms.snooze,
    "Assign": queue_forms.assign,
    "Note": queue_forms.note,
    "Waive": queue_forms.waive,
    "Tag, severity": lambda work: queue_forms.tag(work, _CAN),
}


def choose_all(filtered: str, everything: Callable[[], Rows]) -> None:
    """Choose all that the filter finds in this moment, at the versions they have in it."""
    targets = tuple(Target(row["customer_id"], row["exception_id"], row["version"]) for row in everything())
    next_round()
    st.session_state[EVERYTHING] = (round_of(filtered), targets)


def next_round() -> None:
    """Nothing is chosen any more."""
    st.session_state[ROUNDS] = st.session_state.get(ROUNDS, 0) + 1
    st.session_state.pop(EVERYTHING, None)


def by_key(said: str) -> None:
    """What a key in the list asked for all that are chosen: `chosen|round|verb`; nothing, when the round is over."""
    now, _, verb = said.partition("|")[2].rpartition("|")
    if verb not in BY_KEY:
        return
    if verb == "undo":
        undo()
    elif now.startswith(f"{st.session_state.get(ROUNDS, 0)}~"):
        do(now.partition("~")[2], verb)


def do(filtered: str, verb: str, given: Callable[[], dict[str, Any]] = dict) -> None:
    """Do a verb to all that are chosen, each for itself at the version that was seen; what became of them is shown next."""
    said, now = given(), datetime.now(UTC)
    _each(chosen(filtered), verb, lambda conn, who, it: queue_actions.done(conn, who, it, verb, now, said))


def undo() -> None:
    """Take back what was last done to many, where nobody has moved them since."""
    last, now = st.session_state.pop(MANY, None), datetime.now(UTC)

    def take_back(conn: Connection, who: Actor, it: Target) -> Done:
        find(conn, it)
        return queue_actions.done(conn, who, it, "undo", now, {})

    _each(last.targets if last else (), "undo", take_back)


def _each(targets: Sequence[Target], verb: str, one: Callable[[Connection, Actor, Target], Done]) -> None:
    st.session_state.pop(MANY, None)
    try:
        user = worker()
        actor = Actor(user.person_id, user.email)
        customers, ids = {each.customer_id for each in targets}, {each.exception_id for each in targets}
        with queue_acts.acting(scope_of(user), customers, verb, ids):
            found = many.each(
                house.current().db, user.customer_ids, targets, lambda conn, it: one(conn, actor, it)
            )
        st.session_state[SAID] = told(found, verb)
        if found.done and verb != "undo" and moves.verb(verb).undoable:
            now = tuple(Target(each.customer_id, each.exception_id, each.version) for each in found.done)
            st.session_state[MANY] = Last(verb, now)
    except NotAllowed as error:
        st.session_state[SAID] = ("risk", sentence(str(error)))
    next_round()


def told(found: many.Outcome, verb: str) -> tuple[str, str, list[str]]:
    """What became of many: a sign, a sentence with the most frequent reason, and a line for each that was refused."""
    number, refused = len(found.done), len(found.refused)
    what = "taken back" if verb == "undo" else f"done ({verb})"
    words = f"{number} {plural(number, 'exception')} {what}."
    if refused:
        why, often = next(iter(found.reasons.items()))
        share = "" if often == refused else f"{often} × "
        words += f" {refused} refused: {share}{why}."
    lines = [f"{each.target.exception_id} {each.title}: {each.why}" for each in found.refused]
    return ("risk" if refused else "ok"), words, lines
