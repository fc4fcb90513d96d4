"""Acting on a month on the screen: sealing, signing, its actions and commentary, and what became of what somebody did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from app import house, review_reads
from app.auth.user import current_user
from app.review_reads import Review
from app.view import View
from app.wording import sentence
from metrics.sla import review, seal
from metrics.sla.desk import SIDES, Desk, NotAllowedError, Person, desk
from metrics.sla.seal import NotSealableError

SAID = "what became of the review"
_STATUS = {"open": "Open", "done": "Done", "dropped": "Dropped"}


def act(view: View, do: Callable[[Desk], str], *, steady: bool = False) -> None:
    """Do something to the month as the signed-in person; what became of it is shown next, and all of it is read anew.

    `steady` as of metrics.sla.desk.
    """
    try:
        user = current_user()
        if user is None:
            raise NotAllowedError("you are signed out")
        person = Person(user.email, user.name, user.role, user.customer_ids)
        own = (view.customer.customer_id, view.customer.key)
        with desk(house.current().db, person, *own, steady=steady) as at_desk:
            st.session_state[SAID] = ("ok", do(at_desk))
    except (NotAllowedError, NotSealableError) as error:
        st.session_state[SAID] = ("risk", sentence(str(error)))
    review_reads.forget()


def may(view: View) -> str | None:
    """The side that the person looking speaks for."""
    return SIDES.get(view.scope.role)


def seal_button(found: Review, view: View) -> None:
    """The manager's button that seals the month, or restates it."""
    label = "Restate the month" if found.sealed else "Seal the month"

    def do(at_desk: Desk) -> str:
        at_desk.partner_only("seal a month")
        between = review_reads.parties(view)
        sealed = seal.seal(at_desk.conn, between, view.period, at_desk.person.email, at_desk.now)
        at_desk.note("seal", period=view.month, version=sealed.place[2], sha256=sealed.sha256)
        return f"Sealed as version {sealed.place[2]}."

    with st.popover(label):
        st.write(
            "A sealed month never changes. What comes later can only be told as a restatement, with its reasons."
        )
        st.button(
            label, key="seal it", type="primary", on_click=act, args=(view, do), kwargs={"steady": True}
        )


def sign_button(found: Review, view: View) -> None:
    """The button with which a side signs what was sealed; none once it has."""
    if not found.sealed or may(view) in {each.side for each in found.notes.signed(found.sealed[0].place[2])}:
        return

    def do(at_desk: Desk) -> str:
        review.sign(at_desk, found.sealed[0])
        return f"Signed for {found.said(view.words).side(at_desk.side)}."

    st.button("Sign it", key="sign it", type="primary", on_click=act, args=(view, do))


def what_if_button() -> None:
    """The way to proposed terms, against which past months are held (app.whatif)."""
    if st.button("What if", key="what if", icon=":material/balance:"):
        st.query_params["whatif"] = "1"
        st.rerun()


def action_forms(found: Review, view: View) -> None:
    """The manager opens actions and says how they stand."""
    open_ = {each.number: each for each in found.notes.actions}

    def add(at_desk: Desk) -> str:
        what, who, due = (st.session_state[f"action {part}"] for part in ("what", "who", "due"))
        return f"Action {review.open_action(at_desk, view.month, what, who, due)} is open."

    def change(at_desk: Desk) -> str:
        it, status = open_[st.session_state["action which"]], st.session_state["action status"]
        review.change_action(at_desk, view.month, it.number, it.version, status=status)
        return f"{it.what}: {_STATUS[status].lower()}."

    with st.popover("New action"), st.form("action", border=False, clear_on_submit=True):
        st.text_input("What", key="action what")
        st.text_input("Who", key="action who")
        st.date_input("Due", _due(view), key="action due")
        submit("Open it", view, add)
    if open_:
        with st.popover("Change an action"), st.form("change action", border=False):
            st.selectbox("Which", list(open_), format_func=lambda key: open_[key].what, key="action which")
            st.selectbox(
                "It is", ["done", "open", "dropped"], format_func=_STATUS.__getitem__, key="action status"
            )
            submit("Say so", view, change)


def _due(view: View) -> date:
    """The end of the month after the one that is reviewed."""
    year, month = (int(part) for part in view.month.split("-"))
    index = year * 12 + month + 1
    return date.fromordinal(date(index // 12, index % 12 + 1, 1).toordinal() - 1)


def commentary_form(found: Review, view: View) -> None:
    """The manager writes what there is to say of the month."""
    said = found.notes.commentary

    def do(at_desk: Desk) -> str:
        review.comment(at_desk, view.month, st.session_state[f"commentary {view.month}"], said.version)
        return "The commentary is kept."

    with (
        st.popover("Edit the commentary" if said.text else "Write the commentary"),
        st.form("say", border=False),
    ):
        st.text_area("Commentary", said.text, key=f"commentary {view.month}", max_chars=4000, height=220)
        submit("Keep it", view, do)


def submit(label: str, view: View, do: Callable[[Desk], str], *, primary: bool = True) -> None:
    """The button that sends a form to the desk."""
    kind: Any = "primary" if primary else "secondary"
    st.form_submit_button(label, type=kind, on_click=act, args=(view, do))


def given(form: str, *parts: str) -> tuple[Any, ...]:
    """What a person has put into the fields of a form."""
    return tuple(st.session_state[f"{form} {part}"] for part in parts)
