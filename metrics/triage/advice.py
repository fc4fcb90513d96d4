"""Whether it is safe to send a record again: from what the target system holds, never from what the log says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from sql import query

MONEY = frozenset(
    {"invoice", "invoice_line", "payment", "credit_note", "purchase_order", "revenue_schedule", "expense"}
)
"""Kinds of records that must never be made twice: where nobody can tell, they are not sent again."""

WORDS = {
    "safe": "Safe to retry",
    "there": "Already there: link it instead",
    "duplicate": "Possible duplicate: compare first",
    "unknown": "Cannot tell",
}
_ORDER = ("duplicate", "there", "unknown", "safe")


@dataclass(frozen=True)
class Advice:
    """What to do about one record: `kind` as in WORDS, why in a sentence, and whether a retry is barred."""

    kind: str
    why: str
    blocks: bool
    record: str = ""
    target_type: str | None = None
    target_ids: tuple[str, ...] = ()
    differing: Mapping[str, Any] | None = None


def advise(fact: Mapping[str, Any]) -> Advice:
    """The advice for one record, from a row of triage/advice.sql. What nothing was read about since is never safe."""
    kind, why = _judge(fact)
    money = (fact["target_type"] or fact["object_type"]) in MONEY
    return Advice(
        kind,
        why,
        kind in ("there", "duplicate") or (kind == "unknown" and money),
        f"{fact['subject_type'].replace('_', ' ')} {fact['subject_id']}",
        fact["target_type"],
        tuple(dict.fromkeys(each for each in (fact["target_id"], *fact["other_ids"]) if each)),
        fact["differing"],
    )


def of_exception(conn: Connection, customer_id: int, exception_id: int, limit: int = 200) -> list[Advice]:
    """The advice for the open records of an exception, what bars a retry first; an empty list when none is open."""
    asked = {"customer_ids": [customer_id], "exception_id": exception_id, "row_limit": limit}
    rows = conn.execute(text(query("triage/advice")), asked).mappings()
    return sorted((advise(dict(row)) for row in rows), key=lambda each: _ORDER.index(each.kind))


def whole(advice: Sequence[Advice]) -> Advice | None:
    """The advice for all of them together: the most careful one; None when there is none."""
    return advice[0] if advice else None


def _judge(fact: Mapping[str, Any]) -> tuple[str, str]:
    if fact["verdict"] is None:
        return "unknown", "Nothing was compared for this record."
    if fact["verdict"] == "duplicate" or fact["other_ids"]:
        return "duplicate", "The target holds it more than once."
    if fact["is_there"]:
        if fact["differing"]:
            return "there", f"The target holds it with another {', '.join(sorted(fact['differing']))}."
        return "there", "The target holds it, whatever the log says."
    if fact["reason"] == "unsure":
        return "duplicate", "The target holds one that may be it, and nothing proves it."
    if fact["verdict"] == "not_checked":
        return "unknown", "It could not be compared yet."
    if not fact["is_read"]:
        return "unknown", "The target was not read since."
    if not fact["has_key"]:
        return "unknown", "There is no key by which the target could be searched."
    if fact["verdict"] in ("missing", "refused"):
        return "safe", "The target was read since, and it is not there."
    return "unknown", "It could not be compared yet."
