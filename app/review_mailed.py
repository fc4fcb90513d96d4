"""The schedule of the reviews on the screen: who gets what when, what went out last, what comes next, and the form that changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import streamlit as st

from app import house, markup, review_schedule
from app.data import STEP_SECONDS, Customer
from app.mail import Mailbox
from app.markup import Column
from app.review_actions import given, submit
from app.review_schedule import Scheduled, schedules
from app.scope import Scope
from app.view import View
from app.wording import NOTHING, Words, plural
from metrics.sla.desk import Desk

COLUMNS = (
    Column("Customer", "first"),
    Column("Draft goes to", "wide"),
    Column("Sealed pack goes to", "wide"),
    Column("Sent last", "narrow-hide"),
    Column("Next"),
    Column("Where it stands"),
)
_STATES = {
    "kept": ("risk", "Kept back"),
    "given up": ("breach", "Given up"),
    "waiting": ("risk", "Tried again"),
    "due": ("info", "Due"),
    "planned": ("info", "Planned"),
}
_KINDS = {"draft": "draft", "sealed": "sealed pack"}


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=50, show_spinner=False)
def read(scope: Scope, as_of: datetime) -> dict[int, Scheduled]:
    """The schedules of the customers in scope that have one."""
    found = schedules(house.current().db, scope.customer_ids, as_of)
    return {each.reviewed.customer_id: each for each in found}


def section(view: View, customers: Sequence[Customer]) -> str:
    """A row for each customer: on which day its draft goes to whom, what went out last, what comes next and how that stands."""
    found = read(view.scope, view.as_of)
    if not any(each.customer_id in found for each in customers):
        nothing = '<p class="muted">No review goes out by mail.</p>'
        return markup.section("Sent by mail", nothing)
    rows = [_row(each, found.get(each.customer_id), view) for each in customers]
    return markup.section("Sent by mail", markup.table(COLUMNS, rows, "Sent by mail", of_rows=True))


def form(view: View) -> None:
    """The account manager changes the day, the time and who gets what; or nothing is sent any more."""
    it = read(view.scope, view.as_of).get(view.customer.customer_id)
    rule: dict[str, Any] = dict(it.reviewed.review) if it else {}
    here = f"schedule {view.customer.key}"

    def change(at_desk: Desk) -> str:
        day, at, partner, customer = given(here, "day", "at", "partner", "customer")
        wanted = review_schedule.settings(
            {
                "business_day": day,
                "at": f"{at:%H:%M}",
                "calendar": rule.get("calendar"),
                "to_partner": _lines(partner),
                "to_customer": _lines(customer),
            }
        )
        review_schedule.change(at_desk, rule or None, wanted)
        read.clear()
        return f"The draft goes out on {_day(wanted.business_day, wanted.at)}."

    def stop(at_desk: Desk) -> str:
        review_schedule.change(at_desk, rule, None)
        read.clear()
        return "Nothing is sent by mail any more."

    with (
        st.popover("Change the schedule" if rule else "Send it by mail"),
        st.form(here, border=False),
    ):
        st.number_input(
            "Business day of the next month", 1, 23, rule.get("business_day", 3), key=f"{here} day"
        )
        st.time_input("At", time.fromisoformat(rule.get("at", "08:00")), key=f"{here} at")
        st.text_area(
            "Draft goes to",
            "\n".join(rule.get("to_partner", ())),
            placeholder="The account managers",
            help="One mailbox a line",
            key=f"{here} partner",
        )
        st.text_area(
            "Sealed pack goes to",
            "\n".join(rule.get("to_customer", ())),
            placeholder="Nobody",
            help="One mailbox a line",
            key=f"{here} customer",
        )
        with st.container(horizontal=True, gap="small"):
            submit("Change it" if rule else "Send it", view, change)
            if rule:
                submit("Send nothing", view, stop, primary=False)


def _row(customer: Customer, it: Scheduled | None, view: View) -> tuple[str, ...]:
    name = markup.e(customer.name)
    if it is None:
        return (
            f'<span class="cellname">{name}</span>',
            "",
            "",
            "",
            NOTHING,
            '<span class="muted">Not sent</span>',
        )
    rule, words = it.reviewed.review, view.words
    state, said = _STATES[it.state(view.as_of)]
    under = it.coming.why_not or it.coming.error
    calendar = f", {rule['calendar']}" if rule.get("calendar") else ""
    return (
        markup.two_lines(
            customer.name, f"{_day(int(rule['business_day']), str(rule.get('at') or '08:00'))}{calendar}"
        ),
        _readers(it.reviewed.readers("draft")),
        _readers(it.reviewed.readers("sealed")),
        _what(it.last["period"], it.last["kind"], it.last["sent_at"], words) if it.last else "never",
        _what(it.coming.period.label, it.coming.kind, it.coming.at, words),
        markup.status(state, said) + (f'<span class="sub">{markup.e(under)}</span>' if under else ""),
    )


def _day(number: int, at: str) -> str:
    return f"business day {number}, {at}"


def _what(month: str, kind: str, at: datetime | None, words: Words) -> str:
    return f'{markup.e(words.day(at))}<span class="sub">{markup.e(f"{words.month(month)}, {_KINDS[kind]}")}</span>'


def _readers(boxes: Sequence[Mailbox], most: int = 2) -> str:
    named = [box.name or box.address for box in boxes]
    rest = len(named) - most
    more = [f"{rest} {plural(rest, 'other')}"] if rest > 0 else []
    return markup.e(", ".join(named[:most] + more) or "nobody")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
