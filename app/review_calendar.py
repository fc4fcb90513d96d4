"""Which review packs are due to whom: the draft of last month to the partner, what was sealed to the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.estate_mail import mailbox
from app.mail import Mailbox
from app.report.letter import Kind
from metrics.period import Period
from metrics.sla.draft import Parties
from metrics.sla.review_day import ReviewDayError, due_at, last_month
from metrics.sla.window import Subject
from sql import query
from sql.ask import mappings
from sql.database import Database, viewer

NEW = timedelta(days=14)
"""What was sealed longer ago is no news: a schedule that begins today sends no old months."""


@dataclass(frozen=True)
class Reviewed:
    """A customer with a review schedule, as the estate says it; without a `sender` its partner sends no mail."""

    customer_id: int
    partner_id: int
    key: str
    name: str
    time_zone: str
    country: str | None
    locale: str
    partner_key: str
    partner_name: str
    review: Mapping[str, Any]
    sender: str | None
    managers: Sequence[Mapping[str, str]]

    @property
    def parties(self) -> Parties:
        """Who its statements are between."""
        return Parties(
            Subject(self.customer_id, self.key, self.time_zone),
            self.name,
            self.partner_key,
            self.partner_name,
        )

    def readers(self, kind: Kind) -> tuple[Mailbox, ...]:
        """Who gets a pack: of a draft the partner's people, of what was sealed the customer's."""
        said = self.review["to_partner" if kind == "draft" else "to_customer"]
        if said or kind == "sealed":
            return tuple(mailbox(each) for each in said)
        return tuple(Mailbox(each["email"], each["name"]) for each in self.managers)


@dataclass(frozen=True)
class Due:
    """One pack of one month. `state` is that of its mail, "" where there is none yet; `why_not` is what the estate lacks to send
    it, `error` what the last try came to."""

    reviewed: Reviewed
    period: Period
    version: int
    kind: Kind
    at: datetime | None
    state: str = ""
    why_not: str = ""
    error: str = ""
    sent_at: datetime | None = None

    @property
    def to(self) -> tuple[Mailbox, ...]:
        """Who gets it."""
        return self.reviewed.readers(self.kind)

    @property
    def key(self) -> dict[str, Any]:
        """As the outbox names it."""
        return {
            "customer_id": self.reviewed.customer_id, "period": self.period.label, "version": self.version, "kind": self.kind,
        }  # fmt: skip

    def is_to_send(self, now: datetime) -> bool:
        """Whether its time has come, and nothing keeps it."""
        return self.at is not None and self.at <= now and self.state in ("", "waiting") and not self.why_not


def reviewed(db: Database) -> list[Reviewed]:
    """Every customer that has a review schedule."""
    with db.engine("portal").begin() as conn:
        return [Reviewed(**row._mapping) for row in conn.execute(text(query("portal/reviews")))]


def due(db: Database, now: datetime, customers: Sequence[Reviewed] | None = None) -> list[Due]:
    """What is due, was sent lately or comes next, by customer: of last month its draft, or what was sealed of it; and what was
    sealed of earlier months within the last two weeks."""
    customers = reviewed(db) if customers is None else customers
    if not customers:
        return []
    ids = [each.customer_id for each in customers]
    with viewer(db, ids) as conn:
        sealed = mappings(conn, query("review/sealed_versions"), {"customer_ids": ids, "since": now - NEW})
        mails = {
            (row["customer_id"], row["period"], row["version"], row["kind"]): row
            for row in mappings(conn, query("review/mails"), {"customer_ids": ids})
        }
        found = [
            part
            for each in customers
            for part in _of(
                conn, each, now, [row for row in sealed if row["customer_id"] == each.customer_id]
            )
        ]
    return [_with(part, mails.get(tuple(part.key.values()))) for part in found]


def _of(conn: Connection, it: Reviewed, now: datetime, sealed: Sequence[Mapping[str, Any]]) -> list[Due]:
    last = last_month(it.time_zone, now)
    found = [
        Due(
            it,
            Period.parse(row["period"], it.time_zone, now),
            row["version"],
            "sealed",
            row["sealed_at"],
            why_not=_keeps(it, "sealed"),
        )
        for row in sealed
        if row["is_new"]
    ]
    if any(row["period"] == last.label for row in sealed):
        return found
    return [draft_of(conn, it, last), *found]


def draft_of(conn: Connection, it: Reviewed, period: Period) -> Due:
    """The draft of a month, with the instant at which it goes out and what keeps it."""
    try:
        at, why_not = due_at(conn, it.customer_id, it.review, period, it.country), _keeps(it, "draft")
    except ReviewDayError as error:
        at, why_not = None, str(error)
    return Due(it, period, 0, "draft", at, why_not=why_not)


def _keeps(it: Reviewed, kind: Kind) -> str:
    if it.sender is None:
        return "the partner has no mail server: write partner.mail in the estate"
    if not it.readers(kind):
        key = "to_partner" if kind == "draft" else "to_customer"
        return f"nobody to send it to: write review.{key} in the estate"
    return ""


def _with(part: Due, mail: Mapping[str, Any] | None) -> Due:
    if mail is None:
        return part
    return replace(part, state=mail["state"], error=mail["error"] or "", sent_at=mail["sent_at"])
