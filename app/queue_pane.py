"""One exception in the pane: what it is, what it is worth, why it is here, what it happened to, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import markup, queue_both, queue_lately, queue_order, queue_retry, queue_similar, source_links
from app.attention import rule_name, subject, worth
from app.markup import Fact
from app.severities import state_of, word_of
from app.target import Target
from app.view import View
from app.wording import SYSTEM_NAMES, plural

STATES = {
    "new": "New",
    "triaged": "Triaged",
    "waiting": "Waiting",
    "fix_claimed": "Fix claimed",
    "verified_closed": "Closed, proven",
    "waived": "Waived",
    "reopened": "Reopened",
    "merged": "Merged",
}
CONFIDENCE = {"exact": "exact", "estimated": "estimated from the rate card", "unknown": "unknown"}
EVENTS = {
    "opened": "Opened",
    "occurred": "Happened again",
    "moved": "Moved",
    "assigned": "Assigned",
    "noted": "Note",
    "reopened": "Reopened",
    "closed": "Closed",
    "tagged": "Tagged",
    "ranked": "Severity set",
    "found": "Said who found it",
    "snoozed": "Put to sleep",
    "woken": "Woken",
    "merged": "Put into another one",
    "joined": "Another one was put into it",
    "split": "Records taken out",
    "logged": "Minutes logged",
    "undone": "Taken back",
    "not_proven": "Fix not proven",
    "waiver_ended": "The waiver ended",
    "retried": "Retry asked for",
}


def identity(row: Mapping[str, Any]) -> str:
    """What an exception is called in addresses."""
    return f"{row['customer_id']}-{row['exception_id']}"


def pane(found: Mapping[str, Any], view: View) -> str:
    """One exception: what it is, what it is worth, why it is here, what it happened to, what was done."""
    words, state = view.words, state_of(found)
    where = " · ".join(
        part
        for part in (found["customer"], found["flow"], SYSTEM_NAMES.get(found["role"] or "", found["role"]))
        if part
    )
    here, often = identity(found), found["occurrences"]
    worth_of = str(Target("exception", "value", here)) if found["value_at_risk"] is not None else ""
    facts = [
        Fact("Value at risk", worth(found, words), worth_of),
        Fact(
            "Happened to",
            f"{words.count(often)} {plural(often, 'record')}",
            str(Target("exception", "records", here)),
        ),
        Fact("Since", words.day(found["opened_at"])),
    ]
    chips = markup.chip(
        STATES.get(found["state"], found["state"]), "info" if found["closed_at"] is None else "ok"
    )
    if found["reopen_count"]:
        chips += markup.chip(f"came back {words.count(found['reopen_count'])} ×", "risk")
    if found["unproven_count"]:
        chips += markup.chip(f"fix not proven {words.count(found['unproven_count'])} ×", "risk")
    # What a system answered may name machines and people: the partner reads it, the customer does not.
    detail = "" if view.scope.is_customer else (found["detail"] or "")
    known = [
        ("Kind", markup.e(f"{rule_name(found['rule'])}, {found['class']}")),
        *_own(found, view),
        ("Waiting on", markup.e(found["waiting_on"] or "")),
        ("Blocked by", queue_similar.blocker(found)),
        ("Lately", queue_lately.line(found.get("lately"), view.as_of) if found["closed_at"] is None else ""),
        ("Last seen", markup.e(words.instant(found["last_occurred_at"]))),
        ("Waived until", markup.e(words.instant(found["waived_until"])) if found["waived_until"] else ""),
        ("Closed", markup.e(words.instant(found["closed_at"])) if found["closed_at"] else ""),
        ("Value", markup.e(CONFIDENCE[found["value_confidence"]])),
        ("What was said", markup.e(detail)),
    ]
    number = f'<a href="/exceptions?open={markup.e(here)}" target="_self">No. {found["exception_id"]}</a>'
    return (
        f'<div class="pane" data-id="{markup.e(here)}"><div class="muted small">{number} · {markup.e(where)}</div><h2>{markup.e(found["title"])}</h2>'
        f"<div>{markup.status(state, word_of(found))} {chips}</div>{markup.facts(facts)}{markup.listing(known)}"
        f"{queue_both.section(found, view)}{queue_similar.waiting(found, view)}{_happened(found, view)}{queue_retry.history(found, view)}{_history(found, view)}{queue_similar.past(found, view)}</div>"
    )


def _own(found: Mapping[str, Any], view: View) -> list[tuple[str, str]]:
    """What only the partner's people read: who has it, how it is called, how long it has waited, why it stands here."""
    if view.scope.is_customer:
        return []
    words = view.words
    asleep = words.instant(found["snoozed_until"]) if found["snoozed_until"] else ""
    if found["snoozed_count"]:
        asleep = f"it has happened {words.count(found['snoozed_count'])} times"
    pairs = [
        ("Owner", found["owner"] or "nobody yet"),
        ("Tags", ", ".join(found["tags"])),
        ("Asleep until", asleep),
        *queue_order.waited(found, view),
        ("Found by", "the customer, before us" if found["found_by"] == "customer" else "us"),
        ("Minutes logged", words.count(found["minutes"]) if found["minutes"] else ""),
        ("Place in the queue", queue_order.place(found, view)),
        ("Fixing it", queue_order.clears(found, view)),
        ("Retry", queue_order.retry(found, view)),
    ]
    return [(name, markup.e(value)) for name, value in pairs]


