"""Who may settle a month: a person acts for a side, on one customer at a time, and every act stands in the audit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics.moment import moment
from metrics.sla.responsibility import Side
from sql import query
from sql.database import Database, scope, transaction

SIDES: dict[str, Side] = {"partner_manager": "partner", "customer_executive": "customer"}


class NotAllowedError(ValueError):
    """What this person may not do, or not any more; one line."""


@dataclass(frozen=True)
class Person:
    """Somebody who acts, and whose customers they may act for."""

    email: str
    name: str
    role: str
    customer_ids: Collection[int]

    @property
    def side(self) -> Side | None:
        """The side that they speak for; None: they may look at a review, and settle nothing."""
        return SIDES.get(self.role)


@dataclass(frozen=True)
class Desk:
    """One transaction over one customer's months; `now` is when everything in it is said."""

    conn: Connection
    customer_id: int
    customer_key: str
    person: Person
    side: Side
    now: datetime

    def note(self, act: str, /, **detail: Any) -> None:
        """Write an act into the audit: who, when, on which customer."""
        asked = {
            "at": self.now,
            "actor": self.person.email,
            "action": f"sla.{act}",
            "subject": self.customer_key,
            "detail": json.dumps(detail, default=str),
        }
        self.conn.execute(text(query("config/audit_put")), asked)

    def partner_only(self, what: str) -> None:
        """Raises NotAllowedError for the customer's side."""
        if self.side != "partner":
            raise NotAllowedError(f"only the partner's account manager may {what}")


@contextmanager
def desk(
    db: Database,
    person: Person,
    customer_id: int,
    customer_key: str,
    now: datetime | None = None,
    *,
    steady: bool = False,
) -> Iterator[Desk]:
    """A place to settle a customer's months; what is said is kept when the block ends without an error.

    It is said at the database's present, which stamps what everybody says, unless `now` is given. `steady`: all that is read
    at it is from one snapshot. Raises NotAllowedError for a customer who is not one of the person's, and for a role that settles nothing.
    """
    if customer_id not in person.customer_ids:
        raise NotAllowedError(f"{person.email} does not see {customer_key}")
    if person.side is None:
        raise NotAllowedError(
            "a month is settled by the partner's account manager and the customer's executive"
        )
    with transaction(db, "triage", steady=steady) as conn:
        scope(conn, [customer_id])
        yield Desk(conn, customer_id, customer_key, person, person.side, now or moment(conn).now)
