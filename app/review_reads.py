"""What the review of a month reads: terms held against facts, what was sealed, and the items behind an objective."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st
from sqlalchemy import text

from app import house
from app.branding import Brand
from app.data import HISTORY_SECONDS, STEP_SECONDS, Customer
from app.report.content import Pack
from app.report.file import Format, drawn
from app.scope import Scope
from metrics.period import Period
from metrics.sla import items, seal, statement
from metrics.sla.draft import Parties, evaluated
from metrics.sla.evaluation import plain
from metrics.sla.items import Listed
from metrics.sla.restate import Cause
from metrics.sla.seal import NotSealableError
from metrics.sla.statement import Statement
from metrics.sla.terms import TermsError
from metrics.sla.window import Subject, in_force, month_of
from sql import query
from sql.database import scope as narrow
from sql.database import viewer


@dataclass(frozen=True)
class Review:
    """A month as it is reviewed: what was sealed of it, else what it says now; `evaluation` is None without terms.

    `evaluation` is plain, as a statement has it (metrics.sla.evaluation.Evaluation): whole numbers and words.
    """

    evaluation: dict[str, Any] | None
    sealed: tuple[Statement, ...]
    missed: tuple[dict[str, Any], ...]
    trouble: str = ""


def subject(customer: Customer) -> Subject:
    """The customer as service levels name it."""
    return Subject(customer.customer_id, customer.key, customer.time_zone)


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=200, show_spinner=False)
def review(scope: Scope, customer: Customer, period: Period, as_of: datetime) -> Review:
    """The month of one customer: its newest sealed version, or the terms held against what is known now."""
    with viewer(house.current().db, [scope.only(customer.customer_id).customer_ids[0]]) as conn:
        sealed = tuple(seal.statements(conn, customer.customer_id, period.label))
        if sealed:
            body = sealed[0].body
            return Review(dict(body["evaluation"]), sealed, tuple(body["missed"]))
        try:
            terms = in_force(conn, customer.customer_id, month_of(period))
        except TermsError as error:
            return Review(None, (), (), str(error))
        if terms is None:
            return Review(None, (), ())
        return Review(plain(evaluated(conn, subject(customer), terms, period)), (), ())


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=100, show_spinner=False)
def behind(scope: Scope, customer: Customer, period: Period, key: str, as_of: datetime) -> list[Listed]:
    """The items behind one objective of the month, as they are known now."""
    with viewer(house.current().db, [scope.only(customer.customer_id).customer_ids[0]]) as conn:
        terms = in_force(conn, customer.customer_id, month_of(period))
        objective = next((each for each in terms.objectives if each.key == key), None) if terms else None
        if terms is None or objective is None:
            return []
        held = evaluated(conn, subject(customer), terms, period).of(key)
        window = Period(held.since, held.until, customer.time_zone, held.window)
        known = items.flows(conn, customer.customer_id)
        return items.listed(conn, subject(customer), objective, window, None, known)


@st.cache_data(ttl=HISTORY_SECONDS, max_entries=100, show_spinner=False)
def pending(
    scope: Scope, customer: Customer, parties: Parties, period: Period, as_of: datetime
) -> list[Cause]:
    """Why a sealed month would say something else today; everything is counted again for it."""
    with viewer(house.current().db, [scope.only(customer.customer_id).customer_ids[0]]) as conn:
        return seal.pending(conn, parties, period)


def pack(
    scope: Scope, customer: Customer, parties: Parties, period: Period, brand: Brand, format_: Format
) -> bytes:
    """The review pack of the month as a file: of its newest sealed version, else preliminary. Raises NotSealableError without terms."""
    with viewer(house.current().db, [scope.only(customer.customer_id).customer_ids[0]]) as conn:
        sealed = seal.statements(conn, customer.customer_id, period.label)
        said = sealed[0] if sealed else statement.preliminary(seal.draft(conn, parties, period))
    return drawn(Pack(said, brand, customer.locale), format_)


def seal_month(scope: Scope, parties: Parties, period: Period, by: str, now: datetime) -> tuple[str, str]:
    """Seal the month as the signed-in person, or restate it; the state and the sentence that tell what became of it."""
    own = parties.subject.customer_id
    with house.current().db.engine("triage").begin() as conn:
        narrow(conn, scope.only(own).customer_ids)
        try:
            sealed = seal.seal(conn, parties, period, by, now)
        except NotSealableError as error:
            return "risk", f"Not sealed: {error}."
        conn.execute(text(query("config/audit_put")), seal.audit(sealed, by))
    for reader in (review, pending):
        reader.clear()
    return "ok", f"Sealed as version {sealed.place[2]}."
