"""A person's word on which records of two systems belong together: what was suggested, what was decided, and by whom."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from sql import query

Word = Literal["together", "apart", "undecided"]
STATES = ("suggested", "manual", "apart", "automatic")
KINDS = {
    "project": ("project_of_opportunity", "opportunity", "project"),
    "account": ("same_account", "account", "account"),
    "invoice": ("same_invoice", "invoice", "invoice"),
    "resource": ("same_resource", "resource", "resource"),
}
"""What can belong together: by its name, the relation and the kinds of its two ends."""


@dataclass(frozen=True)
class Pair:
    """Two records of a customer; of one kind in two systems, the left one is in the system with the lower id."""

    customer_id: int
    relation: str
    left_system_id: int
    left_id: str
    right_system_id: int
    right_id: str


class NoRecord(LookupError):
    """No system of the customer holds such a record; the message names it."""


def matches(
    conn: Connection, customer_id: int, states: Sequence[str] | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """The pairs that hold now, what waits for a word first; columns as in kpi/matches.sql."""
    asked = {"customer_id": customer_id, "states": list(states) if states else None, "row_limit": limit}
    return [dict(row._mapping) for row in conn.execute(text(query("kpi/matches")), asked)]


def pair(
    conn: Connection, customer_id: int, kind: str, left: tuple[str, str], right: tuple[str, str]
) -> Pair:
    """The pair of two records named by system key and id. Raises NoRecord, and ValueError when both are in one system."""
    relation, left_type, right_type = KINDS[kind]
    ends = [
        (_system(conn, customer_id, object_type, *named), named[1])
        for object_type, named in ((left_type, left), (right_type, right))
    ]
    if ends[0][0] == ends[1][0]:
        raise ValueError("the two are in one system")
    if left_type == right_type:
        ends.sort()
    (left_system_id, left_id), (right_system_id, right_id) = ends
    return Pair(customer_id, relation, left_system_id, left_id, right_system_id, right_id)


def decide(conn: Connection, two: Pair, word: Word, who: str, now: datetime) -> None:
    """Write a person's word on a pair, in the caller's transaction; it counts from the next refresh that has news.

    together   a fact, whatever the rules find;   apart   never the same, and not suggested again;
    undecided  the word is taken back, and the rules speak again.
    """
    asked = asdict(two) | {"now": now, "decided_by": who, "confidence": 1 if word == "together" else 0}
    steps = ["kpi/match_decide_end", *(["kpi/match_decide"] if word != "undecided" else []), "kpi/match_mark"]
    for name in steps:
        statement = text(query(name))
        conn.execute(statement, {key: asked[key] for key in statement.compile().params})


def _system(conn: Connection, customer_id: int, object_type: str, system_key: str, source_id: str) -> int:
    asked = {
        "customer_id": customer_id,
        "system_key": system_key,
        "object_type": object_type,
        "source_id": source_id,
    }
    found = conn.execute(text(query("kpi/match_record")), asked).one_or_none()
    if found is None:
        raise NoRecord(f"{system_key} holds no {object_type} '{source_id}'")
    return int(found.system_id)
