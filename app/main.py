"""The frame around every page: who is looking, at which customer and month, navigation, and a net under errors."""

from __future__ import annotations

import time
from functools import partial
from urllib.parse import quote

import streamlit as st

from app import components, data, house, markup, telemetry
from app.auth.sessions import Session
from app.auth.user import current_user
from app.branding import Brand, Mode
from app.data import Customer
from app.navigation import PAGES, Page, pages_for
from app.net import net
from app.scope import Scope, scope_of
from app.view import View, months_of, usual_month
from app.wording import ROLE_NAMES, Words


def run() -> None:
    """Draw the page that was asked for, for the person who asked."""
    telemetry.STOPWATCH.reset()
    began = time.perf_counter()
    session = current_user()
    brand = house.current().brands.by_id(session.partner_id) if session else None
    if session is None or brand is None:
        components.show(markup.screen("info", "You are signed out", "Reload this page to sign in again."))
        st.stop()
    # Before the navigation, whose icons would otherwise be fetched from elsewhere and shown as the favicon.
    st.set_page_config(page_title=brand.name, page_icon="/brand/icon.svg", layout="wide")
    _logo(brand)
    scope = scope_of(session)
    pages = pages_for(scope)
    chosen = st.navigation(
        [st.Page(p.file, title=p.title, icon=p.icon, url_path=p.slug, default=p is PAGES[0]) for p in pages]
    )
    page = next(p for p in pages if p.title == chosen.title)
    st.set_page_config(page_title=f"{page.title} · {brand.name}")
    _who(session, brand, page)
    # no st.empty(): where its two messages reach the browser apart, all that is drawn is thrown away and made anew
    sheet, broken = st.container(key="sheet"), partial(st.container, key="broken")
    with telemetry.timed(page.slug, began), net(page.slug, broken), sheet:
        view = _view(scope, brand, page)
        if view is not None:
            st.session_state[components.STATE] = view
            chosen.run()


def _logo(brand: Brand) -> None:
    st.logo(brand.logo_in(mode_now(brand)) or brand.mark(), size="large", link=None)


def mode_now(brand: Brand) -> Mode:
    """Light or dark, as the page was delivered: the person's choice, else the brand's own."""
    chosen = st.context.cookies.get("mode", "")
    if chosen == "dark":
        return "dark"
    return "light" if chosen == "light" else brand.mode


def _view(scope: Scope, brand: Brand, page: Page) -> View | None:
    """Which customer and which month: chosen in the toolbar, kept in the address, never beyond the scope."""
    customers = data.customers(scope) if scope.customer_ids else ()
    if not customers:
        words = "Nobody has connected a customer to your sign-in yet. Your account manager can do that."
        components.show(markup.screen("info", "There is no customer to show", words))
        return None
    as_of = data.now()
    with st.container(horizontal=True, vertical_alignment="bottom", key="toolbar", gap="small"):
        heading = st.container(width="stretch", key="heading")
        customer = _customer(customers, page)
        months = months_of(customer, as_of)
        month = _month(months, usual_month(months, as_of, customer.time_zone), customer, page)
    view = View(scope, brand, brand.palette(mode_now(brand)), customers, customer, month, as_of)
    with heading:
        components.show(_heading(view, page))
    return view


def _customer(customers: tuple[Customer, ...], page: Page) -> Customer:
    names = {customer.key: customer.name for customer in customers}
    if len(customers) == 1 or not page.one_customer:
        return customers[0] if len(customers) == 1 else _remembered(customers)
    key = components.pick("Customer", names, "customer")
    return next((customer for customer in customers if customer.key == key), customers[0])


def _remembered(customers: tuple[Customer, ...]) -> Customer:
    """The customer of the page before, for the words and the zone of pages that show all of them."""
    key = st.session_state.get("customer")
    return next((customer for customer in customers if customer.key == key), customers[0])


def _month(months: list[str], usual: str, customer: Customer, page: Page) -> str:
    if not page.by_month:
        return usual
    words = Words(customer.locale, customer.time_zone)
    names = {month: words.month(month) for month in months}
    return components.pick("Month", names, "month", width=180, usual=usual)


def _heading(view: View, page: Page) -> str:
    if not page.one_customer and len(view.customers) > 1:
        month = f" · {view.words.month(view.month)}" if page.by_month else ""
        return markup.head(page.title, f"{len(view.customers)} customers{month}")
    if not page.by_month:
        return markup.head(page.title, view.customer.name)
    so_far = ", so far" if view.is_running else ""
    under = f"{page.title} · {view.words.month(view.month)}{so_far}"
    return markup.head(view.customer.name, under)


def _who(session: Session, brand: Brand, page: Page) -> None:
    """Who is signed in, and the ways out: in the sidebar's foot."""
    other = "light" if mode_now(brand) == "dark" else "dark"
    back = quote("/" if page is PAGES[0] else f"/{page.slug}", safe="")
    demo = (
        '<div class="demo">Demo sign-in. Connect your identity provider before real data.</div>'
        if session.is_demo
        else ""
    )
    with st.sidebar, st.container(key="who"):
        components.show(
            f"<b>{markup.e(session.name)}</b><span>{markup.e(ROLE_NAMES[session.role])}</span>"
            f'<nav><a href="/auth/mode?to={other}&amp;next={back}">{other.capitalize()} mode</a>'
            f'<a href="/auth/logout">Sign out</a></nav>{demo}',
            kind="who",
        )
