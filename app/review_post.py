"""Sends the review packs that are due: each is written down before it goes out, so that no kill loses one and a repeat is the same mail."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import groupby
from typing import Any

from sqlalchemy import text

from app.branding import Brand, brand_from_row
from app.estate_mail import mailbox
from app.mail import Mailbox, MailError, NotTaken, Post
from app.report.letter import letter
from app.report.made import pack_of
from app.review_calendar import Due, due, reviewed
from metrics import apart
from metrics.moment import moment
from sql import query
from sql.ask import plans_kept
from sql.database import Database, viewer

log = logging.getLogger("review")

IN_HAND = timedelta(minutes=15)
"""How long a mail is its holder's; longer than drawing and sending take. A dead holder's mail is sent after it."""
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class Sent:
    """What became of one pack: sent, waiting (to be tried again) or given_up; `error` is one line, "" when all is well."""

    due: Due
    state: str
    error: str = ""


def send_due(
    db: Database,
    post: Post,
    now: datetime | None = None,
    customer_id: int | None = None,
    again: bool = False,
) -> list[Sent]:
    """Send every pack whose time has come, several customers side by side; twice is the same as once, and several may do it at a time.

    At least once: a mail whose holder was killed after the server took it goes out again, byte by byte the same, so that its
    Message-ID tells it is one. `again`: also what was given up before. What keeps one pack keeps no other.
    Without `now` it is the database's present, asked for again when a pack's turn comes: what is due and whose it is, is the same for
    several whose own clocks differ, and a long round before it takes nothing from the time for which a mail is in hand.
    """
    began = now or _present(db)
    customers = [each for each in reviewed(db) if customer_id in (None, each.customer_id)]
    if again and customers:
        _write(db, "review/mail_again", customer_ids=[each.customer_id for each in customers], now=began)
    brands = _brands(db) if customers else {}

    def one(part: Due) -> Sent | None:
        if part.kind == "sealed":
            _write(db, "review/mail_overtake", **_only(part.key, "customer_id", "period", "version"))
        at = now or _present(db)
        if not part.is_to_send(at):
            return None
        _write(db, "review/mail_put", **part.key, due_at=part.at, now=at)
        return _sent(db, post, part, brands[part.reviewed.partner_id], at)

    def own(
        parts: list[Due],
    ) -> list[Sent]:  # of one customer in order: a newer version takes out an older one
        return [sent for sent in apart.each(parts, one) if sent is not None]

    of_each = [
        list(parts) for _, parts in groupby(due(db, began, customers), lambda it: it.reviewed.customer_id)
    ]
    done = [sent for sents in apart.side_by_side(of_each, own) for sent in sents]
    for sent in done:
        if sent.error:
            it = sent.due.reviewed
            month = sent.due.period.label
            log.warning("%s/%s %s: %s: %s", it.partner_key, it.key, month, sent.state, sent.error)
    return done


def _sent(db: Database, post: Post, part: Due, brand: Brand, now: datetime) -> Sent | None:
    """One mail taken in hand and sent; None when somebody else has it, or its next turn has not come."""
    held = _write(db, "review/mail_claim", **part.key, now=now, until=now + IN_HAND)
    if not held:
        return None
    try:
        made = held[0]["message"] or _made(db, part, brand, now)
        message = message_from_bytes(bytes(made), _class=EmailMessage, policy=policy.SMTP)
        refused = post(part.reviewed.partner_id, message)
    # not sealable, no mail, cannot be drawn
    except (NotTaken, ValueError, LookupError, TypeError, RuntimeError) as error:
        is_over = isinstance(error, MailError) or (isinstance(error, NotTaken) and error.permanent)
        why = " ".join(str(error).split())[:600] or type(error).__name__
        return _kept(db, part, held[0]["attempts"], now, why, is_over=is_over)
    said = "; ".join(refused.values())
    _write(
        db, "review/mail_note", **part.key, state="sent", sent_at=now, next_try_at=now, error=said or None, refused=json.dumps(dict(refused))
    )  # fmt: skip
    return Sent(part, "sent", said)


def _kept(db: Database, part: Due, attempts: int, now: datetime, error: str, *, is_over: bool) -> Sent:
    state = "given_up" if is_over or attempts >= MOST_ATTEMPTS else "waiting"
    next_try = now + min(timedelta(minutes=2**attempts), LONGEST_WAIT)
    _write(
        db, "review/mail_note", **part.key, state=state, sent_at=None, next_try_at=next_try, error=error, refused=None
    )  # fmt: skip
    return Sent(part, state, error)


def _made(db: Database, part: Due, brand: Brand, now: datetime) -> bytes:
    """The message, kept before it is sent."""
    it = part.reviewed
    assert it.sender is not None
    with viewer(db, [it.customer_id], steady=True) as conn, plans_kept(conn):
        pack = pack_of(conn, it.parties, part.period, brand, it.locale, part.version, "pdf")
    sender = Mailbox(mailbox(it.sender).address, brand.name)
    mail = letter(pack, part.kind, sender, part.to, now, it.readers("sealed"))
    message = mail.message().as_bytes()
    addresses = [box.address for box in mail.to]
    _write(
        db, "review/mail_made", **part.key, message=message, message_id=mail.message_id, recipients=addresses
    )
    return message


def _brands(db: Database) -> dict[int, Brand]:
    with db.engine("portal").begin() as conn:
        rows = conn.execute(text(query("portal/partners"))).mappings().all()
    return {row["partner_id"]: brand_from_row(dict(row)) for row in rows}


def _present(db: Database) -> datetime:
    with db.engine("metrics").begin() as conn:
        return moment(conn).now


def _write(db: Database, name: str, **asked: Any) -> Sequence[Any]:
    with db.engine("metrics").begin() as conn:
        done = conn.execute(text(query(name)), asked)
        return done.mappings().all() if done.returns_rows else []


def _only(key: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: key[name] for name in names}
