"""What the partner's people do on the page Alerts: take an alert, settle a message that is stuck, test a channel."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from sqlalchemy import Connection, text

from app import house
from app.alerts import estate, links, reads, trial
from app.auth.sessions import Session
from app.auth.user import current_user
from sql import query
from sql.database import scope

SAID = "what became of an act on alerts"
TESTERS = frozenset({"partner_owner", "partner_manager", "partner_admin"})


class NotAllowed(Exception):
    """It is not the person's to do, or there is nothing left to do; one sentence."""


def by_button(said: str) -> None:
    """What a button in the tables asked for: `verb|customer|number`; nothing for what no button says."""
    verb, customer, number = [*said.split("|"), "", ""][:3]
    if verb in _VERBS and customer.isdigit() and number.isdigit():
        _do(int(customer), lambda conn, user, now: _VERBS[verb](conn, user, now, int(customer), int(number)))


def test(customer_id: int, key: str) -> None:
    """Put a test of a channel into the outbox; the worker sends it within seconds. It stands in the audit."""

    def put(conn: Connection, user: Session, now: datetime) -> str:
        if user.role not in TESTERS:
            raise NotAllowed("Account managers, owners and administrators test channels.")
        known = estate.channels(house.current().db, user.partner_id, is_removed_too=False)
        if key not in known:
            raise NotAllowed("There is no such channel any more.")
        many = trial.put(conn, customer_id, known[key], now)
        _note(conn, user, now, "test", customer_id, channel=key, messages=many)
        return f"A test is on its way through {key}; how it went stands beside the channel in some seconds."

    _do(customer_id, put)


def _do(customer_id: int, work: Callable[[Connection, Session, datetime], str]) -> None:
    try:
        user = current_user()
        if user is None or user.role.startswith("customer") or customer_id not in user.customer_ids:
            raise NotAllowed("This is not yours to do.")
        with house.current().db.engine("triage").begin() as conn:
            scope(conn, [customer_id])
            st.session_state[SAID] = ("ok", work(conn, user, datetime.now(UTC)))
    except NotAllowed as error:
        st.session_state[SAID] = ("risk", str(error))
    reads.forget()


def _take(conn: Connection, user: Session, now: datetime, customer_id: int, number: int) -> str:
    if not links.acknowledge(conn, customer_id, number, user.email, now):
        raise NotAllowed("Somebody has it already, or it is over.")
    return "Acknowledged: nobody else is called."


def _again(conn: Connection, user: Session, now: datetime, customer_id: int, number: int) -> str:
    _release(conn, user, now, customer_id, number, "waiting")
    return "It is sent again in some seconds."


def _arrived(conn: Connection, user: Session, now: datetime, customer_id: int, number: int) -> str:
    _release(conn, user, now, customer_id, number, "sent")
    return "It counts as delivered."


def _release(
    conn: Connection, user: Session, now: datetime, customer_id: int, number: int, state: str
) -> None:
    asked = {"customer_id": customer_id, "message_id": number, "state": state, "at": now}
    done = conn.execute(text(query("alerts/release")), asked).one_or_none()
    if done is None:
        raise NotAllowed("It is not stuck any more.")
    _note(conn, user, now, "release", customer_id, message=number, channel=done.channel, state=state)


def _note(conn: Connection, user: Session, now: datetime, act: str, customer_id: int, **detail: Any) -> None:
    row = {
        "at": now,
        "actor": user.email,
        "action": f"alerts.{act}",
        "subject": str(customer_id),
        "detail": json.dumps(detail),
    }
    conn.execute(text(query("config/audit_put")), row)


_VERBS: dict[str, Callable[[Connection, Session, datetime, int, int], str]] = {
    "take": _take,
    "again": _again,
    "arrived": _arrived,
}
