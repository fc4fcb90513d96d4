"""Announced work on the service: what is announced, announced anew in place of another, or does not take place after all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from metrics.sla import items, responsibility
from metrics.sla.desk import Desk, NotAllowedError
from sql import query
from sql.ask import mappings

EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Work:
    """Announced work that stands."""

    number: int
    flows: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    announced_by: str
    reason: str

    @property
    def key(self) -> str:
        """How an evaluation calls it."""
        return f"maintenance {self.number}"


def works(conn: Connection, customer_id: int, since: datetime, until: datetime) -> list[Work]:
    """The announced work that touches a stretch of time, the earliest first; what was replaced or withdrawn is not in it."""
    names = {flow.flow_id: flow.key for flow in items.flows(conn, customer_id)}
    return [
        Work(
            row["maintenance_id"],
            flow_keys(row["flow_ids"], names),
            row["starts_at"],
            row["ends_at"],
            row["announced_at"],
            row["announced_by"],
            row["reason"],
        )
        for row in mappings(conn, query("sla/maintenance"), touching(customer_id, since, until))
    ]


def announce(
    desk: Desk,
    flows: Sequence[str],
    span: tuple[datetime, datetime],
    reason: str,
    replaces: int | None = None,
) -> int:
    """Announce work on some flows; answers its number. Announced anew in place of another, the earlier notice is lost.

    Raises NotAllowedError for the customer's side, unknown flows, no reason, a stretch that ends before it begins, and in
    place of work that does not stand any more.
    """
    desk.partner_only("announce work")
    number = _put(desk, flow_ids(desk, flows), span, _said(reason, "say what is done"), replaces)
    desk.note("announce", maintenance=number, flows=list(flows), span=span, replaces=replaces)
    return number


def withdraw(desk: Desk, number: int, reason: str) -> None:
    """Say that announced work does not take place: nothing is left out for it any more.

    Raises NotAllowedError for the customer's side, without a reason, and for work that does not stand any more.
    """
    desk.partner_only("withdraw announced work")
    why = _said(reason, "say why it does not take place")
    asked = touching(desk.customer_id, *EVER)
    standing = {row["maintenance_id"]: row for row in mappings(desk.conn, query("sla/maintenance"), asked)}
    if (row := standing.get(number)) is None:
        raise NotAllowedError(f"maintenance {number} is not there, or was replaced already")
    span = (row["starts_at"], row["ends_at"])
    _put(desk, row["flow_ids"], span, why, number, is_withdrawn=True)
    desk.note("withdraw", maintenance=number, reason=why)


def flow_ids(desk: Desk, keys: Sequence[str]) -> list[int]:
    """The numbers of flows that a person names. Raises NotAllowedError for one that the customer does not have."""
    known = {flow.key: flow.flow_id for flow in items.flows(desk.conn, desk.customer_id)}
    if strange := [key for key in keys if key not in known]:
        raise NotAllowedError(f"'{strange[0]}' is no flow; there are {', '.join(sorted(known))}")
    return [known[key] for key in keys]


def flow_keys(numbers: Sequence[int], names: dict[int, str]) -> tuple[str, ...]:
    """The keys of flows by their numbers; those that are not known any more are left out."""
    return tuple(names[number] for number in numbers if number in names)


def touching(customer_id: int, since: datetime, until: datetime) -> dict[str, Any]:
    """What the ledger's queries are asked with: a customer and a stretch of time, as it is known now."""
    return {"customer_ids": [customer_id], "since": since, "until": until, "as_of": None}


def _put(
    desk: Desk,
    ids: Sequence[int],
    span: tuple[datetime, datetime],
    reason: str,
    replaces: int | None,
    *,
    is_withdrawn: bool = False,
) -> int:
    said = (*span, reason, desk.person.email, desk.now, replaces, is_withdrawn)
    try:
        return responsibility.announce(desk.conn, desk.customer_id, ids, *said)
    except ValueError as error:
        raise NotAllowedError(str(error)) from None


def _said(reason: str, what: str) -> str:
    if not reason.strip():
        raise NotAllowedError(what)
    return reason.strip()
