"""Seals a month: what it says now becomes what it said, for good; later versions restate it and say why."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg.errors import SerializationFailure
from sqlalchemy import Connection

from metrics.period import Period
from metrics.sla import statement
from metrics.sla.context import context
from metrics.sla.draft import Parties, body, comparable
from metrics.sla.evaluation import plain
from metrics.sla.restate import Cause, causes
from metrics.sla.statement import Statement, StatementError
from metrics.sla.terms import Terms
from metrics.sla.window import in_force, month_of
from sql import query
from sql.ask import mappings


class NotSealableError(ValueError):
    """A month that cannot be sealed now; one line with the reason."""


def statements(conn: Connection, customer_id: int, period: str | None = None) -> list[Statement]:
    """The sealed versions, newest month and newest version first. Raises StatementError for one that was tampered with."""
    asked = {"customer_ids": [customer_id], "period": period}
    found = []
    for row in mappings(conn, query("sla/statements"), asked):
        one = statement.read_document(bytes(row["document"]))
        if one.sha256 != row["sha256"]:
            raise StatementError(f"the statement of {row['period']} was changed where it is kept")
        found.append(one)
    return found


def draft(
    conn: Connection, parties: Parties, period: Period, only: Collection[str] | None = None
) -> dict[str, Any]:
    """The body of a month as it stands, under the terms in force, with its context; `only` as of metrics.sla.draft.body.

    Raises NotSealableError without terms.
    """
    said = body(conn, parties, _terms(conn, parties, period), period, only)
    return said | {"context": context(conn, parties, period)}


def pending(conn: Connection, parties: Parties, period: Period) -> list[Cause]:
    """Why the newest sealed version of a month would say something else today; none when it would not, or was never sealed."""
    earlier = statements(conn, parties.subject.customer_id, period.label)
    terms = _terms(conn, parties, period)
    return (
        _causes(conn, parties, period, earlier[0], terms, body(conn, parties, terms, period))
        if earlier
        else []
    )


def seal(conn: Connection, parties: Parties, period: Period, by: str, now: datetime) -> Statement:
    """Seal a month as it stands, or restate one that was sealed before; `conn` is a partner's steady one (role triage).

    Raises NotSealableError for a month that is not over, has transactions that are not decided, has no terms, or would say
    what is sealed already; and for one that somebody else has sealed meanwhile.
    """
    if now < period.until:
        raise NotSealableError(
            f"{period.label} is not over: it can be sealed from {period.until:%Y-%m-%d %H:%M %Z} on"
        )
    terms = _terms(conn, parties, period)
    said = body(conn, parties, terms, period)
    waiting = sum(each["pending"] for each in said["evaluation"]["objectives"])
    if waiting:
        raise NotSealableError(f"{waiting} transactions of {period.label} are not decided yet")
    earlier = statements(conn, parties.subject.customer_id, period.label)
    restates: dict[str, Any] = {}
    if earlier:
        why = _causes(conn, parties, period, earlier[0], terms, said)
        if not why:
            raise NotSealableError(
                f"{period.label} says what version {earlier[0].body['version']} says: nothing to restate"
            )
        restates = {
            "restates": {
                "version": earlier[0].body["version"],
                "sha256": earlier[0].sha256,
                "causes": plain(why),
            }
        }
    version = 1 + (earlier[0].body["version"] if earlier else 0)
    around = {"context": context(conn, parties, period)}
    sealed = statement.of({**said, **around, **restates, "version": version, "sealed": {"at": now, "by": by}})
    asked = {
        "customer_id": parties.subject.customer_id,
        "period": period.label,
        "version": version,
        "document": sealed.document,
        "sha256": sealed.sha256,
        "sealed_at": now,
        "sealed_by": by,
    }
    try:
        is_first = bool(mappings(conn, query("sla/statement_put"), asked))
    except SerializationFailure:  # it was sealed after the snapshot that this one was read from
        is_first = False
    if not is_first:
        raise NotSealableError(f"somebody else has just sealed version {version} of {period.label}")
    return sealed


def _terms(conn: Connection, parties: Parties, period: Period) -> Terms:
    terms = in_force(conn, parties.subject.customer_id, month_of(period))
    if terms is None:
        raise NotSealableError(f"nothing was agreed for {period.label}: there are no terms in force")
    return terms


def _causes(
    conn: Connection, parties: Parties, period: Period, sealed: Statement, terms: Terms, now: dict[str, Any]
) -> list[Cause]:
    if comparable(sealed.body) == comparable(now):
        return []
    return causes(conn, parties, period, sealed, terms, now)
