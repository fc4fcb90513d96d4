"""The calendar of reviews: which months of which customers are sealed, signed or overdue, for the partner's people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from app import house, markup, review_reads
from app.data import STEP_SECONDS, Customer
from app.markup import Column
from app.scope import Scope
from app.view import View, months_before
from app.wording import plural
from metrics.sla.overdue import Standing, standings
from sql.database import viewer

MONTHS = 4
_SAID = {
    "nothing agreed": ("", "Nothing agreed"),
    "running": ("info", "Running"),
    "to seal": ("info", "To seal"),
    "to sign": ("info", "To sign"),
    "signed": ("ok", "Signed"),
}


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=50, show_spinner=False)
def read(
    scope: Scope, customers: tuple[Customer, ...], months: tuple[str, ...], as_of: datetime
) -> list[Standing]:
    """How each month's review stands, of customers in scope."""
    subjects = [review_reads.subject(each) for each in customers if each.customer_id in scope.customer_ids]
    with viewer(house.current().db, [each.customer_id for each in subjects]) as conn:
        return standings(conn, subjects, months, as_of)


def calendar(view: View) -> str:
    """The last months of every customer as a table: where each review stands, what is overdue first."""
    today = view.as_of.astimezone(ZoneInfo(view.customer.time_zone))
    months = tuple(months_before(f"{today:%Y-%m}", MONTHS))
    found = read(view.scope, view.customers, months, view.as_of)
    by_customer = {
        each.customer_id: [one for one in found if one.customer_id == each.customer_id]
        for each in view.customers
    }
    order = sorted(
        view.customers,
        key=lambda each: (-max(one.days_over for one in by_customer[each.customer_id]), each.name),
    )
    columns = [Column("Customer", "first")]
    columns += [
        Column(view.words.month(month, short=True), "wide" if month != months[-2] else "") for month in months
    ]
    rows = [
        (
            _name(each, by_customer[each.customer_id]),
            *(_cell(one, each) for one in by_customer[each.customer_id]),
        )
        for each in order
    ]
    return markup.section("Reviews", markup.table(columns, rows, "Reviews", of_rows=True), remark(found))


def _name(customer: Customer, of: Sequence[Standing]) -> str:
    """The customer, and how many of its months are overdue: on a small screen not all of them are shown."""
    late = sum(each.is_overdue for each in of)
    return markup.two_lines(customer.name, f"{late} overdue" if late else "")


def remark(found: Sequence[Standing]) -> str:
    """How many reviews are overdue, in words."""
    late = sum(each.is_overdue for each in found)
    return f"{late} {plural(late, 'review is', 'reviews are')} overdue" if late else "none is overdue"


def _cell(it: Standing, customer: Customer) -> str:
    state, word = _SAID[it.state]
    if not state:
        return f'<span class="muted">{word}</span>'
    address = f"/review?{urlencode({'customer': customer.key, 'month': it.month})}"
    under = ""
    if it.is_overdue:
        state = "risk"
        under = f"overdue by {it.days_over} {plural(it.days_over, 'day')}"
    elif it.state == "to sign":
        under = "signed by one side" if it.signed else "signed by nobody"
    small = f'<span class="sub">{markup.e(under)}</span>' if under else ""
    return f'<a href="{markup.e(address)}" target="_self">{markup.status(state, word)}</a>{small}'
