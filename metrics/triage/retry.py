"""Which open transactions of an exception may be retried through their platform, and the record of every retry that was asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics.triage import act, advice
from metrics.triage.act import Actor, Said, Target
from metrics.verification import RULES
from sql import query

AT_ONCE = 20
"""So many transactions of one exception are retried by one command."""

NOT_AGAIN = (
    "a retry was asked for and nobody knows whether it was done: look at the platform before anything else"
)


@dataclass(frozen=True)
class Candidate:
    """One open transaction: the run to retry, and why it may not be; `barred` None: it may."""

    customer_id: int
    exception_id: int
    system_id: int
    system: str
    kind: str
    workflow_name: str
    subject_id: str
    run_id: str | None
    attempt: int
    advice: str
    why: str
    barred: str | None


def candidates(conn: Connection, target: Target) -> list[Candidate]:
    """The open transactions of an exception, the latest first, each judged; an empty list when it has none.

    Barred is what the target holds already, what may be there twice, what cannot be told of money or of a record whose
    kind nobody knows, what has no run that failed, and what was asked for and has not failed since.
    """
    asked = {"customer_ids": [target.customer_id], "exception_id": target.exception_id, "row_limit": AT_ONCE}
    known = {
        each.record: each
        for each in advice.of_exception(conn, target.customer_id, target.exception_id, 10_000)
    }
    rows = conn.execute(text(query("triage/retry_records")), asked).mappings()
    return [
        _judged(dict(row), target.exception_id, known.get(f"transaction {row['subject_id']}")) for row in rows
    ]


def _judged(row: Mapping[str, Any], exception_id: int, told: advice.Advice | None) -> Candidate:
    kind, why = (told.kind, told.why) if told else ("unknown", "Nothing was compared for this record.")
    return Candidate(
        row["customer_id"],
        exception_id,
        row["system_id"],
        row["system"] or "",
        row["kind"] or "",
        row["workflow_name"] or "",
        row["subject_id"],
        row["run_id"],
        row["attempts"] + 1,
        kind,
        why,
        _barred(row, told, why),
    )


def _barred(row: Mapping[str, Any], told: advice.Advice | None, why: str) -> str | None:
    if row["run_id"] is None:
        return "there is no run of it that could be retried"
    if row["run_status"] not in ("failed", "timeout", "cancelled", "partial"):
        return f"its latest run is {row['run_status']}"
    if row["last_state"] in ("begun", "unsure"):
        return NOT_AGAIN
    if row["last_state"] == "accepted" and not (row["failed_at"] and row["failed_at"] > row["last_at"]):
        return "a retry was asked for, and it has not failed since"
    if told is not None and told.blocks:
        return why
    if told is None or told.kind == "unknown":
        written = (told.target_type if told else None) or _written_by(row["workflow"] or "")
        if written is None or written in advice.MONEY:
            what = "what it writes is not known" if written is None else f"it writes {_plural(written)}"
            return f"{what}, and nobody can tell whether it is there already. {why}"
    return None


def _written_by(workflow: str) -> str | None:
    """The kind of record that flows of a workflow write; money before anything else; None: nobody knows."""
    written = {rule.target for rule in RULES if rule.is_own(workflow)}
    return next(iter(sorted(written, key=lambda each: (each not in advice.MONEY, each))), None)


def _plural(kind: str) -> str:
    return kind.replace("_", " ") + "s"


def begin(conn: Connection, actor: Actor, chosen: Candidate, at: datetime) -> bool:
    """Write down that the retry is about to be asked for, before it is; False when somebody has begun the same one.

    `conn` is a `desk`. Commit before anything is sent.
    """
    asked = {
        "customer_id": chosen.customer_id,
        "system_id": chosen.system_id,
        "subject_id": chosen.subject_id,
        "attempt": chosen.attempt,
        "exception_id": chosen.exception_id,
        "run_id": chosen.run_id,
        "actor": actor.name,
        "person_id": actor.person_id,
        "at": at,
    }
    return conn.execute(text(query("triage/retry_begin")), asked).one_or_none() is not None


def end(
    conn: Connection,
    actor: Actor,
    chosen: Candidate,
    state: str,
    new_run_id: str | None,
    said: str,
    at: datetime,
) -> None:
    """Write down what the platform answered ('accepted', 'refused' or 'unsure'), in the exception's history and the audit."""
    asked = {
        "customer_id": chosen.customer_id,
        "system_id": chosen.system_id,
        "subject_id": chosen.subject_id,
        "attempt": chosen.attempt,
        "state": state,
        "new_run_id": new_run_id,
        "said": said[:300],
        "at": at,
    }
    if conn.execute(text(query("triage/retry_end")), asked).one_or_none() is None:
        return
    detail = {"run": chosen.run_id, "new_run": new_run_id, "attempt": chosen.attempt, "answer": state}
    words = f"Retry {chosen.attempt} of run {chosen.run_id}: {state}. {said}".strip()
    found = act.find(conn, Target(chosen.customer_id, chosen.exception_id))
    act.add(conn, found, actor, at, Said("retried", words[:500], detail))
    told = {
        "at": at,
        "actor": actor.name,
        "action": "retry",
        "subject": f"{chosen.system} run {chosen.run_id}",
        "detail": json.dumps(
            detail | {"customer_id": chosen.customer_id, "exception_id": chosen.exception_id}
        ),
    }
    conn.execute(text(query("config/audit_put")), told)
