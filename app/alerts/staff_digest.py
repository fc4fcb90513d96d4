"""The digest over all customers, for the partner's own people: by mail, each reads of the customers that they see and of no other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.alerts import notice
from app.alerts.deliver import LEASE, Carrier, Delivered, sender
from app.alerts.digest import PLACES, taken
from app.alerts.notice import Notice
from app.alerts.outgoing import Undelivered, wait_after
from app.mail import MailError
from app.wording import Words, plural
from metrics.triage import act
from sql import query
from sql.database import scope

SHOWN = 20
Row = Mapping[str, Any]


class StaffDigests(Carrier):
    """Puts digests in line and sends them, again after a failure."""

    def round(self) -> Delivered:
        """Everything that is due at this moment."""
        done = Delivered()
        channels = {(row["partner_id"], row["channel"]): row for row in self._ask("staff_channels")}
        for row in channels.values():
            self._put(row)
        while claimed := self._ask(
            "staff_digest_claim", at=self.clock(), lease_until=self.clock() + LEASE, holder=self.holder
        ):
            self._deliver(channels.get((claimed[0]["partner_id"], claimed[0]["channel"])), claimed[0], done)
        return done

    def _ask(self, name: str, **asked: Any) -> list[Row]:
        with self.db.engine("metrics").begin() as conn:
            return [dict(row) for row in conn.execute(text(query(f"alerts/{name}")), asked).mappings()]

    def _put(self, channel: Row) -> None:
        zone, now = ZoneInfo(channel["time_zone"]), self.clock()
        today = now.astimezone(zone).date()
        hour, minute = (int(part) for part in channel["document"]["digest"]["at"].split(":"))
        if now < datetime.combine(today, time(hour, minute), zone):
            return
        for addressee in channel["document"]["to"]:
            own = {"partner_id": channel["partner_id"], "channel": channel["channel"], "addressee": addressee}
            self._ask("staff_digest_put", **own, day=today, at=now)

    def _deliver(self, channel: Row | None, row: Row, done: Delivered) -> None:
        try:
            if channel is None:
                raise Undelivered(
                    f"there is no channel {row['channel']} with a digest over customers", permanent=True
                )
            said = self._said(channel, row)
            if said is not None:
                brand = said.brand
                mail = notice.mail(said, sender(self.db, row["partner_id"], brand), row["addressee"])
                self.ways.mail(row["partner_id"], mail.message())
        except Undelivered as error:
            self._put_off(row, error, done)
        except (MailError, ValueError) as error:
            self._put_off(row, Undelivered(str(error), permanent=True), done)
        else:
            self._settle(row, "dropped" if said is None else "sent")
            done.sent += said is not None

    def _said(self, channel: Row, row: Row) -> Notice | None:
        """What the digest tells its addressee; None when there is nothing. Raises Undelivered for who is nobody of the partner's."""
        customers = self._seen_by(channel["customer_ids"], row["addressee"])
        if not customers:
            raise Undelivered(
                f"{row['addressee']} is nobody of the partner's people who sees a customer: a digest over customers is for them alone",
                permanent=True,
            )
        asked = {
            "customer_ids": sorted(customers),
            "rules": channel["rules"],
            "since": row["since"],
            "at": row["until"],
        }
        with self.db.engine("triage").begin() as conn:
            scope(conn, sorted(customers))
            found = [dict(each) for each in conn.execute(text(query("alerts/digest")), asked).mappings()]
        if not found:
            return None
        words = Words(channel["locale"], channel["time_zone"])
        brand = channel["brand"] or {}
        base = str(
            channel["document"].get("link") or f"https://{(channel['hosts'] or ['localhost'])[0]}"
        ).rstrip("/")
        key = hashlib.sha256(
            "\n".join(
                [base, *(str(row[part]) for part in ("partner_id", "channel", "addressee", "day"))]
            ).encode()
        ).hexdigest()[:40]
        many = len({each["customer_id"] for each in found})
        return Notice(
            key=key, first=key, thread=key, kind="digest", number=None, severity=4,
            title=_counted(found), lines=_lines(found, customers, words), figure=None, link=f"{base}/alerts", acknowledge=None,
            brand=str(brand.get("name") or channel["partner_name"]), footer=str(brand.get("footer") or ""), customer_key="",
            customer=f"{many} {plural(many, 'customer')}", rule=None, at=row["until"], again=row["was_tried"],
        )  # fmt: skip

    def _seen_by(self, customer_ids: Sequence[int], email: str) -> dict[int, str]:
        """The customers that the person of this address sees now, by name; empty for whoever is not of the partner's people."""
        if not customer_ids:
            return {}
        with self.db.engine("triage").begin() as conn:
            scope(conn, customer_ids)
            seen = sorted(
                {
                    each["customer_id"]
                    for each in act.people(conn, customer_ids)
                    if each["email"].casefold() == email.casefold()
                }
            )
            rows = conn.execute(text(query("alerts/customer")), {"customer_ids": seen}).all() if seen else []
        return {row.customer_id: row.customer_name for row in rows}

    def _put_off(self, row: Row, error: Undelivered, done: Delivered) -> None:
        wait = wait_after(row["attempts"], error)
        if wait is None:
            self._settle(row, "dead", error=str(error)[:600])
            done.dead += 1
        else:
            self._settle(row, "waiting", error=str(error)[:600], not_before=self.clock() + wait)
            done.failed += 1

    def _settle(
        self, row: Row, state: str, error: str | None = None, not_before: datetime | None = None
    ) -> None:
        own = {name: row[name] for name in ("partner_id", "channel", "addressee", "day")}
        self._ask(
            "staff_digest_settle", **own, holder=self.holder, state=state, error=error, not_before=not_before
        )


def _counted(found: Sequence[Row]) -> str:
    return ", ".join(
        f"{sum(row['place'] == place for row in found)} {name.lower()}" for place, name in PLACES
    )


def _lines(found: Sequence[Row], customers: Mapping[int, str], words: Words) -> list[str]:
    """By customer, the one with the most severe alert first; what is new before what is resolved and what is still open."""
    order = [place for place, _ in PLACES]
    names = dict(PLACES)
    lines: list[str] = []
    for customer_id in dict.fromkeys(row["customer_id"] for row in found):
        mine = sorted(
            (row for row in found if row["customer_id"] == customer_id),
            key=lambda row: order.index(row["place"]),
        )
        lines.append(f"{customers[customer_id]}: {_counted(mine)}")
        lines += [f"· {names[row['place']].lower()}: {row['title']}{taken(row)}" for row in mine[:SHOWN]]
        if len(mine) > SHOWN:
            lines.append(f"· and {words.count(len(mine) - SHOWN)} more")
    return lines
