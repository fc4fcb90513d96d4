"""Why an exception stands where it stands, how long it has waited, and what will clear with it, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app import queue_reads, severities
from app.queue_words import span
from app.view import View
from app.wording import plural
from metrics.triage.advice import WORDS


def place(found: Mapping[str, Any], view: View) -> str:
    """The factors of its place in the queue, multiplied out; empty when it is closed."""
    if found["score"] is None:
        return ""
    words, currency = view.words, found["rank_currency"] or found["currency"] or ""

    def amount(value: Any) -> str:
        return words.money(value, currency) if currency else words.count(round(value))

    worth = f"{amount(found['own'])} {'(the mean of those known: its own is unknown)' if found['is_guess'] else 'at risk'}"
    if found["blocked"]:
        often = f"{words.count(found['blocked_exceptions'])} more"
        worth = f"({worth} + {amount(found['blocked'])} in {often} that {plural(found['blocked_exceptions'], 'waits', 'wait')} for it)"
    near = "no cut-off agreed"
    if found["cut_off_at"] is not None:
        near = f"billing cut-off {words.instant(found['cut_off_at'])}"
    severity = severities.WORDS[found["severity"]].lower()
    return f"{worth} × {found['urgency']:.2f} ({near}) × {found['weight']:g} ({severity}) = {words.count(round(found['score']))}"


def waited(found: Mapping[str, Any], view: View) -> list[tuple[str, str]]:
    """The two clocks, with what they count."""
    if found["response_seconds"] is None and found["resolution_seconds"] is None:
        return []
    time = f"open hours of {found['clock_calendar']}" if found["clock_calendar"] else "elapsed time"
    first = span(found["response_seconds"])
    answer = f"after {first}" if found["responded_at"] else f"none for {first}"
    runs = "running" if found["clock_runs"] else "stopped"
    return [("First answer", answer), ("Worked for", f"{span(found['resolution_seconds'])}, {runs}, {time}")]


def clears(found: Mapping[str, Any], view: View) -> str:
    """What will clear when the cause is gone: 46 records: 43 time entries, 2 expenses, 1 invoice."""
    rows = found["will_clear"]
    total = sum(row["records"] for row in rows)
    if found["closed_at"] is not None or total < 2:
        return ""
    said = (f"{view.words.count(row['records'])} {_kind(row)}" for row in rows)
    return f"{view.words.count(total)} will clear: {', '.join(said)}"


def retry(found: Mapping[str, Any], view: View) -> str:
    """Whether what is open may be sent again: 3 × safe to retry, 1 × already there, and what is barred; empty when nothing is."""
    if found["closed_at"] is not None:
        return ""
    advice_of = queue_reads.retry_advice(view.scope, found["customer_id"], found["exception_id"], view.as_of)
    kinds = Counter(each.kind for each in advice_of)
    said = [f"{WORDS[kind]} ({view.words.count(number)})" for kind, number in kinds.items()]
    barred = sum(each.blocks for each in advice_of)
    if barred:
        said.append(f"do not send {view.words.count(barred)} of them again: {advice_of[0].why}")
    return "; ".join(said)


def _kind(row: Mapping[str, Any]) -> str:
    name = row["subject_type"].replace("_", " ")
    many = f"{name[:-1]}ies" if name.endswith("y") and not name.endswith("day") else f"{name}s"
    return plural(row["records"], name, many)
