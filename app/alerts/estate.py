"""What alerting knows of a customer: its partner's name and channels, and the rules that hold for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.wording import Words
from metrics.alerts.rules import Rule, read_rule
from sql import query
from sql.database import Database

STORM_LIMIT = 20


@dataclass(frozen=True)
class Who:
    """One customer as messages name it, and the partner in whose name they are sent."""

    customer_id: int
    partner_id: int
    customer_key: str
    customer_name: str
    time_zone: str
    brand: str
    footer: str
    host: str
    words: Words


@dataclass(frozen=True)
class Channel:
    """A way to tell somebody; `document` as the estate file has it."""

    key: str
    kind: str
    document: Mapping[str, Any]

    @property
    def addressees(self) -> tuple[str, ...]:
        """Everybody it tells, one message each."""
        return tuple(self.document["to"]) if self.kind == "mail" else (self.key,)

    @property
    def digest(self) -> Mapping[str, Any] | None:
        """When its digest is sent; None: it has none."""
        return self.document.get("digest")

    @property
    def is_over_customers(self) -> bool:
        """Whether its digest tells the partner's people of all the customers that they see."""
        return bool(self.digest and self.digest.get("over") == "customers")

    @property
    def is_digest_only(self) -> bool:
        """Whether nothing but the digest goes through it."""
        return bool(self.digest and self.digest["only"])

    @property
    def is_asked(self) -> bool:
        """Whether a person says what becomes of a message that may have arrived, where a repeat would be seen."""
        return self.document.get("repeat") == "ask"

    @property
    def storm_limit(self) -> int:
        """How many alerts an hour one addressee is told of about one customer; a page shows all of them."""
        return 1_000_000 if self.kind == "page" else int(self.document.get("storm_limit", STORM_LIMIT))


MENTIONS = Channel("@", "mail", {"kind": "mail", "to": []})
"""Through it people are told who are named in a note, each under their own address; no estate can name it so."""


def who_of(row: Mapping[str, Any]) -> Who:
    """The customer in a row of alerts/rules.sql or alerts/customer.sql."""
    brand = row["brand"] or {}
    return Who(
        customer_id=row["customer_id"],
        partner_id=row["partner_id"],
        customer_key=row["customer_key"],
        customer_name=row["customer_name"],
        time_zone=row["time_zone"],
        brand=str(brand.get("name") or row["partner_name"]),
        footer=str(brand.get("footer") or ""),
        host=(row["hosts"] or ["localhost"])[0],
        words=Words(row["locale"], row["time_zone"]),
    )


def who(db: Database, customer_id: int) -> Who:
    """One customer, in service or not."""
    with db.engine("metrics").begin() as conn:
        row = conn.execute(text(query("alerts/customer")), {"customer_ids": [customer_id]}).mappings().one()
    return who_of(dict(row))


def rules(db: Database, customer_ids: list[int] | None = None) -> dict[int, tuple[Who, list[Rule]]]:
    """The rules in force by customer (None: of all in service); a customer without one is not in it."""
    found: dict[int, tuple[Who, list[Rule]]] = {}
    with db.engine("metrics").begin() as conn:
        for row in conn.execute(text(query("alerts/rules")), {"customer_ids": customer_ids}).mappings():
            own = found.setdefault(row["customer_id"], (who_of(dict(row)), []))
            own[1].append(read_rule(row["rule"], row["document"]))
    return found


def channels(db: Database, partner_id: int, *, is_removed_too: bool = True) -> dict[str, Channel]:
    """The partner's channels by key, removed ones too: what was begun through one ends through it."""
    with db.engine("metrics").begin() as conn:
        rows = conn.execute(text(query("alerts/channels")), {"partner_id": partner_id}).mappings().all()
    return {
        row["key"]: Channel(row["key"], row["document"]["kind"], row["document"])
        for row in rows
        if is_removed_too or not row["is_removed"]
    }


def opening(conn: Connection, channel: Channel, customer_id: int, severity: int, at: datetime) -> datetime:
    """When a message may be sent: `at`, or when the customer's calendar opens next; what is urgent is told at once.

    Where the calendar is not known so far ahead nobody is left waiting: it is told at once as well.
    """
    hours = channel.document.get("hours")
    if hours is None or severity <= hours["urgent"]:
        return at
    return open_time(conn, customer_id, hours["calendar"], at, timedelta(0)) or at


def open_time(
    conn: Connection, customer_id: int, calendar: str, at: datetime, after: timedelta
) -> datetime | None:
    """When so much open time has passed; None where the calendar does not reach so far, or is not there."""
    asked = {
        "customer_ids": [customer_id],
        "calendar": calendar,
        "at": at,
        "seconds": after.total_seconds(),
    }
    found: datetime | None = conn.execute(text(query("alerts/open_time")), asked).scalar_one_or_none()
    return found
