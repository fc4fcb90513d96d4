"""Links by which an alert is acknowledged: good once, for one alert and one addressee, for three days; stored as a hash."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from metrics.triage import act
from metrics.triage.act import Actor, Said, Target
from metrics.triage.moves import NotAllowed
from sql import query
from sql.database import Database, scope

GOOD_FOR = timedelta(days=3)
_TOKEN = re.compile(r"([1-9]\d{0,9})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Linked:
    """What a link stands for; `trouble` says in a sentence why it is good for nothing any more, empty while it is good."""

    partner_id: int
    customer: str
    title: str
    trouble: str


def make(conn: Connection, customer_id: int, alert_id: int, addressee: str, now: datetime) -> str:
    """A new token for a link. `conn` is in the customer's scope; only the hash is kept."""
    token = f"{customer_id}.{secrets.token_urlsafe(32)}"
    row = {
        "customer_id": customer_id,
        "token_sha256": _sha256(token),
        "alert_id": alert_id,
        "addressee": addressee,
        "expires_at": now + GOOD_FOR,
    }
    conn.execute(text(query("alerts/link_put")), row)
    return token


def find(db: Database, token: str, now: datetime) -> Linked | None:
    """What a token stands for; None for one that nobody gave out. Looking uses nothing up."""
    customer_id = _customer(token)
    if customer_id is None:
        return None
    with db.engine("triage").begin() as conn:
        scope(conn, [customer_id])
        return _linked(_row(conn, customer_id, token), now)


def use(db: Database, token: str, partner_ids: set[int], now: datetime) -> Linked | None:
    """Acknowledge by a token of one of these partners' customers, once; what `find` says if it is good no more."""
    customer_id = _customer(token)
    if customer_id is None:
        return None
    with db.engine("triage").begin() as conn:
        scope(conn, [customer_id])
        row = _row(conn, customer_id, token)
        linked = _linked(row, now)
        if row is None or linked is None or linked.partner_id not in partner_ids or linked.trouble:
            return linked
        asked = {"customer_ids": [customer_id], "token_sha256": _sha256(token), "at": now}
        used = conn.execute(text(query("alerts/link_use")), asked).one_or_none()
        if used is None:  # somebody with the same link was faster
            return _linked(_row(conn, customer_id, token), now)
        acknowledge(conn, customer_id, used.alert_id, used.addressee, now)
        return linked


def acknowledge(conn: Connection, customer_id: int, alert_id: int, by: str, now: datetime) -> bool:
    """Say that somebody has the alert; False when it is over or somebody has it already.

    Whoever is known by that mail address and sees the customer stands in the history of its exception.
    """
    asked = {"customer_id": customer_id, "alert_id": alert_id, "by": by, "at": now}
    done = conn.execute(text(query("alerts/acknowledge")), asked).one_or_none()
    if done is None:
        return False
    for to in conn.execute(
        text(query("alerts/told_machines")), {"customer_id": customer_id, "alert_id": alert_id}
    ):
        row = {
            "customer_id": customer_id,
            "message_key": f"{alert_id}:{to.channel}:{to.addressee}:acknowledged",
            "alert_id": alert_id,
            "kind": "acknowledged",
            "channel": to.channel,
            "addressee": to.addressee,
            "severity": to.severity,
            "said": to.said,
            "state": "waiting",
            "not_before": now,
            "at": now,
        }
        conn.execute(text(query("alerts/message_put")), row)
    person = [one for one in act.people(conn, [customer_id]) if one["email"] == by.casefold()]
    if done.exception_id is not None and person:
        try:
            found = act.find(conn, Target(customer_id, done.exception_id))
        except NotAllowed:
            return True
        actor = Actor(person[0]["person_id"], by.casefold())
        act.add(conn, found, actor, now, Said("noted", "Acknowledged the alert."))
    return True


def _row(conn: Connection, customer_id: int, token: str) -> Mapping[str, Any] | None:
    asked = {"customer_ids": [customer_id], "token_sha256": _sha256(token)}
    row = conn.execute(text(query("alerts/link_find")), asked).mappings().one_or_none()
    return None if row is None else dict(row)


def _linked(row: Mapping[str, Any] | None, now: datetime) -> Linked | None:
    if row is None:
        return None
    trouble = ""
    if row["used_at"] is not None:
        trouble = "This link has been used."
    elif row["expires_at"] <= now:
        trouble = "This link was good for three days, and they have passed."
    elif row["closed_at"] is not None:
        trouble = "This is over: the alert was closed meanwhile."
    elif row["acknowledged_at"] is not None:
        trouble = f"{row['acknowledged_by']} has acknowledged it already."
    return Linked(row["partner_id"], row["customer"], row["title"], trouble)


def _customer(token: str) -> int | None:
    found = _TOKEN.fullmatch(token)
    return int(found[1]) if found and int(found[1]) < 2**31 else None


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
