"""Settling on the screen what counts: whose doing a miss is, what is to be left out, what the other side says of it, and announced work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from app import review_reads
from app.report.said import PARTIES, Said
from app.review_actions import given, may, submit
from app.review_beside import name_of
from app.review_reads import Review
from app.view import View
from metrics.sla import ledger, works
from metrics.sla.desk import Desk, NotAllowedError
from metrics.sla.ledger import Answer
from metrics.sla.responsibility import Side

_ANSWERS: dict[Answer, str] = {"accepted": "Accept", "disputed": "Dispute", "withdrawn": "Take it back"}


def doing_form(found: Review, view: View) -> None:
    """The manager says whose doing misses are."""
    if not found.missed:
        return
    said = found.said(view.words)
    doing = [key for key in ("partner", *PARTIES) if key != "maintenance"]

    def attribute(at_desk: Desk) -> str:
        chosen, party, shown = given("doing", "items", "party", "evidence")
        subject = review_reads.subject(view.customer)
        for objective, named in _by_objective(found, chosen).items():
            ledger.attribute(at_desk, subject, view.period, objective, named, party, shown)
        return f"{len(chosen)} said to be {said.party(party)}."

    with st.popover("Whose doing"), st.form("doing", border=False):
        _misses("doing", found, said)
        st.selectbox("Whose doing", doing, format_func=said.party, key="doing party")
        st.text_input("What shows it", key="doing evidence")
        submit("Say so", view, attribute)


def out_form(found: Review, view: View) -> None:
    """Either side proposes to leave misses out; the other one answers."""
    if not found.missed or not found.allowed:
        return
    said = found.said(view.words)

    def propose(at_desk: Desk) -> str:
        chosen, reason, comment = given("out", "items", "reason", "comment")
        subject = review_reads.subject(view.customer)
        for objective, named in _by_objective(found, chosen).items():
            asked = (at_desk, subject, view.period, reason, comment)
            ledger.propose(*asked, objective=objective, named=named)
        return f"{len(chosen)} proposed to be left out."

    with st.popover("Propose to leave out"), st.form("out", border=False):
        _misses("out", found, said)
        _because("out", found, said)
        submit("Propose", view, propose)


def stretch_form(found: Review, view: View) -> None:
    """Either side proposes to leave out what came due in a stretch of time; the other one answers."""
    if not found.allowed:
        return
    said, titles = found.said(view.words), {each["key"]: each["title"] for each in found.objectives}

    def propose(at_desk: Desk) -> str:
        objective, flows, reason, comment, shown = given(
            "stretch", "objective", "flows", "reason", "comment", "evidence"
        )
        number = ledger.propose(
            at_desk,
            review_reads.subject(view.customer),
            view.period,
            reason,
            comment,
            objective=objective,
            span=_span("stretch", view),
            flows=flows,
            evidence=shown.strip() or None,
        )
        return f"Exclusion {number} is proposed."

    with st.popover("Propose a stretch of time"), st.form("stretch", border=False):
        first = view.period.since.astimezone(ZoneInfo(view.customer.time_zone)).date()
        _span_inputs("stretch", first, (0, 24))
        st.selectbox(
            "Promise",
            [None, *titles],
            format_func=lambda key: "Every promise" if key is None else titles[key],
            key="stretch objective",
        )
        _flows("stretch", found, "All")
        _because("stretch", found, said)
        st.text_input("What shows it", key="stretch evidence")
        submit("Propose it", view, propose)


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
            number, why = given("settle", "which", "why")
            ledger.answer(at_desk, number, verb, why, can[number].seen)
            return f"Exclusion {number} is {verb}."

        return answer

    with st.popover("Settle"), st.form("settle", border=False):
        st.selectbox("Which", list(can), format_func=lambda key: name_of(can[key], said), key="settle which")
        st.text_input("Comment", key="settle why")
        with st.container(horizontal=True, gap="small"):
            for verb in verbs:
                submit(_ANSWERS[verb], view, do(verb), primary=verb == "accepted")


def work_forms(found: Review, view: View) -> None:
    """The manager announces work on flows; what stands is announced anew, or does not take place."""
    today = view.as_of.astimezone(ZoneInfo(view.customer.time_zone)).date()
    standing = {each.number: each for each in found.works}

    def told(number: int) -> str:
        it = standing[number]
        return f"{number} · {it.reason} · {view.words.instant(it.starts_at, with_zone=False)}"

    def announce(at_desk: Desk) -> str:
        flows, what = given("work", "flows", "what")
        return f"Announced as maintenance {works.announce(at_desk, flows, _span('work', view), what)}."

    def anew(at_desk: Desk) -> str:
        number, what = given("anew", "which", "what")
        it = standing[number]
        instead = works.announce(at_desk, it.flows, _span("anew", view), what.strip() or it.reason, number)
        return f"Maintenance {instead} takes the place of {number}."

    def withdraw(at_desk: Desk) -> str:
        number, what = given("anew", "which", "what")
        works.withdraw(at_desk, number, what)
        return f"Maintenance {number} does not take place."

    with st.popover("Announce work"), st.form("work", border=False):
        _flows("work", found)
        _span_inputs("work", today, (20, 22))
        st.text_input("What is done", key="work what")
        submit("Announce", view, announce)
    if standing:
        with st.popover("Change announced work"), st.form("anew", border=False, clear_on_submit=True):
            st.selectbox("Which", list(standing), format_func=told, key="anew which")
            _span_inputs("anew", today, (20, 22))
            st.text_input("What is done, or why it does not take place", key="anew what")
            st.caption("Announced anew, its notice begins again.")
            with st.container(horizontal=True, gap="small"):
                submit("Announce anew", view, anew)
                submit("It does not take place", view, withdraw, primary=False)


def _misses(form: str, found: Review, said: Said) -> None:
    """The items that count against a promise, to choose from."""
    titles = {each["key"]: each["title"] for each in found.objectives}
    places = {each["key"]: each for each in found.missed}

    def told(key: str) -> str:
        it = places[key]
        return f"{it['label'] or it['item']} · {titles.get(it['objective'], it['objective'])} · {said.party(it['party'])}"

    st.multiselect("Items", list(places), format_func=told, key=f"{form} items")


def _by_objective(found: Review, chosen: list[str]) -> dict[str, list[str]]:
    """What was chosen, by promise. Raises NotAllowedError for nothing."""
    if not chosen:
        raise NotAllowedError("say which items")
    places = {each["key"]: each for each in found.missed}
    grouped: dict[str, list[str]] = {}
    for key in chosen:
        grouped.setdefault(places[key]["objective"], []).append(places[key]["item"])
    return grouped


def _because(form: str, found: Review, said: Said) -> None:
    st.selectbox("Because of", found.allowed, format_func=said.party, key=f"{form} reason")
    st.text_input("Why, for the other side", key=f"{form} comment")


def _flows(form: str, found: Review, otherwise: str = "Choose") -> None:
    keys = [flow.key for flow in found.flows]
    st.multiselect("Flows", keys, placeholder=otherwise, key=f"{form} flows")


def _span_inputs(form: str, day: date, hours: tuple[int, int]) -> None:
    """Two instants of the customer's zone, by default between two hours of a day."""
    midnight = datetime.combine(day, time())
    for part, hour in zip(("from", "until"), hours, strict=True):
        st.datetime_input(part.capitalize(), midnight + timedelta(hours=hour), key=f"{form} {part}")


def _span(form: str, view: View) -> tuple[datetime, datetime]:
    begins, ends = given(form, "from", "until")
    if begins is None or ends is None:
        raise NotAllowedError("say from when until when")
    zone = ZoneInfo(view.customer.time_zone)
    return begins.replace(tzinfo=zone), ends.replace(tzinfo=zone)
