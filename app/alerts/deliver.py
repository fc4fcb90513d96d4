"""Sends what is due: one message at a time under a lease, again after a failure, and never twice for whoever looks at the key."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from app.alerts import links, notice, slack, storm
from app.alerts.estate import MENTIONS, Channel, Who, channels, who
from app.alerts.notice import Notice
from app.alerts.outgoing import Undelivered, Ways, wait_after
from app.estate_mail import mailbox
from app.mail import Mailbox, MailError
from sql import query
from sql.database import Database, scope

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
AT_ONCE = 200


@dataclass
class Delivered:
    """What one round did, in numbers."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    folded: int = 0
    held: int = 0


@dataclass
class Carrier:
    """Whatever sends: `clock` says what time it is; `holder` names this worker in its leases."""

    db: Database
    ways: Ways
    clock: Callable[[], datetime]
    holder: str = field(default_factory=lambda: uuid4().hex)


class Courier(Carrier):
    """Delivers what is due of the outbox."""

    def round(self) -> Delivered:
        """Everything that is due at this moment, up to 200 messages of each customer."""
        done = Delivered()
        with self.db.engine("metrics").begin() as conn:
            due = conn.execute(text(query("alerts/due_customers")), {"at": self.clock()}).scalars().all()
        failed = None
        for customer_id in due:
            try:
                self._customer(customer_id, done)
            except Exception as error:  # whatever is wrong at one customer, the others are told
                failed = failed or error
        if failed is not None:
            raise failed
        return done

    def _customer(self, customer_id: int, done: Delivered) -> None:
        own = who(self.db, customer_id)
        ways = channels(self.db, own.partner_id)
        with self._scoped(customer_id) as conn:
            done.folded += storm.fold(conn, own, ways, self.clock())
        for _ in range(AT_ONCE):
            message = self._claim(customer_id)
            if message is None:
                break
            self._deliver(own, ways, message, done)

    @contextmanager
    def _scoped(self, customer_id: int) -> Iterator[Connection]:
        with self.db.engine("triage").begin() as conn:
            scope(conn, [customer_id])
            yield conn

    def _claim(self, customer_id: int) -> Mapping[str, Any] | None:
        now = self.clock()
        ids = {"customer_ids": [customer_id], "at": now}
        with self._scoped(customer_id) as conn:
            conn.execute(text(query("alerts/drop_taken")), ids)
            asked = ids | {"until": now + LEASE, "holder": self.holder}
            row = conn.execute(text(query("alerts/claim")), asked).mappings().one_or_none()
            return None if row is None else dict(row)

    def _deliver(
        self, own: Who, ways: Mapping[str, Channel], message: Mapping[str, Any], done: Delivered
    ) -> None:
        channel = MENTIONS if message["kind"] == "mention" else ways.get(message["channel"])
        try:
            if channel is None:
                raise Undelivered(f"there is no channel {message['channel']}", permanent=True)
            if message["was_tried"] and channel.is_asked:
                self._hold(message, done)
                return
            self.send(own, channel, self._notice(own, channel, message), message["addressee"])
        except Undelivered as error:
            if error.doubtful and channel is not None and channel.is_asked:
                self._hold(message, done)
            else:
                self._put_off(message, error, done)
        except (MailError, ValueError) as error:
            self._put_off(message, Undelivered(str(error), permanent=True), done)
        else:
            self._settle(message, "sent", sent_at=self.clock())
            done.sent += 1

    def send(self, own: Who, channel: Channel, said: Notice, addressee: str) -> None:
        """One notice through one channel; on the page it is read without being sent. Raises Undelivered, MailError, ValueError."""
        if channel.kind == "page":
            return
        document = channel.document
        secret = self.ways.secret(document["secret"]) if document.get("secret") else ""
        private = bool(document.get("allow_private"))
        if channel.kind == "mail":
            self.ways.mail(
                own.partner_id,
                notice.mail(said, sender(self.db, own.partner_id, own.brand), addressee).message(),
            )
        elif channel.kind == "webhook":
            self.ways.post(notice.webhook(said, document["url"], secret, private, self.clock()))
        elif channel.kind == "slack":
            if document.get("room"):
                slack.tell(
                    self.ways,
                    said,
                    slack.Room(document["room"], secret, document.get("url") or slack.API, private),
                )
            else:
                self.ways.post(notice.slack(said, secret, private))
        elif channel.kind == "teams":
            self.ways.post(notice.teams(said, secret, private))
        else:
            url = document.get("url") or notice.PAGERDUTY
            self.ways.post(notice.pagerduty(said, secret, url, private))
            if said.kind == "test":  # nobody has to close the incident of a test
                self.ways.post(notice.pagerduty(replace(said, kind="resolved"), secret, url, private))

    def _notice(self, own: Who, channel: Channel, message: Mapping[str, Any]) -> Notice:
        said, number = message["said"], message["alert_id"]
        base = str(channel.document.get("link") or f"https://{own.host}").rstrip("/")
        with self._scoped(own.customer_id) as conn:
            token = None
            if number is not None and message["kind"] in ("fired", "worse", "escalated"):
                token = links.make(conn, own.customer_id, number, message["addressee"], self.clock())
            lines = said.get("lines", [])
            title = said["title"]
            if message["kind"] == "storm":
                title, lines = storm.said(conn, own, message["message_key"])
        to = f"{message['channel']}:{message['addressee']}"
        return Notice(
            key=_key(own, message["message_key"]),
            first=_key(own, f"{number}:{to}:fired"),
            thread=_key(own, f"{number}:{message['channel']}" if number else message["message_key"]),
            kind=message["kind"],
            number=number,
            severity=message["severity"],
            title=title,
            lines=lines,
            figure=said.get("figure"),
            link=base + said.get("path", "/"),
            acknowledge=f"{base}/auth/acknowledge/{token}" if token else None,
            brand=own.brand,
            footer=own.footer,
            customer_key=own.customer_key,
            customer=own.customer_name,
            rule=said.get("rule"),
            at=message["created_at"],
            again=message["was_tried"],
        )

    def _hold(self, message: Mapping[str, Any], done: Delivered) -> None:
        """Nobody knows whether it arrived, and a repeat would be seen: a person looks and says."""
        self._settle(message, "held", error="It may have arrived: look, and say whether it did.")
        done.held += 1

    def _put_off(self, message: Mapping[str, Any], error: Undelivered, done: Delivered) -> None:
        said = str(error)[:600]
        wait = wait_after(message["attempts"], error)
        if wait is None:
            log.warning("an alert message to %s is dead: %s", message["channel"], said)
            self._settle(message, "dead", error=said)
            done.dead += 1
            return
        self._settle(
            message, "waiting", error=said, not_before=self.clock() + wait, is_doubtful=error.doubtful
        )
        done.failed += 1

    def _settle(self, message: Mapping[str, Any], state: str, **more: Any) -> None:
        row = {
            "state": state,
            "error": None,
            "not_before": None,
            "sent_at": None,
            "is_doubtful": False,
        } | more
        row |= {name: message[name] for name in ("customer_id", "message_id")} | {"holder": self.holder}
        with self._scoped(message["customer_id"]) as conn:
            conn.execute(text(query("alerts/settle")), row)


def sender(db: Database, partner_id: int, brand: str) -> Mailbox:
    """From whom a partner's mail comes. Raises Undelivered for a partner that sends none."""
    with db.engine("portal").begin() as conn:
        rows = conn.execute(text(query("portal/senders"))).mappings().all()
    for row in rows:
        if row["partner_id"] == partner_id:
            return Mailbox(mailbox(row["address"]).address, brand)
    raise Undelivered("no mail server is given: write partner.mail in the estate", permanent=True)


def _key(own: Who, message_key: str) -> str:
    """The same for the same message of the same installation, and nothing that can be read."""
    said = f"{own.host}\n{own.customer_id}\n{message_key}"
    return hashlib.sha256(said.encode()).hexdigest()[:40]
