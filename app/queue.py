"""The exception queue on the screen: a list to walk through with keys, and all that is known about one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
import streamlit.components.v2 as components_v2

from app import data, markup, queue_actions, queue_order
from app.attention import rule_name, state_of, subject, worth
from app.markup import Fact
from app.scope import Scope
from app.target import Target
from app.view import View
from app.wording import SYSTEM_NAMES, Words, plural

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
KEYS = {"t": "take", "c": "claim", "u": "undo"}
FORMS = {"m": "Move", "s": "Snooze", "a": "Assign", "n": "Note"}
KEY_WORDS = {"take": "take", "claim": "claim fixed", "undo": "undo"}
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
    "snoozed": "Put to sleep",
    "woken": "Woken",
    "merged": "Put into another one",
    "joined": "Another one was put into it",
    "split": "Records taken out",
    "logged": "Minutes logged",
    "undone": "Taken back",
    "not_proven": "Fix not proven",
    "waiver_ended": "The waiver ended",
}
WORDS = {"breach": "Urgent", "risk": "Important", "info": "Normal", "ok": "Closed"}

_JS = """
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".frame");
  if (root.dataset.shown !== data.html) { root.innerHTML = data.html; root.dataset.shown = data.html; }
  const list = root.querySelector(".queue");
  if (!list) return;
  const rows = [...list.querySelectorAll(".row")];
  let here = Math.max(0, rows.findIndex((row) => row.dataset.id === (root.dataset.here || data.here)));
  let waiting = 0;
  const mark = (tell) => {
    rows.forEach((row, at) => { row.classList.toggle("here", at === here); row.setAttribute("aria-selected", at === here); });
    const row = rows[here];
    if (!row) return;
    list.setAttribute("aria-activedescendant", row.id);
    root.dataset.here = row.dataset.id;
    if (tell) { clearTimeout(waiting); waiting = setTimeout(() => setStateValue("here", row.dataset.id), 130); }
  };
  const go = (to) => { here = Math.max(0, Math.min(rows.length - 1, to)); mark(true); rows[here]?.scrollIntoView({ block: "nearest" }); };
  rows.forEach((row, at) => { row.onclick = () => { go(at); list.focus({ preventScroll: true }); }; });
  list.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // the row that is looked at, at the version it had when the key went down: whatever the list becomes meanwhile
    const verb = (data.verbs || {})[event.key], row = rows[here];
    if (verb && row && !event.repeat) {
      event.preventDefault();
      event.stopPropagation();
      row.setAttribute("aria-busy", "true");
      setTriggerValue("act", [row.dataset.id, row.dataset.version, verb].join("|"));
      return;
    }
    const form = (data.forms || {})[event.key];
    if (form && row) {
      event.preventDefault();
      event.stopPropagation();
      // only while the pane shows this very row: a form belongs to what stands above it
      const shown = document.querySelector(".pane")?.dataset.id === row.dataset.id;
      const opens = [...document.querySelectorAll(".st-key-work button")].find((button) => button.innerText.trim().startsWith(form));
      if (shown) opens?.click();
      return;
    }
    const to = { j: here + 1, ArrowDown: here + 1, k: here - 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    go(to);
  };
  mark(false);
  return () => clearTimeout(waiting);
}
"""
_list = components_v2.component("queue", html='<div class="frame"></div>', js=_JS, isolate_styles=False)


def identity(row: Mapping[str, Any]) -> str:
    """What an exception is called in addresses."""
    return f"{row['customer_id']}-{row['exception_id']}"


def read_identity(text: str) -> int | None:
    """The exception's number in an identity; None for anything else. Whose it is, the scope decides."""
    _, _, number = text.partition("-")
    return int(number) if number.isdigit() else None


def with_wanted(
    rows: Sequence[Mapping[str, Any]], wanted: str, scope: Scope, view: View
) -> list[Mapping[str, Any]]:
    """The list, and before it the exception that an address asked for, where filters or the limit left it out."""
    number = read_identity(wanted)
    if number is None or any(identity(row) == wanted for row in rows):
        return list(rows)
    found = data.exception(scope, number, view.as_of)
    if found is None or identity(found) != wanted:
        return list(rows)
    return [{**found, "total": (rows[0]["total"] if rows else 0) + 1}, *rows]