def _happened(found: Mapping[str, Any], view: View) -> str:
    words, rows = view.words, found["happened_to"]
    if not rows:
        return ""
    lines = [
        (
            _record(row, view) + _message(row, view),
            markup.e(words.money(row["amount"], row["currency"], whole=False)),
            markup.status("ok", "Cleared") if row["cleared_at"] else "",
        )
        for row in rows[:50]
    ]
    columns = (markup.Column("Record"), markup.Column("Worth", "n"), markup.Column("Now"))
    total = rows[0]["total"]
    more = f"the first 50 of {words.count(total)}" if total > 50 else ""
    return markup.section("What it happened to", markup.table(columns, lines, of_rows=True), more)


def _record(row: Mapping[str, Any], view: View) -> str:
    """What it happened to, for the partner's people a way into its system where the estate knows one."""
    leads = None if view.scope.is_customer else source_links.address(row["link"], row["subject_id"])
    name = markup.e(subject(row))
    if leads:
        name = f'<a href="{markup.e(leads)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    when = markup.e(view.words.instant(row["occurred_at"], with_zone=False))
    return f'<span>{name}</span><span class="sub">{when}</span>'


def _message(row: Mapping[str, Any], view: View) -> str:
    said = "" if view.scope.is_customer else (row["message"] or "")
    return f'<span class="sub">{markup.e(said)}</span>' if said else ""


def _history(found: Mapping[str, Any], view: View) -> str:
    lines = [
        (
            f'<span class="muted nowrap">{markup.e(view.words.instant(event["at"], with_zone=False))}</span>',
            markup.two_lines(_event(event), event["note"] or "", ""),
        )
        for event in found["events"]
    ]
    if not lines:
        return ""
    return markup.section("History", markup.table((markup.Column("When"), markup.Column("What")), lines))


def _event(event: Mapping[str, Any]) -> str:
    kind = EVENTS.get(event["kind"], str(event["kind"]))
    if event["minutes"]:
        kind = f"{kind}: {event['minutes']}"
    if event["actor"] and event["actor"] not in ("system", "detection"):
        kind = f"{kind} by {event['actor']}"
    if event["is_undone"]:
        kind = f"{kind} (taken back)"
    if event["kind"] == "moved" and event["to_state"]:
        return f"{kind}: to {STATES.get(event['to_state'], event['to_state']).lower()}"
    return kind


def gone() -> str:
    """What stands where an exception was that is no longer there."""
    return '<p class="muted">This exception is no longer there. Choose another one.</p>'
