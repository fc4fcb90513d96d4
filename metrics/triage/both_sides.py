"""The records that an exception is about, each beside its counterpart in the other system, and what can be compared of them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from metrics.agreement import HOLDS, Field, shared
from metrics.matches import KINDS
from metrics.verification import RULES
from sql import query
from sql.ask import mappings


def compared(source: str, target: str) -> tuple[Field, ...]:
    """The fields in which a record of one kind can be held against what another kind was made from it.

    Of two kinds that are one thing all that both hold, of others what metrics.verification asks for; none where only the
    link can be compared, as of time and the line that bills it, and for kinds that nothing carries.
    """
    if source == target or any(kinds[1:] == (source, target) for kinds in KINDS.values()):
        return shared(source, target)
    return next((rule.fields for rule in RULES if (rule.source, rule.target) == (source, target)), ())


_COMPARED = json.dumps(
    {
        f"{source} {target}": [asdict(field) for field in compared(source, target)]
        for source in HOLDS
        for target in HOLDS
        if compared(source, target)
    }
)


def both_sides(conn: Connection, customer_id: int, exception_id: int, limit: int) -> list[dict[str, Any]]:
    """The first records of an open exception with their counterparts; columns as in triage/both_sides.sql.

    An empty list when it is closed, when it is about no record, and when nobody knows where a counterpart would be.
    """
    asked = {
        "customer_ids": [customer_id],
        "exception_id": exception_id,
        "compared": _COMPARED,
        "row_limit": limit,
    }
    return mappings(conn, query("triage/both_sides"), asked, planned_once=True)


def names_of(row: Mapping[str, Any]) -> list[str]:
    """The names of the fields that a row of `both_sides` was compared in, in their order."""
    ends = (row["here_type"], row["there_type"])
    source, target = reversed(ends) if row["is_source"] else ends
    return [field.name for field in compared(source, target)]