def choose(rows: Sequence[Mapping[str, Any]], wanted: str, view: View, *, with_customer: bool) -> str:
    """Draw the list; the identity of the row that is looked at."""
    known = [identity(row) for row in rows]
    first = wanted if wanted in known else known[0]
    html = markup.sheet(queue_html(rows, view, with_customer=with_customer))
    verbs = {} if view.scope.is_customer else KEYS
    result = _list(
        key="queue",
        data={"html": html, "here": first, "verbs": verbs, "forms": FORMS if verbs else {}},
        default={"here": first},
        on_here_change=lambda: None,
        on_act_change=_act,
    )
    here = str(result.here)
    return here if here in known else first


def _act() -> None:
    said = st.session_state["queue"].get("act")
    if said:
        queue_actions.by_key(str(said))


def queue_html(rows: Sequence[Mapping[str, Any]], view: View, *, with_customer: bool) -> str:
    """The list as HTML: what, whose, how often, since when, worth how much."""
    staff = not view.scope.is_customer
    lines = "".join(_line(at, row, view.words, with_customer, staff) for at, row in enumerate(rows))
    keys = "<kbd>j</kbd> <kbd>k</kbd> or arrows to move"
    if not view.scope.is_customer:
        words = {key: KEY_WORDS[verb] for key, verb in KEYS.items()} | {
            key: name.lower() for key, name in FORMS.items()
        }
        keys += "".join(f"</span><span><kbd>{key}</kbd> {word}" for key, word in words.items())
    return (
        f'<div class="queue" tabindex="0" role="listbox" aria-label="Exceptions">{lines}</div>'
        f'<div class="keys narrow-hide"><span>{keys}</span></div>'
    )


def _line(at: int, row: Mapping[str, Any], words: Words, with_customer: bool, staff: bool) -> str:
    state = state_of(row)
    often = f"{words.count(row['occurrences'])} {plural(row['occurrences'], 'record')}"
    under = " · ".join(
        part for part in (row["customer"] if with_customer else "", rule_name(row["rule"])) if part
    )
    clock = f" · {queue_order.span(row['resolution_seconds'])}" if staff and row["resolution_seconds"] else ""
    value = worth(row, words)
    none = " none" if row["value_at_risk"] is None else ""
    said = f"{WORDS[state]}: {row['title']}, {row['customer']}, {often}, {value}"
    return (
        f'<div class="row" role="option" id="row-{at}" data-id="{markup.e(identity(row))}" data-version="{row["version"]}" aria-label="{markup.e(said)}">'
        f'{markup.sign(state)}<div><div class="t">{markup.e(row["title"])}</div><div class="m">{markup.e(under)}</div></div>'
        f'<div class="wide"><div class="m">{markup.e(_standing(row, staff))}</div><div class="m">{markup.e(often + clock)}</div></div>'
        f'<div class="v{none}">{markup.e(value)}</div></div>'
    )


def _standing(row: Mapping[str, Any], staff: bool) -> str:
    """New, or Waiting on customer; for the partner's people also who has it, and that it sleeps."""
    standing = STATES.get(row["state"], str(row["state"]))
    on = f" on {row['waiting_on']}" if row["state"] == "waiting" and row["waiting_on"] else ""
    more = ("asleep" if row.get("is_asleep") else "", row["owner"] or "") if staff else ()
    return " · ".join(part for part in (standing + on, *more) if part)


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
        ("Blocked by", markup.e(found["blocked_by_title"] or "")),
        ("Last seen", markup.e(words.instant(found["last_occurred_at"]))),
        ("Waived until", markup.e(words.instant(found["waived_until"])) if found["waived_until"] else ""),
        ("Closed", markup.e(words.instant(found["closed_at"])) if found["closed_at"] else ""),
        ("Value", markup.e(CONFIDENCE[found["value_confidence"]])),
        ("What was said", markup.e(detail)),
    ]
    return (
        f'<div class="pane" data-id="{markup.e(here)}"><div class="muted small">{markup.e(where)}</div><h2>{markup.e(found["title"])}</h2>'
        f"<div>{markup.status(state, WORDS[state])} {chips}</div>{markup.facts(facts)}{markup.listing(known)}"
        f"{_happened(found, view)}{_history(found, view)}</div>"
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
            markup.two_lines(subject(row), words.instant(row["occurred_at"], with_zone=False), "")
            + _message(row, view),
            markup.e(words.money(row["amount"], row["currency"], whole=False)),
            markup.status("ok", "Cleared") if row["cleared_at"] else "",
        )
        for row in rows[:50]
    ]
    columns = (markup.Column("Record"), markup.Column("Worth", "n"), markup.Column("Now"))
    total = rows[0]["total"]
    more = f"the first 50 of {words.count(total)}" if total > 50 else ""
    return markup.section("What it happened to", markup.table(columns, lines, of_rows=True), more)


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
