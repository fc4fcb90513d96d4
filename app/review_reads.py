"""What the review of a month reads: terms held against facts, what was sealed, and the items behind an objective."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import streamlit as st
from sqlalchemy import Connection

from app import house, proof
from app.branding import Brand
from app.data import HISTORY_SECONDS, STEP_SECONDS, Customer
from app.report.file import Format, drawn
from app.report.made import pack_of
from app.report.said import Said
from app.scope import Scope
from app.view import View
from app.wording import Words
from metrics.figure import Figure
from metrics.moment import moment
from metrics.period import Period
from metrics.read import figures
from metrics.sla import items, ledger, seal, works
from metrics.sla.context import context
from metrics.sla.draft import Parties, evaluated, outline
from metrics.sla.evaluation import plain
from metrics.sla.items import Flow, Listed
from metrics.sla.ledger import Exclusion
from metrics.sla.restate import Cause
from metrics.sla.review import ReviewNotes, review_notes
from metrics.sla.statement import Statement
from metrics.sla.terms import TermsError
from metrics.sla.window import Subject, in_force, month_of
from metrics.sla.works import Work
from sql.database import look_from, viewer


@dataclass(frozen=True)
class Review:
    """A month as it is reviewed: what was sealed of it, else what it says now; `body` is None without terms.

    `body` is plain, as a statement has it (metrics.sla.draft.outline, with its context): whole numbers and words. `verified` is what both systems
    confirm of the month as long as it is not sealed; None where success is not promised.
    """

    body: dict[str, Any] | None
    sealed: tuple[Statement, ...] = ()
    notes: ReviewNotes = field(default=ReviewNotes())
    exclusions: tuple[Exclusion, ...] = ()
    works: tuple[Work, ...] = ()
    flows: tuple[Flow, ...] = ()
    trouble: str = ""
    verified: Figure | None = None

    @property
    def objectives(self) -> list[dict[str, Any]]:
        """Every objective with its verdict."""
        return [] if self.body is None else list(self.body["evaluation"]["objectives"])

    @property
    def missed(self) -> list[dict[str, Any]]:
        """The items that count against an objective, or of which nobody can tell."""
        return [] if self.body is None else list(self.body["missed"])

    @property
    def allowed(self) -> list[str]:
        """For which reasons something may be proposed to be left out, in any objective."""
        terms = {} if self.body is None else self.body["evaluation"]["terms"]
        rules = [terms.get("exclusions"), *(each.get("exclusions") for each in terms.get("objectives", ()))]
        found = [reason for rule in rules if rule for reason in rule.get("allowed", ())]
        return [each for each in dict.fromkeys(found) if each != "maintenance"]

    def said(self, words: Words) -> Said:
        """The month in the words of the review pack."""
        assert self.body is not None
        return Said(self.body, words)


def parties(view: View) -> Parties:
    """Who the month looked at is between."""
    return Parties(subject(view.customer), view.customer.name, view.brand.key, view.brand.name)


def subject(customer: Customer) -> Subject:
    """The customer as service levels name it."""
    return Subject(customer.customer_id, customer.key, customer.time_zone)


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=200, show_spinner=False)
def review(scope: Scope, between: Parties, period: Period, as_of: datetime) -> Review:
    """The month of one customer: its newest sealed version, or the terms held against what was known at an instant.

    What people said counts at once, also what was said after that instant.
    """
    own, verified = between.subject.customer_id, None
    with viewer(house.current().db, scope.only(own).customer_ids, as_of, steady=True) as conn:
        sealed = tuple(seal.statements(conn, own, period.label))
        if sealed:
            body = dict(sealed[0].body)
        else:
            try:
                stands = _stands(conn, between, period)
            except TermsError as error:
                return Review(None, trouble=str(error))
            if stands is None:
                return Review(None)
            body = stands | {"context": plain(context(conn, between, period, moment(conn).now))}
            if any(each["metric"] == proof.SUCCESS for each in body["evaluation"]["objectives"]):
                found = figures(conn, proof.VERIFIED, [own], period)
                verified = next((figure for figure in found if figure.currency is None), None)
        look_from(conn, None)  # what stands beside the figures is people's words: they are shown at once
        return Review(body, sealed, *_beside(conn, own, period, body, as_of), verified=verified)


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=100, show_spinner=False)
def today(scope: Scope, between: Parties, period: Period, as_of: datetime) -> dict[str, Any] | None:
    """What a sealed month would say at an instant, under the terms in force then; None where there are none that can be read."""
    own = scope.only(between.subject.customer_id).customer_ids
    with viewer(house.current().db, own, as_of, steady=True) as conn:
        try:
            return _stands(conn, between, period)
        except TermsError:
            return None


def _stands(conn: Connection, between: Parties, period: Period) -> dict[str, Any] | None:
    terms = in_force(conn, between.subject.customer_id, month_of(period))
    return None if terms is None else plain(outline(conn, between, terms, period, moment(conn).now))


def _beside(
    conn: Connection, own: int, period: Period, body: dict[str, Any], as_of: datetime
) -> tuple[ReviewNotes, tuple[Exclusion, ...], tuple[Work, ...], tuple[Flow, ...]]:
    """What stands beside the body; a month that runs also tells the work announced for later."""
    found = ledger.in_month(ledger.exclusions(conn, own, period), body)
    until = works.EVER[1] if period.until > as_of else period.until
    announced = works.works(conn, own, period.since, until)
    return (
        review_notes(conn, own, period.label),
        tuple(found),
        tuple(announced),
        tuple(items.flows(conn, own)),
    )


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=100, show_spinner=False)
def behind(scope: Scope, customer: Customer, period: Period, key: str, as_of: datetime) -> list[Listed]:
    """The items behind one objective of the month, as they were known at the instant of the page."""
    own = scope.only(customer.customer_id).customer_ids
    with viewer(house.current().db, own, as_of, steady=True) as conn:
        terms = in_force(conn, customer.customer_id, month_of(period))
        objective = next((each for each in terms.objectives if each.key == key), None) if terms else None
        if terms is None or objective is None:
            return []
        held = evaluated(conn, subject(customer), terms, period).of(key)
        window = Period(held.since, held.until, customer.time_zone, held.window)
        known = items.flows(conn, customer.customer_id)
        return items.listed(conn, subject(customer), objective, window, None, known)


@st.cache_data(ttl=HISTORY_SECONDS, max_entries=100, show_spinner=False)
def pending(scope: Scope, between: Parties, period: Period, as_of: datetime) -> list[Cause]:
    """Why a sealed month would say something else today; everything is counted again for it."""
    own = scope.only(between.subject.customer_id).customer_ids
    with viewer(house.current().db, own, steady=True) as conn:
        return seal.pending(conn, between, period)


def pack(scope: Scope, between: Parties, period: Period, brand: Brand, locale: str, format_: Format) -> bytes:
    """The review pack of the month as a file: of its newest sealed version, else preliminary. Raises NotSealableError without terms."""
    own = scope.only(between.subject.customer_id).customer_ids
    with viewer(house.current().db, own, steady=True) as conn:
        made = pack_of(conn, between, period, brand, locale, format_=format_)
    return drawn(made, format_)


def forget() -> None:
    """Read anew what was read before somebody wrote."""
    for reader in (review, today, behind, pending):
        reader.clear()
