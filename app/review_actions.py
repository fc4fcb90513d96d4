"""Settling a month on the screen: the forms with which both sides write, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from app import house, review_reads
from app.auth.user import current_user
from app.report.said import PARTIES
from app.review_beside import name_of
from app.review_reads import Review
from app.view import View
from metrics.sla import ledger, review, seal
from metrics.sla.desk import SIDES, Desk, NotAllowedError, Person, desk
from metrics.sla.ledger import Answer
from metrics.sla.responsibility import Side
from metrics.sla.seal import NotSealableError

SAID = "what became of the review"
_ANSWERS: dict[Answer, str] = {"accepted": "Accept", "disputed": "Dispute", "withdrawn": "Take it back"}
_STATUS = {"open": "Open", "done": "Done", "dropped": "Dropped"}


def act(view: View, do: Callable[[Desk], str]) -> None:
    """Do something to the month as the signed-in person; what became of it is shown next, and all of it is read anew."""
    try:
        user = current_user()
        if user is None:
            raise NotAllowedError("you are signed out")
        person = Person(user.email, user.name, user.role, user.customer_ids)
        own = (view.customer.customer_id, view.customer.key)
        with desk(house.current().db, person, *own, datetime.now(UTC)) as at_desk:
            st.session_state[SAID] = ("ok", do(at_desk))
    except (NotAllowedError, NotSealableError) as error:
        said = str(error)
        st.session_state[SAID] = ("risk", f"{said[:1].upper()}{said[1:]}.")
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
        st.button(label, key="seal it", type="primary", on_click=act, args=(view, do))


def sign_button(found: Review, view: View) -> None:
    """The button with which a side signs what was sealed; none once it has."""
    if not found.sealed or may(view) in {each.side for each in found.notes.signed(found.sealed[0].place[2])}:
        return

    def do(at_desk: Desk) -> str:
        review.sign(at_desk, found.sealed[0])
        return f"Signed for {view.brand.name if at_desk.side == 'partner' else view.customer.name}."

    st.button("Sign it", key="sign it", type="primary", on_click=act, args=(view, do))


def miss_forms(found: Review, view: View) -> None:
    """The manager says whose doing misses are, and proposes to leave some out."""
    if not found.missed:
        return
    said = found.said(view.words)
    titles = {each["key"]: each["title"] for each in found.objectives}
    places = {each["key"]: each for each in found.missed}
    doing = {"partner": view.brand.name} | {
        key: name for key, name in PARTIES.items() if key != "maintenance"
    }

    def told(key: str) -> str:
        it = places[key]
        return f"{it['label'] or it['item']} · {titles.get(it['objective'], it['objective'])} · {said.party(it['party'])}"

    def by_objective(chosen: list[str]) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = {}
        for key in chosen:
            grouped.setdefault(places[key]["objective"], []).append(places[key]["item"])
        return grouped

    def attribute(at_desk: Desk) -> str:
        chosen, party, shown = (st.session_state[f"doing {part}"] for part in ("items", "party", "evidence"))
        if not chosen:
            raise NotAllowedError("say which items")
        subject = review_reads.subject(view.customer)
        for objective, named in by_objective(chosen).items():
            ledger.attribute(at_desk, subject, view.period, objective, named, party, shown)
        return f"{len(chosen)} said to be {doing[party]}."

    def propose(at_desk: Desk) -> str:
        chosen, reason, comment = (st.session_state[f"out {part}"] for part in ("items", "reason", "comment"))
        if not chosen:
            raise NotAllowedError("say which items")
        subject = review_reads.subject(view.customer)
        for objective, named in by_objective(chosen).items():
            asked = (at_desk, subject, view.period, reason, comment)
            ledger.propose(*asked, objective=objective, named=named)
        return f"{len(chosen)} proposed to be left out."

    with st.popover("Whose doing"), st.form("doing", border=False):
        st.multiselect("Items", list(places), format_func=told, key="doing items")
        st.selectbox("Whose doing", list(doing), format_func=doing.__getitem__, key="doing party")
        st.text_input("What shows it", key="doing evidence")
        _submit("Say so", view, attribute)
    if found.allowed:
        with st.popover("Propose to leave out"), st.form("out", border=False):
            st.multiselect("Items", list(places), format_func=told, key="out items")
            st.selectbox("Because of", found.allowed, format_func=said.party, key="out reason")
            st.text_input("Why, for the other side", key="out comment")
            _submit("Propose", view, propose)


def answer_form(found: Review, view: View) -> None:
    """What the person's side can still say of each exclusion."""
    side: Side = "partner" if may(view) == "partner" else "customer"
    can = {each.number: each for each in found.exclusions if each.answers(side)}
    if not can:
        return
    said = found.said(view.words)
    verbs = [verb for verb in _ANSWERS if any(verb in each.answers(side) for each in can.values())]

    def do(verb: Answer) -> Callable[[Desk], str]:
        def answer(at_desk: Desk) -> str:
            chosen = can[st.session_state["settle which"]]
            ledger.answer(at_desk, chosen.number, verb, st.session_state["settle why"], chosen.seen)
            return f"Exclusion {chosen.number} is {verb}."

        return answer

    with st.popover("Settle"), st.form("settle", border=False):
        st.selectbox("Which", list(can), format_func=lambda key: name_of(can[key], said), key="settle which")
        st.text_input("Comment", key="settle why")
        with st.container(horizontal=True, gap="small"):
            for verb in verbs:
                _submit(_ANSWERS[verb], view, do(verb), primary=verb == "accepted")


def work_form(found: Review, view: View) -> None:
    """The manager announces work on flows."""
    zone = ZoneInfo(view.customer.time_zone)
    today = view.as_of.astimezone(zone).date()

    def do(at_desk: Desk) -> str:
        given: dict[str, Any] = {
            part: st.session_state[f"work {part}"] for part in ("flows", "day", "from", "until", "what")
        }
        begins, ends = (datetime.combine(given["day"], given[part], zone) for part in ("from", "until"))
        number = ledger.announce(at_desk, given["flows"], (begins, ends), given["what"])
        return f"Announced as maintenance {number}."

    with st.popover("Announce work"), st.form("work", border=False):
        st.multiselect("Flows", [flow.key for flow in found.flows], key="work flows")
        st.date_input("Day", today, key="work day")
        st.time_input("From", time(20), key="work from")
        st.time_input("Until", time(22), key="work until")
        st.text_input("What is done", key="work what")
        _submit("Announce", view, do)


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
        _submit("Open it", view, add)
    if open_:
        with st.popover("Change an action"), st.form("change action", border=False):
            st.selectbox("Which", list(open_), format_func=lambda key: open_[key].what, key="action which")
            st.selectbox(
                "It is", ["done", "open", "dropped"], format_func=_STATUS.__getitem__, key="action status"
            )
            _submit("Say so", view, change)


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
        _submit("Keep it", view, do)


def _submit(label: str, view: View, do: Callable[[Desk], str], *, primary: bool = True) -> None:
    kind: Any = "primary" if primary else "secondary"
    st.form_submit_button(label, type=kind, on_click=act, args=(view, do))
