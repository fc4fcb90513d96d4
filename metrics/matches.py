"""A person's word on which records of two systems belong together: what was suggested, what was decided, and by whom."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from metrics.agreement import Field, shared
from sql.ask import execute
from sql.database import Database, scope

Word = Literal["together", "apart", "undecided"]
STATES = ("suggested", "manual", "apart", "automatic")
KINDS = {
    "project": ("project_of_opportunity", "opportunity", "project"),
    "account": ("same_account", "account", "account"),
    "invoice": ("same_invoice", "invoice", "invoice"),
    "resource": ("same_resource", "resource", "resource"),
}
"""What can belong together: by its name, the relation and the kinds of its two ends."""

OF_RELATION = {relation: kind for kind, (relation, _, _) in KINDS.items()}


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


class NotAllowed(ValueError):
    """This person may not say it; one line."""


@dataclass(frozen=True)
class Judge:
    """One of the partner's people, by e-mail, and the customers that they see."""

    email: str
    customer_ids: Collection[int]


@dataclass(frozen=True)
class Named:
    """Two records as people name them: what they are, and the system's key and id of each."""

    kind: str
    left: tuple[str, str]
    right: tuple[str, str]


def compared(relation: str) -> tuple[Field, ...]:
    """The fields in which two records of a relation can be compared; none for a relation that is not known."""
    _, left, right = KINDS.get(OF_RELATION.get(relation, ""), ("", "", ""))
    return shared(left, right)


def matches(
    conn: Connection, customer_id: int, states: Sequence[str] | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """The pairs that hold now, what waits for a word first; columns as in kpi/matches.sql."""
    fields = {relation: [asdict(field) for field in compared(relation)] for relation, _, _ in KINDS.values()}
    asked = {
        "customer_id": customer_id,
        "compared": json.dumps(fields),
        "states": list(states) if states else None,
        "row_limit": limit,
    }
    return [dict(row._mapping) for row in execute(conn, "kpi/matches", **asked)]


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


def say(
    db: Database, judge: Judge, customer: tuple[int, str], named: Named, word: Word, now: datetime
) -> Pair:
    """Write a person's word on the pair that they name, and that they said it; `customer` is its id and its key.

    Raises NotAllowed for a customer whom they do not see, NoRecord, and ValueError when the two cannot be one; the database
    itself takes words only for the customers in scope, and none in the name of a rule.
    """
    customer_id, key = customer
    if customer_id not in judge.customer_ids:
        raise NotAllowed(f"{judge.email} does not see {key}")
    with db.engine("triage").begin() as conn:
        scope(conn, [customer_id], staff=True)
        two = pair(conn, customer_id, named.kind, named.left, named.right)
        decide(conn, two, word, judge.email, now)
        detail = {
            "customer": key,
            "kind": named.kind,
            "left": ":".join(named.left),
            "right": ":".join(named.right),
        }
        noted = {"at": now, "actor": judge.email, "action": f"match {word}", "subject": key}
        execute(conn, "config/audit_put", **noted, detail=json.dumps(detail))
    return two


def decide(conn: Connection, two: Pair, word: Word, who: str, now: datetime) -> None:
    """Write a person's word on a pair, in the caller's transaction; it counts from the next refresh that has news.

    together   a fact, whatever the rules find;   apart   never the same, and not suggested again;
    undecided  the word is taken back, and the rules speak again.
    """
    asked = asdict(two) | {"now": now, "decided_by": who, "confidence": 1 if word == "together" else 0}
    steps = ["kpi/match_decide_end", *(["kpi/match_decide"] if word != "undecided" else []), "kpi/match_mark"]
    for name in steps:
        execute(conn, name, **asked)


def _system(conn: Connection, customer_id: int, object_type: str, system_key: str, source_id: str) -> int:
    asked = {
        "customer_id": customer_id,
        "system_key": system_key,
        "object_type": object_type,
        "source_id": source_id,
    }
    found = execute(conn, "kpi/match_record", **asked).one_or_none()
    if found is None:
        raise NoRecord(f"{system_key} holds no {object_type} '{source_id}'")
    return int(found.system_id)
