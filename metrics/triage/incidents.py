"""Incidents over several customers: the same trouble with the same kind of system, at two or more of them at about the same time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, text

from sql import query

LOOK_BACK = timedelta(days=30)
APART = timedelta(hours=4)
"""What happens later than this after the last of it is another incident."""

AT_LEAST = 2

OF_THE_SYSTEM = frozenset({"connection", "intermittent", "rate_limit", "authentication"})
"""Classes that a kind of system has with everybody alike; of the others the words must be the same as well (a changed API)."""


@dataclass(frozen=True)
class Member:
    """One customer's part of an incident: only what is its own.

    `at_risk` is by currency, each exception once; `unknown` counts the exceptions whose value nobody knows.
    """

    customer_id: int
    customer: str
    brand: str
    time_zone: str
    locale: str
    roles: tuple[str, ...]
    flows: tuple[str, ...]
    exception_ids: tuple[int, ...]
    began_at: datetime
    last_at: datetime
    records: int
    open_records: int
    at_risk: Mapping[str, Decimal]
    unknown: int


@dataclass(frozen=True)
class Incident:
    """One incident of one partner, read through the customers that somebody may see: the others are not in it."""

    key: str
    partner_id: int
    kind: str
    error_class: str
    members: tuple[Member, ...]

    @property
    def began_at(self) -> datetime:
        """When the first of it happened."""
        return min(each.began_at for each in self.members)

    @property
    def last_at(self) -> datetime:
        """When the last of it happened, so far."""
        return max(each.last_at for each in self.members)

    @property
    def open_records(self) -> int:
        """What of it is not cleared."""
        return sum(each.open_records for each in self.members)

    @property
    def records(self) -> int:
        """To how many transactions and streams it happened."""
        return sum(each.records for each in self.members)


def incidents(
    conn: Connection, customer_ids: Sequence[int], as_of: datetime, look_back: timedelta = LOOK_BACK
) -> list[Incident]:
    """The incidents that touch two or more of these customers, the latest first; an empty list when there is none.

    `conn` reads with a viewer's rights: what it may not see is in no incident, and makes none.
    """
    asked = {"customer_ids": list(customer_ids), "since": as_of - look_back, "as_of": as_of}
    rows = [dict(row) for row in conn.execute(text(query("triage/incident_hours")), asked).mappings()]
    return put_together(rows)


def put_together(rows: Iterable[Mapping[str, Any]]) -> list[Incident]:
    """Incidents from rows of triage/incident_hours.sql, in any order."""
    found = []
    ordered = sorted(
        rows, key=lambda row: (_trouble(row), row["began_at"], row["customer_id"], row["exception_id"])
    )
    for _, alike in groupby(ordered, key=_trouble):
        for stretch in _stretches(list(alike)):
            members = tuple(
                _member(list(own)) for _, own in groupby(sorted(stretch, key=_customer), key=_customer)
            )
            if len(members) >= AT_LEAST:
                found.append(_incident(stretch[0], members))
    return sorted(found, key=lambda each: (each.last_at, each.key), reverse=True)


def _incident(first: Mapping[str, Any], members: tuple[Member, ...]) -> Incident:
    began = min(each.began_at for each in members).astimezone(UTC)
    words = "" if first["error_class"] in OF_THE_SYSTEM else "-" + str(first["fingerprint"])[-6:]
    key = f"{first['kind']}-{first['error_class'].replace('_', '-')}{words}-{began:%Y%m%dT%H%M}"
    return Incident(key, first["partner_id"], first["kind"], first["error_class"], members)


def _trouble(row: Mapping[str, Any]) -> tuple[int, str, str, str]:
    words = "" if row["error_class"] in OF_THE_SYSTEM else row["fingerprint"]
    return row["partner_id"], row["kind"], row["error_class"], words


def _customer(row: Mapping[str, Any]) -> tuple[str, int]:
    return row["customer"], row["customer_id"]


def _stretches(rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Rows in order of time, parted where nothing happened for long."""
    found: list[list[Mapping[str, Any]]] = []
    until: datetime | None = None
    for row in rows:
        if until is None or row["began_at"] - until > APART:
            found.append([])
            until = row["last_at"]
        found[-1].append(row)
        until = max(until, row["last_at"])
    return found


def _member(rows: Sequence[Mapping[str, Any]]) -> Member:
    first = rows[0]
    each_once = {row["exception_id"]: row for row in rows}
    at_risk: dict[str, Decimal] = {}
    for row in each_once.values():
        if row["value_at_risk"] is not None:
            at_risk[row["currency"]] = at_risk.get(row["currency"], Decimal(0)) + row["value_at_risk"]
    return Member(
        first["customer_id"],
        first["customer"],
        first["brand"],
        first["time_zone"],
        first["locale"],
        tuple(sorted({row["role"] for row in rows})),
        tuple(sorted({row["flow"] for row in rows if row["flow"]})),
        tuple(sorted(each_once)),
        min(row["began_at"] for row in rows),
        max(row["last_at"] for row in rows),
        sum(row["records"] for row in rows),
        sum(row["open_records"] for row in rows),
        at_risk,
        sum(row["value_at_risk"] is None for row in each_once.values()),
    )
