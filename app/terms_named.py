"""Holds proposed terms against what a customer has: they name its flows, kinds of work, systems and calendars, and no others."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from app.estate_terms import refer
from app.yaml_file import EstateError
from metrics.sla.terms import Terms
from sql import query
from sql.ask import mappings


def refer_there(conn: Connection, customer_id: int, proposed: Iterable[Terms], name: str) -> None:
    """Raises EstateError, one line, for the first thing that the terms name and the customer does not have, or not any more.

    `name` is what the line calls the terms: their file. What is taken in and what is only tried are refused alike.
    """
    known: dict[str, set[str]] = {kind: set() for kind in ("flow", "workflow", "system", "calendar")}
    for row in mappings(conn, query("sla/named"), {"customer_ids": [customer_id]}):
        known[row["kind"]].add(row["key"])
    for terms in proposed:
        try:
            refer(terms, known["flow"], known["workflow"], known["system"], known["calendar"])
        except ValueError as error:
            raise EstateError(f"{name}: {error}") from error
