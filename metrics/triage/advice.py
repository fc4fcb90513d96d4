"""Whether it is safe to send a record again: from what the target system holds, never from what the log says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from metrics.agreement import BOOKED
from metrics.rule_library import CHECKS
from metrics.rules import OWN
from sql import query
from sql.ask import mappings

MONEY = frozenset(
    {
        "invoice", "invoice_line", "payment", "credit_note", "purchase_order", "revenue_schedule", "expense", "billing_schedule",
        "supplier_bill", "project_cost", "payroll_run", "budget",
    }
)  # fmt: skip
"""Kinds of records that must never be made twice: where nobody can tell, they are not sent again."""

WORDS = {
    "safe": "Safe to retry",
    "there": "Already there: link it instead",
    "duplicate": "Possible duplicate: compare first",
    "unknown": "Cannot tell",
}
_ORDER = ("duplicate", "there", "unknown", "safe")
_REFUSED = frozenset({"value", "missing", "business_rule"})


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
    return of_exceptions(conn, [customer_id], [exception_id], limit).get(exception_id, [])


def of_exceptions(
    conn: Connection, customer_ids: Collection[int], exception_ids: Collection[int], limit: int
) -> dict[int, list[Advice]]:
    """The same for several at once, the latest `limit` records of each; one with no open record is not in it."""
    asked = {
        "customer_ids": list(customer_ids),
        "exception_ids": list(exception_ids),
        "row_limit": limit,
    }
    found: dict[int, list[Advice]] = {}
    for row in mappings(conn, query("triage/advice"), asked, planned_once=True):
        found.setdefault(row["exception_id"], []).append(advise(row))
    return {number: sorted(told, key=lambda each: _ORDER.index(each.kind)) for number, told in found.items()}


def whole(advice: Sequence[Advice]) -> Advice | None:
    """The advice for all of them together: the most careful one; None when there is none."""
    return advice[0] if advice else None


def mends_first(rule: str, error_class: str | None) -> bool:
    """Whether a record has to be mended before anything is sent: it breaks a rule, or a run was refused for what it carries or lacks."""
    return rule in CHECKS or rule.startswith(OWN) or (rule == "run_failed" and error_class in _REFUSED)


def in_short(advice: Sequence[Advice], limit: int, *, mend: bool) -> str:
    """What is safe to do about all of them, in one short phrase; empty when there is none.

    `limit` is how many were looked at at most, `mend` as `mends_first` says.
    """
    if not advice:
        return ""
    kinds = [each.kind for each in advice]
    if safe := kinds.count("safe"):
        said = f"safe to retry {safe} of {f'the latest {limit}' if len(kinds) >= limit else len(kinds)}"
        return f"fix the record first, then {said}" if mend else said
    if "duplicate" in kinds:
        return "compare first: it may be there twice"
    if "there" in kinds:
        return "link it instead: it is there"
    if any(each.blocks for each in advice):
        return f"{'fix the record first, ' if mend else ''}do not send again: cannot tell"
    return "fix the record first" if mend else "cannot tell: look before sending again"


def _judge(fact: Mapping[str, Any]) -> tuple[str, str]:
    if fact["verdict"] is None:
        return "unknown", "Nothing was compared for this record."
    if fact["verdict"] == "duplicate" or (fact["other_ids"] and fact["target_type"] not in BOOKED):
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
